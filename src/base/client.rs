//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr};

/// Whoever asks, as far as the network tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    pub address: IpAddr,
}

impl Default for Client {
    /// Nobody known: a test, or a socket that has no address.
    fn default() -> Self {
        Self { address: IpAddr::V4(Ipv4Addr::UNSPECIFIED) }
    }
}
