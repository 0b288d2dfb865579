//! The start and the end of the program.

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    task::JoinSet,
};

use super::{
    demo, owner_link,
    plain_door::lead_to_https,
    shop::{Shop, ShopParts},
    tls::{CertificateFiles, Sockets},
};
use crate::{
    base::{Cluster, Db, Keys, ServerSettings, Settings, Tally, migrate, migrate_as_owner},
    doctor::{self, Report},
    limits,
    mail::Transport,
    media::MediaStore,
    web::{PageCache, Wall},
};

/// Jobs that one worker runs at once.
const LANES: usize = 4;

/// So long after the start the shop opens, whether or not the demo is filled.
const PATIENCE: Duration = Duration::from_secs(7);

/// How often the private database is looked after.
const WATCH: Duration = Duration::from_secs(2);

/// The loudest of the warnings, since it concerns everybody who comes.
const IN_THE_CLEAR: &str = "BASE_URL begins with http:// and names a machine that others reach: names, addresses and passwords of all \
    who come cross the network in the clear. Give TLS_CERT, or put a proxy with TLS before the shop, and set BASE_URL to https://";

/// How often what happened is written down.
const COUNT: Duration = Duration::from_secs(15);

/// What stands before a shop can be wired: data directory, keys, database, pictures.
pub struct Foundation {
    pub db: Db,
    pub media: MediaStore,
    pub(super) settings: Settings,
    pub(super) keys: Keys,
    pub(super) data_dir: PathBuf,
    private: Option<Arc<Mutex<Cluster>>>,
}

impl Foundation {
    /// Checks the settings, starts or joins the private PostgreSQL where no other is given, and brings the schema up to date.
    ///
    /// # Errors
    /// Names the setting that is wrong or the thing that is missing, and the mend.
    pub fn lay(settings: &Settings) -> Result<Self> {
        let settings = settings.clone().without_empty();
        settings.check()?;
        settings.outside_hosts.clone().hold();
        let data_dir = data_dir(&settings.data_dir)?;
        let keys = Keys::load(settings.secret_keys.as_deref(), &data_dir)?;
        let Database { url, owner, private } = database(&settings, &data_dir)?;
        match &owner {
            Some(owner) => migrate_as_owner(owner, &url)?,
            None => migrate(&url)?,
        }
        let db = Db::new(&url, settings.database_connections)?;
        let media = MediaStore::open(settings.media_url.as_deref(), data_dir.join("media"))?;
        Ok(Self { db, media, settings, keys, data_dir, private })
    }

    /// `listen`: where this process answers without TLS.
    fn shop(&self, listen: SocketAddr, pages: PageCache, wall: Wall) -> Result<Shop> {
        Shop::new(ShopParts {
            db: self.db.clone(),
            keys: self.keys.clone(),
            media: self.media.clone(),
            transport: Transport::new(self.settings.smtp_url.as_deref(), self.data_dir.join("mail"))?,
            base_url: self.settings.base_url()?,
            listen,
            pages,
            data_dir: self.data_dir.clone(),
            wall,
        })
    }

    /// Asks payment providers about what is not final, and compares the books, those of the providers for so many days back.
    ///
    /// # Errors
    /// The shop can't be wired or its database not be read.
    pub async fn examine(&self, days: u32) -> Result<Report> {
        let shop = self.shop(self.settings.listen, PageCache::default(), Wall::default())?;
        Ok(doctor::settle_and_examine(&shop.doctor, days).await?)
    }

    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Stops the private database if this process runs it.
    pub fn close(self) {
        let Some(private) = self.private else { return };
        let mut cluster = private.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Err(error) = cluster.stop() {
            tracing::error!(error = format!("{error:#}"), "the private database did not stop");
        }
    }

    /// Restarts the private database should it die.
    fn watch(&self) {
        let Some(private) = self.private.clone() else { return };
        thread::spawn(move || {
            loop {
                thread::sleep(WATCH);
                let mut cluster = private.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                match cluster.ensure_running() {
                    Ok(true) => tracing::warn!("the private database had died and runs again"),
                    Ok(false) => {}
                    Err(error) => tracing::error!(error = format!("{error:#}"), "the private database can't be restarted"),
                }
            }
        });
    }
}

/// The folder, made when missing.
pub(super) fn data_dir(path: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(path)
        .and_then(|()| path.canonicalize())
        .with_context(|| format!("the data directory {} can't be used; set DATA_DIR to a folder that can be written", path.display()))
}

/// Where the database is: the account that serves the shop, and the one that owns the tables, where that is another.
struct Database {
    url: String,
    owner: Option<String>,
    private: Option<Arc<Mutex<Cluster>>>,
}

fn database(settings: &Settings, data_dir: &Path) -> Result<Database> {
    if let Some(url) = &settings.database_url {
        return Ok(Database { url: url.clone(), owner: settings.database_owner_url.clone(), private: None });
    }
    let cluster = Cluster::start(data_dir, settings.pg_bin.as_deref())?;
    cluster.create_database("ironmonger")?;
    let (url, owner) = (cluster.serving_url("ironmonger"), Some(cluster.url("ironmonger")));
    Ok(Database { url, owner, private: Some(Arc::new(Mutex::new(cluster))) })
}

/// Serves until SIGTERM or Ctrl-C, then finishes what runs.
///
/// # Errors
/// Whatever keeps the shop from opening.
pub async fn serve(settings: &Settings, server: &ServerSettings) -> Result<()> {
    let (started, stop) = (Instant::now(), Stop::listen()?);
    let listener = bind(settings.listen, "--listen")?;
    let plain = server.http_listen.map(|address| bind(address, "--http-listen")).transpose()?;
    settings.clone().without_empty().warnings(server).into_iter().for_each(|words| tracing::warn!("{words}"));
    let laying = settings.clone();
    if settings.clone().without_empty().is_in_the_clear() {
        tracing::error!(event = "in_the_clear", "{IN_THE_CLEAR}");
    }
    let doors = (doors(settings, server, listener)?, plain);
    let foundation = tokio::task::spawn_blocking(move || Foundation::lay(&laying)).await??;
    let served = serve_on(&foundation, doors, server, started, stop).await;
    tokio::task::spawn_blocking(move || foundation.close()).await?;
    tracing::info!("closed");
    served
}

/// `flag`: the setting that names the address.
fn bind(address: SocketAddr, flag: &str) -> Result<TcpListener> {
    TcpListener::bind(address)
        .with_context(|| format!("{address} can't be listened on; another program may use it, so choose another with {flag}"))
}

/// # Errors
/// A certificate that can't be used, or one without an address that begins with https.
fn doors(settings: &Settings, server: &ServerSettings, listener: TcpListener) -> Result<Sockets> {
    let (Some(chain), Some(key)) = (server.tls_cert.clone(), server.tls_key.clone()) else { return Ok(Sockets::plain(listener)) };
    let is_said = settings.clone().without_empty().base_url()?.scheme() == "https";
    ensure!(is_said, "BASE_URL must be given and begin with https:// where TLS_CERT is");
    Sockets::with_tls(listener, CertificateFiles { chain, key })
}

fn wall(server: &ServerSettings) -> Wall {
    let proxies = server.trusted_proxies.0.clone();
    if server.no_limits {
        limits::turn_off();
        return Wall::without_limits(proxies);
    }
    Wall::new(proxies)
}

/// `plain`: where browsers are led to the door with TLS.
async fn serve_on(
    foundation: &Foundation,
    (doors, plain): (Sockets, Option<TcpListener>),
    server: &ServerSettings,
    started: Instant,
    mut signals: Stop,
) -> Result<()> {
    let pages = PageCache::with_room(u64::from(server.page_memory_mb) * 1024 * 1024);
    let shop = foundation.shop(doors.inside()?, pages, wall(server))?;
    let mut filling = JoinSet::new();
    if demo::open(&foundation.db, !server.no_demo).await? {
        tokio::select! {
            filled = fill(&shop, &mut filling, started) => filled?,
            () = signals.wait() => return Ok(()),
        }
    }
    let (index, follower) = (shop.keep_index(), shop.keep_collections());
    let threads = server.http_threads.map_or_else(|| thread::available_parallelism().map_or(2, usize::from), usize::from);
    let running = shop.listen(doors, threads)?;
    let leading = plain.map(|door| lead_to_https(door, &shop.server.base_url)).transpose()?;
    let handles = [Some(running.handle()), leading.as_ref().map(|leading| leading.handle())];
    let (stop, stopped) = watch::channel(false);
    let worker = (!server.no_worker).then(|| spawn_worker(&shop, stopped));
    foundation.watch();
    count_events(&foundation.db);
    greet(foundation, &shop, started).await?;
    let running = tokio::spawn(running);
    if let Some(leading) = leading {
        tokio::spawn(leading);
    }
    signals.wait().await;
    tracing::info!("stopping: what runs gets 10 s to finish");
    let _ = stop.send(true);
    for handle in handles.into_iter().flatten() {
        handle.stop(true).await;
    }
    let ran = running.await?;
    tokio::task::spawn_blocking(move || drop((index, follower))).await?;
    if let Some(worker) = worker {
        tokio::task::spawn_blocking(move || worker.join()).await?.map_err(|_| anyhow::anyhow!("the worker broke"))?;
    }
    ran.context("the server broke")
}

/// Works off what opening left to do. On a slow machine the shop opens meanwhile; the set ends the work when it is dropped.
async fn fill(shop: &Shop, filling: &mut JoinSet<crate::base::Result<usize>>, started: Instant) -> Result<()> {
    let worker = shop.worker();
    filling.spawn(async move { worker.drain().await });
    match tokio::time::timeout_at((started + PATIENCE).into(), filling.join_next()).await {
        Ok(Some(filled)) => filled?.map(|_| ()).map_err(Into::into),
        Ok(None) => Ok(()),
        Err(_) => {
            tracing::info!("the demo shop is still being filled and opens meanwhile");
            Ok(())
        }
    }
}

/// The worker has threads of its own, so that jobs and pages don't wait for each other.
fn spawn_worker(shop: &Shop, stopped: watch::Receiver<bool>) -> thread::JoinHandle<()> {
    let worker = shop.worker();
    thread::spawn(move || match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => {
            runtime.block_on(worker.run(LANES, stopped));
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
        Err(error) => tracing::error!(error = %error, "the worker can't start"),
    })
}

async fn greet(foundation: &Foundation, shop: &Shop, started: Instant) -> Result<()> {
    let base = &shop.server.base_url;
    tracing::info!("the shop is open at {base} (ready after {} ms)", started.elapsed().as_millis());
    tracing::info!("the back office is at {}", shop.server.absolute("/admin"));
    owner_link::tell(&foundation.db, base.as_str(), &foundation.data_dir).await
}

/// What the log of this process tells of security, for its subscriber.
pub fn tally() -> &'static Arc<Tally> {
    static TALLY: LazyLock<Arc<Tally>> = LazyLock::new(Arc::default);
    &TALLY
}

/// Writes down what was counted, from now on until the process ends. What a database that is away does not take is forgotten: it is
/// there for alarms, and the log has it.
fn count_events(db: &Db) {
    let db = db.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(COUNT).await;
            let counted = tally().take();
            if !counted.is_empty() {
                let _ = db.write(move |conn| limits::count_events(conn, &counted)).await;
            }
        }
    });
}

/// Works off jobs until SIGTERM or Ctrl-C; what runs then is finished.
///
/// # Errors
/// Whatever keeps the worker from starting.
pub async fn work(settings: &Settings) -> Result<()> {
    let mut signals = Stop::listen()?;
    let laying = settings.clone();
    let foundation = tokio::task::spawn_blocking(move || Foundation::lay(&laying)).await??;
    let shop = foundation.shop(settings.listen, PageCache::default(), Wall::default())?;
    let (stop, stopped) = watch::channel(false);
    let worker = spawn_worker(&shop, stopped);
    foundation.watch();
    count_events(&foundation.db);
    tracing::info!("working");
    signals.wait().await;
    let _ = stop.send(true);
    tokio::task::spawn_blocking(move || worker.join()).await?.map_err(|_| anyhow::anyhow!("the worker broke"))?;
    tokio::task::spawn_blocking(move || foundation.close()).await?;
    Ok(())
}

/// SIGTERM and Ctrl-C, listened for from the first moment on, so that an early one is not lost.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
