//! Nothing that staff do goes unrecorded: every form of the back office is sent, and what is written is looked at where it is written.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ironmonger::{app, web::Door};

use crate::harness::{Form, Page, Shop, Staff};

/// Tables that doors of the staff write and whose changes `audit_change` does not tell, because something else does.
const OWN_RECORD: &[(&str, &str)] = &[
    ("account_links", "ways in, which end with what is done to the account, and that is told"),
    ("addresses", "the customer's; staff move them where accounts are merged, which is told of the accounts"),
    ("alerts", "the customer's; as addresses"),
    ("bulk_edits", "names who did what to how many, and keeps the revisions of each product"),
    ("bundle_takings", "follows from orders of bundles"),
    ("captures", "ledger of payments"),
    ("cart_lines", "what staff are about to order for somebody; the order's timeline tells who placed it"),
    ("carts", "as cart_lines"),
    ("catalog_chores", "work that follows from what was changed"),
    ("checkouts", "as cart_lines"),
    ("collection_feed", "work that follows from what was changed"),
    ("consents", "is itself a record that is only added to"),
    ("credit_entries", "ledger: who, when, why, and nothing of it can be changed"),
    ("credit_sendings", "names who sent a gift card where and when"),
    ("download_leftovers", "files that nothing names any more"),
    ("editions", "counts that something was changed"),
    ("exchange_problems", "what was told of the rows of a file"),
    ("exchange_runs", "names who brought or wrote out which file, with its report"),
    ("invoices", "papers, numbered and never changed"),
    ("jobs", "work that follows from what was done"),
    ("known_devices", "ways in, as account_links"),
    ("location_stock", "the sum of stock_movements"),
    ("mails", "the outbox keeps each mail as it went out"),
    ("moved_refunds", "ledger of payments"),
    ("number_series", "the next number"),
    ("order_discounts", "the order's timeline tells each change with who made it"),
    ("order_events", "the order's timeline itself: who, when, what"),
    ("order_fees", "as order_discounts"),
    ("order_lines", "as order_discounts"),
    ("order_tax_lines", "as order_discounts"),
    ("payment_attempts", "ledger of payments"),
    ("payment_events", "ledger of payments"),
    ("price_history", "is itself the record of prices, with who wrote them"),
    ("privacy_exports", "copies that end with the account"),
    ("product_attributes", "in product_revisions"),
    ("product_categories", "in product_revisions"),
    ("product_images", "in product_revisions"),
    ("product_ratings", "follows from reviews, which are told"),
    ("product_revisions", "is itself the record: who, when, before and after"),
    ("promotion_uses", "follows from orders"),
    ("receipts", "name who received what and when, and are not changed"),
    ("recovery_codes", "secrets; that they went is told of second_factors"),
    ("reservations", "stock that is set aside while somebody buys"),
    ("return_lines", "with returns, which are told"),
    ("sandbox_captures", "a provider that only pretends"),
    ("sandbox_faults", "a provider that only pretends"),
    ("sandbox_payments", "a provider that only pretends"),
    ("sandbox_refunds", "a provider that only pretends"),
    ("search_changes", "work that follows from what was changed"),
    ("search_feed", "work that follows from what was changed"),
    ("shelves", "follows from products and categories"),
    ("shipment_lines", "with shipments, which are told"),
    ("shipping_carrier_rates", "what carriers answered, kept for a while"),
    ("sign_ins", "a list of their own, with where and when and who ended them"),
    ("stock_movements", "ledger: who, when, why"),
    ("stocktake_lines", "name who counted"),
    ("stocktakes", "name who began and closed them"),
    ("together_due", "says whose neighbours are to be counted anew"),
    ("transfers", "name who moved what and when, and are not changed"),
    ("tries", "counts against guessing"),
    ("wishlist_items", "the customer's; as addresses"),
    ("wishlists", "the customer's; as addresses"),
];

/// Tables that no door of the staff writes.
const NOT_OF_STAFF: &[(&str, &str)] = &[
    ("audit_entries", "the record"),
    ("bought_together", "counted from orders by a job"),
    ("coupon_tries", "not used any more"),
    ("credit_tries", "not used any more"),
    ("search_terms", "what shoppers look for"),
    ("security_alarms", "told by a job"),
    ("security_counts", "counts of events"),
    ("subscribers", "who wants the newsletter says so"),
    ("together_orders", "counted from orders by a job"),
    ("together_pairs", "counted from orders by a job"),
    ("together_products", "counted from orders by a job"),
];

/// Forms that change nothing: a search is a form so that no name or address that is looked for stands in the browser's address.
const ONLY_LOOKING: &[&str] = &["/admin/searches/{list}"];

/// Notes every table that is written as part of an act of the staff.
const PROBE: &str = "
    CREATE TABLE probe (name TEXT PRIMARY KEY);
    CREATE FUNCTION probe() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF current_setting('ironmonger.act', true) <> '' THEN
            INSERT INTO probe VALUES (TG_TABLE_NAME) ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL;
    END $$;
    DO $$ DECLARE one regclass; BEGIN
        FOR one IN SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname NOT IN ('probe', 'audit_entries') LOOP
            EXECUTE format('CREATE TRIGGER probe AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION probe()', one);
        END LOOP;
    END $$";

const TABLES: &str = "SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname NOT IN ('probe', '__diesel_schema_migrations')
      AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'audit_change')";

fn is_in(list: &[(&str, &str)], table: &str) -> bool {
    list.iter().any(|(name, reason)| *name == table && reason.len() >= 5)
}

#[test]
fn every_table_is_followed_or_says_why_not() {
    let shop = Shop::open();
    let unfollowed = shop.first(TABLES);
    let silent: Vec<&str> = unfollowed.split(' ').filter(|table| !is_in(OWN_RECORD, table) && !is_in(NOT_OF_STAFF, table)).collect();
    assert!(silent.is_empty(), "follow these by audit_follow, or say here what records them: {silent:?}");
    let listed = OWN_RECORD.iter().chain(NOT_OF_STAFF).map(|(name, _)| *name);
    let stale: Vec<&str> = listed.filter(|name| !unfollowed.split(' ').any(|table| table == *name)).collect();
    assert!(stale.is_empty(), "these are followed, or gone: {stale:?}");
}

/// What is typed where a form leaves a field empty.
fn typed(name: &str, at: usize) -> String {
    let kinds = [
        ("email", format!("somebody{at}@example.com")),
        ("price", "5.00".to_owned()),
        ("amount", "5.00".to_owned()),
        ("rate", "20".to_owned()),
        ("percent", "10".to_owned()),
        ("quantity", "1".to_owned()),
        ("country", "GB".to_owned()),
        ("postcode", "SY8 1AE".to_owned()),
        ("path", format!("/products/former-{at}")),
        ("target", "/".to_owned()),
        ("sku", format!("SKU-{at}")),
        ("reason", "Asked for".to_owned()),
        ("body", "Some words".to_owned()),
        ("date", "2031-01-31".to_owned()),
        ("name", format!("Thing {at}")),
        ("title", format!("Thing {at}")),
        ("label", format!("Thing {at}")),
        ("note", "Some words".to_owned()),
        ("tag", format!("tag {at}")),
        ("words", format!("nail{at}, brad{at}")),
        ("query", format!("nail{at}")),
        ("line1", "3 Corve Street".to_owned()),
        ("city", "Ludlow".to_owned()),
    ];
    kinds.into_iter().find(|(part, _)| name.contains(part)).map_or_else(String::new, |(_, value)| value)
}

/// Takes something away, or shuts somebody out: tried after all the rest.
fn takes_away(door: &str) -> bool {
    let ends =
        ["deletion", "removal", "archival", "cancellation", "abandonment", "withdrawal", "disablement", "end", "blocking", "merging"];
    ends.iter().any(|end| door.ends_with(end)) || door.contains("privacy") || door.contains("merging")
}

/// The door behind an address, as it is declared.
fn door_of<'a>(doors: &'a [Door], method: &str, path: &str) -> Option<&'a Door> {
    let fits = |door: &&Door| {
        let (parts, asked): (Vec<&str>, Vec<&str>) = (door.path.split('/').collect(), path.split('/').collect());
        door.method.as_str() == method
            && parts.len() == asked.len()
            && parts.iter().zip(&asked).all(|(part, one)| part == one || part.starts_with('{'))
    };
    let mut found: Vec<&Door> = doors.iter().filter(fits).collect();
    found.sort_by_key(|door| door.path.matches('{').count());
    found.first().copied()
}

/// Somebody who goes through the whole back office and sends every form that there is.
struct Walker<'a> {
    shop: &'a Shop,
    staff: Staff,
    doors: Vec<Door>,
    pages: VecDeque<String>,
    seen: BTreeMap<&'static str, usize>,
    visited: BTreeSet<String>,
    /// By the door's path: where the form stands, and its action.
    forms: BTreeMap<&'static str, Vec<(String, String)>>,
    done: BTreeSet<&'static str>,
    unrecorded: Vec<String>,
}

impl Walker<'_> {
    /// What is at an address now. Unlike a browser of the tests it waits for no page in memory, of which the office has none.
    fn opens(&self, path: &str, fields: Option<&[(&str, &str)]>) -> Page {
        let request = self.staff.browser.request(if fields.is_some() { "POST" } else { "GET" }, path);
        let answer = match fields {
            Some(fields) => request.form(fields).send().unwrap(),
            None => request.send().unwrap(),
        };
        let (url, status, headers) = (answer.url().clone(), answer.status().as_u16(), answer.headers().clone());
        Page::new(url, status, headers, answer.text().unwrap_or_default())
    }

    fn looks_at(&mut self, page: &Page) {
        let here = page.url.path().to_owned();
        let (links, forms) = (page.addresses(), page.posted_forms());
        for form in forms {
            let action = form.action.split('?').next().unwrap_or_default().to_owned();
            if let Some(door) = door_of(&self.doors, "POST", &action).filter(|door| door.access.is_of_staff()) {
                let known = self.forms.entry(door.path).or_default();
                if known.len() < 2 && !known.iter().any(|(_, other)| *other == action) {
                    known.push((here.clone(), action));
                }
            }
        }
        for link in links.into_iter().filter(|link| link.starts_with("/admin")) {
            let path = link.split(['?', '#']).next().unwrap_or_default().to_owned();
            let Some(door) = door_of(&self.doors, "GET", &path) else { continue };
            let often = self.seen.entry(door.path).or_default();
            if *often < 2 && self.visited.insert(path.clone()) {
                *often += 1;
                self.pages.push_back(path);
            }
        }
    }

    fn walks(&mut self) {
        while let Some(path) = self.pages.pop_front() {
            let is_page = ![".csv", ".pdf", "/file"].iter().any(|end| path.ends_with(end));
            if is_page {
                let page = self.opens(&path, None);
                if page.status == 200 {
                    self.looks_at(&page);
                }
            }
        }
    }

    /// Sends one form of each door that was not gone through yet; says whether there was any.
    fn sends(&mut self, destructive: bool) -> bool {
        let waiting: Vec<_> =
            self.forms.iter().filter(|(door, _)| takes_away(door) == destructive && !self.done.contains(**door)).collect();
        let waiting: Vec<(&str, Vec<(String, String)>)> = waiting.into_iter().map(|(door, forms)| (*door, forms.clone())).collect();
        let before = self.done.len();
        for (at, (door, forms)) in waiting.into_iter().enumerate() {
            for (page, action) in forms {
                self.send_one(door, &page, &action, at);
            }
        }
        self.done.len() > before
    }

    fn send_one(&mut self, path: &str, page: &str, action: &str, at: usize) {
        let Some(door) = self.doors.iter().find(|door| door.path == path && door.method.as_str() == "POST").map(|door| door.path) else {
            return;
        };
        if self.done.contains(door) {
            return;
        }
        let forms = self.opens(page, None).posted_forms();
        let Some(Form { fields, .. }) = forms.into_iter().find(|form| form.action.split('?').next() == Some(action)) else { return };
        let fields: Vec<(String, String)> = fields
            .into_iter()
            .map(|(name, value)| if value.is_empty() { (name.clone(), typed(&name, at)) } else { (name, value) })
            .collect();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let sql = format!(
            "SELECT count(*) FROM audit_entries WHERE kind = 'act' AND door = 'POST {door}' AND actor = 'Pat Pike' AND actor_id IS NOT NULL
             AND address IS NOT NULL AND request_id IS NOT NULL"
        );
        let before = self.shop.count(&sql);
        let answer = self.opens(action, Some(&fields));
        if answer.url.path().starts_with("/sign-in") {
            // A proof is asked for again, or nobody is signed in any more: the form was not taken.
            self.staff = self.shop.owner();
            return;
        }
        if answer.status >= 400 {
            return;
        }
        self.looks_at(&answer);
        self.done.insert(door);
        if self.shop.count(&sql) == before && !ONLY_LOOKING.contains(&door) {
            self.unrecorded.push(format!("POST {door}"));
        }
    }
}

/// A shop in which most pages have something to show.
fn furnished() -> (Shop, Staff) {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").category(&["Hand tools"]).price("20.00").stock(20).put_up();
    shop.product("Butt hinge").options(&["Length"]).variant(&["75 mm"], 5).variant(&["100 mm"], 5).put_up();
    let mut annie = shop.shopper();
    annie.signs_up();
    annie.adds_to_cart(&hammer, 1);
    annie.buys();
    let mut guest = shop.shopper();
    guest.email = "bob@example.com".to_owned();
    guest.adds_to_cart(&hammer, 2);
    guest.reaches_payment();
    guest.orders_by("manual");
    shop.works();
    shop.meddle("INSERT INTO promotions (name, label, currency, action, percent) VALUES ('Spring', 'Spring', 'GBP', 'order_percent', 10)");
    let owner = shop.owner();
    (shop, owner)
}

#[test]
fn every_post_at_a_door_of_the_staff_leaves_an_entry_with_who_from_where_and_what() {
    let (shop, staff) = furnished();
    shop.meddle(PROBE);
    let mut walker = Walker {
        shop: &shop,
        staff,
        doors: app::doors(),
        pages: VecDeque::from(["/admin".to_owned()]),
        seen: BTreeMap::new(),
        visited: BTreeSet::new(),
        forms: BTreeMap::new(),
        done: BTreeSet::new(),
        unrecorded: vec![],
    };
    for destructive in [false, true] {
        for _ in 0..4 {
            walker.walks();
            if !walker.sends(destructive) {
                break;
            }
        }
    }
    let posts = walker.doors.iter().filter(|door| door.method.as_str() == "POST" && door.access.is_of_staff());
    let missed: Vec<&str> = posts.map(|door| door.path).filter(|path| !walker.done.contains(path)).collect();
    println!("{} doors gone through, {} not: {missed:#?}", walker.done.len(), missed.len());
    assert!(walker.unrecorded.is_empty(), "{:?}", walker.unrecorded);
    assert!(walker.done.len() >= 90, "{}", walker.done.len());
    let written = shop.first("SELECT string_agg(name, ' ' ORDER BY name) FROM probe");
    println!("written: {written}");
    let unfollowed = shop.first(TABLES);
    let silent: Vec<&str> =
        written.split(' ').filter(|table| unfollowed.split(' ').any(|one| one == *table) && !is_in(OWN_RECORD, table)).collect();
    assert!(silent.is_empty(), "staff write these and nothing tells of it: {silent:?}");
}
