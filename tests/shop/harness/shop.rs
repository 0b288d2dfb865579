use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use actix_web::{dev::ServerHandle, web::Data};
use ironmonger::{
    accounts,
    app::{self, ShopParts, Sockets},
    base::{Conn, Db, Email, Keys, Result},
    catalog,
    checkout::Till,
    doctor::{self, Report},
    inventory::{self, Stock},
    mail::Transport,
    media::MediaStore,
    tax::VatCheck,
    web::{PageCache, Role, Wall},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use url::Url;

use super::{Browser, Goods, Shopper, Staff, browser::SERVERS, database};

/// A shop of this test's own: a database, a server, a folder.
pub struct Shop {
    pub url: String,
    pub database_url: String,
    pub db: Db,
    /// Of the tables' owner, for what a test does by hand.
    owner: Db,
    pub wired: app::Shop,
    runtime: Arc<Runtime>,
    handle: ServerHandle,
    folder: TempDir,
}

/// A mail that went out, as the file that it was written to.
#[derive(Debug)]
pub struct Mail {
    pub text: String,
}

impl Shop {
    /// Opens a furnished shop without goods.
    pub fn open() -> Self {
        Self::on(&database::fresh())
    }

    /// Opens a shop whose database can't be reached.
    pub fn without_database() -> Self {
        Self::on("postgresql://nobody@/shop?host=/nonexistent&connect_timeout=1")
    }

    fn on(database_url: &str) -> Self {
        Self::with(database_url, &usual_key(), in_folder)
    }

    /// Another server on the same database with this ring of keys, as the setting has it.
    pub fn over_with_keys(other: &Self, ring: &str) -> Self {
        Self::with(&other.database_url, ring, in_folder)
    }

    /// Opens a shop that keeps its pictures there.
    pub fn keeping_pictures_in(media: &MediaStore) -> Self {
        Self::with(&database::fresh(), &usual_key(), |_| media.clone())
    }

    /// Opens a shop that asks this register about VAT numbers, where its settings say so.
    pub fn asking_of_vat_numbers(register: Arc<dyn VatCheck>) -> Self {
        Self::rewired(&database::fresh(), &usual_key(), in_folder, |mut wired| {
            let till = wired.till.get_ref().clone();
            wired.till = Data::new(Till { vat: register, ..till });
            wired
        })
    }

    fn with(database_url: &str, ring: &str, media: impl FnOnce(&Path) -> MediaStore) -> Self {
        Self::rewired(database_url, ring, media, |wired| wired)
    }

    fn rewired(
        database_url: &str,
        ring: &str,
        media: impl FnOnce(&Path) -> MediaStore,
        rewire: impl FnOnce(app::Shop) -> app::Shop,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (db, owner) = (Db::new(database_url, 8).unwrap(), Db::new(&database::as_owner(database_url), 2).unwrap());
        let wired = rewire(wired_with(&db, &url, folder.path(), None, ring, media(folder.path())));
        let handle = serve(wired.clone(), Sockets::plain(listener));
        SERVERS.lock().unwrap().insert(url.clone(), (owner.clone(), wired.server.pages.clone()));
        let runtime = Arc::new(tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());
        Self { url, database_url: database_url.to_owned(), db, owner, wired, runtime, handle, folder }
    }

    /// Another server on the same database, with the same keys: whoever has a session here has it there.
    pub fn over(other: &Self) -> Self {
        Self::on(&other.database_url)
    }

    /// The same with the same store of pictures, as servers of one shop have it; folders of their own besides.
    pub fn beside(other: &Self) -> Self {
        Self::with(&other.database_url, &usual_key(), |_| other.wired.media.get_ref().clone())
    }

    /// The same shop in a process that can't reach its own server.
    pub fn wired_elsewhere(&self) -> app::Shop {
        wired_to(&self.db, "http://127.0.0.1:1", self.folder.path(), None)
    }

    /// What comparing the books finds.
    pub fn examination(&self) -> Report {
        self.block_on(doctor::examine(&self.wired.doctor, 30)).unwrap()
    }

    /// Begins a product: `shop.product("Claw hammer").price("24.95").stock(3).put_up()`.
    pub fn product(&self, title: &str) -> Goods<'_> {
        Goods::new(self, title)
    }

    pub fn browser(&self) -> Browser {
        Browser::new(&self.url)
    }

    pub fn shopper(&self) -> Shopper {
        Shopper::new(self.browser())
    }

    /// Somebody of the staff who is signed in, with an account made by the way that a newcomer takes.
    pub fn staff(&self, role: Role) -> Staff {
        let email = Email::parse(&format!("{role}@example.com")).unwrap();
        let token = self.write(move |conn| accounts::invite(conn, Some(&email), role));
        let mut browser = self.browser();
        browser.get(&format!("/invitations/{token}"));
        browser.submit("Set the password", &[("name", "Pat Pike"), ("password", "a password of the shop")]);
        Staff::new(browser)
    }

    pub fn owner(&self) -> Staff {
        self.staff(Role::Owner)
    }

    pub fn write<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> T {
        self.runtime.block_on(self.db.write(work)).unwrap()
    }

    pub fn read<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> T {
        self.runtime.block_on(self.db.read(work)).unwrap()
    }

    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The worker does all that is due, and what follows from it.
    pub fn works(&self) -> usize {
        self.block_on(self.wired.worker().drain()).unwrap()
    }

    /// The same, but fails when the work does not come to an end.
    pub fn works_within(&self, seconds: u64) -> usize {
        let worker = self.wired.worker();
        let done = self.block_on(async { tokio::time::timeout(Duration::from_secs(seconds), worker.drain()).await });
        done.unwrap_or_else(|_| panic!("the worker still finds work after {seconds} s")).unwrap()
    }

    /// Collections, and what many products follow, have caught up with all that was written.
    pub fn follows(&self) {
        let (mut conn, mut seen) = (self.db.own().unwrap(), catalog::Seen::default());
        while catalog::follow(&mut conn, &mut seen).unwrap() {}
    }

    /// The time to pay is over for all orders that are not paid, and the worker has seen to it.
    pub fn pay_time_runs_out(&self) {
        self.meddle("UPDATE orders SET pay_before = now() - interval '1 minute' WHERE pay_before IS NOT NULL");
        self.jobs_become_due();
        self.works_within(30);
    }

    /// The time for which things are held at the checkout is over, and they have been given back.
    pub fn holds_run_out(&self) {
        self.meddle("UPDATE reservations SET reserved_until = now() - interval '1 minute'");
        self.block_on(self.wired.worker().schedule()).unwrap();
        self.jobs_become_due();
        self.works_within(30);
    }

    /// The reconciler's round has come, for everything that is open.
    pub fn reconciles(&self) {
        self.meddle("UPDATE payment_attempts SET checked_at = NULL, created_at = created_at - interval '5 minutes'");
        self.meddle("UPDATE refunds SET checked_at = NULL, created_at = created_at - interval '5 minutes'");
        self.meddle("UPDATE captures SET checked_at = NULL, created_at = created_at - interval '5 minutes'");
        self.block_on(self.wired.worker().schedule()).unwrap();
        self.meddle("UPDATE jobs SET run_at = now() - interval '1 second' WHERE kind IN ('reconcile_payments', 'decide_sandbox')");
        self.works_within(40);
    }

    /// Sandbox Pay misbehaves there, the next so many times.
    pub fn arms(&self, place: &str, kind: &str, times: u32) {
        let body = format!(r#"{{"place":"{place}","kind":"{kind}","times":{times}}}"#);
        let url = format!("{}/sandbox/api/v1/faults", self.url);
        let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        let answer = client.post(url).bearer_auth(&self.wired.sandbox.api_key).body(body).send().unwrap();
        assert_eq!(answer.status().as_u16(), 201);
    }

    /// Jobs that wait for their time (or their next try) need not wait any longer.
    pub fn jobs_become_due(&self) {
        self.meddle("UPDATE jobs SET run_at = now() - interval '1 second'");
    }

    /// Where this shop keeps its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The worker does its work, then the mails that went out are read, the oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.works();
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(self.folder.path().join("mail")).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        files.into_iter().map(|file| Mail { text: unfold(&std::fs::read_to_string(file).unwrap()) }).collect()
    }

    /// Whatever was tried too often may be tried again.
    pub fn forgets_tries(&self) {
        self.meddle("DO $$ BEGIN IF to_regclass('tries') IS NOT NULL THEN EXECUTE 'DELETE FROM tries'; END IF; END $$");
    }

    /// The path of the newest link of this kind that was mailed to the address, such as `/sign-up/…` for `/sign-up`.
    pub fn link_to(&self, email: &str, kind: &str) -> String {
        let start = format!("{}{kind}/", self.url);
        let mails = self.mails();
        let mut to = mails.iter().rev().filter(|mail| mail.text.contains(&format!("To: {email}")));
        let link = to.find_map(|mail| mail.text.split(&start).nth(1));
        let token: String = link
            .unwrap_or_else(|| panic!("no link {kind} for {email} in {mails:?}"))
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        format!("{kind}/{token}")
    }

    /// How many mails went out to the address.
    pub fn mails_to(&self, email: &str) -> usize {
        self.mails().iter().filter(|mail| mail.text.contains(&format!("To: {email}"))).count()
    }

    /// Units on hand and units that belong to orders.
    pub fn stock(&self, sku: &str) -> (i32, i32) {
        let sku = sku.to_owned();
        let Stock { on_hand, allocated, .. } = self.read(move |conn| {
            let variant = ironmonger::catalog::variant_by_sku(conn, &sku)?.unwrap();
            Ok(inventory::stock_of(conn, &[variant.id])?[&variant.id])
        });
        (on_hand, allocated)
    }

    /// A number that SQL counts, for what no page shows.
    pub fn count(&self, sql: &str) -> i64 {
        use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let sql = format!("SELECT ({sql})::bigint AS count");
        self.read(move |conn| Ok(sql_query(sql).get_result::<Count>(conn)?.count))
    }

    /// A text that SQL finds, for what no page shows.
    pub fn first(&self, sql: &str) -> String {
        use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Text};
        #[derive(QueryableByName)]
        struct Found {
            #[diesel(sql_type = Text)]
            text: String,
        }
        let sql = format!("SELECT ({sql} LIMIT 1)::text AS text");
        self.read(move |conn| Ok(sql_query(sql).get_result::<Found>(conn)?.text))
    }

    /// Changes the world by SQL where no person could: the clock, a fault.
    pub fn meddle(&self, sql: &str) {
        self.tries_as_owner(sql).unwrap();
    }

    /// The same where the database may well refuse it, whoever asks.
    pub fn tries_as_owner(&self, sql: &str) -> Result<()> {
        self.tries(&self.owner, sql)
    }

    /// SQL by the account that serves the shop.
    pub fn tries_as_served(&self, sql: &str) -> Result<()> {
        self.tries(&self.db, sql)
    }

    fn tries(&self, db: &Db, sql: &str) -> Result<()> {
        use diesel::connection::SimpleConnection;
        let sql = sql.to_owned();
        self.block_on(db.write(move |conn| Ok(conn.batch_execute(&sql)?)))
    }

    /// The database for the tables' owner.
    pub fn owner_s_url(&self) -> String {
        database::as_owner(&self.database_url)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        SERVERS.lock().unwrap().remove(&self.url);
        self.runtime.block_on(self.handle.stop(false));
    }
}

/// A shop at this address, with its mails in the folder or handed to an SMTP server.
pub fn wired_to(db: &Db, url: &str, folder: &Path, smtp_url: Option<&str>) -> app::Shop {
    wired_with(db, url, folder, smtp_url, &usual_key(), in_folder(folder))
}

/// Of all shops of these tests but those that are given others.
fn usual_key() -> String {
    "k".repeat(40)
}

fn in_folder(folder: &Path) -> MediaStore {
    MediaStore::open(None, folder.join("media")).unwrap()
}

fn wired_with(db: &Db, url: &str, folder: &Path, smtp_url: Option<&str>, ring: &str, media: MediaStore) -> app::Shop {
    let parts = ShopParts {
        db: db.clone(),
        keys: Keys::load(Some(ring), folder).unwrap(),
        media,
        transport: Transport::new(smtp_url, folder.join("mail")).unwrap(),
        base_url: url.parse().unwrap(),
        listen: SocketAddr::from(([127, 0, 0, 1], Url::parse(url).unwrap().port().unwrap())),
        data_dir: folder.to_owned(),
        pages: PageCache::default(),
        // A test says by X-Forwarded-For from where somebody comes. Who says nothing comes from this machine.
        wall: Wall::new(vec!["127.0.0.1/32".parse().unwrap()]),
    };
    app::Shop::new(parts).unwrap()
}

/// Serves until the handle is told to stop.
pub fn serve(shop: app::Shop, doors: Sockets) -> ServerHandle {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(async {
            let server = shop.listen(doors, 2).unwrap();
            send.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    receive.recv().unwrap()
}

/// Undoes quoted-printable as far as these mails use it, so that words can be looked for.
fn unfold(mail: &str) -> String {
    let joined = mail.replace("=\r\n", "");
    let mut bytes = vec![];
    let mut rest = joined.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = (first == b'=').then(|| tail.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok()?.to_owned().into());
        match code.and_then(|hex: String| u8::from_str_radix(&hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
