//! Mails: over SMTP to a stand-in of a mail server, and where staff read them.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::harness::{Shop, wired_to};

/// A mail server that keeps what it is given. `dropped` mails are taken whole and then the line goes dead before the answer.
#[derive(Clone)]
struct PostOffice {
    url: String,
    received: Arc<Mutex<Vec<String>>>,
    to_drop: Arc<AtomicUsize>,
    to_refuse: Arc<AtomicUsize>,
}

impl PostOffice {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let office = Self { url, received: Arc::default(), to_drop: Arc::default(), to_refuse: Arc::default() };
        let clerk = office.clone();
        thread::spawn(move || {
            for line in listener.incoming().flatten() {
                let clerk = clerk.clone();
                thread::spawn(move || clerk.talk(line));
            }
        });
        office
    }

    fn talk(&self, line: TcpStream) -> Option<()> {
        let mut out = line.try_clone().ok()?;
        let mut input = BufReader::new(line).lines();
        let mut say = |text: &str| out.write_all(format!("{text}\r\n").as_bytes()).ok();
        say("220 post office")?;
        while let Some(Ok(command)) = input.next() {
            match command.get(..4).unwrap_or_default().to_uppercase().as_str() {
                "RCPT" if take_one(&self.to_refuse) => say("451 <annie@example.com> annie: come back later")?,
                "DATA" => {
                    say("354 go on")?;
                    let lines: Vec<_> = input.by_ref().map_while(Result::ok).take_while(|line| line != ".").collect();
                    self.received.lock().unwrap().push(lines.join("\n"));
                    if take_one(&self.to_drop) {
                        return None;
                    }
                    say("250 taken")?;
                }
                "QUIT" => return say("221 bye"),
                _ => say("250 ok")?,
            }
        }
        Some(())
    }

    fn mails(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }
}

fn take_one(count: &AtomicUsize) -> bool {
    count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    mail.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_else(|| panic!("no {name} in\n{mail}"))
}

/// An order by bank transfer, whose confirmation waits to be sent; gives its number.
fn with_a_mail_to_send(shop: &Shop) -> String {
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    annie.orders_by("manual");
    annie.order_number()
}

/// The worker does its work with a way to this mail server. (lettre's pool lives and dies on the worker's runtime.)
fn work_with(shop: &Shop, smtp_url: &str) -> usize {
    shop.block_on(async { wired_to(&shop.db, &shop.url, shop.folder(), Some(smtp_url)).worker().drain().await }).unwrap()
}

#[test]
fn a_mail_goes_to_the_mail_server_as_text_and_html() {
    let shop = Shop::open();
    let office = PostOffice::open();
    let number = with_a_mail_to_send(&shop);
    work_with(&shop, &office.url);
    let mails = office.mails();
    assert_eq!(mails.len(), 1);
    assert!(header(&mails[0], "To").contains("annie@example.com"));
    assert!(header(&mails[0], "From").contains("counter@harrowandpike.example"));
    assert!(header(&mails[0], "Subject").contains(&number));
    for part in ["multipart/alternative", "text/plain", "text/html"] {
        assert!(mails[0].contains(part), "{part}");
    }
    assert_eq!(work_with(&shop, &office.url), 0, "it is sent");
}

#[test]
fn a_mail_whose_receipt_got_lost_goes_out_again_under_the_same_id() {
    let shop = Shop::open();
    let office = PostOffice::open();
    office.to_drop.store(1, Ordering::SeqCst);
    with_a_mail_to_send(&shop);
    work_with(&shop, &office.url);
    assert_eq!(shop.count("SELECT count(*) FROM mails WHERE sent_at IS NULL AND last_error <> ''"), 1);
    shop.jobs_become_due();
    work_with(&shop, &office.url);
    let mails = office.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(header(&mails[0], "Message-ID"), header(&mails[1], "Message-ID"));
    assert_eq!(shop.count("SELECT count(*) FROM mails WHERE sent_at IS NOT NULL AND last_error IS NULL"), 1);
}

#[test]
fn orders_go_on_while_the_mail_server_is_down_and_their_mails_follow_later() {
    let shop = Shop::open();
    let office = PostOffice::open();
    office.to_refuse.store(1, Ordering::SeqCst);
    with_a_mail_to_send(&shop);
    let nowhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    work_with(&shop, &format!("smtp://{nowhere}"));
    shop.jobs_become_due();
    work_with(&shop, &office.url);
    assert!(office.mails().is_empty());
    let mut owner = shop.owner();
    owner.visits("/admin/mails");
    owner.browser.follow("Your order").must_say("The last attempt failed").must_say("come back later");

    let failed = shop.first("SELECT last_error FROM jobs WHERE kind = 'deliver_mail' AND last_error IS NOT NULL");
    assert!(failed.contains("it answered 451") && !failed.contains("annie"), "the recipient is named on the mail's page alone: {failed}");

    shop.jobs_become_due();
    work_with(&shop, &office.url);
    assert_eq!(office.mails().len(), 1);
    assert!(!owner.visits("/admin/mails").says("failed"));
}

#[test]
fn staff_see_what_was_sent_and_its_html_can_do_nothing() {
    let shop = Shop::open();
    let number = with_a_mail_to_send(&shop);
    shop.works();
    let mut owner = shop.owner();
    owner.visits("/admin/mails").must_say("annie@example.com").must_say(&number);
    owner.browser.follow("Your order").must_say("Claw hammer").must_say(&format!("Order {number}"));
    let frame = owner.page().attribute("iframe", "src").unwrap();
    assert!(owner.page().has("iframe[sandbox]"));
    let page = owner.visits(&frame);
    page.must_say("Claw hammer").must_say("£13.95");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("sandbox") && policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    assert!(policy.contains("frame-ancestors 'self'"), "the mail's own page frames it, and nobody else: {policy}");
    assert_eq!(shop.shopper().visits(&frame).url.path(), "/sign-in", "not for strangers");
}

#[test]
fn what_a_customer_typed_stands_in_a_mail_as_words_and_not_as_markup_or_headers() {
    let shop = Shop::open();
    let hammer = shop.product("Claw <b>hammer</b> & \"friend\"").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.goes_to_checkout();
    annie.gives_address(&[("name", "<script>alert(1)</script>"), ("line1", "1 High Street <img src=x>")]);
    annie.chooses_delivery();
    annie.checks_the_order();
    annie.orders_by("manual");
    assert!(!annie.page().has("script") && !annie.page().has("b"), "{}", annie.page().body);
    let mails = shop.mails();
    let html = mails[0].text.split("text/html").nth(1).unwrap();
    assert!(!html.contains("<script") && !html.contains("<img src=x") && !html.contains("<b>hammer"), "{html}");
    assert!(mails[0].text.contains("Claw <b>hammer</b> & \"friend\""), "the plain text says it as it is");
}
