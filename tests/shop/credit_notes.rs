//! Credit notes and further invoices: what came back by its lines, what an edit changed, and words that customers may read.

use crate::harness::{Shop, Shopper, Staff};

/// Three hammers and a saw, paid. Gives the order's number.
fn bought(shop: &Shop, annie: &mut Shopper) -> String {
    let hammer = shop.product("Claw hammer").price("9.99").stock(10).put_up();
    let saw = shop.product("Saw").price("25.00").stock(5).put_up();
    annie.adds_to_cart(&hammer, 3);
    annie.adds_to_cart(&saw, 1);
    let number = annie.buys();
    shop.works_within(30);
    number
}

/// Kind, total and tax of every paper, in the order in which they were issued.
fn papers(shop: &Shop) -> String {
    shop.first("SELECT string_agg(format('%s %s %s', kind, total, tax_total), ', ' ORDER BY id) FROM invoices")
}

fn is_gapless(shop: &Shop) -> bool {
    shop.count("SELECT count(*) FROM (SELECT series FROM invoices GROUP BY series HAVING max(number) <> count(*)) gaps") == 0
}

fn edits(owner: &mut Staff, number: &str, changes: &[(&str, &str)]) {
    owner.visits(&format!("/admin/orders/{number}/edit"));
    owner.browser.submit("See the new total", changes);
    owner.browser.submit("Yes, change the order", &[]).must_say("The order is changed");
}

/// The name of a line's field on the edit page.
fn field(shop: &Shop, sku: &str) -> String {
    format!("quantity-{}", shop.first(&format!("SELECT id FROM order_lines WHERE sku = '{sku}' ORDER BY id DESC")))
}

#[test]
fn what_came_back_stands_on_its_credit_note_with_its_tax_and_its_parts_add_up() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let number = bought(&shop, &mut annie);
    owner.ships(&number, "AB1");
    let hammer = shop.first("SELECT id FROM order_lines WHERE sku = 'CLAW-HAMMER'");
    for units in ["1", "2"] {
        owner.visits(&format!("/admin/orders/{number}/returns/new"));
        owner.browser.submit("Open the return", &[("quantity", units), ("reason", "damaged")]);
        owner.browser.submit("Note what came back", &[("restocked", units), ("scrapped", "0")]);
        owner.browser.submit("Yes, note it", &[]);
        owner.browser.follow("Give it back");
        owner.browser.submit("Settle the return", &[]);
        shop.works_within(30);
    }
    let lines = "SELECT string_agg(format('%s × %s %s %s', line ->> 'quantity', line ->> 'sku', line ->> 'total',
        line -> 'taxes' -> 0 ->> 'amount'), ', ' ORDER BY id) FROM invoices, jsonb_array_elements(paper -> 'lines') line
        WHERE kind = 'credit_note'";
    assert_eq!(shop.first(lines), "1 × CLAW-HAMMER 999 167, 2 × CLAW-HAMMER 1998 333");
    let tax = shop.count(&format!("SELECT sum(amount) FROM order_tax_lines WHERE order_line_id = {hammer}"));
    assert_eq!(shop.count("SELECT sum(tax_total) FROM invoices WHERE kind = 'credit_note'"), tax);
    assert_eq!(shop.count("SELECT count(*) FROM invoices WHERE cause = 'return' AND return_id IS NOT NULL"), 2);
    let rma = shop.first("SELECT number FROM returns ORDER BY id DESC");
    owner.visits(&format!("/admin/invoices/{}", shop.first("SELECT max(id) FROM invoices"))).must_say(&rma);
    let rest = shop.count("SELECT sum(captured - refunded) FROM payment_attempts");
    owner.refunds(&number, &format!("{}.{:02}", rest / 100, rest % 100));
    shop.works_within(30);
    let left = |what: &str| shop.count(&format!("SELECT sum(CASE kind WHEN 'invoice' THEN {what} ELSE -{what} END) FROM invoices"));
    assert_eq!((left("total"), left("tax_total")), (0, 0), "all of it is given back, and so is all of its tax: {}", papers(&shop));
    assert!(is_gapless(&shop));
}

#[test]
fn staff_s_own_reason_stays_with_staff_and_the_customer_reads_the_other_one() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let number = bought(&shop, &mut annie);
    owner.opens_order(&number);
    owner.browser.submit("Refund", &[("amount", "1.00"), ("reason", "Complains every week"), ("told", "For the scratch")]);
    owner.browser.submit("Give back", &[]);
    shop.works_within(30);
    owner.opens_order(&number).must_say("Complains every week");
    let noted = "SELECT paper::text FROM invoices WHERE kind = 'credit_note' ORDER BY id DESC";
    assert!(shop.first(noted).contains("For the scratch"));
    owner.refunds(&number, "2.00");
    shop.works_within(30);
    assert!(shop.first(noted).contains(&format!("Refund for order {number}")) || shop.first(noted).contains("For the scratch"));
    assert_eq!(shop.count("SELECT count(*) FROM invoices WHERE paper::text LIKE '%Complains%'"), 0);
    assert!(!annie.visits(&annie_s(&shop)).says("Complains"));
}

fn annie_s(shop: &Shop) -> String {
    format!("/orders/{}?token={}", shop.first("SELECT number FROM orders"), shop.first("SELECT token FROM orders"))
}

#[test]
fn an_edit_that_takes_something_out_is_credited_by_its_lines() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let number = bought(&shop, &mut annie);
    let before = papers(&shop);
    let hammers = field(&shop, "CLAW-HAMMER");
    edits(&mut owner, &number, &[(&hammers, "1")]);
    shop.works_within(30);
    assert_eq!(papers(&shop), format!("{before}, credit_note 1998 333"));
    assert_eq!(shop.first("SELECT paper -> 'lines' -> 0 ->> 'sku' FROM invoices WHERE cause = 'edit'"), "CLAW-HAMMER");
    shop.jobs_become_due();
    shop.works_within(30);
    assert_eq!(papers(&shop), format!("{before}, credit_note 1998 333"), "told twice, issued once");
    owner.cancels(&number, "Changed my mind");
    shop.works_within(30);
    assert_eq!(
        shop.count("SELECT sum(CASE kind WHEN 'invoice' THEN total ELSE -total END) FROM invoices"),
        0,
        "a cancelled order is taken back as a whole: {}",
        papers(&shop)
    );
    let report = shop.examination();
    assert!(report.is_clean(), "{report}");
}

#[test]
fn an_edit_that_puts_something_in_takes_the_invoice_back_and_issues_another() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let number = bought(&shop, &mut annie);
    let invoice = shop.count("SELECT total FROM invoices");
    let saws = field(&shop, "SAW");
    edits(&mut owner, &number, &[(&saws, "2")]);
    shop.works_within(30);
    let totals = "SELECT string_agg(kind || ' ' || total, ', ' ORDER BY id) FROM invoices";
    assert_eq!(shop.first(totals), format!("invoice {invoice}, credit_note {invoice}, invoice {}", invoice + 2500));
    assert!(is_gapless(&shop));
    annie.visits(&annie_s(&shop));
    assert_eq!(annie.page().texts_of("#papers ~ ul a").len(), 3, "{}", annie.page().text());
    let last = shop.first("SELECT formatted FROM invoices WHERE kind = 'invoice' ORDER BY id DESC");
    annie.browser.follow(&last).must_say(&last);
}

#[test]
fn an_edit_after_a_refund_writes_all_anew_and_credits_the_refund_again() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let number = bought(&shop, &mut annie);
    let invoice = shop.count("SELECT total FROM invoices");
    owner.refunds(&number, "5.00");
    shop.works_within(30);
    let saws = field(&shop, "SAW");
    edits(&mut owner, &number, &[(&saws, "2")]);
    shop.works_within(30);
    let totals = "SELECT string_agg(kind || ' ' || total, ', ' ORDER BY id) FROM invoices";
    let (rest, anew) = (invoice - 500, invoice + 2500);
    assert_eq!(shop.first(totals), format!("invoice {invoice}, credit_note 500, credit_note {rest}, invoice {anew}, credit_note 500"));
}

#[test]
fn an_order_has_no_second_invoice_while_the_first_stands() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    bought(&shop, &mut annie);
    let again = "INSERT INTO invoices (kind, series, number, formatted, order_id, order_number, buyer, currency, tax_total, total, issued_at, paper)
        SELECT kind, series, number + 1, formatted || 'b', order_id, order_number, buyer, currency, tax_total, total, issued_at, paper FROM invoices";
    let refused = shop.block_on(shop.db.write(move |conn| {
        use diesel::connection::SimpleConnection;
        Ok(conn.batch_execute(again)?)
    }));
    assert!(refused.is_err());
}
