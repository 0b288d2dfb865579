//! What the owner says of the shop.

use crate::harness::Shop;

#[test]
fn what_the_owner_changes_is_shown_on_every_page_and_mail() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    owner.visits("/admin/settings");
    let changed = [
        ("name", "Pike & Daughters"),
        ("phone", "01584 999 111"),
        ("city", "Clun"),
        ("sender_name", "The counter"),
        ("bank_details", "Sort code 11-22-33"),
    ];
    owner.browser.submit("Save settings", &changed).must_say("saved");
    let mut annie = shop.shopper();
    let page = annie.visits("/");
    page.must_say("Pike & Daughters").must_say("01584 999 111").must_say("Clun");
    assert!(page.title().contains("Pike & Daughters"));
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    annie.orders_by("manual").must_say("Sort code 11-22-33");
    let mails = shop.mails();
    assert!(mails[0].text.contains("The counter") && mails[0].text.contains("Pike & Daughters") && mails[0].text.contains("11-22-33"));
}

#[test]
fn wrong_answers_are_told_and_kept_and_nothing_is_changed() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/settings");
    let wrong =
        [("name", " "), ("email", "counter"), ("currency", "POUNDS"), ("unpaid_minutes", "5"), ("low_stock", "few"), ("phone", "01584 1")];
    let page = owner.browser.submit("Save settings", &wrong);
    assert_eq!(page.status, 422);
    assert!(page.title().starts_with("Error: "));
    for (field, typed) in wrong {
        assert_eq!(page.attribute(&format!("#{field}"), "value").as_deref(), Some(typed), "{field}");
        assert_eq!(page.has(&format!("#{field}-error")), field != "phone", "{field}");
    }
    shop.shopper().visits("/").must_say("Harrow & Pike");
}

#[test]
fn the_currency_can_be_chosen_until_there_are_prices_in_it() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    // Delivery has prices from the start.
    shop.meddle("DELETE FROM shipping_rates");
    owner.visits("/admin/settings");
    owner.browser.submit("Save settings", &[("currency", "eur")]);
    assert_eq!(shop.first("SELECT currency FROM store"), "EUR");
    owner.browser.submit("Save settings", &[("currency", "GBP")]);
    shop.product("Claw hammer").put_up();
    owner.visits("/admin/settings");
    let page = owner.browser.submit("Save settings", &[("currency", "EUR")]);
    assert_eq!(page.status, 422);
    assert!(page.text_of("#currency-error").contains("can't be changed"), "{}", page.text());
    assert_eq!(shop.first("SELECT currency FROM store"), "GBP");
}

#[test]
fn the_time_to_pay_is_the_owner_s_to_set() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    owner.visits("/admin/settings");
    owner.browser.submit("Save settings", &[("unpaid_minutes", "30")]);
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    annie.orders_by("sandbox");
    assert_eq!(shop.count("SELECT round(extract(epoch FROM pay_before - placed_at) / 60) FROM orders"), 30);
    assert_eq!(shop.count("SELECT count(*) FROM jobs WHERE kind = 'expire_order' AND run_at > now() + interval '29 minutes'"), 1);
}

#[test]
fn every_change_of_the_rules_makes_a_new_edition_and_a_counted_use_does_not() {
    let shop = Shop::open();
    let edition = || shop.first("SELECT edition FROM editions");
    let rules = [
        "store",
        "tax_classes",
        "tax_settings",
        "tax_zones",
        "tax_areas",
        "tax_zone_rates",
        "shipping_zones",
        "shipping_methods",
        "shipping_tariffs",
        "shipping_rates",
        "shipping_surcharges",
        "price_lists",
        "customer_groups",
        "promotions",
        "promotion_conditions",
    ];
    for table in rules {
        let before = edition();
        shop.meddle(&format!("DELETE FROM {table} WHERE false"));
        assert_ne!(edition(), before, "{table}");
    }
    for change in
        ["UPDATE promotions SET active = active", "UPDATE promotions SET max_uses = max_uses", "UPDATE categories SET name = name"]
    {
        let before = edition();
        shop.meddle(change);
        assert_ne!(edition(), before, "{change}");
    }
    let before = edition();
    shop.meddle("UPDATE promotions SET uses = uses");
    assert_eq!(edition(), before);
}
