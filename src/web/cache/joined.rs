//! A body in pieces, as it is sent: nothing is copied to put it together.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::body::{BodySize, MessageBody};
use bytes::{Bytes, BytesMut};

/// Kept texts one after another. The server copies each into what it sends.
#[derive(Default)]
pub struct Joined {
    pieces: Vec<Bytes>,
    /// Of those the first that is to be sent next.
    next: usize,
    length: usize,
}

impl Joined {
    pub fn with_room(pieces: usize) -> Self {
        Self { pieces: Vec::with_capacity(pieces), ..Self::default() }
    }

    pub fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.length += piece.len();
            self.pieces.push(piece);
        }
    }

    /// The same in one piece.
    pub fn whole(&self) -> Bytes {
        let mut whole = BytesMut::with_capacity(self.length);
        self.pieces.iter().for_each(|piece| whole.extend_from_slice(piece));
        whole.freeze()
    }
}

impl MessageBody for Joined {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.length as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let piece = self.pieces.get(self.next).cloned();
        self.next += 1;
        Poll::Ready(piece.map(Ok))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_sent_in_their_order_with_their_length_told() {
        let mut joined = Joined::with_room(3);
        for piece in ["one ", "", "two"] {
            joined.push(Bytes::from_static(piece.as_bytes()));
        }
        assert_eq!((joined.size(), joined.whole()), (BodySize::Sized(7), Bytes::from_static(b"one two")));
        let sent = actix_web::rt::System::new().block_on(actix_web::body::to_bytes(joined)).unwrap();
        assert_eq!(sent, "one two");
    }
}
