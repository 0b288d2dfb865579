use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// How the stand-in answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Answers,
    /// 500.
    Fails,
    /// 401.
    Refuses,
    Garbage,
    WrongCurrency,
    /// To another address, which would answer rightly.
    Redirects,
    /// More bytes than anybody needs.
    TooLong,
    /// Takes the question and says nothing.
    Hangs,
}

/// A carrier's rate service for tests: Parcel costs 5.12, Pallet 40.00.
pub struct StandIn {
    pub url: String,
    manner: Arc<Mutex<Manner>>,
    questions: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/rates", listener.local_addr().unwrap());
        let (manner, questions) = (Arc::new(Mutex::new(Manner::Answers)), Arc::new(Mutex::new(vec![])));
        let stand_in = Self { url, manner: manner.clone(), questions: questions.clone() };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (manner, questions) = (manner.clone(), questions.clone());
                thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let question = read(&mut stream);
                    questions.lock().unwrap().push(question);
                    let manner = *manner.lock().unwrap();
                    answer(stream, manner);
                });
            }
        });
        stand_in
    }

    pub fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    /// What it was asked so far, head and body.
    pub fn questions(&self) -> Vec<String> {
        self.questions.lock().unwrap().clone()
    }
}

fn read(stream: &mut TcpStream) -> String {
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut buffer).unwrap();
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        if count == 0 || body.len() >= length {
            return text;
        }
    }
}

fn answer(mut stream: TcpStream, manner: Manner) {
    let rates = |currency: &str| {
        format!(
            r#"{{"rates": [{{"service": "Pallet", "amount": 4000, "currency": "{currency}"}}, {{"service": "Parcel", "amount": 512, "currency": "{currency}"}}]}}"#
        )
    };
    let (status, more, body) = match manner {
        Manner::Answers => ("200 OK", "", rates("GBP")),
        Manner::Fails => ("500 Internal Server Error", "", String::new()),
        Manner::Refuses => ("401 Unauthorized", "", String::new()),
        Manner::Garbage => ("200 OK", "", "<html>Welcome".to_owned()),
        Manner::WrongCurrency => ("200 OK", "", rates("EUR")),
        Manner::Redirects => ("307 Temporary Redirect", "location: /elsewhere\r\n", rates("GBP")),
        Manner::TooLong => ("200 OK", "", " ".repeat(100_000)),
        Manner::Hangs => {
            thread::sleep(Duration::from_secs(20));
            return;
        }
    };
    let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{more}\r\n{body}", body.len());
}
