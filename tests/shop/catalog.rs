//! Products and categories made by the forms of the back office, and what they do in the shop.

mod declared;
mod history;

use crate::harness::{Page, Shop, Staff};

/// What stands beside the field.
fn problem(page: &Page, field: &str) -> String {
    assert_eq!(page.status, 422, "{}", page.text());
    assert!(page.title().starts_with("Error: "), "{}", page.title());
    assert!(page.has(&format!(".errors a[href='#{field}']")), "the summary leads to {field}:\n{}", page.text());
    assert_eq!(page.attribute(&format!("#{field}"), "aria-invalid").as_deref(), Some("true"));
    page.text_of(&format!("#{field}-error"))
}

fn makes_product<'a>(owner: &'a mut Staff, fields: &[(&str, &str)]) -> &'a Page {
    owner.visits("/admin/products/new");
    owner.browser.submit("Save product", fields)
}

fn adds_variant<'a>(owner: &'a mut Staff, fields: &[(&str, &str)]) -> &'a Page {
    owner.browser.follow("New variant");
    owner.browser.submit("Save variant", fields)
}

#[test]
fn staff_make_a_product_with_options_and_it_is_sold() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/categories/new");
    owner.browser.submit("Save category", &[("name", "Hinges")]).must_say("The category is saved");
    let category = shop.count("SELECT id FROM categories WHERE slug = 'hinges'").to_string();
    let text = "<p>Solid brass.</p><script>alert(1)</script><p onclick='x()'>Made in <b>Bilston</b>.</p>";
    let fields = [
        ("title", "Butt hinge"),
        ("description", text),
        ("option1", "Length"),
        ("option2", "Finish"),
        ("status", "active"),
        ("featured", "on"),
        ("categories", &category),
    ];
    makes_product(&mut owner, &fields).must_say("The product is saved").must_say("no variant yet");
    assert_eq!(shop.shopper().visits("/products/butt-hinge").status, 404, "there is nothing to buy yet");

    let small = [("sku", "BH-75-B"), ("option1", "75 mm"), ("option2", "Brass"), ("price", "8.40"), ("weight_grams", "120")];
    adds_variant(&mut owner, &small).must_say("The variant is saved");
    let large = [("sku", "BH-100-S"), ("option1", "100 mm"), ("option2", "Steel"), ("price", "£11.20"), ("compare_at", "14.00")];
    adds_variant(&mut owner, &large).must_say("BH-100-S");
    owner.browser.follow("Stock of BH-75-B");
    owner.browser.submit("Save stock", &[("on_hand", "4")]);

    let mut annie = shop.shopper();
    annie.visits("/").must_say("Butt hinge");
    annie.visits("/categories/hinges").must_say("Butt hinge").must_say("£8.40");
    let page = annie.visits("/products/butt-hinge");
    page.must_say("Only 4 left").must_say("120 g").must_say("Bilston");
    assert!(!page.has("script:not([type='application/ld+json'])") && !page.body.contains("onclick"));
    annie.visits("/products/butt-hinge?o1=100+mm&o2=Steel").must_say("£14.00").must_say("Sold out");
    annie.adds_to_cart("/products/butt-hinge", 1).must_say("75 mm");
}

#[test]
fn an_address_that_is_taken_is_told_beside_its_field_and_every_answer_is_kept() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    let fields = [
        ("title", "Another hammer"),
        ("slug", "claw-hammer"),
        ("vendor", "Calder & Edge"),
        ("description", "<p>Two\n\nlines</p>"),
        ("featured", "on"),
    ];
    let page = makes_product(&mut owner, &fields);
    assert!(problem(page, "slug").contains("address"), "{}", page.text());
    for (field, typed) in [("title", "Another hammer"), ("slug", "claw-hammer"), ("vendor", "Calder & Edge")] {
        assert_eq!(page.attribute(&format!("#{field}"), "value").as_deref(), Some(typed));
    }
    assert!(page.has("#featured[checked]"));
    assert!(page.form("Save product").fields.contains(&("description".to_owned(), "<p>Two\n\nlines</p>".to_owned())));
}

#[test]
fn a_variant_s_mistakes_are_told_beside_their_fields() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    makes_product(&mut owner, &[("title", "Hand saw"), ("status", "active")]);
    let cases = [
        ([("sku", "CLAW-HAMMER"), ("price", "5.00"), ("compare_at", "")], "sku", "Another variant has this SKU"),
        ([("sku", "HS-1"), ("price", "5.00"), ("compare_at", "5.00")], "compare_at", "higher than the price"),
        ([("sku", "HS-1"), ("price", "5.00"), ("compare_at", "4.00")], "compare_at", "higher than the price"),
        ([("sku", "HS-1"), ("price", "five"), ("compare_at", "")], "price", "Enter"),
        ([("sku", "HS-1"), ("price", "-5"), ("compare_at", "")], "price", "Enter"),
        ([("sku", "HS-1"), ("price", "5.005"), ("compare_at", "")], "price", ""),
        ([("sku", "HS-1"), ("price", "99999999999999999999"), ("compare_at", "")], "price", ""),
        ([("sku", "HS-1"), ("price", "2000000000.00"), ("compare_at", "")], "price", ""),
        ([("sku", ""), ("price", "5.00"), ("compare_at", "")], "sku", "Enter the SKU"),
    ];
    let product = owner.page().url.path().to_owned();
    for (fields, field, said) in cases {
        owner.visits(&product);
        let page = adds_variant(&mut owner, &fields);
        assert_eq!(page.status, 422, "{fields:?}");
        assert!(problem(page, field).contains(said), "{fields:?}: {}", page.text());
        for (name, typed) in fields {
            assert_eq!(page.attribute(&format!("#{name}"), "value").as_deref(), Some(typed));
        }
    }
    assert_eq!(shop.count("SELECT count(*) FROM variants"), 1);
}

#[test]
fn two_variants_can_not_have_the_same_options() {
    let shop = Shop::open();
    shop.product("Hinge").options(&["Length"]).variant(&["75 mm"], 1).put_up();
    let mut owner = shop.owner();
    owner.visits("/admin/products");
    owner.browser.follow("Hinge");
    let page = adds_variant(&mut owner, &[("sku", "H-2"), ("option1", "75 mm"), ("price", "5")]);
    assert!(problem(page, "option1").contains("these options already"));
}

#[test]
fn an_archived_product_leaves_the_shop_but_not_the_orders() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").featured().category(&["Hand tools"]).put_up();
    let (mut annie, mut bob) = (shop.shopper(), shop.shopper());
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    bob.adds_to_cart(&hammer, 1);
    let mut owner = shop.owner();
    owner.visits("/admin/products");
    owner.browser.follow("Claw hammer");
    owner.browser.follow("Archive the product");
    owner.browser.submit("Archive the product", &[]).must_say("no longer for sale");

    assert_eq!(shop.shopper().visits(&hammer).status, 410);
    for path in ["/", "/categories/hand-tools", "/search?q=hammer"] {
        assert!(!annie.visits(path).has(&format!("main a[href='{hammer}']")), "{path}");
    }
    bob.visits("/cart").must_say("not sold any more");
    assert!(!bob.page().says("Go to checkout"));
    owner.opens_order(&number).must_say("Claw hammer");
    owner.ships(&number, "").must_say("Completed");
}

#[test]
fn an_archived_variant_can_be_brought_back() {
    let shop = Shop::open();
    let hinge = shop.product("Hinge").options(&["Length"]).variant(&["75 mm"], 1).variant(&["100 mm"], 1).put_up();
    let mut owner = shop.owner();
    owner.visits("/admin/products");
    owner.browser.follow("Hinge");
    owner.browser.submit("Archive HINGE-100-MM", &[]).must_say("no longer for sale");
    assert!(!shop.shopper().visits(&hinge).says("100 mm"));
    owner.browser.submit("Restore HINGE-100-MM", &[]).must_say("for sale again");
    shop.shopper().visits(&hinge).must_say("100 mm");
}

#[test]
fn a_product_that_gains_an_option_still_shows_and_sells_what_is_complete() {
    let shop = Shop::open();
    let hinge = shop.product("Hinge").options(&["Length"]).variant(&["75 mm"], 1).put_up();
    let mut owner = shop.owner();
    owner.visits("/admin/products");
    owner.browser.follow("Hinge");
    owner.browser.follow("Edit");
    owner.browser.submit("Save product", &[("option2", "Finish")]);
    let mut annie = shop.shopper();
    assert_eq!(annie.visits(&hinge).status, 200);
    owner.browser.follow("Edit HINGE-75-MM");
    owner.browser.submit("Save variant", &[("option2", "Brass")]).must_say("The variant is saved");
    annie.visits(&hinge).must_say("Brass");
    annie.adds_to_cart(&hinge, 1).must_say("Brass");
}

#[test]
fn categories_are_made_changed_and_deleted_unless_they_are_used() {
    let shop = Shop::open();
    shop.product("Claw hammer").category(&["Hand tools", "Hammers"]).put_up();
    let mut owner = shop.owner();
    owner.visits("/admin/categories/new");
    owner.browser.submit("Save category", &[("name", "Garden"), ("description", "For beds & borders")]);
    shop.shopper().visits("/categories/garden").must_say("For beds & borders").must_say("Nothing here just now");

    owner.browser.follow("Garden");
    owner.browser.submit("Save category", &[("name", "Garden tools"), ("slug", "garden-tools")]);
    let mut annie = shop.shopper();
    annie.visits("/categories/garden").must_say("Garden tools");
    assert!(annie.page().url.path().ends_with("/categories/garden-tools"), "the former address leads to the present one");

    owner.visits("/admin/categories");
    owner.browser.follow("Delete Garden tools");
    owner.browser.submit("Delete it", &[]).must_say("The category is deleted");
    for used in ["Delete Hammers", "Delete Hand tools"] {
        owner.visits("/admin/categories");
        owner.browser.follow(used);
        let page = owner.browser.submit("Delete it", &[]);
        assert!(!page.says("is deleted"), "{}", page.text());
    }
    assert_eq!(shop.count("SELECT count(*) FROM categories"), 2);
}

#[test]
fn two_categories_in_one_place_have_different_names_and_no_two_have_one_address() {
    let shop = Shop::open();
    shop.product("Claw hammer").category(&["Hand tools", "Hammers"]).put_up();
    let id = |slug: &str| shop.count(&format!("SELECT id FROM categories WHERE slug = '{slug}'")).to_string();
    let mut owner = shop.owner();
    owner.visits("/admin/categories/new");
    let page = owner.browser.submit("Save category", &[("name", "Hammers"), ("slug", "more-hammers"), ("parent_id", &id("hand-tools"))]);
    assert!(problem(page, "name").contains("of this name"));
    let page = owner.browser.submit("Save category", &[("name", "Mallets"), ("slug", "hammers")]);
    assert!(problem(page, "slug").contains("this address"));
}

#[test]
fn the_list_of_products_is_searched_by_name_maker_and_sku() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    shop.product("Hand saw").put_up();
    let mut owner = shop.owner();
    for (typed, found) in [("claw", true), ("CLAW-HAMMER", true), ("claw-ham", true), ("calder", true), ("plane", false)] {
        owner.visits("/admin/products");
        let page = owner.browser.submit("Filter", &[("q", typed)]);
        assert_eq!(page.has("table") && page.text_of("table").contains("Claw hammer"), found, "{typed}");
    }
    owner.page().must_say("No product fits");
    owner.visits("/admin/products?status=draft").must_say("No product fits");
    owner.visits("/admin/products?status=active").must_say("2 products");
}
