//! What stands between the shop and the open internet: who really asks, by which name the shop may be asked, and how fast.

mod client;
mod host;
mod pace;
mod patience;

use std::net::IpAddr;

pub use client::client;
pub use host::{check_host, is_loopback};
use ipnet::IpNet;
pub use pace::keep_pace;
pub use patience::Patient;

use pace::Pace;

use crate::base::{Client, is_public};

/// The wall of one server.
#[derive(Default)]
pub struct Wall {
    /// Proxies whose word of where a request comes from is taken.
    trusted: Vec<IpNet>,
    /// `None`: nobody is too fast, as under load that is wanted.
    pace: Option<Pace>,
}

impl Wall {
    /// A wall that counts.
    pub fn new(trusted: Vec<IpNet>) -> Self {
        Self { trusted, pace: Some(Pace::default()) }
    }

    /// A wall that lets everybody be as fast as they like.
    pub fn without_limits(trusted: Vec<IpNet>) -> Self {
        Self { trusted, pace: None }
    }

    /// Whether the requests of this address are counted, however right each of them is. Those of this machine and of the network
    /// it stands in are not: where a proxy stands there that nobody named, they are all visitors', and to refuse them would
    /// shut the shop. Guesses are counted all the same, see `limits`.
    pub fn counts(&self, client: Client) -> bool {
        self.pace.is_some() && is_public(client.address)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&address.to_canonical()))
    }
}
