//! What comes to the shop's doors from the open internet: false names, false addresses, floods, swollen bodies, and
//! what would lead the shop's own requests inside.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use ironmonger::{app, web::Access};
use reqwest::blocking::Response;

use crate::harness::{Browser, Shop, at_once};

/// Sends these bytes and reads until the shop hangs up or so much time is over.
fn raw(shop: &Shop, request: &[u8], patience: Duration) -> String {
    let mut stream = TcpStream::connect(shop.url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(patience)).unwrap();
    let _ = stream.write_all(request);
    let mut answer = vec![];
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn said(shop: &Shop, request: &str) -> String {
    raw(shop, request.as_bytes(), Duration::from_secs(2))
}

fn fetch(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = browser.request("GET", path).header("accept", "text/html");
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().unwrap()
}

fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

#[test]
fn a_foreign_host_gets_nothing_warm_pages_included() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let browser = shop.browser();
    for path in ["/", &hammer, "/cart", "/sign-in", "/admin", "/nowhere", "/assets/x/y"] {
        for _ in 0..2 {
            fetch(&browser, path, &[]);
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "shop.example:80", "10.0.0.1", "user@evil.example"] {
            let answer = fetch(&browser, path, &[("host", host)]);
            assert!(matches!(answer.status().as_u16(), 421 | 400), "{path} as {host}: {}", answer.status());
            assert!(header(&answer, "content-security-policy").contains("default-src 'none'"));
            assert_eq!(header(&answer, "cache-control"), "no-store");
            let body = answer.text().unwrap();
            assert!(!body.contains("Harrow") && !body.contains("evil"), "{body}");
        }
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(fetch(&browser, path, &[("host", "10.0.0.1")]).status(), 200, "{path} is asked by machines");
    }
    let post = browser.request("POST", "/cart/lines").header("host", "evil.example").body("variant=1").send().unwrap();
    assert_eq!(post.status(), 421);
}

#[test]
fn a_request_names_one_host_and_has_one_length() {
    let shop = Shop::open();
    let port = shop.url.rsplit(':').next().unwrap().to_owned();
    let host = format!("Host: 127.0.0.1:{port}\r\n");
    let second = format!("GET /healthz?second HTTP/1.1\r\n{host}\r\n");
    assert!(said(&shop, &format!("GET /sign-in HTTP/1.1\r\n{host}Connection: close\r\n\r\n")).starts_with("HTTP/1.1 200"));
    let refused = [
        "GET / HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(),
        format!("GET / HTTP/1.1\r\n{host}Host: evil.example\r\nConnection: close\r\n\r\n"),
        format!("GET http://evil.example/ HTTP/1.1\r\n{host}Connection: close\r\n\r\n"),
        "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n".to_owned(),
        format!("POST /cart/lines HTTP/1.1\r\n{host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{second}"),
        format!("POST /cart/lines HTTP/1.1\r\n{host}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd{second}"),
        format!("POST /cart/lines HTTP/1.1\r\n{host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{second}"),
        format!("POST /cart/lines HTTP/1.1\r\n{host}Content-Length: +3\r\n\r\nabc{second}"),
        format!("POST /cart/lines HTTP/1.1\r\n{host}Content-Length: -1\r\n\r\n{second}"),
    ];
    for request in &refused {
        let answer = said(&shop, request);
        assert!(answer.starts_with("HTTP/1.1 4"), "{request}\n→ {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "nothing is smuggled in behind it: {request}\n→ {answer}");
    }
}

#[test]
fn what_is_too_long_is_refused_before_it_is_read() {
    let shop = Shop::open();
    let browser = shop.browser();
    let long = format!("/search?q={}", "x".repeat(9000));
    assert_eq!(fetch(&browser, &long, &[]).status(), 414);
    assert_eq!(fetch(&browser, &format!("/search?q={}", "x".repeat(7000)), &[]).status(), 200);

    let port = shop.url.rsplit(':').next().unwrap().to_owned();
    let start = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n");
    let many: String = (0..2000).map(|at| format!("X-{at}: y\r\n")).collect();
    let wide = format!("X: {}\r\n", "y".repeat(300_000));
    for headers in [many, wide] {
        let answer = said(&shop, &format!("{start}{headers}\r\n"));
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer:.200}");
    }

    let ten_megabytes = format!("{{\"a\":\"{}\"}}", "x".repeat(10_000_000));
    let mut bomb = GzEncoder::new(vec![], Compression::best());
    bomb.write_all(ten_megabytes.as_bytes()).unwrap();
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 20_000, "{} bytes that swell", bomb.len());
    for gateway in ["stripe", "paypal", "sandbox"] {
        let path = format!("/webhooks/{gateway}");
        // Whoever is refused may be told while still sending, and then hears only that the line is closed.
        let large = browser.request("POST", &path).body(ten_megabytes.clone()).send();
        assert!(large.is_err() || matches!(large.as_ref().unwrap().status().as_u16(), 400..500), "{large:?}");
        let swollen = browser.request("POST", &path).header("content-encoding", "gzip").body(bomb.clone()).send().unwrap();
        assert!(swollen.status().is_client_error(), "{gateway}: {}", swollen.status());
    }
    assert_eq!(shop.count("SELECT count(*) FROM gateway_settings WHERE last_success_at IS NOT NULL"), 0);
}

#[test]
fn a_form_has_so_many_fields_each_once_and_of_letters_that_people_type() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    annie.visits("/sign-in");
    let csrf = annie.page().attribute("input[name=csrf]", "value").unwrap_or_default();
    let posted = |body: String| {
        let request = annie.browser.request("POST", "/sign-in").header("origin", &shop.url);
        request.header("content-type", "application/x-www-form-urlencoded").body(body).send().unwrap().status().as_u16()
    };
    let form = |more: &str| format!("csrf={csrf}&email=a%40example.com&password=three+plain+words{more}");
    let known = posted(form(""));
    assert_eq!(posted(form("&unknown=1&role=owner")), known, "what no form of ours has is left aside");
    assert_eq!(posted(form("&email=b%40example.com")), 422, "a field that stands twice");
    assert_eq!(posted(form(&"&x=1".repeat(5000))), 413);
    for hidden in ["%00", "%07", "%1B%5B2J", "%7F", "%C2%85"] {
        assert_eq!(posted(format!("csrf={csrf}&email=a{hidden}%40example.com&password=x")), 422, "{hidden}");
    }
}

#[test]
fn a_flood_of_searches_from_one_address_is_held_off_and_others_find_what_they_look_for() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let browser = shop.browser();
    let search = |at: usize| browser.request("GET", &format!("/search?q=hammer+{at}")).header("x-forwarded-for", "93.184.216.34");
    let pages = at_once((0..60).map(search).collect());
    let refused: Vec<_> = pages.iter().filter(|page| page.status == 429).collect();
    assert!((15..=30).contains(&refused.len()), "30 at once and then one a second: {} of 60 were refused", refused.len());
    assert!(pages.iter().all(|page| matches!(page.status, 200 | 429)));
    for page in refused {
        page.must_say("Too many tries");
        assert!((1..=2).contains(&page.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap()));
    }
    let searched = |at: usize, address: &str| fetch(&browser, &format!("/search?q=hammer+{at}"), &[("x-forwarded-for", address)]);
    assert_eq!(searched(100, "93.184.216.35").status(), 200);
    assert_eq!(searched(101, "198.51.100.1, 93.184.216.35").status(), 200, "what stands before the proxy's own word is hearsay");
    assert_eq!(fetch(&browser, "/", &[("x-forwarded-for", "93.184.216.34")]).status(), 200, "pages are read as ever");
}

#[test]
fn no_other_site_may_read_an_answer() {
    let shop = Shop::open();
    let browser = shop.browser();
    for path in ["/", "/cart", "/sign-in", "/nowhere", "/healthz", "/readyz", "/robots.txt", "/sandbox/api/v1/payments"] {
        for method in ["GET", "OPTIONS"] {
            let asked = browser.request(method, path).header("origin", "https://evil.example");
            let answer = asked.header("access-control-request-method", "POST").send().unwrap();
            assert!(!answer.headers().keys().any(|name| name.as_str().starts_with("access-control-")), "{method} {path}");
        }
    }
}

#[test]
fn what_looks_like_sql_is_only_words() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    let tables = shop.count("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'");
    let lists = ["/search", "/admin/products", "/admin/orders", "/admin/customers", "/admin/invoices", "/admin/mails", "/admin/gift-cards"];
    for typed in ["' OR 1=1 --", "'; DROP TABLE orders; --", "\\'", "%27%20OR%201%3D1", "') UNION SELECT password_hash FROM accounts --"] {
        for list in lists {
            let query = serde_urlencoded::to_string([("q", typed)]).unwrap();
            let page = owner.visits(&format!("{list}?{query}"));
            assert!(page.status < 500 && !page.body.contains("argon2"), "{list} {typed}: {}", page.status);
        }
        let mut mallory = shop.browser();
        mallory.get("/sign-in");
        mallory.submit("Sign in", &[("email", typed), ("password", typed)]);
        assert_eq!(mallory.page().url.path(), "/sign-in");
    }
    assert_eq!(shop.count("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), tables);
    assert_eq!(shop.count("SELECT count(*) FROM products"), 1);
}

#[test]
fn an_uploaded_catalogue_fetches_nothing_from_inside_and_reads_no_file_of_the_server() {
    let shop = Shop::open();
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    door.set_nonblocking(true).unwrap();
    let port = door.local_addr().unwrap().port();
    let secret = shop.folder().join("secret.png");
    fs::write(&secret, b"what nobody may read").unwrap();
    let inner = [
        format!("http://127.0.0.1:{port}/a.png"),
        format!("https://127.0.0.1:{port}/a.png"),
        format!("https://localhost:{port}/a.png"),
        format!("https://[::1]:{port}/a.png"),
        format!("https://[::ffff:127.0.0.1]:{port}/a.png"),
        format!("https://2130706433:{port}/a.png"),
        "https://169.254.169.254/latest/meta-data/".to_owned(),
        "/etc/hostname".to_owned(),
        "../secret.keys".to_owned(),
        "file:///etc/hostname".to_owned(),
        secret.display().to_string(),
    ];
    let head = "Handle,Title,Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src\n";
    let row = |(at, source): (usize, &String)| format!("g{at},Good {at},,,,TRUE,,,GO-{at},1.00,{source}\n");
    let file = inner.iter().enumerate().map(row).fold(head.to_owned(), |file, row| file + &row);

    let mut owner = shop.owner();
    owner.visits("/admin/exchange");
    let page = owner.browser.upload("Look it through", "file", "goods.csv", file.as_bytes(), &[]);
    let url = page.url.path().to_owned();
    shop.works();
    owner.visits(&url);
    owner.browser.submit("Import", &[("fetch_images", "on")]);
    shop.works_within(60);
    let problems = owner.visits(&format!("{url}/problems.csv")).body.clone();
    assert_eq!(shop.count("SELECT count(*) FROM products"), inner.len() as i64, "the goods come in without pictures: {problems}");
    assert_eq!(shop.count("SELECT count(*) FROM media"), 0);
    assert!(problems.matches("was left out").count() >= inner.len(), "each row says why: {problems}");
    assert_eq!(door.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody asked inside");
}

#[test]
fn where_the_operator_lists_hosts_no_other_is_asked() {
    let shop = Shop::open();
    let imports = |listed: &str, port: u16| {
        let file = shop.folder().join("goods.csv");
        std::fs::write(&file, format!("Handle,Title,Variant Price,Image Src\nvice,Vice,1.00,http://127.0.0.1:{port}/a.png\n")).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ironmonger"));
        command.env_clear().current_dir(shop.folder()).args(["--database-url", &shop.database_url, "--data-dir", "var"]);
        command.args(["--outside-hosts", listed, "import", "products", "goods.csv", "--fetch-images", "--allow-private"]);
        let output = command.output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    };
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    door.set_nonblocking(true).unwrap();
    let said = imports("pictures.example", door.local_addr().unwrap().port());
    assert!(said.contains("OUTSIDE_HOSTS"), "{said}");
    assert_eq!(door.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody asked there");

    door.set_nonblocking(false).unwrap();
    let port = door.local_addr().unwrap().port();
    let knocked = std::thread::spawn(move || door.accept().is_ok());
    imports("pictures.example,127.0.0.1", port);
    assert!(knocked.join().unwrap(), "what is listed is asked");
}

#[test]
fn sandbox_pay_is_shut_where_the_merchant_does_not_offer_it() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut mallory = shop.shopper();
    mallory.adds_to_cart(&hammer, 1);
    mallory.reaches_payment();
    mallory.orders_by("sandbox");
    let page = mallory.page().url.path().to_owned();
    assert!(page.starts_with("/sandbox/pay/"), "the demo offers it: {page}");
    shop.meddle("UPDATE gateway_settings SET active = FALSE, version = version + 1 WHERE code = 'sandbox'");
    shop.block_on(shop.wired.gateways.reload()).unwrap();
    assert_eq!(mallory.visits(&page).status, 404);
    assert_eq!(mallory.browser.forge(&page, &[("number", crate::harness::CARD), ("expiry", "12/39"), ("cvc", "123")]).status, 404);
    assert_eq!(shop.count("SELECT count(*) FROM sandbox_payments WHERE state <> 'open'"), 0);
}

#[test]
fn a_new_shop_that_is_no_demo_does_not_offer_sandbox_pay() {
    let up = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/2026-11-22-004040_sandbox_off/up.sql")).unwrap();
    let shop = Shop::open();
    assert_eq!(shop.count("SELECT count(*) FROM gateway_settings WHERE code = 'sandbox' AND active"), 1, "the demo was opened");
    let offered = || shop.count("SELECT count(*) FROM gateway_settings WHERE code = 'sandbox' AND active");
    shop.meddle(&up);
    assert_eq!(offered(), 1, "a demo that is open keeps it");
    shop.meddle("UPDATE store SET email = 'shop@example.com'");
    shop.meddle(&up);
    assert_eq!(offered(), 0);
}

/// Files of the program that write CSV, and what each of them says of cells that people typed.
#[test]
fn whatever_writes_csv_guards_its_cells() {
    fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { sources(&entry, found) } else { found.push(entry) }
        }
    }
    let mut files = vec![];
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut writing = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap_or_default();
        let shipped = text.split("#[cfg(test)]").next().unwrap();
        if ["csv::Writer", "WriterBuilder", "write_record"].iter().any(|word| shipped.contains(word)) {
            writing += 1;
            assert!(shipped.contains("cell("), "{} writes CSV without base::cell", file.display());
        }
    }
    assert!(writing >= 4, "invoices, coupons, exports, problems: {writing}");
}

#[test]
fn no_page_behind_a_guarded_door_is_kept_by_anybody() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    let mut walked = 0;
    for door in app::doors() {
        if door.method != "GET" || door.path.contains('{') || matches!(door.access, Access::Anybody | Access::OwnKey) {
            continue;
        }
        let page = owner.visits(door.path);
        let kept = page.headers.get("cache-control").map(|value| value.to_str().unwrap()).unwrap_or_default();
        assert!(kept.contains("no-store"), "{}: {} {kept:?}", door.path, page.status);
        walked += 1;
    }
    assert!(walked > 60, "{walked} doors");
}

#[test]
fn signing_out_leaves_nothing_in_the_browser() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin");
    let request = owner.browser.prepare("Sign out", &[]);
    let client = reqwest::blocking::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let built = request.build().unwrap();
    let answer = client.post(built.url().clone()).body(String::new()).send().unwrap();
    assert_eq!(header(&answer, "clear-site-data"), "\"cache\", \"storage\"");
    let other = fetch(&owner.browser, "/sign-in", &[]);
    assert_eq!(header(&other, "clear-site-data"), "", "nothing else costs a browser what it keeps");
}
