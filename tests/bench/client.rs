//! Clients that send what is ready and read no more of the answers than they must, so that they take little of the machine.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

/// What came of many requests.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    pub placed: usize,
    pub seconds: f64,
    /// Of each request, sorted.
    pub times: Vec<Duration>,
}

impl Sent {
    pub fn rate(&self) -> f64 {
        self.placed as f64 / self.seconds
    }

    /// Milliseconds within which so many of a hundred were answered.
    pub fn percentile(&self, percent: usize) -> f64 {
        let at = (self.times.len() * percent / 100).min(self.times.len().saturating_sub(1));
        self.times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }
}

/// One connection.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub fn connect(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![] })
    }

    /// Sends a request and reads its answer; the head of it, in small letters.
    pub fn ask(&mut self, request: &[u8]) -> Result<String> {
        self.stream.write_all(request)?;
        self.buffer.clear();
        let mut chunk = [0; 4096];
        loop {
            let read = self.stream.read(&mut chunk)?;
            ensure!(read > 0, "the server hung up");
            self.buffer.extend_from_slice(&chunk[..read]);
            let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = std::str::from_utf8(&self.buffer[..end])?.to_ascii_lowercase();
            let length: usize = header(&head, "content-length").context("an answer without a length")?.parse()?;
            if self.buffer.len() >= end + 4 + length {
                return Ok(head);
            }
        }
    }

    /// Sends one order and makes sure that it was placed.
    fn place(&mut self, request: &[u8]) -> Result<()> {
        let head = self.ask(request)?;
        let placed = head.starts_with("http/1.1 303") && header(&head, "location").is_some_and(|to| to.contains("/confirmation?"));
        if !placed {
            bail!("an order was not placed: {}", String::from_utf8_lossy(&self.buffer).chars().take(2000).collect::<String>());
        }
        Ok(())
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

/// Sends the requests by so many clients at once, each over one connection, until the time is over or there are no more.
pub fn send(address: &str, requests: &[Vec<u8>], clients: usize, time: Duration) -> Result<Sent> {
    let shares: Vec<&[Vec<u8>]> = requests.chunks(requests.len().div_ceil(clients)).collect();
    let start = Barrier::new(shares.len());
    thread::scope(|scope| {
        let start = &start;
        let running: Vec<_> = shares.into_iter().map(|share| scope.spawn(move || send_share(address, share, start, time))).collect();
        let mut sent = Sent::default();
        for client in running {
            let (times, took) = client.join().map_err(|_| anyhow::anyhow!("a client broke"))??;
            sent.placed += times.len();
            sent.seconds = sent.seconds.max(took.as_secs_f64());
            sent.times.extend(times);
        }
        sent.times.sort();
        Ok(sent)
    })
}

/// How long each order took, and all of them.
fn send_share(address: &str, share: &[Vec<u8>], start: &Barrier, time: Duration) -> Result<(Vec<Duration>, Duration)> {
    start.wait();
    let mut client = Client::connect(address)?;
    let (began, mut times) = (Instant::now(), vec![]);
    for request in share {
        let sent = Instant::now();
        if began.elapsed() >= time {
            break;
        }
        client.place(request)?;
        times.push(sent.elapsed());
    }
    Ok((times, began.elapsed()))
}
