use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use actix_web::web::Data;
use anyhow::Context;
use url::Url;

use super::{
    frame::ShopFrame,
    jobs::{DemoServices, FillDemo},
};
use crate::{
    accounts::{AccountServices, MailLink, Partners},
    alerts,
    backoffice::MoveLate,
    base::{Batches, Db, Keys},
    catalog::{Follower, RunBulkEdit},
    checkout::{ExpireOrder, ReconcilePayments, Till},
    credit::WriteOffExpired,
    doctor::{Doctor, ExamineBooks, TellBursts},
    downloads::{Intake, PurgeDownloads},
    exchange::{Exchange, PurgeExchange, RunExchange},
    inventory::SweepHolds,
    jobs::{Registry, Worker},
    mail::{DeliverMail, Mailer, Transport},
    media::{MakeAvifs, MediaServices, MediaStore, PurgePicture},
    orders::{CapturePayment, CountTogether, FollowOrder, Links, RefundPayment, RefundServices, TellFailure, TellPlaced, VoidPayment},
    payments::{GatewayParts, Gateways, PROVIDERS_PAGES, http_client, outside_client},
    privacy::{ApplyRetention, EraseDue, MakeExport, PrivacyServices},
    promotions::ForgetCouponTries,
    reminders::{RemindAbandoned, ReminderServices},
    sandbox::{DecideSandbox, DeliverSandboxWebhook, SandboxProvider},
    search::{Keeper, PruneSearch, SearchIndex},
    shipping::{Carriers, JsonCarrier, SweepCarrierRates},
    tax::{VIES_URL, Vies},
    web::{PageCache, SecurityHeaders, Server, Sessions, Wall},
};

/// What a shop is made of; the rest follows.
pub struct ShopParts {
    pub db: Db,
    pub keys: Keys,
    pub media: MediaStore,
    pub transport: Transport,
    pub base_url: Url,
    /// Where this server itself answers without TLS, for the gateway that lives in it.
    pub listen: SocketAddr,
    pub pages: PageCache,
    pub data_dir: PathBuf,
    pub wall: Wall,
}

/// A shop with everything wired, ready to listen and to work. Cheap to clone.
#[derive(Clone)]
pub struct Shop {
    pub server: Data<Server>,
    pub media: Data<MediaStore>,
    pub gateways: Data<Gateways>,
    pub till: Data<Till>,
    pub sandbox: Data<SandboxProvider>,
    pub carriers: Data<Carriers>,
    pub partners: Data<Partners>,
    pub doctor: Data<Doctor>,
    pub headers: Data<SecurityHeaders>,
    /// Empty until [`Shop::keep_index`] is called.
    pub search: Data<SearchIndex>,
    pub exchange: Data<Exchange>,
    pub intake: Data<Intake>,
    data_dir: PathBuf,
    registry: Registry,
}

impl Shop {
    /// # Errors
    /// A gateway's address can't be made, or no HTTP client.
    pub fn new(parts: ShopParts) -> anyhow::Result<Self> {
        let ShopParts { db, keys, media, transport, base_url, listen, pages, data_dir, wall } = parts;
        let http = http_client()?;
        let sandbox = SandboxProvider::new(db.clone(), &keys, base_url.clone(), http.clone());
        let api = Url::parse(&format!("http://{}/sandbox/api/v1", reachable(listen))).context("the listening address gives no URL")?;
        let parts = GatewayParts {
            keys: keys.clone(),
            inside: http,
            outside: outside_client()?,
            sandbox_api: api,
            sandbox_key: sandbox.api_key.clone(),
            sandbox_webhook_secret: sandbox.webhook_secret.clone(),
        };
        let gateways = Gateways::new(db.clone(), parts);
        // A shop without https is one in development: its carrier may run on the same machine.
        let carriers = Carriers::new(keys.clone(), vec![Arc::new(JsonCarrier::new(base_url.scheme() != "https")?)]);
        let partners = Partners::new(base_url.scheme() != "https")?;
        let till = Till {
            db: db.clone(),
            waiting: Batches::default(),
            gateways: gateways.clone(),
            links: Links::new(&base_url),
            base_url: base_url.as_str().trim_end_matches('/').to_owned(),
            vat: Arc::new(Vies::new(Url::parse(VIES_URL)?)?),
        };
        let doctor = Doctor { till: till.clone() };
        let exchange = Exchange { db: db.clone(), media: media.clone(), folder: data_dir.join("exchange") };
        let intake = Intake { db: db.clone(), media: media.clone(), folder: data_dir.join("downloads") };
        let host = base_url.host_str().unwrap_or("localhost").to_owned();
        let mailer = Mailer { db: db.clone(), transport: Arc::new(transport), host };
        let demo = DemoServices { db: db.clone(), media: media.clone(), data_dir: data_dir.clone() };
        let registry = registry(mailer, &till, &sandbox, &doctor, (&exchange, &intake), demo);
        let own = base_url.origin().ascii_serialization();
        let headers = SecurityHeaders::new(base_url.scheme() == "https", &[&[own.as_str()], &PROVIDERS_PAGES[..]].concat());
        let frame = Arc::new(ShopFrame { db: db.clone() });
        let sessions = Sessions::new(&keys, base_url.scheme() == "https");
        Ok(Self {
            server: Data::new(Server { db, keys, base_url, frame, pages, sessions, wall }),
            media: Data::new(media),
            gateways: Data::new(gateways),
            till: Data::new(till),
            sandbox: Data::new(sandbox),
            carriers: Data::new(carriers),
            partners: Data::new(partners),
            doctor: Data::new(doctor),
            headers: Data::new(headers),
            search: Data::new(SearchIndex::default()),
            exchange: Data::new(exchange),
            intake: Data::new(intake),
            data_dir,
            registry,
        })
    }

    /// Begins to build or to follow this server's search index, in the data directory. It ends when what is given back is dropped.
    pub fn keep_index(&self) -> Keeper {
        Keeper::start(SearchIndex::clone(&self.search), self.server.db.clone(), self.data_dir.join("search"))
    }

    /// Begins to keep collections and what was renamed in step with what is written. It ends when what is given back is dropped.
    pub fn keep_collections(&self) -> Follower {
        Follower::start(self.server.db.clone())
    }

    pub fn worker(&self) -> Worker {
        Worker::new(self.server.db.clone(), self.registry.clone())
    }
}

/// What the worker can do, and what it does from time to time.
fn registry(
    mailer: Mailer,
    till: &Till,
    sandbox: &SandboxProvider,
    doctor: &Doctor,
    (exchange, intake): (&Exchange, &Intake),
    demo: DemoServices,
) -> Registry {
    let Till { db, gateways, links, base_url, .. } = till;
    let money = RefundServices { db: db.clone(), gateways: gateways.clone(), links: links.clone() };
    let people = AccountServices { db: db.clone(), site: base_url.clone() };
    let privacy = PrivacyServices { db: db.clone(), site: base_url.clone() };
    let pictures = MediaServices { db: db.clone(), media: exchange.media.clone() };
    let registry = Registry::default()
        .with::<DeliverMail>(mailer)
        .with::<MailLink>(people)
        .with::<ExpireOrder>(till.clone())
        .every::<ReconcilePayments>(ReconcilePayments::SECONDS, till.clone())
        .with::<RefundPayment>(money.clone())
        .with::<CapturePayment>(money.clone())
        .with::<FollowOrder>(money.clone())
        .with::<TellFailure>(money.clone())
        .with::<TellPlaced>(money.clone())
        .with::<VoidPayment>(money)
        .with::<DecideSandbox>(sandbox.clone())
        .with::<DeliverSandboxWebhook>(sandbox.clone())
        .every::<WriteOffExpired>(WriteOffExpired::EVERY, db.clone())
        .every::<RemindAbandoned>(RemindAbandoned::EVERY, ReminderServices { db: db.clone(), site: base_url.clone() })
        .every::<SweepHolds>(SweepHolds::ROUND, db.clone())
        .every::<SweepCarrierRates>(3600, db.clone())
        .every::<ExamineBooks>(ExamineBooks::EVERY, doctor.clone())
        .every::<TellBursts>(TellBursts::EVERY, doctor.clone())
        .with::<ForgetCouponTries>(db.clone())
        .with::<MoveLate>(db.clone())
        .with::<RunBulkEdit>(db.clone())
        .every::<PruneSearch>(PruneSearch::EVERY, db.clone())
        .every::<CountTogether>(CountTogether::EVERY, db.clone())
        .every::<MakeAvifs>(MakeAvifs::EVERY, pictures.clone())
        .with::<PurgePicture>(pictures)
        .every::<PurgeDownloads>(PurgeDownloads::EVERY, intake.clone())
        .with::<RunExchange>(exchange.clone())
        .every::<PurgeExchange>(PurgeExchange::EVERY, exchange.clone())
        .with::<MakeExport>(privacy.clone())
        .every::<EraseDue>(EraseDue::EVERY, privacy.clone())
        .every::<ApplyRetention>(ApplyRetention::EVERY, privacy)
        .with::<FillDemo>(demo);
    alerts::works(registry, db, base_url)
}

/// An address to which one can connect: "all addresses" is none.
fn reachable(listen: SocketAddr) -> SocketAddr {
    if !listen.ip().is_unspecified() {
        return listen;
    }
    let loopback: std::net::IpAddr = if listen.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
    SocketAddr::new(loopback, listen.port())
}
