//! wrk on the second processor, and what serves on the first.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};

/// Connections that wrk keeps open.
const CONNECTIONS: &str = "32";

/// What wrk asks for.
pub enum Ask<'a> {
    /// The same again and again, as whoever has this cookie.
    Same(&'a str, Option<&'a str>),
    /// What each of these lines says, once after another, on this server.
    Each(&'a str, &'a Path),
}

/// Answers a second.
pub fn rate(ask: &Ask, seconds: u64) -> Result<f64> {
    let mut wrk = Command::new("taskset");
    wrk.args(["-c", "1", "wrk", "-t1", "-c", CONNECTIONS, &format!("-d{seconds}s"), "-H", "Accept: text/html"]);
    match ask {
        Ask::Same(url, cookie) => {
            if let Some(cookie) = cookie {
                wrk.args(["-H", &format!("Cookie: {cookie}")]);
            }
            wrk.arg(url);
        }
        Ask::Each(site, paths) => {
            wrk.arg("-s").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/pages/each.lua")).arg(site).arg("--").arg(paths);
        }
    }
    let said = wrk.output().context("wrk can't be begun")?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    ensure!(!text.contains("Non-2xx") && !text.contains("Socket errors"), "some are refused: {text}");
    let rate = text.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    let rate = rate.with_context(|| format!("wrk tells no rate: {text}{}", String::from_utf8_lossy(&said.stderr)))?;
    Ok(rate.trim().parse()?)
}

/// This program once more, as a server that does one thing, on the processor on which the shop's runs.
pub struct Other {
    child: Child,
    pub url: String,
}

impl Other {
    pub fn begin(what: &[&str]) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).arg(std::env::current_exe()?).args(what).args(["--listen", &address.to_string()]);
        let other = Self { child: command.spawn().context("taskset can't be begun")?, url: format!("http://{address}") };
        await_open(address, 100)?;
        Ok(other)
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn await_open(address: SocketAddr, tries: u32) -> Result<()> {
    for _ in 0..tries {
        if TcpStream::connect(address).is_ok() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    bail!("nobody opens at {address}")
}

pub fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
