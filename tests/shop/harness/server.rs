use std::{
    fs,
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use super::Shop;

/// How long a server may take to start on a busy machine.
const START: Duration = Duration::from_secs(60);

static STARTED: AtomicU32 = AtomicU32::new(0);

/// `ironmonger serve` as a process of its own on a shop's database, with a worker. Whoever has a session in one has it in all.
pub struct Server {
    pub url: String,
    child: Child,
}

impl Server {
    /// Starts one and waits until it is ready, or dead. `failpoint`: where it is to die, or empty.
    pub fn start(shop: &Shop, failpoint: &str) -> Self {
        let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self::at(shop, &listen.to_string(), failpoint)
    }

    /// Starts it again where it was, after its death.
    #[cfg(feature = "failpoints")]
    pub fn again(&self, shop: &Shop) -> Self {
        Self::at(shop, self.url.trim_start_matches("http://"), "")
    }

    fn at(shop: &Shop, listen: &str, failpoint: &str) -> Self {
        let url = format!("http://{listen}");
        let log = fs::File::create(shop.folder().join(format!("log-{}", STARTED.fetch_add(1, Ordering::Relaxed)))).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_ironmonger"));
        command.env_clear().env("IRONMONGER_FAILPOINT", failpoint).current_dir(shop.folder());
        command.args(["--database-url", &shop.database_url, "--secret-keys", &"k".repeat(40), "--base-url", &url, "--listen", listen]);
        command.arg("--data-dir").arg(shop.folder()).args(["--log", "warn", "serve", "--no-demo"]).stdout(Stdio::null()).stderr(log);
        let mut server = Self { url, child: command.spawn().unwrap() };
        server.becomes_ready();
        server
    }

    fn becomes_ready(&mut self) {
        let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        let deadline = Instant::now() + START;
        while Instant::now() < deadline && !self.is_dead() {
            if client.get(format!("{}/readyz", self.url)).send().is_ok_and(|answer| answer.status().as_u16() == 200) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn is_dead(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// The signal that ended it, if it ends within this time.
    #[cfg(feature = "failpoints")]
    pub fn killed_within(&mut self, limit: Duration) -> Option<i32> {
        use std::os::unix::process::ExitStatusExt;
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.signal();
            }
            thread::sleep(Duration::from_millis(50));
        }
        None
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
