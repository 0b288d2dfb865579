//! The walk of all doors: each route of the shop, tried as everybody who may come, against what it says where it is declared.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use ironmonger::{
    accounts, app,
    base::{Permission, Rights},
    web::{Access, Door, Role},
};
use reqwest::{
    Method,
    blocking::{Client, Response},
    header::{COOKIE, ORIGIN, SET_COOKIE},
    redirect::Policy,
};

use crate::harness::Shop;

const STAFF_PASSWORD: &str = "a password of the shop";
const PASSWORD: &str = "three plain words";

/// Somebody at the doors: a cookie that stays as it was given, and a client that follows nothing.
struct Comer {
    client: Client,
    base: String,
    cookie: String,
}

impl Comer {
    fn guest(shop: &Shop) -> Self {
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { client, base: shop.url.clone(), cookie: String::new() }
    }

    fn signed_in(shop: &Shop, email: &str, password: &str) -> Self {
        let mut comer = Self::guest(shop);
        let page = comer.ask(Method::GET, "/sign-in");
        comer.cookie = cookie_of(&page).unwrap();
        let csrf = token_in(&page.text().unwrap());
        let fields = [("csrf", csrf.as_str()), ("email", email), ("password", password)];
        let answer = comer.send("/sign-in", &fields);
        assert_eq!(answer.status().as_u16(), 303, "{email} can't sign in: {}", answer.text().unwrap());
        comer.cookie = cookie_of(&answer).unwrap();
        comer
    }

    fn ask(&self, method: Method, path: &str) -> Response {
        self.client.request(method, format!("{}{path}", self.base)).header(COOKIE, &self.cookie).send().unwrap()
    }

    fn send(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = self.client.post(format!("{}{path}", self.base)).header(COOKIE, &self.cookie).header(ORIGIN, &self.base);
        request.form(fields).send().unwrap()
    }

    /// The token of this session's forms.
    fn token(&self) -> String {
        token_in(&self.ask(Method::GET, "/account").text().unwrap())
    }
}

fn cookie_of(answer: &Response) -> Option<String> {
    let mut set = answer.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    set.rfind(|cookie| cookie.starts_with("session=")).map(|cookie| cookie.split(';').next().unwrap().to_owned())
}

fn token_in(page: &str) -> String {
    let after = page.split("name=\"csrf\" value=\"").nth(1).unwrap_or_else(|| panic!("no token on\n{page}"));
    after.split('"').next().unwrap().to_owned()
}

/// How a door met somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Met {
    LetIn,
    AskedToSignIn,
    Refused,
    /// 500 and above.
    Fell,
}

fn meets(comer: &Comer, door: &Door, path: &str) -> Met {
    let method = Method::from_bytes(door.method.as_str().as_bytes()).unwrap();
    let answer = comer.ask(method, path);
    let status = answer.status().as_u16();
    // The search index and the database may say 503 when they are busy; that is no hole.
    let text = if matches!(status, 401 | 403) { answer.text().unwrap() } else { String::new() };
    match (status, text.as_str()) {
        (401, "sign-in needed") => Met::AskedToSignIn,
        (403, "forbidden") => Met::Refused,
        (500.., _) if status != 503 => Met::Fell,
        _ => Met::LetIn,
    }
}

fn expected(access: Access, (is_signed_in, is_staff): (bool, bool), rights: Rights) -> Met {
    match access {
        Access::Anybody | Access::OwnKey => Met::LetIn,
        _ if !is_signed_in => Met::AskedToSignIn,
        Access::SignedIn | Access::Proved => Met::LetIn,
        Access::AnyStaff if is_staff => Met::LetIn,
        Access::AnyStaff => Met::Refused,
        Access::Staff(permission) | Access::StaffProved(permission) => {
            if rights.may(permission) {
                Met::LetIn
            } else {
                Met::Refused
            }
        }
    }
}

/// Things that the paths can name, of each kind one.
struct Things(Vec<(&'static str, String)>);

impl Things {
    fn of(shop: &Shop, number: &str) -> Self {
        let id = |table: &str| shop.first(&format!("SELECT COALESCE((SELECT id::text FROM {table} ORDER BY id LIMIT 1), '1')"));
        let tables = [
            ("products", "products"),
            ("variants", "variants"),
            ("categories", "categories"),
            ("brands", "brands"),
            ("pages", "pages"),
            ("locations", "locations"),
            ("zones", "shipping_zones"),
            ("methods", "shipping_methods"),
            ("mails", "mails"),
            ("invoices", "invoices"),
            ("roles", "roles"),
            ("jobs", "jobs"),
            ("promotions", "promotions"),
            ("price-lists", "price_lists"),
        ];
        let mut things: Vec<_> = tables.into_iter().map(|(name, table)| (name, id(table))).collect();
        let uuid = "018f3c1e-7e2b-7c5f-8a3f-000000000001".to_owned();
        things.extend(["media", "exchange", "new-order"].map(|name| (name, uuid.clone())));
        things.push(("orders", number.to_owned()));
        things.push(("customers", shop.first("SELECT id FROM accounts WHERE email = 'annie@example.com'")));
        things.push(("guests", number.to_owned()));
        things.push(("payment-methods", "manual".to_owned()));
        Self(things)
    }

    /// The path with something there in each of its places.
    fn fill(&self, path: &str) -> String {
        let mut before = "";
        let filled = path.split('/').map(|part| {
            let thing = self.0.iter().find(|(name, _)| *name == before).map_or("1", |(_, thing)| thing);
            before = part;
            match part.split_once('{') {
                Some(("", rest)) if rest.contains(':') && rest.contains('|') => rest.split([':', '|']).nth(1).unwrap().to_owned(),
                Some((start, rest)) => format!("{start}{thing}{}", rest.split_once('}').map_or("", |(_, end)| end)),
                None => part.to_owned(),
            }
        });
        filled.collect::<Vec<_>>().join("/")
    }
}

/// A shop with a customer who bought something and somebody of the staff.
fn furnished() -> (Shop, Vec<Door>, Things) {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").category(&["Hand tools"]).stock(20).put_up();
    let mut annie = shop.shopper();
    annie.signs_up();
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    shop.works();
    shop.staff(Role::Staff);
    let things = Things::of(&shop, &number);
    (shop, app::doors(), things)
}

/// Tries each of the doors and gives those that met the comer otherwise than they say.
fn walk(
    comer: &Comer,
    doors: &[Door],
    things: &Things,
    (is_signed_in, is_staff): (bool, bool),
    rights: Rights,
    tried: &AtomicUsize,
) -> Vec<String> {
    let wrong = |door: &Door| {
        let path = things.fill(door.path);
        let (met, expected) = (meets(comer, door, &path), expected(door.access, (is_signed_in, is_staff), rights));
        tried.fetch_add(1, Ordering::Relaxed);
        (met != expected).then(|| format!("{} {path}: {met:?}, not {expected:?}", door.method))
    };
    thread::scope(|scope| {
        let running: Vec<_> = doors
            .chunks(doors.len().div_ceil(4))
            .map(|part| scope.spawn(move || part.iter().filter_map(wrong).collect::<Vec<_>>()))
            .collect();
        running.into_iter().flat_map(|part| part.join().unwrap()).collect()
    })
}

/// Not walked through by GET: each asks the whole shop, and takes long.
fn is_quick(door: &Door) -> bool {
    !(door.path == "/admin/doctor" && door.method.as_str() == "POST")
}

#[test]
fn every_door_lets_in_whom_it_says_and_nobody_else() {
    let (shop, doors, things) = furnished();
    let doors: Vec<Door> = doors.into_iter().filter(is_quick).collect();
    shop.owner();
    let roles = shop.read(accounts::roles);
    println!("{}", app::table_of_doors(&doors, &roles));
    let tried = AtomicUsize::new(0);
    let mut wrong = vec![];
    let mut walks = |who: &str, comer: &Comer, who_comes: (bool, bool), rights: Rights| {
        let found = walk(comer, &doors, &things, who_comes, rights, &tried);
        wrong.extend(found.into_iter().map(|door| format!("{who}: {door}")));
    };
    walks("guest", &Comer::guest(&shop), (false, false), Rights::NONE);
    let annie = Comer::signed_in(&shop, "annie@example.com", PASSWORD);
    walks("customer", &annie, (true, false), Rights::NONE);
    shop.meddle("UPDATE accounts SET blocked_at = now() WHERE role IS NULL");
    walks("blocked customer", &annie, (true, false), Rights::NONE);
    let owner = Comer::signed_in(&shop, "owner@example.com", STAFF_PASSWORD);
    walks("owner", &owner, (true, true), Rights::all());
    let sam = Comer::signed_in(&shop, "staff@example.com", STAFF_PASSWORD);
    for role in &roles {
        shop.meddle(&format!("UPDATE accounts SET role_id = {} WHERE role = 'staff'", role.id));
        walks(&role.name, &sam, (true, true), role.rights());
    }
    shop.meddle("UPDATE roles SET permissions = '{}' WHERE name = 'Books'");
    shop.meddle("UPDATE accounts SET role_id = (SELECT id FROM roles WHERE name = 'Books') WHERE role = 'staff'");
    walks("staff without any right", &sam, (true, true), Rights::NONE);
    shop.meddle("UPDATE accounts SET disabled_at = now() WHERE role = 'staff'");
    walks("disabled staff", &sam, (false, false), Rights::NONE);
    println!("{} doors, {} tries", doors.len(), tried.load(Ordering::Relaxed));
    assert!(doors.len() > 340, "{}", doors.len());
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_role_with_a_single_permission_opens_its_doors_and_no_other() {
    let (shop, doors, things) = furnished();
    let doors: Vec<Door> = doors.into_iter().filter(is_quick).filter(|door| door.access.permission().is_some()).collect();
    let sam = Comer::signed_in(&shop, "staff@example.com", STAFF_PASSWORD);
    let tried = AtomicUsize::new(0);
    let mut wrong = vec![];
    for permission in Permission::ALL {
        shop.meddle(&format!("UPDATE roles SET permissions = '{{{permission}}}' WHERE standard"));
        let rights = Rights::read([permission.as_str()]);
        // Of those that stay shut one of each kind: all of them are tried by who has no right at all.
        let mut kinds = HashSet::new();
        let some = |door: &&Door| {
            let needed = door.access.permission().unwrap_or(*permission);
            kinds.insert((needed.as_str(), door.method.clone())) || rights.may(needed)
        };
        let some: Vec<Door> = doors.iter().filter(some).cloned().collect();
        wrong.extend(walk(&sam, &some, &things, (true, true), rights, &tried).into_iter().map(|door| format!("{permission}: {door}")));
    }
    println!("{} doors of the staff, {} permissions, {} tries", doors.len(), Permission::ALL.len(), tried.load(Ordering::Relaxed));
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_door_of_the_back_office_is_open_and_none_elsewhere_asks_for_staff() {
    let doors = app::doors();
    for door in &doors {
        let is_office = door.path == "/admin" || door.path.starts_with("/admin/");
        let asks = door.access.is_of_staff();
        assert!(is_office == asks || door.path.starts_with("/sandbox/control"), "{} {}: {:?}", door.method, door.path, door.access);
    }
    for permission in Permission::ALL {
        let opened = doors.iter().any(|door| door.access.permission() == Some(*permission));
        let reserved = RESERVED.contains(permission);
        assert!(opened || reserved, "{permission} opens nothing");
    }
}

/// Asked for behind the front door of the office.
const RESERVED: &[Permission] = &[Permission::ReportsSee];

#[test]
fn staff_whose_role_demands_a_second_factor_get_nowhere_without_one() {
    let (shop, doors, things) = furnished();
    let sam = Comer::signed_in(&shop, "staff@example.com", STAFF_PASSWORD);
    shop.meddle("UPDATE roles SET needs_second_factor = true WHERE standard");
    for door in doors.iter().filter(|door| door.access.permission().is_some_and(|permission| Rights::standard().may(permission))) {
        let method = Method::from_bytes(door.method.as_str().as_bytes()).unwrap();
        let answer = sam.ask(method, &things.fill(door.path));
        assert_eq!((answer.status().as_u16(), answer.text().unwrap().as_str()), (403, "second factor needed"), "{}", door.path);
    }
}

/// What somebody finds who asks for what is another's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// It belongs to nobody: everybody may see it.
    Everybody,
    /// It names something of the visitor's own cart or checkout only, whoever asks.
    Visitor,
    /// It opens to whoever has the unguessable part, which is tried wrong.
    Holder,
    /// It is Bob's.
    Bob,
}

/// Every door outside the back office with a place in its path: whose is what it names. The first that fits counts.
const NAMED: &[(&str, Of)] = &[
    ("/assets/", Of::Everybody),
    ("/brands/", Of::Everybody),
    ("/categories/", Of::Everybody),
    ("/collections/", Of::Everybody),
    ("/media/", Of::Everybody),
    ("/pages/", Of::Everybody),
    ("/products/", Of::Everybody),
    ("/sitemaps/", Of::Everybody),
    ("/cart/lines/", Of::Visitor),
    ("/checkout/gift-cards/", Of::Visitor),
    ("/checkout/return/", Of::Holder),
    ("/downloads/", Of::Holder),
    ("/invitations/", Of::Holder),
    ("/sandbox/pay/", Of::Holder),
    ("/orders/", Of::Bob),
    ("/sign-in/", Of::Holder),
    ("/sign-up/", Of::Holder),
    ("/account/email/", Of::Holder),
    ("/account/data/exports/", Of::Holder),
    ("/wishlists/", Of::Holder),
    ("/newsletter/", Of::Holder),
    ("/alerts/", Of::Holder),
    ("/account/wishlists/adding/", Of::Visitor),
    ("/account/alerts/new/", Of::Visitor),
    ("/account/wishlists/", Of::Bob),
    ("/account/reviews/", Of::Bob),
    ("/account/addresses/", Of::Bob),
    ("/account/sign-ins/", Of::Bob),
    ("/account/alerts/", Of::Bob),
    ("/account/identities/", Of::Bob),
];

/// The path with what is Bob's in its places.
fn of_bob_s(shop: &Shop, path: &str, number: &str) -> String {
    let rows = [
        ("/account/wishlists/", "SELECT min(id)::text FROM wishlists WHERE name = 'Workshop'"),
        ("/account/reviews/", "SELECT min(id)::text FROM reviews"),
        ("/account/addresses/", "SELECT min(id)::text FROM addresses"),
        ("/account/alerts/", "SELECT min(id)::text FROM alerts"),
        (
            "/account/sign-ins/",
            "SELECT min(s.id::text) FROM sign_ins s JOIN accounts a ON a.id = s.account_id WHERE a.email = 'bob@example.com'",
        ),
        ("/account/identities/", "SELECT min(id)::text FROM identities"),
        ("/orders/", "SELECT min(id)::text FROM invoices"),
    ];
    let found = rows.iter().find(|(begins, _)| path.starts_with(begins));
    let id = found.map_or("1".to_owned(), |(_, sql)| shop.first(&format!("SELECT COALESCE(({sql}), '1')")));
    let item = shop.first("SELECT COALESCE((SELECT min(id)::text FROM wishlist_items), '1')");
    let filled = path.replace("{number}", number).replace("{id}", &id).replace("{item}", &item).replace("{token}", "a-wrong-token");
    let filled = filled.replace("{attempt}", "018f3c1e-7e2b-7c5f-8a3f-000000000001");
    let filled = filled.replace("{rma}", "1").replace("{use}", "delivery");
    filled.replace("{file}", "018f3c1e-7e2b-4c5f-8a3f-000000000001.json")
}

/// What Bob has besides an order and a cart.
const BOB_HAS: &str = r#"
    INSERT INTO wishlists (account_id, name) SELECT id, 'Workshop' FROM accounts WHERE email = 'bob@example.com';
    INSERT INTO wishlist_items (wishlist_id, product_id) SELECT w.id, p.id FROM wishlists w, products p;
    INSERT INTO reviews (product_id, account_id, name, stars, body) SELECT p.id, a.id, 'Bob', 4, 'A good hammer'
        FROM products p, accounts a WHERE a.email = 'bob@example.com';
    INSERT INTO identity_providers (slug, name, issuer, client_id, for_customers) VALUES ('example-id', 'Example ID', 'https://id.example', 'shop', true);
    INSERT INTO identities (provider_id, subject, account_id) SELECT p.id, 'bob', a.id FROM identity_providers p, accounts a WHERE a.email = 'bob@example.com';
    INSERT INTO alerts (account_id, variant_id, kind) SELECT a.id, v.id, 'stock' FROM accounts a, variants v WHERE a.email = 'bob@example.com';
    INSERT INTO addresses (account_id, address) SELECT id, '{"name": "Bob", "company": "", "line1": "1 Mill Lane", "line2": "", "city": "Ludlow",
        "region": "", "postcode": "SY8 1AE", "country": "GB"}' FROM accounts WHERE email = 'bob@example.com'"#;

/// What any form may ask for, so that it is not refused for something else. Fields that a form does not have are left aside.
const FIELDS: &[(&str, &str)] = &[
    ("gateway", "manual"),
    ("wish", "refund"),
    ("name", "Mallory"),
    ("stars", "1"),
    ("title", "Mine"),
    ("body", "It is mine now"),
    ("line1", "9 Broad Street"),
    ("city", "Ludlow"),
    ("postcode", "SY8 1NG"),
    ("country", "GB"),
    ("quantity", "1"),
    ("note", "mine"),
    ("password", "three plain words of mine"),
];

/// All that is Bob's, to see that it stayed as it was.
fn of_bob(shop: &Shop) -> String {
    let bob = "(SELECT id FROM accounts WHERE email = 'bob@example.com')";
    let rows = [
        format!("SELECT string_agg(o::text, ';' ORDER BY o.id) FROM orders o WHERE account_id = {bob}"),
        "SELECT count(*)::text FROM returns".to_owned(),
        "SELECT count(*)::text FROM payment_attempts".to_owned(),
        "SELECT count(*)::text FROM credit_sendings".to_owned(),
        format!("SELECT string_agg(t::text, ';' ORDER BY t.account_id) FROM carts t WHERE account_id = {bob}"),
        format!("SELECT string_agg(t::text, ';' ORDER BY t.id) FROM wishlists t WHERE account_id = {bob}"),
        "SELECT string_agg(t::text, ';' ORDER BY t.id) FROM wishlist_items t".to_owned(),
        "SELECT string_agg(t::text, ';' ORDER BY t.id) FROM reviews t".to_owned(),
        "SELECT string_agg(t::text, ';' ORDER BY t.id) FROM addresses t".to_owned(),
        "SELECT string_agg(t::text, ';' ORDER BY t.id) FROM alerts t".to_owned(),
        "SELECT string_agg(t::text, ';' ORDER BY t.id) FROM identities t".to_owned(),
        format!("SELECT count(*)::text FROM sign_ins WHERE ended_at IS NULL AND account_id = {bob}"),
    ];
    rows.into_iter().map(|sql| shop.first(&format!("SELECT COALESCE(({sql}), '')"))).collect::<Vec<_>>().join("|")
}

/// A mailed link leads on to its page without the token, which tells whether the token is right.
fn follows_a_mailed_link(comer: &Comer, answer: Response) -> Response {
    let led = answer.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or("").to_owned();
    if !led.ends_with("/opened") {
        return answer;
    }
    let carried = Comer { client: comer.client.clone(), base: comer.base.clone(), cookie: cookie_of(&answer).unwrap() };
    carried.ask(Method::GET, &led)
}

#[test]
fn what_is_another_s_is_not_to_be_found_at_any_door_with_a_name_in_it() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(20).put_up();
    let mut bob = shop.shopper();
    bob.email = "bob@example.com".to_owned();
    bob.signs_up();
    bob.adds_to_cart(&hammer, 1);
    let number = bob.buys();
    bob.adds_to_cart(&hammer, 1);
    shop.works();
    shop.meddle(BOB_HAS);
    shop.shopper().signs_up();
    let annie = Comer::signed_in(&shop, "annie@example.com", PASSWORD);
    let (token, guest, before) = (annie.token(), Comer::guest(&shop), of_bob(&shop));
    let (mut tried, mut unnamed) = (0, vec![]);
    for door in
        app::doors().iter().filter(|door| door.path.contains('{') && !door.path.starts_with("/admin") && door.access != Access::OwnKey)
    {
        let Some((_, of)) = NAMED.iter().find(|(begins, _)| door.path.starts_with(begins)) else {
            unnamed.push(format!("{} {}", door.method, door.path));
            continue;
        };
        if !matches!(of, Of::Holder | Of::Bob) {
            continue;
        }
        let path = of_bob_s(&shop, door.path, &number);
        for comer in [&annie, &guest] {
            let answer = match door.method.as_str() {
                "GET" => comer.ask(Method::GET, &path),
                _ if comer.cookie.is_empty() => comer.send(&path, &[]),
                _ => comer.send(&path, &[&[("csrf", token.as_str())], FIELDS].concat()),
            };
            let answer = follows_a_mailed_link(comer, answer);
            tried += 1;
            let (status, led) = (answer.status().as_u16(), answer.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or(""));
            let asked_to_sign_in = status == 303 && led.starts_with("/sign-in");
            let led = led.to_owned();
            // Whoever has no right link may be told that it is old, or what else was wrong with the form.
            let is_refused = status == 404 || (*of == Of::Holder && (400..500).contains(&status));
            // What is not theirs is not there, so nothing is left to be taken away; that nothing was, is seen at the end.
            let takes_away = ["/end", "/deletion", "/removal", "/{item}/cart"].iter().any(|end| door.path.ends_with(end));
            let is_as_if_done = door.method.as_str() == "POST" && takes_away && status == 303;
            assert!(is_refused || is_as_if_done || asked_to_sign_in || status == 401, "{} {path}: {status} {led}", door.method);
            let text = answer.text().unwrap();
            assert!(!text.contains("bob@example.com") && !text.contains("Corve Street"), "{path} tells of Bob");
        }
    }
    assert!(unnamed.is_empty(), "whose is what these name? Say it in NAMED:\n{}", unnamed.join("\n"));
    assert!(tried > 30, "{tried}");
    assert_eq!(before, of_bob(&shop), "nothing of Bob's changed");
}
