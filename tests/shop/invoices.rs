//! Invoices: numbers without a gap, papers that never change, the same amounts on the page, in the PDF and in the export.

use chrono::NaiveDate;
use futures_util::future::join_all;
use ironmonger::{
    base::{Currency, Error, OrderId, Result},
    invoices::{self, Buyer, Charge, For, Invoice, LineTax, Paper, PaperLine, Payment, Seller},
    orders,
    settings::Address,
};

use crate::harness::{Shop, active_parts, read_pdf};

/// A paper of $24.99 at 10.75 % and $6.44 for delivery.
fn paper(order_number: &str) -> Paper {
    let day = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
    let address = |name: &str, country: &str| Address {
        name: name.to_owned(),
        line1: "3 Corve Street".into(),
        city: "Ludlow".into(),
        postcode: "SY8 1AE".into(),
        country: country.into(),
        ..Address::default()
    };
    Paper {
        seller: Seller {
            shop: "Corve Ironmongery".into(),
            address: address("Corve Ironmongery Ltd", "GB"),
            email: "shop@example.com".into(),
            vat_number: "GB123456789".into(),
            registration: "Company number 01234567".into(),
            ..Seller::default()
        },
        buyer: Buyer { address: address("<b>Annie</b> Preece", "US"), vat_number: "XI999".into(), ..Buyer::default() },
        delivery_address: Some(address("Bob Lacon", "US")),
        order_number: order_number.to_owned(),
        ordered_on: day,
        supplied_on: None,
        currency: Currency::parse("USD").unwrap(),
        includes_tax: false,
        lines: vec![PaperLine {
            title: "Claw hammer <script>alert(1)</script>".into(),
            options: "Ash, 16 oz".into(),
            sku: "HAM-16".into(),
            quantity: 1,
            unit_price: 2499,
            discounts: vec![],
            total: 2499,
            taxes: vec![LineTax { label: "Sales tax".into(), rate: "10.75".parse().unwrap(), amount: 269 }],
        }],
        delivery: Some(Charge { label: "Standard delivery".into(), price: 644, discounts: vec![], total: 644, taxes: vec![] }),
        fees: vec![],
        total: 3412,
        payments: vec![Payment { label: "Sandbox Pay".into(), amount: 3412, on: day }],
        notes: vec![],
        terms: String::new(),
    }
}

/// So many orders, bought one after the other.
fn ordered(shop: &Shop, many: usize) -> Vec<(OrderId, String)> {
    let hammer = shop.product("Claw hammer").stock(100).put_up();
    let order = |_| {
        let mut annie = shop.shopper();
        annie.adds_to_cart(&hammer, 1);
        let number = annie.buys();
        let found = number.clone();
        (shop.read(move |conn| orders::find_by_number(conn, &found)).id, number)
    };
    (0..many).map(order).collect()
}

/// The invoice of this order, even where the shop has issued one of its own.
fn issued(shop: &Shop, order: &(OrderId, String)) -> Invoice {
    let (id, paper) = (order.0, paper(&order.1));
    shop.write(move |conn| invoices::issue(conn, id, &paper))
}

#[test]
fn numbers_have_no_gap_though_many_are_issued_at_once_and_some_are_taken_back() {
    let shop = Shop::open();
    let orders = ordered(&shop, 20);
    let tries = orders.iter().enumerate().map(|(nth, (order, number))| {
        let (order, paper) = (*order, paper(number));
        shop.db.write(move |conn| {
            let invoice = invoices::issue(conn, order, &paper)?;
            if nth % 3 == 0 { Err(Error::Conflict("taken back".into())) } else { Ok(invoice.formatted) }
        })
    });
    let kept = shop.block_on(join_all(tries)).into_iter().filter(Result::is_ok).count();

    assert_eq!(kept, 13);
    assert_eq!(shop.count("SELECT count(*) FROM invoices"), 13);
    assert_eq!(shop.count("SELECT max(number) FROM invoices"), 13);
    assert_eq!(shop.count("SELECT count(*) FROM invoices a JOIN invoices b ON b.number > a.number AND b.issued_at < a.issued_at"), 0);
}

#[test]
fn an_order_has_one_invoice_however_often_it_is_asked_for() {
    let shop = Shop::open();
    let orders = ordered(&shop, 1);
    let year = shop.first("SELECT extract(year FROM now() AT TIME ZONE 'UTC')");
    let asked = (0..6).map(|_| {
        let (order, paper) = (orders[0].0, paper(&orders[0].1));
        shop.db.write(move |conn| {
            orders::lock(conn, order)?;
            invoices::issue(conn, order, &paper)
        })
    });
    for invoice in shop.block_on(join_all(asked)) {
        assert_eq!(invoice.unwrap().formatted, format!("INV-{year}-000001"));
    }
    assert_eq!(shop.count("SELECT next FROM number_series"), 2);
}

#[test]
fn what_was_issued_is_neither_changed_nor_deleted() {
    let shop = Shop::open();
    let orders = ordered(&shop, 1);
    issued(&shop, &orders[0]);
    for sql in ["UPDATE invoices SET total = 0", "DELETE FROM invoices", "TRUNCATE invoices CASCADE", "DELETE FROM orders"] {
        assert!(shop.tries_as_owner(sql).is_err(), "{sql}");
    }
    assert_eq!(shop.count("SELECT total FROM invoices"), 3412);
}

#[test]
fn a_number_that_would_leave_a_gap_is_refused_by_the_database() {
    let shop = Shop::open();
    let orders = ordered(&shop, 2);
    issued(&shop, &orders[0]);
    shop.meddle("UPDATE number_series SET next = 7");
    let (order, paper) = (orders[1].0, paper(&orders[1].1));
    assert!(shop.block_on(shop.db.write(move |conn| invoices::issue(conn, order, &paper))).is_err());
}

#[test]
fn a_new_prefix_or_a_new_year_begins_a_new_series() {
    let shop = Shop::open();
    let orders = ordered(&shop, 3);
    let year = shop.first("SELECT extract(year FROM now() AT TIME ZONE 'UTC')");
    assert_eq!(issued(&shop, &orders[0]).formatted, format!("INV-{year}-000001"));
    let mut owner = shop.owner();
    owner.visits("/admin/settings");
    owner.browser.submit("Save settings", &[("invoice_prefix", "r/{year}/")]).must_say("The settings are saved.");
    assert_eq!(issued(&shop, &orders[1]).formatted, format!("R/{year}/000001"));
    owner.visits("/admin/settings");
    owner.browser.submit("Save settings", &[("invoice_prefix", "INV-{year}-")]);
    assert_eq!(issued(&shop, &orders[2]).formatted, format!("INV-{year}-000002"));

    owner.visits("/admin/settings");
    for (prefix, mend) in [("CN-{year}-", "another beginning"), ("Ж", "letters, digits"), ("", "letters, digits")] {
        let page = owner.browser.submit("Save settings", &[("invoice_prefix", prefix)]);
        assert_eq!(page.status, 422, "{prefix}");
        page.must_say(mend);
    }
}

#[test]
fn credit_notes_give_back_no_more_than_was_charged_even_at_once() {
    let shop = Shop::open();
    let orders = ordered(&shop, 1);
    let invoice = issued(&shop, &orders[0]);
    let mut half = paper(&orders[0].1);
    half.delivery = None;
    half.lines[0].taxes.clear();
    half.total = 2499;
    let notes = (0..4).map(|_| {
        let (half, id) = (half.clone(), invoice.id);
        shop.db.write(move |conn| invoices::credit(conn, id, For::Refund, &half))
    });
    let notes = shop.block_on(join_all(notes));

    let given: Vec<_> = notes.iter().filter_map(|note| note.as_ref().ok()).collect();
    assert_eq!(given.len(), 1);
    assert_eq!(given[0].corrects.as_deref(), Some(invoice.formatted.as_str()));
    assert!(given[0].formatted.starts_with("CN-") && given[0].formatted.ends_with("-000001"));
    assert!(notes.iter().filter_map(|note| note.as_ref().err()).all(|error| matches!(error, Error::Conflict(_))));
    assert_eq!(shop.count("SELECT next FROM number_series WHERE series LIKE 'CN%'"), 2, "refused ones leave no gap");
    let (of, credit) = (orders[0].0, given[0].id);
    assert_eq!(shop.read(move |conn| invoices::of_order(conn, of)).len(), 2);
    let wrong = shop.block_on(shop.db.write(move |conn| invoices::credit(conn, credit, For::Refund, &half)));
    assert!(matches!(wrong, Err(Error::Conflict(_))), "a credit note is not credited: {wrong:?}");
}

#[test]
fn page_pdf_and_export_say_the_same_amounts() {
    let shop = Shop::open();
    let orders = ordered(&shop, 1);
    let invoice = issued(&shop, &orders[0]);
    let mut owner = shop.owner();
    owner.visits("/admin/invoices").must_say("$34.12");
    let page = owner.browser.follow(&invoice.formatted);
    for said in ["$34.12", "$24.99", "$2.69", "$6.44", "10.75%", "GB123456789", "Company number 01234567", "XI999", "$31.43"] {
        page.must_say(said);
    }
    page.must_say("Claw hammer <script>alert(1)</script>").must_say("<b>Annie</b> Preece").must_say("Bob Lacon");
    assert!(!page.has("script") && !page.has("b"));

    let printed = format!("{:?}", invoices::papers::invoice(&invoice, &invoice.paper));
    for said in ["$34.12", "$24.99", "$2.69", "$6.44", "10.75%", "$31.43", "Reverse"] {
        assert_eq!(printed.contains(said), said != "Reverse", "{said}");
    }
    let csv = owner.visits("/admin/invoices.csv?month=").text();
    assert!(csv.contains("10.75,24.99,2.69,34.12"), "{csv}");
}

#[test]
fn markup_in_a_pdf_is_words_and_nothing_in_it_does_anything() {
    let shop = Shop::open();
    let orders = ordered(&shop, 1);
    let (order, mut paper) = (orders[0].0, paper(&orders[0].1));
    paper.buyer.address.name = "<b>Annie</b> (Tj) ET << /JS (x) >> \\) Preece".to_owned();
    let pdf = invoices::pdf(&shop.write(move |conn| invoices::issue(conn, order, &paper))).unwrap();
    let told: String = read_pdf(&pdf).split_whitespace().collect();
    for words in ["<script>alert(1)</script>", "<b>Annie</b>(Tj)ET<</JS(x)>>\\)Preece"] {
        assert!(told.contains(words), "{words} is not among {told}");
    }
    assert_eq!(active_parts(&pdf), Vec::<&str>::new());
    assert_eq!(active_parts(b"1 0 obj << /OpenAction << /S /JavaScript /JS (x) >> >>"), ["/JavaScript", "/JS", "/OpenAction"]);
}

#[test]
fn a_pdf_is_served_to_staff_only_and_kept_nowhere() {
    let shop = Shop::open();
    let orders = ordered(&shop, 1);
    let invoice = issued(&shop, &orders[0]);
    let path = format!("{}/pdf", invoice.admin_path());
    let owner = shop.owner();
    let answer = owner.browser.request("GET", &path).send().unwrap();
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let name = format!("inline; filename=\"{}.pdf\"", invoice.formatted);
    assert_eq!(answer.headers()["content-disposition"], name.as_str());
    let bytes = answer.bytes().unwrap();
    assert!(bytes.starts_with(b"%PDF-1.7"));
    assert_eq!(bytes, invoices::pdf(&invoice).unwrap(), "the same bytes each time");

    let mut stranger = shop.browser();
    for path in [path.as_str(), "/admin/invoices", "/admin/invoices.csv", &invoice.admin_path()] {
        let page = stranger.get(path);
        assert_eq!(page.url.path(), "/sign-in", "{path}");
    }
}

#[test]
fn invoices_are_found_by_number_order_name_month_and_kind() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/invoices").must_say("No invoices yet");
    let orders = ordered(&shop, 2);
    let invoice = issued(&shop, &orders[0]);
    issued(&shop, &orders[1]);
    let month = invoice.issued_at.format("%Y-%m").to_string();
    let listed = |owner: &mut crate::harness::Staff, filled: &[(&str, &str)]| {
        owner.visits("/admin/invoices");
        owner.browser.submit("Filter", filled).texts_of("table tbody th a").len()
    };
    for (filled, count) in [
        (vec![], 2),
        (vec![("q", invoice.formatted.to_lowercase().as_str())], 1),
        (vec![("q", orders[1].1.as_str())], 1),
        (vec![("q", "<B>annie")], 2),
        (vec![("q", "%")], 0),
        (vec![("month", month.as_str())], 2),
        (vec![("month", "2001-01")], 0),
        (vec![("month", "nonsense")], 2),
        (vec![("kind", "credit_note")], 0),
        (vec![("kind", "invoice"), ("q", "INV")], 2),
    ] {
        assert_eq!(listed(&mut owner, &filled), count, "{filled:?}");
    }
}
