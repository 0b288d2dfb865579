//! Two people with the same form open: whoever saves second is told what the first has changed. Products, categories, brands and pages
//! have such tests of their own.

use crate::harness::{Shop, Staff};

/// One form: its page, its button, the field that somebody else changes meanwhile by SQL, what is typed, and where it is stored.
struct Form<'a> {
    path: String,
    save: &'a str,
    field: &'a str,
    meanwhile: &'a str,
    told: &'a str,
    typed: &'a str,
    stored: &'a str,
}

fn is_told_and_saves_knowingly(shop: &Shop, owner: &mut Staff, form: &Form<'_>) {
    owner.visits(&form.path);
    let before = shop.first(form.stored);
    shop.meddle(form.meanwhile);
    let page = owner.browser.submit(form.save, &[(form.field, form.typed)]);
    assert_eq!(page.status, 409, "{}", form.path);
    page.must_say(&format!("Somebody else has changed this meanwhile. It is now “{}”", form.told));
    assert!(![before.as_str(), form.typed].contains(&shop.first(form.stored).as_str()), "nothing is saved yet: {}", form.path);
    owner.browser.submit(form.save, &[]).must_say("saved");
    assert_eq!(shop.first(form.stored), form.typed, "saved over it knowingly: {}", form.path);
}

#[test]
fn who_saves_a_product_type_or_an_attribute_second_is_told_what_the_first_changed() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    shop.meddle(
        "INSERT INTO product_types (slug, name) VALUES ('hammer', 'Hammer');
         INSERT INTO attributes (product_type_id, code, name, kind) SELECT id, 'head', 'Head', 'choice' FROM product_types;
         INSERT INTO attribute_choices (attribute_id, position, value) SELECT id, 1, 'Steel' FROM attributes",
    );
    is_told_and_saves_knowingly(
        &shop,
        &mut owner,
        &Form {
            path: format!("/admin/product-types/{}/edit", shop.count("SELECT id FROM product_types")),
            save: "Save product type",
            field: "name",
            meanwhile: "UPDATE product_types SET name = 'Claw hammer'",
            told: "Claw hammer",
            typed: "Framing hammer",
            stored: "SELECT name AS text FROM product_types",
        },
    );
    let attribute = format!("/admin/attributes/{}/edit", shop.count("SELECT id FROM attributes"));
    is_told_and_saves_knowingly(
        &shop,
        &mut owner,
        &Form {
            path: attribute.clone(),
            save: "Save attribute",
            field: "name",
            meanwhile: "UPDATE attributes SET name = 'Head of it'",
            told: "Head of it",
            typed: "Head made of",
            stored: "SELECT name AS text FROM attributes",
        },
    );
    owner.visits(&attribute);
    shop.meddle("INSERT INTO attribute_choices (attribute_id, position, value) SELECT id, 2, 'Brass' FROM attributes");
    let page = owner.browser.submit("Save attribute", &[]);
    assert_eq!(page.status, 409);
    page.must_say("It is now “Steel, Brass”");
    assert_eq!(shop.count("SELECT count(*) FROM attribute_choices"), 2, "a choice that was not on the form is not lost");
}

#[test]
fn who_saves_a_collection_second_is_told_what_the_first_changed_and_of_its_rules_too() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    shop.meddle(
        "INSERT INTO collections (slug, title, shown, any_rule, asked_to) VALUES ('brass', 'Brass', true, false, 0);
         INSERT INTO collection_rules (collection_id, position, subject, text) SELECT id, 1, 'tag', 'brass' FROM collections",
    );
    let path = format!("/admin/collections/{}/edit", shop.count("SELECT id FROM collections"));
    is_told_and_saves_knowingly(
        &shop,
        &mut owner,
        &Form {
            path: path.clone(),
            save: "Save collection",
            field: "description",
            meanwhile: "UPDATE collections SET description = 'Solid.'",
            told: "Solid.",
            typed: "Solid and polished.",
            stored: "SELECT description AS text FROM collections",
        },
    );
    owner.visits(&path);
    shop.meddle("UPDATE collection_rules SET text = 'bronze'");
    let page = owner.browser.submit("Save collection", &[("title", "All in brass")]);
    assert_eq!(page.status, 409);
    page.must_say("bronze”");
    assert_eq!(shop.first("SELECT text FROM collection_rules"), "bronze", "the rule of the other is not lost");
}

#[test]
fn who_names_what_stands_beside_a_product_second_is_told_what_the_first_named() {
    let shop = Shop::open();
    for title in ["Claw hammer", "Hand saw", "Chisel"] {
        shop.product(title).put_up();
    }
    let id = |slug: &str| shop.count(&format!("SELECT id FROM products WHERE slug = '{slug}'"));
    let named = "SELECT string_agg(p.slug, ', ') AS text FROM related_products r JOIN products p ON p.id = r.related_id";
    let mut owner = shop.owner();
    owner.visits(&format!("/admin/products/{}/relations", id("claw-hammer")));
    shop.meddle(&format!(
        "INSERT INTO related_products (product_id, related_id, position, kind) VALUES ({}, {}, 0, 'related')",
        id("claw-hammer"),
        id("hand-saw")
    ));
    let page = owner.browser.submit("Save what stands beside it", &[("related", "chisel")]);
    assert_eq!(page.status, 409);
    page.must_say("It is now “hand-saw”");
    assert_eq!(shop.first(named), "hand-saw", "nothing is saved yet");
    owner.browser.submit("Save what stands beside it", &[]).must_say("is saved");
    assert_eq!(shop.first(named), "chisel", "saved over it knowingly");
}

#[test]
fn who_saves_a_price_list_or_a_promotion_second_is_told_what_the_first_changed() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    shop.meddle(
        "INSERT INTO price_lists (name, kind, currency, active) VALUES ('Winter', 'sale', 'GBP', true);
         INSERT INTO promotions (name, label, currency, action, percent) VALUES ('Spring', 'Spring', 'GBP', 'order_percent', 10)",
    );
    is_told_and_saves_knowingly(
        &shop,
        &mut owner,
        &Form {
            path: format!("/admin/price-lists/{}/edit", shop.count("SELECT id FROM price_lists")),
            save: "Save list",
            field: "name",
            meanwhile: "UPDATE price_lists SET name = 'Autumn'",
            told: "Autumn",
            typed: "Yule",
            stored: "SELECT name AS text FROM price_lists",
        },
    );
    is_told_and_saves_knowingly(
        &shop,
        &mut owner,
        &Form {
            path: format!("/admin/promotions/{}/edit", shop.count("SELECT id FROM promotions")),
            save: "Save promotion",
            field: "percent",
            meanwhile: "UPDATE promotions SET percent = 15",
            told: "15",
            typed: "20",
            stored: "SELECT trim_scale(percent)::text AS text FROM promotions",
        },
    );
}

#[test]
fn who_saves_the_tax_settings_or_a_rate_second_is_told_what_the_first_changed() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    shop.meddle(
        "UPDATE tax_settings SET vat_number = '';
         INSERT INTO tax_zones (name) VALUES ('Norway');
         INSERT INTO tax_zone_rates (zone_id, tax_class, label, rate)
         SELECT id, 'standard', 'Tax in Norway', 25 FROM tax_zones WHERE name = 'Norway'",
    );
    is_told_and_saves_knowingly(
        &shop,
        &mut owner,
        &Form {
            path: "/admin/tax/settings".into(),
            save: "Save tax settings",
            field: "vat_number",
            meanwhile: "UPDATE tax_settings SET vat_number = 'GB000000000'",
            told: "GB000000000",
            typed: "GB980780684",
            stored: "SELECT vat_number AS text FROM tax_settings",
        },
    );
    is_told_and_saves_knowingly(
        &shop,
        &mut owner,
        &Form {
            path: format!("/admin/tax/rates/{}/edit", shop.count("SELECT id FROM tax_zone_rates WHERE label = 'Tax in Norway'")),
            save: "Save rate",
            field: "label",
            meanwhile: "UPDATE tax_zone_rates SET label = 'MVA' WHERE label = 'Tax in Norway'",
            told: "MVA",
            typed: "MVA 25%",
            stored: "SELECT string_agg(label, '') AS text FROM tax_zone_rates WHERE rate = 25",
        },
    );
}
