//! Those who send in drops. None of them is let for long, and nobody else waits for them.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use crate::harness::Shop;

/// Opens a line, begins to speak on it, and goes on with `word` every half second; how long it was let, at most 100 seconds. What is
/// answered is read and changes nothing: whoever attacks does not go because he was told to.
fn held(address: &str, begin: &str, word: &[u8]) -> Duration {
    let mut line = TcpStream::connect(address).unwrap();
    line.write_all(begin.as_bytes()).unwrap();
    line.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let (began, mut heard) = (Instant::now(), [0; 4096]);
    while began.elapsed() < Duration::from_secs(100) {
        match line.read(&mut heard) {
            Ok(1..) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Ok(0) | Err(_) => break,
        }
        if line.write_all(word).is_err() {
            break;
        }
    }
    began.elapsed()
}

#[test]
fn slow_senders_are_told_to_go_and_hold_nobody_up() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let address = shop.url.trim_start_matches("http://").to_owned();
    let head = |line: &str| format!("{line} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\n");
    let long = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n";
    let chunks = "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n";
    let answered = format!("{}\r\n", head("GET /"));
    let slow: [(&str, usize, String, &[u8], u64); 10] = [
        ("a head", 60, head("GET /"), b"X", 20),
        ("a form", 60, head("POST /sign-in") + long, b"x", 50),
        ("chunks that nobody reads", 20, head("POST /nowhere") + chunks, b"1\r\nx\r\n", 60),
        ("chunks that nobody reads, and silence", 10, head("POST /nowhere") + chunks, b"", 60),
        ("chunks behind a page that is kept", 10, head("GET /") + chunks, b"1\r\nx\r\n", 60),
        ("a body for a page that is kept", 10, head("GET /") + long, b"x", 60),
        ("a provider's message", 20, head("POST /webhooks/stripe") + long, b"x", 60),
        ("the head of a second request", 20, answered.clone() + &head("GET /"), b"X", 60),
        ("a second request that only begins", 10, answered.clone() + "GET", b"", 60),
        ("empty lines after an answer", 10, answered, b"\r\n", 60),
    ];
    let mut lines = vec![];
    for (what, times, begin, word, most) in slow {
        for _ in 0..times {
            let (address, begin) = (address.clone(), begin.clone());
            lines.push((what, most, thread::spawn(move || held(&address, &begin, word))));
        }
    }
    thread::sleep(Duration::from_secs(1));
    let browser = shop.browser();
    for path in ["/healthz", &hammer, "/cart", "/sign-in"] {
        let asked = Instant::now();
        assert_eq!(browser.request("GET", path).send().unwrap().status(), 200, "{path}");
        assert!(asked.elapsed() < Duration::from_secs(3), "{path} took {:?}", asked.elapsed());
    }
    for (what, most, line) in lines {
        let held = line.join().unwrap();
        assert!(held < Duration::from_secs(most), "{what} may not take {held:?}");
    }
}
