//! HTTPS by the program itself.

use std::{
    fs,
    io::Read,
    net::TcpListener,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use actix_web::{dev::ServerHandle, rt::System};
use ironmonger::{
    app::{CertificateFiles, Sockets, lead_to_https},
    payments,
};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::{Certificate, Method, Version, blocking::Client, redirect::Policy};
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};
use url::Url;

use crate::{
    harness::{Shop, serve, wired_to},
    program::{Running, folder},
};

/// Writes a new certificate for localhost, and tells what trusts it.
fn renew(files: &CertificateFiles) -> Certificate {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(&files.key, signing_key.serialize_pem()).unwrap();
    fs::write(&files.chain, cert.pem()).unwrap();
    Certificate::from_pem(cert.pem().as_bytes()).unwrap()
}

fn files(folder: &Path) -> CertificateFiles {
    CertificateFiles { chain: folder.join("chain.pem"), key: folder.join("key.pem") }
}

fn trusting(certificate: &Certificate) -> Client {
    Client::builder().no_proxy().tls_certs_only([certificate.clone()]).pool_max_idle_per_host(0).build().unwrap()
}

#[test]
fn the_shop_speaks_https_and_http_2_and_takes_a_renewed_certificate_without_a_restart() {
    let shop = Shop::open();
    let files = files(shop.folder());
    let first = renew(&files);
    let public = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", public.local_addr().unwrap().port());
    let doors = Sockets::with_tls(public, files.clone()).unwrap();
    let inside = doors.inside().unwrap();
    let server = serve(wired_to(&shop.db, &url, shop.folder(), None), doors);

    let page = trusting(&first).get(&url).send().unwrap();
    assert_eq!((page.status().as_u16(), page.version()), (200, Version::HTTP_2));
    assert!(page.headers().contains_key("strict-transport-security"), "{:?}", page.headers());
    let old_fashioned = Client::builder().no_proxy().tls_certs_only([first.clone()]).http1_only().build().unwrap();
    assert_eq!(old_fashioned.get(&url).send().unwrap().version(), Version::HTTP_11);
    let health = Client::builder().no_proxy().build().unwrap().get(format!("http://{inside}/healthz")).send().unwrap();
    assert_eq!(health.status(), 200, "this machine can speak to it without TLS");

    for path in ["/", "/", "/sign-in", "/nowhere", "/assets/x/y", "/healthz", "/robots.txt"] {
        let answer = trusting(&first).get(format!("{url}{path}")).send().unwrap();
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000; includeSubDomains", "{path}");
    }
    let answer = trusting(&first).get(format!("{url}/sign-in")).send().unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-session=") && cookie.contains("Secure") && cookie.contains("HttpOnly"), "{cookie}");
    assert!(cookie.contains("Path=/") && cookie.contains("SameSite=Lax") && !cookie.contains("Domain"), "{cookie}");
    let plain = Client::builder().no_proxy().build().unwrap().get(url.replace("https:", "http:")).send();
    assert!(plain.is_err(), "the door speaks TLS and nothing else: {plain:?}");
    let foreign = trusting(&first).get(&url).header("host", "evil.example").send().unwrap();
    assert_eq!(foreign.status(), 421, "in HTTP/2 as well");

    let second = renew(&files);
    let began = Instant::now();
    while trusting(&second).get(&url).send().is_err() {
        assert!(began.elapsed() < Duration::from_secs(15), "the new certificate is not taken");
        thread::sleep(Duration::from_millis(100));
    }
    assert!(trusting(&first).get(&url).send().is_err(), "the former certificate is not shown any more");

    // Half a renewal keeps what there was.
    fs::write(&files.key, "no key").unwrap();
    thread::sleep(Duration::from_secs(3));
    assert_eq!(trusting(&second).get(&url).send().unwrap().status(), 200);
    shop.block_on(server.stop(false));
}

#[test]
fn over_tls_nobody_else_can_set_the_session_s_cookie() {
    let shop = Shop::open();
    let files = files(shop.folder());
    let certificate = renew(&files);
    let public = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", public.local_addr().unwrap().port());
    let doors = Sockets::with_tls(public, files).unwrap();
    let server = serve(wired_to(&shop.db, &url, shop.folder(), None), doors);
    let ask = |cookie: &str| trusting(&certificate).get(format!("{url}/sign-in")).header("cookie", cookie).send().unwrap();
    let cookie = ask("").headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-session=") && cookie.len() < 4096, "{cookie}");
    assert!(cookie.contains("; Secure") && cookie.contains("; Path=/") && !cookie.contains("Domain="), "{cookie}");
    assert!(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax"), "{cookie}");
    let value = cookie.split(';').next().unwrap();
    assert!(!ask(value).headers().contains_key("set-cookie"), "it is known again");
    let renamed = value.trim_start_matches("__Host-");
    assert!(ask(renamed).headers().contains_key("set-cookie"), "without the prefix, which anybody could set, it is none");
    shop.block_on(server.stop(false));
}

/// Runs the door without TLS that leads to the shop's address.
fn leads_to(base_url: &str, door: TcpListener) -> ServerHandle {
    let (send, receive) = mpsc::channel();
    let base_url: Url = base_url.parse().unwrap();
    thread::spawn(move || {
        System::new().block_on(async {
            let server = lead_to_https(door, &base_url).unwrap();
            send.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    receive.recv().unwrap()
}

#[test]
fn browsers_that_come_without_tls_are_led_to_https_and_what_is_sent_there_is_refused() {
    let shop = Shop::open();
    shop.owner();
    let files = files(shop.folder());
    let certificate = renew(&files);
    let public = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", public.local_addr().unwrap().port());
    let server = serve(wired_to(&shop.db, &url, shop.folder(), None), Sockets::with_tls(public, files).unwrap());
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let door = format!("http://localhost:{}", plain.local_addr().unwrap().port());
    let leading = leads_to(&url, plain);

    let page = trusting(&certificate).get(format!("{door}/search?q=claw%20hammer")).send().unwrap();
    assert_eq!((page.status().as_u16(), page.url().as_str()), (200, format!("{url}/search?q=claw%20hammer").as_str()));
    let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    for method in [Method::GET, Method::HEAD] {
        let answer = client.request(method, format!("{door}/sign-in?return_to=/account")).send().unwrap();
        assert_eq!(answer.status(), 308);
        assert_eq!(answer.headers()["location"], format!("{url}/sign-in?return_to=/account"));
        assert!(!answer.headers().contains_key("set-cookie"));
    }
    let sign_ins = || shop.count("SELECT count(*) FROM sign_ins");
    let before = sign_ins();
    let fields = [("email", "owner@example.com"), ("password", "a password of the shop")];
    let answer = client.post(format!("{door}/sign-in")).form(&fields).send().unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers().get("location")), (403, None));
    let words = answer.text().unwrap();
    assert!(words.contains("over https only") && words.contains("change that") && !words.contains("a password of"), "{words}");
    assert_eq!(sign_ins(), before);
    assert_eq!(client.get(format!("{door}/webhooks/stripe")).send().unwrap().status(), 403, "programs are told of their mistake");
    let foreign = client.get(&door).header("host", "evil.example").send().unwrap();
    assert_eq!((foreign.status().as_u16(), foreign.headers().get("location")), (421, None));
    shop.block_on(async { (leading.stop(false).await, server.stop(false).await) });
}

#[test]
fn a_shop_that_others_reach_without_tls_says_so_in_the_back_office_and_one_on_one_s_own_machine_does_not() {
    const WORDS: &str = "This shop is reached without TLS";
    let shop = Shop::open();
    assert!(!shop.owner().visits("/admin").says(WORDS));
    let public = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = public.local_addr().unwrap();
    let url = format!("http://shop.example:{}", address.port());
    let server = serve(wired_to(&shop.db, &url, shop.folder(), None), Sockets::plain(public));
    let client = Client::builder().no_proxy().cookie_store(true).resolve("shop.example", address).build().unwrap();
    let page = client.get(format!("{url}/sign-in")).send().unwrap().text().unwrap();
    let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let fields = [("csrf", csrf), ("email", "owner@example.com"), ("password", "a password of the shop")];
    let office = client.post(format!("{url}/sign-in")).header("origin", &url).form(&fields).send().unwrap();
    assert_eq!(office.url().path(), "/admin");
    assert!(office.text().unwrap().contains(WORDS));
    shop.block_on(server.stop(false));
}

#[test]
fn a_shop_that_others_reach_without_tls_says_so_at_its_start() {
    let (shop, folder) = (Shop::open(), folder());
    let over: [&str; 6] = ["--no-demo", "--no-worker", "--database-url", &shop.database_url, "--base-url", "http://shop.example"];
    let running = Running::start(folder.path(), &over);
    let told = running.log().lines().any(|line| line.contains("\"level\":\"ERROR\"") && line.contains("\"event\":\"in_the_clear\""));
    assert!(told, "{}", running.log());
}

#[test]
fn files_that_are_no_certificate_and_key_are_named() {
    let shop = Shop::open();
    let files = files(shop.folder());
    let refused = |files: &CertificateFiles| {
        let doors = Sockets::with_tls(TcpListener::bind("127.0.0.1:0").unwrap(), files.clone());
        format!("{:#}", doors.err().unwrap())
    };
    assert!(refused(&files).contains("chain.pem"), "there is none");
    renew(&files);
    let key = fs::read(&files.key).unwrap();
    renew(&files);
    fs::write(&files.key, key).unwrap();
    assert!(refused(&files).contains("is not the key of"), "of another certificate: {}", refused(&files));
}

/// A server that vouches for itself, as one does that got between the shop and another.
struct Impostor {
    port: u16,
    met: Arc<AtomicUsize>,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Impostor {
    fn stands() -> Self {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let config = Arc::new(ServerConfig::builder().with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let impostor = Self { port: listener.local_addr().unwrap().port(), met: Arc::default(), heard: Arc::default() };
        let (met, heard) = (impostor.met.clone(), impostor.heard.clone());
        thread::spawn(move || {
            for line in listener.incoming().flatten() {
                met.fetch_add(1, Ordering::SeqCst);
                let mut tls = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), line);
                let mut words = [0; 1024];
                while let Ok(length @ 1..) = tls.read(&mut words) {
                    heard.lock().unwrap().extend_from_slice(&words[..length]);
                }
            }
        });
        impostor
    }

    fn was_met_and_told_nothing(&self) -> bool {
        self.met.load(Ordering::SeqCst) > 0 && self.heard.lock().unwrap().is_empty()
    }
}

#[test]
fn a_provider_whose_certificate_nobody_vouches_for_is_told_nothing() {
    let (shop, impostor) = (Shop::open(), Impostor::stands());
    let call = payments::outside_client().unwrap().get(format!("https://localhost:{}/v1/payments", impostor.port)).bearer_auth("sk_live_1");
    let refused = shop.block_on(async { call.send().await.unwrap_err() });
    assert!(format!("{:#}", anyhow::Error::new(refused)).contains("certificate"));
    assert!(impostor.was_met_and_told_nothing());
}

#[test]
fn a_mail_server_whose_certificate_nobody_vouches_for_gets_neither_password_nor_mail() {
    let (shop, impostor) = (Shop::open(), Impostor::stands());
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    annie.orders_by("manual");
    let smtp = format!("smtps://shop:secret@localhost:{}", impostor.port);
    shop.block_on(async { wired_to(&shop.db, &shop.url, shop.folder(), Some(&smtp)).worker().drain().await }).unwrap();
    assert_eq!(shop.count("SELECT count(*) FROM mails WHERE sent_at IS NULL AND last_error LIKE '%certificate%'"), 1);
    assert!(impostor.was_met_and_told_nothing());
}
