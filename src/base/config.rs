//! Settings that every subcommand shares, from flags, the environment and `.env`.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context, ensure};
use clap::{Args, builder::FalseyValueParser};
use url::Url;

/// Where things are. Each is a flag and an environment variable.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// Folder for what the shop keeps outside the database: its own PostgreSQL, keys, pictures, unsent mail
    #[arg(long, env = "DATA_DIR", default_value = "var", global = true)]
    pub data_dir: PathBuf,

    /// postgresql:// URL of the database; without it the shop keeps a PostgreSQL of its own under the data directory
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,

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
        let texts = [&mut self.database_url, &mut self.secret_keys, &mut self.base_url, &mut self.smtp_url, &mut self.media_url];
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
        if let Some(url) = &self.database_url {
            let known = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
            ensure!(known, "DATABASE_URL must begin with postgresql://, as in postgresql://user:password@host/ironmonger");
        }
        if let Some(url) = &self.media_url {
            let known = ["file:///", "s3://"].iter().any(|scheme| url.starts_with(scheme));
            ensure!(known, "MEDIA_URL must begin with file:/// or s3://, as in s3://bucket/prefix");
        }
        if let Some(url) = &self.smtp_url {
            let known = ["smtp://", "smtps://"].iter().any(|scheme| url.starts_with(scheme));
            ensure!(known, "SMTP_URL must begin with smtp:// or smtps://, as in smtp://user:password@mail.example.com:587?tls=required");
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
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
    }

    #[test]
    fn an_empty_variable_counts_as_none() {
        assert_eq!(settings(&["--database-url", " "]).database_url, None);
    }
}
