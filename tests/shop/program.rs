//! The program itself: its command line, its private database, its start and its end.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use diesel::{Connection, PgConnection, RunQueryDsl, sql_query, sql_types::Text};
use ironmonger::base::Cluster;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

use crate::harness::Browser;

fn ironmonger(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ironmonger"));
    for name in [
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "SECRET_KEYS",
        "SMTP_URL",
        "MEDIA_URL",
        "BASE_URL",
        "LISTEN",
        "DATA_DIR",
        "LOG",
        "NO_DEMO",
        "NO_WORKER",
        "HTTP_LISTEN",
    ] {
        command.env_remove(name);
    }
    command.current_dir(folder).arg("--data-dir").arg(folder.join("var"));
    command
}

/// A folder that the database's own user can enter, too.
pub fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    ironmonger(folder).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A running `serve` with a database of its own.
pub struct Running<'a> {
    folder: &'a Path,
    pub url: String,
    child: Child,
}

impl<'a> Running<'a> {
    pub fn start(folder: &'a Path, arguments: &[&str]) -> Self {
        let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let log = fs::File::create(folder.join("log")).unwrap();
        let mut command = ironmonger(folder);
        command.args(["serve", "--listen", &listen.to_string()]).args(arguments).stdout(Stdio::null()).stderr(log);
        let mut running = Self { folder, url: format!("http://{listen}"), child: command.spawn().unwrap() };
        running.becomes_ready();
        running
    }

    fn becomes_ready(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        while Instant::now() < deadline {
            let answer = client.get(format!("{}/readyz", self.url)).send();
            if answer.is_ok_and(|answer| answer.status().as_u16() == 200) {
                return;
            }
            assert!(self.child.try_wait().unwrap().is_none(), "it ended:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("not ready within 60 s:\n{}", self.log());
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap()
    }

    /// Where the link waits by which the first owner takes the shop.
    pub fn kept_link(&self) -> PathBuf {
        self.folder.join("var/owner-link")
    }

    /// The path of that link, once the log tells where it is.
    pub fn owner_link(&self) -> String {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !self.log().contains("nobody owns this shop yet") {
            assert!(Instant::now() < deadline, "nobody is told of a link:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        let link = fs::read_to_string(self.kept_link()).unwrap();
        let path = link.trim().strip_prefix(&format!("http://localhost:{}", self.url.rsplit(':').next().unwrap()));
        path.unwrap_or_else(|| panic!("{link}")).to_owned()
    }

    fn postmaster(&self) -> Option<Pid> {
        let file = fs::read_to_string(self.folder.join("var/postgres/postmaster.pid")).ok()?;
        file.lines().next()?.parse().ok().map(Pid::from_raw)
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    pub fn ends_within(&mut self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if self.child.try_wait().unwrap().is_some() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }
}

fn becomes_owner(browser: &mut Browser, path: &str) {
    browser.get(path);
    browser.submit("Set the password", &[("name", "Pat"), ("email", "pat@example.com"), ("password", "a password of the shop")]);
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(postmaster) = self.postmaster() {
            let _ = kill(postmaster, Signal::SIGQUIT);
        }
    }
}

fn runs(process: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    !status.is_empty() && !status.contains(") Z ")
}

#[test]
fn the_help_lists_every_setting_with_its_variable_and_default() {
    let folder = folder();
    let help = said(&run(folder.path(), &["--help"]));
    for words in ["serve", "work", "migrate", "seed", "import", "staff", "--data-dir", "DATA_DIR", "[default: var]", "DATABASE_URL"] {
        assert!(help.contains(words), "{words} is missing:\n{help}");
    }
    for words in ["SECRET_KEYS", "SMTP_URL", "MEDIA_URL", "BASE_URL", "[default: 127.0.0.1:8080]"] {
        assert!(help.contains(words), "{words} is missing:\n{help}");
    }
    let help = said(&run(folder.path(), &["serve", "--help"]));
    for words in ["--no-worker", "--no-demo", "NO_DEMO"] {
        assert!(help.contains(words), "{words} is missing:\n{help}");
    }
}

#[test]
fn a_wrong_setting_ends_the_start_with_its_name_and_the_mend() {
    let folder = folder();
    let cases: [(&[&str], &str, &str); 9] = [
        (&["--database-owner-url", "postgresql:///x", "migrate"], "DATABASE_OWNER_URL", "DATABASE_URL beside it"),
        (&["--database-url", "mysql://x", "migrate"], "DATABASE_URL", "postgresql://"),
        (&["--database-url", "postgresql://nobody@127.0.0.1:1/x", "migrate"], "DATABASE_URL", "can't be reached"),
        (&["--base-url", "shop", "migrate"], "BASE_URL", "https://"),
        (&["--smtp-url", "mail.example", "migrate"], "SMTP_URL", "smtp://"),
        (&["--secret-keys", "short", "migrate"], "SECRET_KEYS", "32 characters"),
        (&["--listen", "nowhere", "serve"], "--listen", "nowhere"),
        (&["--database-connections", "1", "migrate"], "--database-connections", "2..=500"),
        (&["--pg-bin", "/nonexistent", "migrate"], "PG_BIN", "/nonexistent"),
    ];
    for (arguments, name, mend) in cases {
        let output = run(folder.path(), arguments);
        let words = said(&output);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(words.contains(name) && words.contains(mend), "{arguments:?}:\n{words}");
        assert!(!words.contains("panicked"), "{words}");
    }
}

#[test]
fn a_port_that_is_taken_is_told_before_anything_is_started() {
    let folder = folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let output = run(folder.path(), &["serve", "--listen", &taken.local_addr().unwrap().to_string()]);
    assert!(!output.status.success());
    assert!(said(&output).contains("--listen"), "{}", said(&output));
    assert!(!folder.path().join("var/postgres").exists());
}

#[test]
fn an_empty_machine_becomes_a_shop_that_its_owner_can_take_and_that_stops_cleanly() {
    let folder = folder();
    let mut shop = Running::start(folder.path(), &["--no-demo"]);
    let keys = folder.path().join("var/secret.keys");
    assert_eq!(fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o600);
    let postmaster = shop.postmaster().expect("a private database");
    served_by_the_lesser_account(folder.path());

    let path = shop.owner_link();
    let mut owner = Browser::new(&shop.url);
    becomes_owner(&mut owner, &path);
    owner.get("/admin/products").must_say("No products yet");
    assert_eq!(Browser::new(&shop.url).get(&path).status, 404, "the link works once");

    shop.signal(Signal::SIGTERM);
    assert!(shop.ends_within(Duration::from_secs(10)), "it did not end:\n{}", shop.log());
    assert!(shop.child.wait().unwrap().success(), "{}", shop.log());
    assert!(!runs(postmaster), "its database still runs");
    assert!(!shop.log().contains("panicked"), "{}", shop.log());
    drop(shop);

    let output = run(folder.path(), &["staff", "add", "--email", "sam@example.com"]);
    assert!(output.status.success(), "{}", said(&output));
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let token = printed.split("/invitations/").nth(1).unwrap_or_else(|| panic!("no link: {printed}")).trim().to_owned();

    let again = Running::start(folder.path(), &[]);
    let mut owner = Browser::new(&again.url);
    owner.get("/sign-in");
    owner.submit("Sign in", &[("email", "pat@example.com"), ("password", "a password of the shop")]);
    owner.get("/admin/products").must_say("No products yet");
    assert!(!again.kept_link().exists() && !again.log().contains("nobody owns this shop"), "it has an owner");
    assert_eq!(Browser::new(&again.url).get(&format!("/invitations/{token}")).status, 200);
}

/// Nobody is connected by the account that owns the tables, once the shop is open.
fn served_by_the_lesser_account(folder: &Path) {
    let cluster = Cluster::start(&folder.join("var"), None).unwrap();
    let mut owner = PgConnection::establish(&cluster.url("ironmonger")).unwrap();
    let mut connected = |by: &str| {
        let found = "SELECT FROM pg_stat_activity WHERE datname = 'ironmonger' AND pid <> pg_backend_pid() AND usename = $1";
        sql_query(found).bind::<Text, _>(by).execute(&mut owner).unwrap()
    };
    assert!(connected("ironmonger_serving") > 0);
    assert_eq!(connected("ironmonger"), 0);
}

#[test]
fn a_killed_shop_starts_again_whether_or_not_its_database_was_killed_too() {
    let folder = folder();
    for also_the_database in [false, true] {
        let mut shop = Running::start(folder.path(), &["--no-demo"]);
        let postmaster = shop.postmaster().unwrap();
        shop.signal(Signal::SIGKILL);
        shop.child.wait().unwrap();
        if also_the_database {
            let _ = kill(postmaster, Signal::SIGKILL);
        }
        let mut again = Running::start(folder.path(), &["--no-demo"]);
        assert_eq!(Browser::new(&again.url).get("/").status, 200);
        again.signal(Signal::SIGTERM);
        assert!(again.ends_within(Duration::from_secs(10)));
        assert!(!runs(postmaster), "the old database still runs");
    }
}

#[test]
fn the_first_start_fills_the_demo_shop() {
    let folder = folder();
    let shop = Running::start(folder.path(), &[]);
    let mut annie = Browser::new(&shop.url);
    let deadline = Instant::now() + Duration::from_secs(90);
    while !annie.get("/search?q=hammer").says("Claw hammer") {
        assert!(Instant::now() < deadline, "no hammers yet:\n{}", shop.log());
        std::thread::sleep(Duration::from_millis(300));
    }
    annie.get("/").must_say("Harrow & Pike");
    annie.get("/categories/hand-tools");
    assert_eq!(annie.page().status, 200);
}

#[test]
fn a_file_is_imported_and_staff_are_invited_from_the_command_line() {
    let folder = folder();
    let rows = "Handle,Title,Variant SKU,Variant Price,Status\ntwine,Jute twine,TW-1,3.20,active\nbad,Bad,BA-1,much,active\n";
    fs::write(folder.path().join("products.csv"), rows).unwrap();
    let output = run(folder.path(), &["import", "products", "products.csv"]);
    let words = said(&output);
    assert!(words.contains("1 created") && words.contains("row 3"), "{words}");
    let output = run(folder.path(), &["import", "products", "nowhere.csv"]);
    assert!(!output.status.success());
    assert!(said(&output).contains("nowhere.csv"), "{}", said(&output));
    let output = run(folder.path(), &["staff", "add", "--email", "nonsense"]);
    assert!(!output.status.success());
    assert!(said(&output).contains("--email"), "{}", said(&output));
}

#[test]
fn what_the_shop_knows_goes_out_and_comes_back_on_the_command_line() {
    let folder = folder();
    let rows = "Handle,Title,Variant SKU,Variant Price,Variant Inventory Qty,Status\ntwine,Jute twine,TW-1,3.20,7,active\n";
    fs::write(folder.path().join("products.csv"), rows).unwrap();
    fs::write(folder.path().join("led.csv"), "From,To\n/old-twine,/products/twine\n").unwrap();
    assert!(run(folder.path(), &["import", "products", "products.csv"]).status.success());
    let output = run(folder.path(), &["import", "redirects", "led.csv"]);
    assert!(output.status.success(), "{}", said(&output));
    for (subject, has) in [("products", "TW-1"), ("stock", "TW-1"), ("redirects", "/old-twine"), ("customers", ""), ("orders", "")] {
        let file = format!("{subject}-out.csv");
        let output = run(folder.path(), &["export", subject, "--to", &file]);
        assert!(output.status.success(), "{subject}: {}", said(&output));
        let written = fs::read_to_string(folder.path().join(&file)).unwrap();
        assert!(written.lines().count() >= 1 && written.contains(has), "{subject}: {written}");
        let output = run(folder.path(), &["import", subject, &file]);
        assert!(output.status.success(), "{subject}: {}", said(&output));
        let again = format!("{subject}-again.csv");
        assert!(run(folder.path(), &["export", subject, "--to", &again]).status.success());
        assert_eq!(fs::read_to_string(folder.path().join(&again)).unwrap(), written, "{subject} comes back as it went out");
    }
}

#[test]
fn the_log_is_one_json_object_a_line_in_utc_and_names_nobody() {
    let folder = folder();
    let shop = Running::start(folder.path(), &["--no-demo", "--log", "debug"]);
    let mut mallory = Browser::new(&shop.url);
    for _ in 0..3 {
        mallory.get("/sign-in");
        mallory.submit("Sign in", &[("email", "annie.private@example.com"), ("password", "hunter2 and more")]);
    }
    let forged = "%22%2C%22level%22%3A%22ERROR%22%7D%0D%0A%7B%22forged%22%3A1%7D";
    for path in [format!("/search?q={forged}"), format!("/products/{forged}"), "/orders/H-1?token=verysecrettoken".to_owned()] {
        let request = mallory.request("GET", &path).header("user-agent", "\",\"level\":\"ERROR").header("x-forwarded-for", "198.51.100.7");
        mallory.sends(request);
    }
    assert_eq!(
        mallory.forge("/sign-in", &[("csrf", "wrong"), ("email", "annie.private@example.com"), ("password", "hunter2")]).status,
        403
    );

    let log = shop.log();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    assert!(lines.iter().all(|line| line["timestamp"].as_str().is_some_and(|at| at.ends_with('Z'))), "in UTC");
    assert!(lines.iter().all(|line| line.get("forged").is_none() && line["level"] != "ERROR"), "nobody writes a line but the shop");
    let answered: Vec<_> = lines.iter().filter(|line| line["message"] == "answered").collect();
    assert!(answered.len() > 5 && answered.iter().all(|line| line["span"]["request_id"].is_string()), "{answered:?}");
    for event in ["sign_in_failed", "csrf_refused"] {
        assert!(lines.iter().any(|line| line["event"] == event), "{event}");
    }
    for secret in ["annie.private", "hunter2", "verysecrettoken", "198.51.100.7"] {
        let telling = log.lines().find(|line| line.contains(secret));
        assert_eq!(telling, None, "{secret}");
    }
}
