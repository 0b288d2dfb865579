//! Requests of ours to addresses that people type or files name. Whoever may name an address could name one inside the network
//! (a database, a cloud's metadata, the shop itself) and have the server ask there: OWASP, server-side request forgery. So only
//! public addresses are asked, looked at twice: in the address as it is written, and at the very moment of connecting, since what
//! a name meant when it was checked proves nothing (DNS rebinding). No redirect is followed, and no proxy of the environment used.

use std::{
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use reqwest::{
    Client, Method, RequestBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use url::{Host, Url};

use super::hosts;

const CONNECT_TIME: Duration = Duration::from_secs(2);

const WHOLE_ADDRESS: &str = "Enter a whole address, such as https://rates.example.com/v1";

/// How far requests may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Machines that anybody can reach, over TLS.
    Public,
    /// Those and this machine itself, without TLS as well: a shop in development, whose partners run beside it.
    Development,
    /// Machines that anybody can reach, without TLS as well: files of older shops, brought in on the command line.
    PublicUnsealed,
    /// Wherever the operator says, on the command line.
    Anywhere,
}

impl Reach {
    fn allows(self, address: IpAddr) -> bool {
        match self {
            Self::Public | Self::PublicUnsealed => is_public(address),
            Self::Development => is_public(address) || address.to_canonical().is_loopback(),
            Self::Anywhere => true,
        }
    }

    /// The address as it may be asked.
    ///
    /// # Errors
    /// A message for the field in which it was typed.
    pub fn check(self, text: &str) -> Result<Url, &'static str> {
        let url = Url::parse(text.trim()).map_err(|_| WHOLE_ADDRESS)?;
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(WHOLE_ADDRESS),
        };
        let is_here = address.is_some_and(|address| address.is_loopback()) || url.host_str() == Some("localhost");
        let may_be_unsealed = matches!(self, Self::PublicUnsealed | Self::Anywhere) || (self == Self::Development && is_here);
        if url.scheme() != "https" && !(may_be_unsealed && url.scheme() == "http") {
            return Err("Enter an address that begins with https://");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("Take the name and password out of the address. A token has a field of its own");
        }
        if !hosts::may_be_asked(url.host_str().unwrap_or_default()) {
            return Err("This host is not among those that the shop may ask: whoever runs it adds it to OUTSIDE_HOSTS");
        }
        if address.is_some_and(|address| !self.allows(address)) { Err("Enter an address on the public internet") } else { Ok(url) }
    }
}

/// Asks addresses that are not ours. Cheap to clone.
#[derive(Clone)]
pub struct Outside {
    http: Client,
    reach: Reach,
}

impl Outside {
    /// `whole_time`: from connecting to the last byte of the answer.
    ///
    /// # Errors
    /// TLS can't be set up.
    pub fn new(reach: Reach, whole_time: Duration) -> anyhow::Result<Self> {
        Self::with(reach, whole_time, Arc::new(|name| Box::pin(system(name))))
    }

    fn with(reach: Reach, whole_time: Duration, look_up: LookUp) -> anyhow::Result<Self> {
        // reqwest panics where no provider of cryptography is installed. An error here means that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().connect_timeout(CONNECT_TIME).timeout(whole_time).redirect(redirect::Policy::none()).no_proxy();
        let http = client.dns_resolver(Arc::new(Names { reach, look_up })).build().context("the HTTP client can't be made")?;
        Ok(Self { http, reach })
    }

    /// A request to that address, not sent yet.
    ///
    /// # Errors
    /// Why the address is not asked, as [`Reach::check`] says it.
    pub fn request(&self, method: Method, address: &str) -> Result<RequestBuilder, &'static str> {
        Ok(self.http.request(method, self.reach.check(address)?))
    }
}

type Found = io::Result<Vec<SocketAddr>>;
type LookUp = Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = Found> + Send>> + Send + Sync>;

async fn system(name: String) -> Found {
    Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.collect())
}

/// Resolves names when a connection is made, and gives only such addresses as may be asked: what is connected to is what was
/// looked at.
struct Names {
    reach: Reach,
    look_up: LookUp,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, found) = (self.reach, (self.look_up)(name.as_str().to_owned()));
        Box::pin(async move {
            let allowed: Vec<SocketAddr> = found.await?.into_iter().filter(|address| reach.allows(address.ip())).collect();
            if allowed.is_empty() { Err("the name leads to no public address".into()) } else { Ok(Box::new(allowed.into_iter()) as Addrs) }
        })
    }
}

/// Whether anybody's machine may be there. Source: IANA's special-purpose address registries.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let for_tests = a == 198 && (18..20).contains(&b) || v4.is_documentation();
            let reserved = a == 0 || a >= 224 || (a == 192 && b == 0) || (a, b, c) == (192, 88, 99);
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || shared || for_tests || reserved)
        }
        IpAddr::V6(v6) => {
            let [first, second, ..] = v6.segments();
            let global = (0x2000..0x4000).contains(&first);
            // Documentation, and addresses that wrap one of IPv4.
            let special = (first == 0x2001 && (second == 0xdb8 || second == 0)) || first == 0x2002 || first == 0x3fff;
            global && !special
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        net::TcpListener,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    const INSIDE: [&str; 22] = [
        "https://127.0.0.1/",
        "https://127.255.255.254/",
        "https://[::1]/",
        "https://[::]/",
        "https://0.0.0.0/",
        "https://0.1.2.3/",
        "https://10.1.2.3/",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest",
        "https://100.64.0.1/",
        "https://198.18.0.1/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:a00:1]/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://[2002:7f00:1::]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
    ];

    fn resolving(reach: Reach, answers: &'static [&'static str]) -> (Outside, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let look_up: LookUp = Arc::new(move |_| {
            let answer = answers[count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1)];
            Box::pin(async move { Ok(vec![SocketAddr::new(answer.parse().unwrap(), 0)]) })
        });
        (Outside::with(reach, Duration::from_secs(2), look_up).unwrap(), asked)
    }

    #[test]
    fn only_public_addresses_over_tls_are_asked() {
        let odd = ["http://rates.example.com/", "ftp://rates.example.com/", "file:///etc/passwd", "gopher://x/", "rates.example.com", ""];
        let named = ["https://ann:secret@rates.example.com/"];
        for wrong in INSIDE.into_iter().chain(odd).chain(named) {
            assert!(Reach::Public.check(wrong).is_err(), "{wrong}");
        }
        assert!(Reach::Public.check("https://rates.example.com/v1?shop=7").is_ok());
        assert!(Reach::Public.check("https://93.184.216.34/").is_ok());
        assert!(Reach::Public.check("https://[2606:4700::1111]/").is_ok());
    }

    #[test]
    fn in_development_one_s_own_machine_may_be_asked_and_no_other() {
        assert!(Reach::Development.check("http://127.0.0.1:8099/rates").is_ok());
        assert!(Reach::Development.check("http://localhost:8099/rates").is_ok());
        assert!(Reach::Development.check("http://10.1.2.3/rates").is_err());
        assert!(Reach::Development.check("http://rates.example.com/").is_err());
        assert!(Reach::Development.check("https://169.254.169.254/").is_err());
    }

    #[test]
    fn on_the_command_line_old_shops_are_asked_without_tls_and_inner_ones_only_when_it_is_said() {
        assert!(Reach::PublicUnsealed.check("http://shop.example/a.png").is_ok());
        assert!(Reach::PublicUnsealed.check("http://192.168.1.1/a.png").is_err());
        assert!(Reach::Anywhere.check("http://192.168.1.1/a.png").is_ok());
        assert!(Reach::Anywhere.check("file:///etc/passwd").is_err());
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_connected_to() {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        door.set_nonblocking(true).unwrap();
        let port = door.local_addr().unwrap().port();
        for inner in [&["127.0.0.1"][..], &["10.0.0.1"], &["::1"], &["::ffff:127.0.0.1"], &["169.254.169.254"]] {
            let (outside, asked) = resolving(Reach::PublicUnsealed, inner);
            let sent = outside.request(Method::GET, &format!("http://rebind.example:{port}/")).unwrap().send().await;
            assert!(sent.is_err() && asked.load(Ordering::SeqCst) > 0, "{inner:?}");
        }
        assert_eq!(door.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock, "nobody came");
    }

    #[tokio::test]
    async fn a_name_that_is_public_first_and_inner_afterwards_is_refused_at_that_moment() {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        door.set_nonblocking(true).unwrap();
        let port = door.local_addr().unwrap().port();
        // The first answer is what a check beforehand would have seen. 192.0.2.0/24 is nobody's, so nothing can answer there.
        let names = Names { reach: Reach::Public, look_up: resolving_to(&["93.184.216.34", "127.0.0.1"]) };
        assert!(names.resolve("rebind.example".parse().unwrap()).await.is_ok());
        assert!(names.resolve("rebind.example".parse().unwrap()).await.is_err());
        let both = Names { reach: Reach::Public, look_up: Arc::new(|_| Box::pin(async { Ok(both_addresses()) })) };
        let left: Vec<_> = both.resolve("rebind.example".parse().unwrap()).await.unwrap().collect();
        assert_eq!(left, [SocketAddr::from(([93, 184, 216, 34], 0))], "the inner one is dropped");
        assert_eq!(door.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock, "nobody came to {port}");
    }

    fn both_addresses() -> Vec<SocketAddr> {
        vec![SocketAddr::from(([127, 0, 0, 1], 0)), SocketAddr::from(([93, 184, 216, 34], 0))]
    }

    fn resolving_to(answers: &'static [&'static str]) -> LookUp {
        let count = AtomicUsize::new(0);
        Arc::new(move |_| {
            let answer = answers[count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1)];
            Box::pin(async move { Ok(vec![SocketAddr::new(answer.parse().unwrap(), 0)]) })
        })
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_is_not_followed() {
        let (inner, outer) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
        inner.set_nonblocking(true).unwrap();
        let to = inner.local_addr().unwrap();
        let address = format!("http://{}/", outer.local_addr().unwrap());
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = outer.accept().unwrap();
            let _ = io::Read::read(&mut stream, &mut [0; 2048]);
            write!(stream, "HTTP/1.1 302 Found\r\nLocation: http://{to}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        });
        let outside = Outside::new(Reach::Development, Duration::from_secs(2)).unwrap();
        let answer = outside.request(Method::GET, &address).unwrap().send().await.unwrap();
        answering.join().unwrap();
        assert_eq!(answer.status().as_u16(), 302);
        assert_eq!(inner.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock, "nobody came");
    }
}
