//! TLS served by the program itself, with HTTP/2 where the browser speaks it. Certificates are read anew when their files change,
//! since whoever renews them (certbot, a cron job) should not have to restart the shop.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock, Weak},
    thread,
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result, ensure};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// The files of a certificate with its chain, and of its key.
#[derive(Clone, Debug)]
pub struct CertificateFiles {
    pub chain: PathBuf,
    pub key: PathBuf,
}

impl CertificateFiles {
    fn read(&self) -> Result<CertifiedKey> {
        let told = |file: &PathBuf| format!("{} can't be read as PEM", file.display());
        let chain: Vec<_> = CertificateDer::pem_file_iter(&self.chain).and_then(Iterator::collect).with_context(|| told(&self.chain))?;
        ensure!(!chain.is_empty(), "{} has no certificate in it", self.chain.display());
        let key = PrivateKeyDer::from_pem_file(&self.key).with_context(|| told(&self.key))?;
        CertifiedKey::from_der(chain, key, &ring::default_provider())
            .with_context(|| format!("{} is not the key of {}", self.key.display(), self.chain.display()))
    }

    fn changed(&self) -> Written {
        let at = |file: &PathBuf| fs::metadata(file).and_then(|about| about.modified()).ok();
        at(&self.chain).zip(at(&self.key))
    }
}

/// Where a server is listened for.
pub struct Sockets {
    pub public: TcpListener,
    pub tls: Option<Tls>,
}

pub struct Tls {
    pub config: ServerConfig,
    /// A door without TLS for this machine alone: the sandbox gateway lives in the server and is spoken to over HTTP.
    pub inside: TcpListener,
}

impl Sockets {
    pub fn plain(public: TcpListener) -> Self {
        Self { public, tls: None }
    }

    /// With TLS on the public door.
    ///
    /// # Errors
    /// Names the file that can't be used.
    pub fn with_tls(public: TcpListener, files: CertificateFiles) -> Result<Self> {
        let tls = Tls { config: server_config(files)?, inside: TcpListener::bind("127.0.0.1:0")? };
        Ok(Self { public, tls: Some(tls) })
    }

    /// Where this server can be spoken to without TLS.
    ///
    /// # Errors
    /// The socket has no address.
    pub fn inside(&self) -> Result<SocketAddr> {
        let door = self.tls.as_ref().map_or(&self.public, |tls| &tls.inside);
        door.local_addr().context("the door has no address")
    }
}

/// What TLS is spoken with. Once this and every server that uses it are gone, nobody looks at the files any more.
///
/// # Errors
/// Names the file that can't be used.
fn server_config(files: CertificateFiles) -> Result<ServerConfig> {
    let seen = files.changed();
    let current = Arc::new(Current(RwLock::new(Arc::new(files.read()?))));
    let watched = Arc::downgrade(&current);
    thread::spawn(move || watch(&files, seen, &watched));
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(current);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// When both files were written; `None`: one of them is not there.
type Written = Option<(SystemTime, SystemTime)>;

fn watch(files: &CertificateFiles, mut seen: Written, current: &Weak<Current>) {
    let mut refused = Refused::default();
    loop {
        thread::sleep(LOOK);
        let Some(current) = current.upgrade() else { return };
        let now = files.changed();
        if now == seen {
            continue;
        }
        // Both files are seldom written at one moment: what does not fit yet is tried again at the next look.
        match files.read() {
            Ok(key) => {
                *current.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
                seen = now;
                tracing::info!("the certificate was read anew");
            }
            Err(error) if refused.is_news(now) => tracing::warn!(error = format!("{error:#}"), "the former certificate is kept"),
            Err(_) => {}
        }
    }
}

/// The files that were refused last: what is tried at each look is warned of once.
#[derive(Default)]
struct Refused(Option<Written>);

impl Refused {
    fn is_news(&mut self, written: Written) -> bool {
        self.0.replace(written) != Some(written)
    }
}

/// The certificate that is shown to whoever comes, whatever name they ask for.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_do_not_fit_are_warned_of_once_for_each_change() {
        let (mut refused, at) = (Refused::default(), SystemTime::now());
        let later = at + LOOK;
        let told = [None, None, Some((at, at)), Some((at, at)), Some((at, later)), Some((at, later)), None];
        assert_eq!(told.map(|written| refused.is_news(written)), [true, false, true, false, true, false, true]);
    }
}
