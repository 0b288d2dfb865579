use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::{
    HttpRequest,
    http::header::{HeaderMap, HeaderName},
};

use super::Wall;
use crate::{base::Client, web::App};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Proxies one behind the other at most.
const MOST_PROXIES: usize = 16;

/// Where the request comes from: the other end of its connection or, where a trusted proxy stands there, the address that the
/// outermost of them saw. What anybody else writes into `X-Forwarded-For` means nothing, and nothing at all is taken from
/// `X-Forwarded-Host`, `X-Forwarded-Proto` and `Forwarded`: name and scheme are the setting's.
pub fn client(request: &HttpRequest) -> Client {
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip().to_canonical());
    let seen = request.app_data::<App>().map_or(peer, |app| app.wall.outermost(peer, request.headers()));
    Client { address: seen }
}

impl Wall {
    /// The last address that no trusted proxy has. Each proxy writes whom it saw to the end of the list, so what stands before the
    /// first stranger, read from the end, is hearsay. A list that can't be read tells nothing, and the peer is who asks.
    fn outermost(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.trusts(peer) {
            return peer;
        }
        let lines = headers.get_all(FORWARDED_FOR).filter_map(|line| line.to_str().ok());
        let listed: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
        let mut seen = peer;
        for entry in listed.iter().rev().take(MOST_PROXIES) {
            let Some(address) = address_of(entry) else { return peer };
            seen = address;
            if !self.trusts(address) {
                break;
            }
        }
        seen
    }
}

/// Some proxies write the port as well.
fn address_of(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let address = bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn seen(trusted: &[&str], peer: &str, lines: &[&str]) -> String {
        let wall = Wall::without_limits(trusted.iter().map(|network| network.parse().unwrap()).collect());
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
        }
        wall.outermost(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_stranger_s_word_of_where_he_comes_from_means_nothing() {
        assert_eq!(seen(&[], "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(seen(&["10.0.0.0/8"], "203.0.113.9", &["10.0.0.1, 198.51.100.1"]), "203.0.113.9");
    }

    #[test]
    fn of_a_trusted_proxy_the_right_most_stranger_counts() {
        let proxies = ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"];
        assert_eq!(seen(&proxies, "127.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen(&proxies, "127.0.0.1", &["6.6.6.6, 198.51.100.1"]), "198.51.100.1", "what was forged before it is hearsay");
        assert_eq!(seen(&proxies, "127.0.0.1", &["6.6.6.6, 198.51.100.1, 10.2.3.4"]), "198.51.100.1");
        assert_eq!(seen(&proxies, "127.0.0.1", &["6.6.6.6", "198.51.100.1"]), "198.51.100.1", "lines of one header are one list");
        assert_eq!(seen(&proxies, "fd00::2", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(seen(&proxies, "127.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(seen(&proxies, "127.0.0.1", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(seen(&proxies, "127.0.0.1", &["10.1.1.1"]), "10.1.1.1", "somebody of the inner network");
    }

    #[test]
    fn a_list_that_can_not_be_read_tells_nothing() {
        for odd in ["unknown", "198.51.100.1, ", "198.51.100.1 203.0.113.1", "", "_hidden", "1.2.3", "999.1.1.1"] {
            assert_eq!(seen(&["127.0.0.1/32"], "127.0.0.1", &[odd]), "127.0.0.1", "{odd:?}");
        }
        assert_eq!(seen(&["127.0.0.1/32"], "127.0.0.1", &[]), "127.0.0.1");
    }
}
