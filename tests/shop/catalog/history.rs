//! What was done to products, and the way back; two who edit at once; many changed in one go.

use crate::harness::{Shop, Staff};

fn id_of(shop: &Shop, slug: &str) -> i64 {
    shop.count(&format!("SELECT id FROM products WHERE slug = '{slug}'"))
}

fn edits<'a>(staff: &'a mut Staff, shop: &Shop, slug: &str, fields: &[(&str, &str)]) -> &'a crate::harness::Page {
    staff.visits(&format!("/admin/products/{}/edit", id_of(shop, slug)));
    staff.browser.submit("Save product", fields)
}

#[test]
fn a_change_is_noted_with_who_made_it_and_can_be_taken_back() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    edits(&mut owner, &shop, "claw-hammer", &[("title", "Framing hammer"), ("featured", "on")]).must_say("The product is saved");
    owner.browser.follow("History").must_say("Edited").must_say("Pat Pike").must_say("Framing hammer");
    owner.browser.follow("Take it back");
    owner.browser.submit("Take this change back", &[]).must_say("The change is taken back");
    shop.shopper().visits("/products/claw-hammer").must_say("Claw hammer");
    assert_eq!(shop.count("SELECT count(*) FROM products WHERE featured"), 0);
    owner.page().must_say("A change was taken back");
}

#[test]
fn what_was_changed_again_since_stays_and_is_told() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    edits(&mut owner, &shop, "claw-hammer", &[("title", "Second"), ("featured", "on")]);
    edits(&mut owner, &shop, "claw-hammer", &[("title", "Third")]);
    let first = shop.count("SELECT min(id) FROM product_revisions");
    owner.visits(&format!("/admin/products/{}/history/{first}", id_of(&shop, "claw-hammer")));
    owner.browser.submit("Take this change back", &[]).must_say("Name was changed again since");
    assert_eq!(shop.first("SELECT title || featured::text FROM products"), "Thirdfalse");
}

#[test]
fn a_product_is_put_back_to_what_it_was_and_told_what_can_not_be() {
    let shop = Shop::open();
    shop.product("Claw hammer").price("10.00").put_up();
    let mut owner = shop.owner();
    edits(&mut owner, &shop, "claw-hammer", &[("slug", "framing-hammer")]);
    owner.browser.follow("Edit CLAW-HAMMER");
    owner.browser.submit("Save variant", &[("price", "12.00")]);
    shop.product("Claw hammer").put_up_as("claw-hammer", "OTHER");
    let first = shop.count("SELECT min(id) FROM product_revisions");
    owner.visits(&format!("/admin/products/{}/history/{first}", id_of(&shop, "framing-hammer")));
    owner.browser.submit("Put the product back", &[]).must_say("Another product has the address claw-hammer now");
    shop.shopper().visits("/products/framing-hammer").must_say("£10.00");
}

#[test]
fn whoever_saves_second_is_told_what_the_first_changed_and_loses_nothing() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let (mut pat, id) = (shop.owner(), id_of(&shop, "claw-hammer"));
    let mut sam = shop.staff(ironmonger::web::Role::Staff);
    sam.visits(&format!("/admin/products/{id}/edit"));
    edits(&mut pat, &shop, "claw-hammer", &[("title", "Pat’s hammer")]).must_say("The product is saved");
    let page = sam.browser.submit("Save product", &[("vendor", "Sam & Sons"), ("tags", "steel")]);
    assert_eq!(page.status, 409);
    page.must_say("Somebody else changed this product").must_say("Pat’s hammer").must_say("Claw hammer");
    assert_eq!(page.attribute("#vendor", "value").as_deref(), Some("Sam & Sons"));
    assert_eq!(shop.first("SELECT title FROM products"), "Pat’s hammer", "nothing is saved yet");
    sam.browser.submit("Save product", &[]).must_say("The product is saved");
    assert_eq!(shop.first("SELECT title || ', ' || vendor FROM products"), "Claw hammer, Sam & Sons", "saved over it knowingly");
}

#[test]
fn who_saves_a_variant_second_is_told_the_firsts_price_and_saves_over_it_only_knowingly() {
    let shop = Shop::open();
    shop.product("Claw hammer").price("20.00").put_up();
    let (mut pat, mut sam) = (shop.owner(), shop.staff(ironmonger::web::Role::Staff));
    let form = format!("/admin/variants/{}/edit", shop.count("SELECT id FROM variants"));
    sam.visits(&form);
    pat.visits(&form);
    pat.browser.submit("Save variant", &[("price", "12.00")]).must_say("The variant is saved");
    let page = sam.browser.submit("Save variant", &[("barcode", "4006381333931")]);
    assert_eq!(page.status, 409);
    page.must_say("Somebody else has changed this meanwhile. It is now “12.00”");
    assert_eq!(page.attribute("#barcode", "value").as_deref(), Some("4006381333931"), "nothing typed is lost");
    assert_eq!(shop.first("SELECT price || ', ' || barcode AS text FROM variants"), "1200, ", "nothing is saved yet");
    sam.browser.submit("Save variant", &[("price", "12.00")]).must_say("The variant is saved");
    assert_eq!(shop.first("SELECT price || ', ' || barcode AS text FROM variants"), "1200, 4006381333931");
}

#[test]
fn who_saves_a_category_a_brand_or_a_page_second_is_told_what_the_first_changed() {
    let shop = Shop::open();
    shop.product("Claw hammer").category(&["Hammers"]).put_up();
    shop.meddle("INSERT INTO brands (slug, name) VALUES ('smith', 'Smith')");
    let (mut pat, mut sam) = (shop.owner(), shop.staff(ironmonger::web::Role::Staff));
    for (table, slug, rest, save, (field, first, second)) in [
        ("categories", "hammers", "/edit", "Save category", ("description", "For nails.", "For bashing.")),
        ("brands", "smith", "/edit", "Save brand", ("description", "Since 1851.", "Of Sheffield.")),
        ("pages", "about", "/edit", "Save page", ("title", "About Pat", "About Sam")),
    ] {
        let path = format!("/admin/{table}/{}{rest}", shop.count(&format!("SELECT id FROM {table} WHERE slug = '{slug}'")));
        sam.visits(&path);
        pat.visits(&path);
        pat.browser.submit(save, &[(field, first)]).must_say("saved");
        let page = sam.browser.submit(save, &[(field, second)]);
        assert_eq!(page.status, 409, "{table}");
        page.must_say(&format!("It is now “{first}”"));
        let stored = || shop.first(&format!("SELECT {field} AS text FROM {table} WHERE slug = '{slug}'"));
        assert_eq!(stored(), first, "nothing is saved yet");
        sam.browser.submit(save, &[]).must_say("saved");
        assert_eq!(stored(), second, "saved over it knowingly");
    }
}

#[test]
fn a_change_that_is_not_in_the_form_is_in_nobodys_way() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let (mut pat, mut sam) = (shop.owner(), shop.staff(ironmonger::web::Role::Staff));
    let id = id_of(&shop, "claw-hammer");
    sam.visits(&format!("/admin/products/{id}/edit"));
    pat.visits(&format!("/admin/products/{id}"));
    pat.browser.follow("Edit CLAW-HAMMER");
    pat.browser.submit("Save variant", &[("price", "12.00")]).must_say("The variant is saved");
    sam.browser.submit("Save product", &[("tags", "steel")]).must_say("The product is saved");
}

fn begins_bulk(owner: &mut Staff, list: &str, all: bool) {
    owner.visits(list);
    owner.browser.submit(if all { "Change all that match" } else { "Change the chosen ones" }, &[]);
}

#[test]
fn prices_of_all_that_match_fall_after_a_look_and_the_whole_is_taken_back_as_one() {
    let shop = Shop::open();
    for at in 1..=3 {
        shop.product(&format!("Hammer {at}")).price("20.00").category(&["Hammers"]).put_up();
    }
    shop.product("Hand saw").price("20.00").category(&["Saws"]).put_up();
    let mut owner = shop.owner();
    let category = shop.count("SELECT id FROM categories WHERE slug = 'hammers'");
    begins_bulk(&mut owner, &format!("/admin/products?category={category}"), true);
    owner.page().must_say("Change 3 products");
    let page = owner.browser.submit(
        "Show what becomes of them",
        &[("action", "price"), ("direction", "lower"), ("by", "12.5"), ("rounding", "ninety_nine"), ("keep_former", "on")],
    );
    page.must_say("£20.00").must_say("£17.99");
    assert_eq!(shop.count("SELECT count(*) FROM variants WHERE price = 2000"), 4, "a look changes nothing");
    owner.browser.submit("Change 3 products", &[]).must_say("It is being done");
    shop.works();
    assert_eq!(shop.count("SELECT count(*) FROM variants WHERE price = 1799 AND compare_at = 2000"), 3);
    assert_eq!(shop.count("SELECT count(*) FROM shelves WHERE kind = 'c' AND lowest = 1799"), 3, "lists are sorted by the new price");
    shop.shopper().visits("/products/hammer-1").must_say("£17.99");
    owner.visits(&format!("/admin/products/{}/history", id_of(&shop, "hammer-1"))).must_say("Part of a bulk edit");

    shop.meddle("UPDATE variants SET price = 1500 WHERE sku = 'HAMMER-2'");
    owner.visits("/admin/bulk-edits");
    owner.browser.follow("UTC").must_say("Done");
    owner.browser.submit("Take all of it back", &[]);
    shop.works();
    assert_eq!(shop.count("SELECT count(*) FROM variants WHERE price = 2000 AND compare_at IS NULL"), 3);
    owner.visits("/admin/bulk-edits");
    owner.browser.follow("UTC").must_say("Taken back").must_say("HAMMER-2, price was changed again since");
}

#[test]
fn a_bulk_edit_needs_products_and_something_to_do() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    begins_bulk(&mut owner, "/admin/products", false);
    owner.page().must_say("Select at least one product first");
    let id = id_of(&shop, "claw-hammer").to_string();
    owner.visits("/admin/products");
    owner.browser.submit("Change the chosen ones", &[("products", &id)]).must_say("Change 1 product");
    for (fields, field) in [
        ([("action", "price"), ("by", "")], "by"),
        ([("action", "price"), ("by", "-3")], "by"),
        ([("action", "add_category"), ("category", "")], "category"),
        ([("action", "add_tag"), ("tag", "a, b")], "tag"),
    ] {
        let page = owner.browser.submit("Show what becomes of them", &fields);
        assert_eq!(page.status, 422, "{fields:?}");
        assert!(page.has(&format!(".errors a[href='#{field}']")), "{fields:?}");
    }
    owner.browser.submit("Show what becomes of them", &[("action", "add_tag"), ("tag", "steel")]).must_say("Tags");
    owner.browser.submit("Change 1 product", &[]);
    shop.works();
    assert_eq!(shop.first("SELECT tags::text FROM products"), "{steel}");
}
