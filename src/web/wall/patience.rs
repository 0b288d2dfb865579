//! How long a connection may make the shop wait, whatever is spoken on it.
//!
//! actix watches over the head of the first request of a connection, and over a connection on which nothing comes. It does not over
//! the head of a second request, a body in chunks that nobody reads any more, or an answer that is not taken. [`Patient`] stands
//! between the socket and the server and knows none of these: it sees that somebody asks without having been answered, or does not take
//! what is written, and for how long.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// What is waited for.
#[derive(Clone, Copy)]
pub struct Patience {
    /// From the first byte that somebody sends to the first byte of an answer, and from the last byte of an answer to whatever comes
    /// next. Longer than a connection may be quiet, which is told by closing it properly.
    asking: Duration,
    /// Bytes sent meanwhile that win a second more: whoever uploads takes his time.
    slowest: u64,
    /// While nothing at all is taken of what is written.
    taking: Duration,
}

impl Default for Patience {
    /// A head may take 10 seconds and a form 30; files have limits of their own, which are told in words and always come first.
    fn default() -> Self {
        Self { asking: Duration::from_secs(40), slowest: 1024, taking: Duration::from_secs(60) }
    }
}

/// A connection that does not wait for ever.
pub struct Patient<T> {
    io: T,
    patience: Patience,
    turn: Turn,
    /// Since when nothing was taken.
    stuck: Option<Instant>,
    reading: Alarm,
    writing: Alarm,
}

/// Since when it is the other end's turn to end what it asks, or to ask at all; and the bytes that it has sent since.
struct Turn {
    since: Instant,
    bytes: u64,
}

impl Turn {
    fn begin() -> Self {
        Self { since: Instant::now(), bytes: 0 }
    }
}

impl<T> Patient<T> {
    pub fn new(io: T) -> Self {
        Self::with(io, Patience::default())
    }

    fn with(io: T, patience: Patience) -> Self {
        Self { io, patience, turn: Turn::begin(), stuck: None, reading: Alarm::default(), writing: Alarm::default() }
    }

    fn heard(&mut self, bytes: usize) {
        if bytes > 0 {
            if self.turn.bytes == 0 {
                self.turn = Turn::begin();
            }
            self.turn.bytes += bytes as u64;
        }
    }

    /// Whether somebody has been asking for too long, or is silent. If not, the task is woken when it will be so.
    fn is_overdue(&mut self, cx: &mut Context<'_>) -> bool {
        let won = Duration::from_secs(self.turn.bytes / self.patience.slowest);
        self.reading.is_past(self.turn.since + self.patience.asking + won, cx)
    }

    /// What became of writing. Whatever is taken answers who asked.
    fn wrote<R>(&mut self, polled: Poll<io::Result<R>>, is_answer: bool, cx: &mut Context<'_>) -> Poll<io::Result<R>> {
        if polled.is_ready() {
            self.stuck = None;
            if is_answer {
                self.turn = Turn::begin();
            }
            return polled;
        }
        let since = *self.stuck.get_or_insert_with(Instant::now);
        if self.writing.is_past(since + self.patience.taking, cx) {
            Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
        } else {
            Poll::Pending
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Patient<T> {
    /// Whoever asks for too long, or is silent, is treated as if he had closed his side: what is being answered is still answered, and
    /// then the connection ends. A page of ours that takes long is lost to nobody.
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = into.filled().len();
        let polled = Pin::new(&mut this.io).poll_read(cx, into);
        this.heard(into.filled().len() - before);
        if polled.is_pending() && this.is_overdue(cx) { Poll::Ready(Ok(())) } else { polled }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Patient<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_write(cx, bytes);
        this.wrote(polled, true, cx)
    }

    fn poll_write_vectored(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_write_vectored(cx, bytes);
        this.wrote(polled, true, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_flush(cx);
        this.wrote(polled, false, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_shutdown(cx);
        this.wrote(polled, false, cx)
    }
}

/// A clock of one connection. It is not set anew for each request, which there may be thousands of in a second: it rings for one of
/// long ago, and is then set to what is awaited now.
#[derive(Default)]
struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    /// Whether this moment has come. If not, the task is woken by then.
    fn is_past(&mut self, moment: Instant, cx: &mut Context<'_>) -> bool {
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(moment)));
        if sleep.deadline() > moment {
            sleep.as_mut().reset(moment);
        }
        while sleep.as_mut().poll(cx).is_ready() {
            if Instant::now() >= moment {
                return true;
            }
            sleep.as_mut().reset(moment);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    const SOON: Patience = Patience { asking: Duration::from_millis(200), slowest: 10, taking: Duration::from_millis(200) };

    /// Both ends of a line that holds 64 bytes, and the time that what is done on it took.
    fn on_a_line<F: Future<Output = ()>>(act: impl FnOnce(Patient<DuplexStream>, DuplexStream) -> F) -> Duration {
        let (here, there) = duplex(64);
        actix_web::rt::System::new().block_on(async {
            let began = Instant::now();
            act(Patient::with(here, SOON), there).await;
            began.elapsed()
        })
    }

    fn is_about(took: Duration, milliseconds: u64) {
        let expected = Duration::from_millis(milliseconds);
        assert!(took >= expected && took < expected + Duration::from_millis(1500), "{took:?} instead of {expected:?}");
    }

    #[test]
    fn who_begins_to_ask_and_does_not_end_is_taken_for_gone() {
        let took = on_a_line(|mut here, mut there| async move {
            there.write_all(b"GET / HT").await.unwrap();
            assert_eq!(here.read_exact(&mut [0; 20]).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
            drop(there);
        });
        is_about(took, 200);
    }

    #[test]
    fn one_byte_after_the_other_wins_no_time_and_many_do() {
        let sends = |bytes: &'static [u8]| {
            on_a_line(|mut here, mut there| async move {
                let sender = actix_web::rt::spawn(async move {
                    while there.write_all(bytes).await.is_ok() {
                        pause().await
                    }
                });
                let (mut heard, most) = (0, 20);
                while let Ok(1..) = here.read(&mut [0; 20]).await {
                    heard += 1;
                    if heard > most {
                        break;
                    }
                }
                sender.abort();
            })
        };
        is_about(sends(b"x"), 200);
        is_about(sends(b"ten bytes."), 18 * 50);
    }

    async fn pause() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    #[test]
    fn who_is_answered_may_ask_again_and_again_and_is_taken_for_gone_when_he_is_silent() {
        let took = on_a_line(|mut here, mut there| async move {
            for _ in 0..5 {
                there.write_all(b"ask").await.unwrap();
                here.read_exact(&mut [0; 3]).await.unwrap();
                pause().await;
                here.write_all(b"told").await.unwrap();
                there.read_exact(&mut [0; 4]).await.unwrap();
                pause().await;
            }
            assert_eq!(here.read(&mut [0; 3]).await.unwrap(), 0, "as if it were closed");
        });
        is_about(took, 5 * 100 + 150);
    }

    #[test]
    fn a_second_question_has_as_much_time_as_the_first_and_no_more() {
        let took = on_a_line(|mut here, mut there| async move {
            there.write_all(b"ask").await.unwrap();
            here.read_exact(&mut [0; 3]).await.unwrap();
            here.write_all(b"told").await.unwrap();
            there.write_all(b"a").await.unwrap();
            assert_eq!(here.read(&mut [0; 3]).await.unwrap(), 1);
            assert_eq!(here.read(&mut [0; 3]).await.unwrap(), 0, "as if it were closed");
        });
        is_about(took, 200);
    }

    #[test]
    fn who_does_not_take_the_answer_is_left_and_who_takes_it_slowly_is_not() {
        let took = on_a_line(|mut here, there| async move {
            assert_eq!(here.write_all(&[b'x'; 1000]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
            drop(there);
        });
        is_about(took, 200);
        let took = on_a_line(|mut here, mut there| async move {
            let taker = actix_web::rt::spawn(async move {
                while there.read_exact(&mut [0; 32]).await.is_ok() {
                    pause().await
                }
            });
            here.write_all(&[b'x'; 640]).await.unwrap();
            taker.abort();
        });
        is_about(took, 15 * 50);
    }
}
