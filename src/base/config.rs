//! Settings that every subcommand shares, from flags, the environment and `.env`.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use anyhow::{Context, ensure};
use clap::{Args, builder::FalseyValueParser};
use ipnet::IpNet;
use url::Url;

use super::Hosts;

/// Where things are. Each is a flag and an environment variable.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// Folder for what the shop keeps outside the database: its own PostgreSQL, keys, pictures, unsent mail
    #[arg(long, env = "DATA_DIR", default_value = "var", global = true)]
    pub data_dir: PathBuf,

    /// postgresql:// URL of the database; without it the shop keeps a PostgreSQL of its own under the data directory
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,

    /// postgresql:// URL of the account that owns the tables, where DATABASE_URL is one that only serves; it brings the schema up to
    /// date and lets the other one in
    #[arg(long, env = "DATABASE_OWNER_URL", global = true, hide_env_values = true)]
    pub database_owner_url: Option<String>,

    /// Folder with PostgreSQL's programs (initdb, postgres), where they are not found by themselves
    #[arg(long, env = "PG_BIN", global = true)]
    pub pg_bin: Option<PathBuf>,

    /// Database connections at most
    #[arg(long, env = "DATABASE_CONNECTIONS", default_value_t = 16, value_parser = clap::value_parser!(u32).range(2..=500), global = true)]
    pub database_connections: u32,

    /// Secret keys of 32 characters or more, separated by commas, the newest first; without it they are made and kept in the data directory
    #[arg(long, env = "SECRET_KEYS", global = true, hide_env_values = true)]
    pub secret_keys: Option<String>,

    /// The shop's address as its visitors see it [default: http://localhost with the port of --listen]
    #[arg(long, env = "BASE_URL", global = true)]
    pub base_url: Option<String>,

    /// smtp://user:password@host:587?tls=required; without it mails are written to files under the data directory
    #[arg(long, env = "SMTP_URL", global = true, hide_env_values = true)]
    pub smtp_url: Option<String>,

    /// Where pictures are kept: file:///folder or s3://bucket/prefix [default: the folder media in the data directory]
    #[arg(long, env = "MEDIA_URL", global = true)]
    pub media_url: Option<String>,

    /// Hosts that pictures of imports and carriers' prices may be fetched from, separated by commas, each with all below it; without
    /// it any on the public internet
    #[arg(long, env = "OUTSIDE_HOSTS", default_value = "", hide_default_value = true, global = true)]
    pub outside_hosts: Hosts,

    /// Address and port to listen on
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8080", value_parser = address, global = true)]
    pub listen: SocketAddr,

    /// What to log, as tracing's filter directives
    #[arg(long, env = "LOG", default_value = "info,actix_server=warn,actix_session=error", global = true)]
    pub log: String,
}

impl Settings {
    /// An empty variable counts as none, since `DATABASE_URL=` in a file means just that.
    #[must_use]
    pub fn without_empty(mut self) -> Self {
        let urls = [&mut self.database_url, &mut self.database_owner_url, &mut self.base_url, &mut self.smtp_url, &mut self.media_url];
        let texts = urls.into_iter().chain([&mut self.secret_keys]);
        for text in texts {
            if text.as_deref().is_some_and(|text| text.trim().is_empty()) {
                *text = None;
            }
        }
        self.pg_bin = self.pg_bin.filter(|folder| !folder.as_os_str().is_empty());
        self
    }

    /// # Errors
    /// Names the setting that is wrong, and the mend.
    pub fn base_url(&self) -> anyhow::Result<Url> {
        let Some(text) = &self.base_url else {
            return Url::parse(&format!("http://localhost:{}", self.listen.port())).context("--listen gives no address");
        };
        let url = Url::parse(text).with_context(|| format!("BASE_URL {text:?} is no URL; write it as https://shop.example.com"))?;
        ensure!(matches!(url.scheme(), "http" | "https") && url.has_host(), "BASE_URL must begin with https:// (or http://)");
        ensure!(url.path() == "/" && url.query().is_none(), "BASE_URL must have no path: the shop answers at the root of its host");
        Ok(url)
    }

    /// # Errors
    /// The setting is no PostgreSQL URL.
    pub fn check(&self) -> anyhow::Result<()> {
        self.base_url()?;
        for (name, url) in [("DATABASE_URL", &self.database_url), ("DATABASE_OWNER_URL", &self.database_owner_url)] {
            let known = |url: &String| ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
            ensure!(
                url.as_ref().is_none_or(known),
                "{name} must begin with postgresql://, as in postgresql://user:password@host/ironmonger"
            );
        }
        let is_served = self.database_owner_url.is_none() || self.database_url.is_some();
        ensure!(is_served, "DATABASE_OWNER_URL needs DATABASE_URL beside it, the account that serves the shop");
        if let Some(url) = &self.media_url {
            let known = ["file:///", "s3://"].iter().any(|scheme| url.starts_with(scheme));
            ensure!(known, "MEDIA_URL must begin with file:/// or s3://, as in s3://bucket/prefix");
        }
        if let Some(url) = &self.smtp_url {
            let known = ["smtp://", "smtps://"].iter().any(|scheme| url.starts_with(scheme));
            ensure!(known, "SMTP_URL must begin with smtp:// or smtps://, as in smtp://user:password@mail.example.com:587?tls=required");
            let url = Url::parse(url).context("SMTP_URL is no URL; write it as smtp://user:password@mail.example.com:587?tls=required")?;
            ensure!(
                !is_open_mail(&url) || says(&url, "tls", "none"),
                "SMTP_URL would send mails, and the mail server's password, in the clear: add ?tls=required to it, or write smtps://; \
                 ?tls=none says that nobody else is on the network between"
            );
        }
        Ok(())
    }

    /// Whether visitors come over a network without TLS: the shop's address begins with http and is not of this machine alone.
    pub fn is_in_the_clear(&self) -> bool {
        self.base_url().is_ok_and(|url| url.scheme() != "https" && !is_here(url.host_str().unwrap_or_default()))
    }

    /// What works and yet leaves a door ajar, each in words for the log.
    pub fn warnings(&self, server: &ServerSettings) -> Vec<&'static str> {
        let base = self.base_url().ok();
        let is_https = base.as_ref().is_some_and(|url| url.scheme() == "https");
        let read = |url: &Option<String>| url.as_deref().and_then(|url| Url::parse(url).ok());
        let is_doubtful =
            |url: &Option<String>| read(url).is_some_and(|url| is_far_database(&url) && !says(&url, "sslmode", "verify-full"));
        [
            (!self.listen.ip().is_loopback() && !is_https && !self.is_in_the_clear())
                .then_some("pages and passwords cross the network in the clear: give TLS_CERT, or put a proxy with TLS before the shop, and set BASE_URL to https://"),
            (is_https && server.tls_cert.is_none() && server.trusted_proxies.0.is_empty())
                .then_some("TRUSTED_PROXIES is empty: behind a proxy all visitors share its address, and so one guesser's limits"),
            read(&self.smtp_url).is_some_and(|url| is_open_mail(&url))
                .then_some("mails and the mail server's password cross the network in the clear, as tls=none in SMTP_URL says"),
            is_doubtful(&self.database_url)
                .then_some("the database's server is not verified, and what it is told may cross the network in the clear: add sslmode=verify-full to DATABASE_URL"),
            is_doubtful(&self.database_owner_url)
                .then_some("the database's server is not verified: add sslmode=verify-full to DATABASE_OWNER_URL"),
            server.no_limits.then_some("nobody is refused for asking too often: NO_LIMITS is for measuring, not for selling"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// What concerns `serve` alone.
#[derive(Args, Clone, Debug)]
pub struct ServerSettings {
    /// Serve pages only; run `ironmonger work` beside it
    #[arg(long, env = "NO_WORKER", value_parser = FalseyValueParser::new())]
    pub no_worker: bool,

    /// Open a plain shop without goods in an empty database, instead of the demo
    #[arg(long, env = "NO_DEMO", value_parser = FalseyValueParser::new())]
    pub no_demo: bool,

    /// Certificate with its chain, as PEM: the shop then speaks HTTPS itself. Read anew when it changes
    #[arg(long, env = "TLS_CERT", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// The certificate's private key, as PEM
    #[arg(long, env = "TLS_KEY", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// Address and port, such as 0.0.0.0:80, where browsers that come without TLS are led to BASE_URL; whatever else comes there is refused
    #[arg(long, env = "HTTP_LISTEN", value_parser = address, requires = "tls_cert")]
    pub http_listen: Option<SocketAddr>,

    /// Networks or addresses of the proxies in front of the shop, separated by commas, such as 127.0.0.1 or 10.0.0.0/8: what they
    /// write into X-Forwarded-For is believed, and nobody else's. Without it whoever is connected counts as the visitor
    #[arg(long, env = "TRUSTED_PROXIES", default_value = "", hide_default_value = true, value_parser = proxies)]
    pub trusted_proxies: Proxies,

    /// Refuse nobody for asking too often, for measuring how fast the shop is. Never for a shop that sells
    #[arg(long, env = "NO_LIMITS", value_parser = FalseyValueParser::new())]
    pub no_limits: bool,

    /// Megabytes of memory for finished pages
    #[arg(long, env = "PAGE_MEMORY_MB", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub page_memory_mb: u32,

    /// Threads that answer requests [default: one for each core]
    #[arg(long, env = "HTTP_THREADS", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub http_threads: Option<u16>,
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "write it as an IP address and a port, such as 127.0.0.1:8080 or 0.0.0.0:80")
}

/// Networks whose word of where a request comes from is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(pub Vec<IpNet>);

/// A single address is a network of one.
fn proxies(text: &str) -> Result<Proxies, &'static str> {
    let network = |text: &str| text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let listed: Result<_, _> = text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(network).collect();
    listed.map(Proxies).map_err(|_| "write each as an address or a network, such as 127.0.0.1 or 10.0.0.0/8")
}

/// Whether mail would cross a network in the clear, or might where the server offers nothing better. On this machine nobody
/// listens in.
fn is_open_mail(url: &Url) -> bool {
    let is_sealed = url.scheme() == "smtps" || says(url, "tls", "required");
    !is_sealed && !is_here(url.host_str().unwrap_or_default())
}

/// Whether the database is on another machine. A socket's folder stands in the host's place, escaped, or in a query.
fn is_far_database(url: &Url) -> bool {
    let asked = url.query_pairs().find(|(name, _)| name == "host").map(|(_, host)| host.into_owned());
    let host = asked.as_deref().or(url.host_str()).unwrap_or_default();
    let is_socket = host.is_empty() || host.starts_with('/') || host.to_ascii_lowercase().starts_with("%2f");
    !is_socket && !is_here(host)
}

fn says(url: &Url, asked: &str, wanted: &str) -> bool {
    url.query_pairs().any(|(name, value)| name == asked && value == wanted)
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
        #[command(flatten)]
        server: ServerSettings,
    }

    fn warned(flags: &[&str]) -> Vec<&'static str> {
        let line = Line::parse_from(std::iter::once(&"ironmonger").chain(flags));
        line.settings.without_empty().warnings(&line.server)
    }

    #[test]
    fn what_leaves_a_door_ajar_is_warned_of() {
        assert!(warned(&[]).is_empty(), "on one's own machine all is well");
        let cases = [
            (&["--listen", "0.0.0.0:80"][..], "BASE_URL"),
            (&["--base-url", "https://shop.example"], "TRUSTED_PROXIES"),
            (&["--smtp-url", "smtp://mail.example?tls=none"], "SMTP_URL"),
            (&["--database-url", "postgresql://shop@db.example/shop"], "DATABASE_URL"),
            (&["--database-url", "postgresql://shop@db.example/shop?sslmode=require"], "DATABASE_URL"),
            (&["--database-url", "postgresql:///shop?host=db.example"], "DATABASE_URL"),
            (&["--database-owner-url", "postgresql://owner@db.example/shop"], "DATABASE_OWNER_URL"),
            (&["--no-limits"], "NO_LIMITS"),
        ];
        for (flags, named) in cases {
            assert!(matches!(&*warned(flags), [one] if one.contains(named)), "{flags:?}: {:?}", warned(flags));
        }
        let quiet = [
            &["--base-url", "https://shop.example", "--trusted-proxies", "127.0.0.1"][..],
            &["--smtp-url", "smtp://mail.example?tls=required"],
            &["--smtp-url", "smtps://mail.example"],
            &["--smtp-url", "smtp://127.0.0.1:25"],
            &["--database-url", "postgresql://shop@db.example/shop?sslmode=verify-full"],
            &["--database-url", "postgresql:///shop?host=/run/postgresql"],
            &["--database-url", "postgresql://shop@%2Frun%2Fpostgresql:5432/shop"],
            &["--database-url", "postgresql://shop@[::1]/shop"],
        ];
        for flags in quiet {
            assert!(warned(flags).is_empty(), "{flags:?}: {:?}", warned(flags));
        }
    }

    #[test]
    fn a_shop_that_others_reach_without_tls_is_known() {
        for open in ["http://shop.example", "http://192.168.1.5:8080", "http://localhost.example"] {
            assert!(settings(&["--base-url", open]).is_in_the_clear(), "{open}");
        }
        for closed in ["https://shop.example", "http://localhost:8080", "http://127.0.0.1", "http://[::1]:8080"] {
            assert!(!settings(&["--base-url", closed]).is_in_the_clear(), "{closed}");
        }
        assert!(!settings(&[]).is_in_the_clear());
        assert!(warned(&["--base-url", "http://shop.example", "--listen", "0.0.0.0:80"]).is_empty(), "said once, and louder");
    }

    #[test]
    fn the_door_without_tls_is_beside_one_with_it() {
        let with = |flags: &[&str]| Line::try_parse_from(std::iter::once(&"ironmonger").chain(flags)).map(|line| line.server.http_listen);
        assert!(with(&["--http-listen", "0.0.0.0:80"]).is_err());
        let beside = with(&["--http-listen", "0.0.0.0:80", "--tls-cert", "a.pem", "--tls-key", "b.pem"]);
        assert_eq!(beside.unwrap(), Some("0.0.0.0:80".parse().unwrap()));
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        let proxies =
            |text: &str| Line::try_parse_from(["ironmonger", "--trusted-proxies", text]).map(|line| line.server.trusted_proxies.0);
        assert!(proxies("").unwrap().is_empty());
        let shown: Vec<String> = proxies("127.0.0.1, 10.0.0.0/8,fd00::/8").unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"]);
        assert!(proxies("proxy.example").is_err() && proxies("10.0.0.0/33").is_err());
    }

    fn settings(flags: &[&str]) -> Settings {
        Line::parse_from(std::iter::once(&"ironmonger").chain(flags)).settings.without_empty()
    }

    #[test]
    fn the_base_url_follows_the_port_unless_it_is_given() {
        assert_eq!(settings(&["--listen", "127.0.0.1:9000"]).base_url().unwrap().as_str(), "http://localhost:9000/");
        assert_eq!(settings(&["--base-url", "https://shop.example"]).base_url().unwrap().as_str(), "https://shop.example/");
    }

    #[test]
    fn a_wrong_setting_is_named_with_its_mend() {
        let said = |flags: &[&str]| format!("{:#}", settings(flags).check().unwrap_err());
        assert!(said(&["--base-url", "shop"]).contains("BASE_URL"));
        assert!(said(&["--base-url", "https://shop.example/sub"]).contains("no path"));
        assert!(said(&["--database-url", "mysql://x"]).contains("postgresql://"));
        assert!(said(&["--media-url", "ftp://x"]).contains("s3://"));
        assert!(said(&["--smtp-url", "mail.example"]).contains("smtp://"));
        assert!(said(&["--database-owner-url", "postgresql:///x"]).contains("DATABASE_URL beside it"));
    }

    #[test]
    fn mail_never_crosses_a_network_in_the_clear_unless_that_is_said() {
        let refused = |url: &str| settings(&["--smtp-url", url]).check().is_err_and(|error| error.to_string().contains("tls=required"));
        for open in ["smtp://mail.example", "smtp://u:p@mail.example:587", "smtp://10.0.0.5:25", "smtp://mail.example?tls=opportunistic"] {
            assert!(refused(open), "{open}");
        }
        for well in [
            "smtp://mail.example?tls=required",
            "smtps://mail.example",
            "smtp://127.0.0.1:25",
            "smtp://[::1]:25",
            "smtp://localhost",
            "smtp://mail.example?tls=none",
        ] {
            assert!(!refused(well), "{well}");
        }
    }

    #[test]
    fn an_empty_variable_counts_as_none() {
        assert_eq!(settings(&["--database-url", " "]).database_url, None);
    }
}
