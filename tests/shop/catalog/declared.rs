//! Product types, attributes, brands, deep categories, schedules, redirects, and many variants.

use crate::harness::{Page, Shop, Staff};

fn saves_type(owner: &mut Staff, name: &str) {
    owner.visits("/admin/product-types/new");
    owner.browser.submit("Save product type", &[("name", name)]).must_say("The product type is saved");
}

fn adds_attribute<'a>(owner: &'a mut Staff, fields: &[(&str, &str)]) -> &'a Page {
    owner.browser.follow("New attribute");
    owner.browser.submit("Save attribute", fields)
}

fn id(shop: &Shop, sql: &str) -> String {
    shop.count(&format!("SELECT id FROM {sql}")).to_string()
}

#[test]
fn a_type_declares_attributes_and_its_products_show_them_as_a_specification() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    saves_type(&mut owner, "Hammer");
    adds_attribute(&mut owner, &[("name", "Head weight"), ("kind", "number"), ("unit", "g")]).must_say("The attribute is saved");
    adds_attribute(&mut owner, &[("name", "Magnetic"), ("kind", "boolean"), ("position", "2")]);
    adds_attribute(&mut owner, &[("name", "Handle"), ("kind", "choice"), ("choice_value", "Ash"), ("position", "1")]).must_say("Ash");
    let weight = id(&shop, "attributes WHERE code = 'head_weight'");
    owner.visits(&format!("/admin/products/{}/edit", id(&shop, "products")));
    owner.browser.submit("Show its attributes", &[("product_type", "Hammer"), ("title", "Framing hammer")]).must_say("Head weight, in g");
    assert_eq!(owner.page().attribute("#title", "value").as_deref(), Some("Framing hammer"), "what was typed is kept");
    let field = format!("#attribute-{weight}");
    assert!(owner.page().has(&field));
    let choice = format!("{}:{}", id(&shop, "attributes WHERE code = 'handle'"), id(&shop, "attribute_choices"));
    let page = owner.browser.submit("Save product", &[("value", "heavy"), ("choice", &choice)]);
    assert_eq!((page.status, page.has(&format!(".errors a[href='{field}']"))), (422, true), "{}", page.text());
    owner.browser.submit("Save product", &[("value", "450.50"), ("choice", &choice)]).must_say("The product is saved").must_say("450.5 g");
    let mut annie = shop.shopper();
    annie.visits("/products/claw-hammer").must_say("Specification").must_say("450.5 g").must_say("Ash");
    assert!(!annie.page().says("Magnetic"), "what is not said is not shown");
}

#[test]
fn a_choice_that_products_have_is_not_left_out_and_a_kind_stays() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    saves_type(&mut owner, "Hammer");
    adds_attribute(&mut owner, &[("name", "Handle"), ("kind", "choice"), ("choice_value", "Ash")]);
    shop.meddle(
        "INSERT INTO product_attributes (product_id, attribute_id, kind, choices)
         SELECT p.id, a.id, a.kind, ARRAY[c.id] FROM products p, attributes a, attribute_choices c",
    );
    owner.browser.follow("Handle");
    let page = owner.browser.submit("Save attribute", &[("choice_value", "")]);
    assert_eq!(page.status, 422);
    owner.visits(&format!("/admin/attributes/{}/edit", id(&shop, "attributes")));
    let page = owner.browser.submit("Save attribute", &[("kind", "text")]);
    assert!(page.status == 422, "{}", page.text());
    assert_eq!(shop.count("SELECT count(*) FROM attribute_choices"), 1);
}

#[test]
fn the_database_takes_only_a_value_of_the_attributes_kind() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    shop.meddle("INSERT INTO attributes (product_type_id, code, name, kind) SELECT id, 'weight', 'Weight', 'number' FROM product_types");
    for wrong in [
        "kind, text) SELECT p.id, a.id, 'number', 'x'",
        "kind, text) SELECT p.id, a.id, 'text', 'x'",
        "kind, number, boolean) SELECT p.id, a.id, 'number', 1, true",
        "kind, choices) SELECT p.id, a.id, 'choice', '{1}'",
    ] {
        let sql = format!("INSERT INTO product_attributes (product_id, attribute_id, {wrong} FROM products p, attributes a");
        let refused = shop.block_on(shop.db.write(move |conn| {
            use diesel::connection::SimpleConnection;
            Ok(conn.batch_execute(&sql)?)
        }));
        assert!(refused.is_err(), "{wrong}");
    }
}

#[test]
fn a_brand_is_made_of_its_name_has_a_page_and_takes_its_products_along_when_it_is_renamed() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    shop.product("Hand saw").put_up();
    assert_eq!(shop.count("SELECT count(*) FROM brands"), 1, "both are of Calder Edge");
    let mut annie = shop.shopper();
    annie.visits("/brands").must_say("Calder Edge");
    assert!(annie.page().attribute("link[rel=canonical]", "href").is_some_and(|address| address.ends_with("/brands")));
    assert!(annie.page().has("meta[name=description]") && annie.page().has("meta[property='og:url']"));
    annie.visits("/products/claw-hammer");
    annie.browser.follow("Calder Edge").must_say("Hand saw").must_say("2 products");
    let mut owner = shop.owner();
    owner.visits("/admin/brands");
    owner.browser.follow("Calder Edge");
    owner
        .browser
        .submit("Save brand", &[("name", "Calder & Sons"), ("slug", "calder-sons"), ("description", "Since 1902.\n\nIn Sheffield.")]);
    annie.visits("/brands/calder-edge").must_say("Since 1902.").must_say("In Sheffield.");
    assert!(annie.page().url.path().ends_with("/brands/calder-sons"), "the former address leads there");
    assert_eq!(shop.count("SELECT count(*) FROM products WHERE vendor = 'Calder & Sons'"), 2);
    owner.visits("/admin/brands");
    owner.browser.follow("Delete Calder");
    owner.browser.submit("Delete it", &[]).must_say("There are products of this brand");
}

#[test]
fn categories_go_as_deep_as_one_likes_but_never_into_themselves() {
    let shop = Shop::open();
    shop.product("Claw hammer").category(&["Hand tools", "Hammers", "Claw hammers", "Small ones"]).put_up();
    let mut annie = shop.shopper();
    let page = annie.visits("/categories/small-ones");
    assert_eq!(page.texts_of(".crumbs li"), ["Home", "Hand tools", "Hammers", "Claw hammers"]);
    for above in ["hand-tools", "hammers", "claw-hammers"] {
        annie.visits(&format!("/categories/{above}")).must_say("Claw hammer").must_say("1 product");
    }
    assert_eq!(annie.visits("/products/claw-hammer").texts_of(".crumbs li").len(), 5);
    let mut owner = shop.owner();
    owner.visits("/admin/categories");
    owner.browser.follow("Hammers");
    let small = id(&shop, "categories WHERE slug = 'small-ones'");
    let page = owner.browser.submit("Save category", &[("parent_id", &small)]);
    assert_eq!(page.status, 422);
    page.must_say("can't stand below itself");
    owner.browser.submit("Save category", &[("parent_id", "")]).must_say("The category is saved");
    assert_eq!(annie.visits("/categories/small-ones").texts_of(".crumbs li"), ["Home", "Hammers", "Claw hammers"]);
    annie.visits("/categories/hand-tools").must_say("Nothing here just now");
    annie.visits("/categories/hammers").must_say("1 product");
}

#[test]
fn a_product_is_on_sale_between_its_moments_and_by_itself() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").category(&["Hammers"]).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    shop.meddle("UPDATE products SET on_sale_from = now() + interval '1 hour'");
    assert_eq!(annie.visits(&hammer).status, 404, "nobody knows of it yet");
    annie.visits("/categories/hammers").must_say("Nothing here just now");
    annie.visits("/cart").must_say("not sold any more");
    shop.meddle("UPDATE products SET on_sale_from = now() - interval '1 hour'");
    annie.visits("/categories/hammers").must_say("Claw hammer");
    assert_eq!(annie.visits(&hammer).status, 200);
    shop.meddle("UPDATE products SET on_sale_until = now() - interval '1 minute'");
    assert_eq!(annie.visits(&hammer).status, 410);
    annie.page().must_say("not sold any more");
    let mut owner = shop.owner();
    owner.visits(&format!("/admin/products/{}/edit", id(&shop, "products")));
    let page = owner.browser.submit("Save product", &[("on_sale_from", "2026-12-01T09:00"), ("on_sale_until", "2026-11-01T09:00")]);
    assert!(page.has(".errors a[href='#on_sale_until']"), "{}", page.text());
}

#[test]
fn former_addresses_lead_to_the_present_one_at_once() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    for slug in ["second", "third"] {
        owner.visits(&format!("/admin/products/{}/edit", id(&shop, "products")));
        owner.browser.submit("Save product", &[("slug", slug)]).must_say("The product is saved");
    }
    let browser = shop.browser();
    for from in ["/products/claw-hammer", "/products/second", "/products/second/"] {
        let answer = browser.request("GET", &format!("{from}?o1=x")).header("accept", "text/html").send().unwrap();
        let to = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        let (status, to) =
            if answer.status() == 200 { (301, Some(answer.url().path().to_owned())) } else { (answer.status().as_u16(), to) };
        assert_eq!((status, to.unwrap_or_default().split('?').next()), (301, Some("/products/third")), "{from}");
    }
    shop.product("Claw hammer").put_up_as("claw-hammer", "NEW");
    shop.shopper().visits("/products/claw-hammer").must_say("Claw hammer");
    assert_eq!(shop.count("SELECT count(*) FROM redirects WHERE from_path = '/products/claw-hammer'"), 0, "what stands there wins");
}

#[test]
fn staff_add_redirects_which_are_collapsed_and_never_lead_in_a_circle() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    owner.visits("/admin/redirects").must_say("No redirects yet");
    let add = |owner: &mut Staff, from: &str, to: &str| {
        owner.visits("/admin/redirects");
        owner.browser.submit("Add redirect", &[("from_path", from), ("to_path", to)]).status
    };
    assert_eq!(add(&mut owner, "https://old.example/alter Hammer".trim_end_matches(" Hammer"), "/products/claw-hammer"), 200);
    assert_eq!(add(&mut owner, "/older", "/alter"), 200);
    assert_eq!(add(&mut owner, "/alter", "/elsewhere"), 422);
    assert_eq!(add(&mut owner, "/x", "/y"), 200);
    assert_eq!(add(&mut owner, "/y", "/x"), 422);
    assert_eq!(add(&mut owner, "no slash", "/x"), 422);
    assert_eq!(add(&mut owner, "/out", "//evil.example"), 422);
    shop.shopper().visits("/older").must_say("Claw hammer");
    assert_eq!(shop.count("SELECT count(*) FROM redirects WHERE product_id IS NOT NULL"), 2, "both follow the product wherever it moves");
    owner.visits("/admin/redirects?q=alt").must_say("1 redirect");
    owner.browser.submit("Remove /alter", &[]).must_say("The redirect is removed");
    assert_eq!(shop.shopper().visits("/alter").status, 404);
}

#[test]
fn all_combinations_are_made_at_once_changed_by_the_page_and_chosen_in_the_shop() {
    let shop = Shop::open();
    let hinge = shop.product("Hinge").options(&["Length", "Finish", "Pack"]).variant(&["1 mm", "Brass", "1"], 1).put_up();
    let mut owner = shop.owner();
    let product = id(&shop, "products");
    owner.visits(&format!("/admin/products/{product}"));
    owner.browser.follow("Options and combinations");
    let lengths: Vec<_> = (1..=40).map(|at| format!("{at} mm")).collect();
    let fields = [
        ("values1", lengths.join("\n")),
        ("values2", "Brass\nSteel\nNickel\nBlack\nRaw".to_owned()),
        ("values3", (1..=10).map(|at| format!("{at}")).collect::<Vec<_>>().join("\n")),
    ];
    let mut typed: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    typed.extend([("price", "4.00"), ("sku", "HINGE")]);
    owner.browser.submit("Make the missing ones", &typed).must_say("1999 variants are made");
    assert_eq!(shop.count("SELECT count(*) FROM variants"), 2000);
    owner.page().must_say("1–50 of 2000 variants");
    assert_eq!(owner.page().texts_of("tbody tr").len(), 50);
    let more: Vec<_> = typed.iter().map(|(name, value)| (*name, if *name == "values3" { "11" } else { *value })).collect();
    owner.visits(&format!("/admin/products/{product}/options"));
    let page = owner.browser.submit("Make the missing ones", &more);
    assert_eq!(page.status, 422);
    page.must_say("A product can have 2000");

    shop.meddle(
        "INSERT INTO stock (variant_id, on_hand) SELECT id, 5 FROM variants WHERE option_values[2] <> 'Raw' ON CONFLICT DO NOTHING",
    );
    let mut annie = shop.shopper();
    let page = annie.visits(&format!("{hinge}?o1=7+mm&o2=Steel&o3=3"));
    page.must_say("£4.00").must_say("Steel , chosen").must_say("Raw , sold out");
    assert!(page.body.len() < 40_000, "{} bytes", page.body.len());
    assert_eq!(annie.page().texts_of("select#o1 option").len(), 40, "many values are a list");
    annie.browser.submit("Choose the length", &[("o1", "9 mm")]).must_say("Steel , chosen");
    annie.browser.submit("Add to cart", &[]).must_say("9 mm · Steel · 3");

    owner.visits(&format!("/admin/products/{product}/variants/table?q=nickel"));
    owner.page().must_say("1–50 of 400 variants");
    owner.browser.submit("Save this page", &[("price", "5.50")]).must_say("One variant is changed");
    assert_eq!(shop.count("SELECT count(*) FROM variants WHERE price = 550"), 1);
    owner.visits(&format!("/admin/products/{product}/options"));
    owner.browser.submit("Save values", &[("is", "One millimetre")]).must_say("The values are saved");
    assert_eq!(shop.count("SELECT count(*) FROM variants WHERE option_values[1] = 'One millimetre'"), 50);
}

#[test]
fn a_page_of_variants_with_a_mistake_is_not_saved_and_says_which() {
    let shop = Shop::open();
    shop.product("Hinge").options(&["Length"]).variant(&["1 mm"], 1).variant(&["2 mm"], 1).put_up();
    let mut owner = shop.owner();
    owner.visits(&format!("/admin/products/{}/variants/table", id(&shop, "products")));
    let page = owner.browser.submit("Save this page", &[("sku", "HINGE-2-MM")]);
    assert_eq!(page.status, 422);
    page.must_say("Another variant has this SKU");
    let page = owner.browser.submit("Save this page", &[("sku", "A"), ("price", "dear")]);
    assert_eq!(page.status, 422);
    assert_eq!(shop.count("SELECT count(*) FROM variants WHERE sku = 'A'"), 0);
}

#[test]
fn a_price_that_a_colleague_changed_stays_when_another_row_of_an_older_table_is_saved() {
    let shop = Shop::open();
    shop.product("Hinge").options(&["Length"]).variant(&["1 mm"], 1).variant(&["2 mm"], 1).put_up();
    let mut owner = shop.owner();
    let table = format!("/admin/products/{}/variants/table", id(&shop, "products"));
    owner.visits(&table);
    shop.meddle("UPDATE variants SET price = 777 WHERE sku = 'HINGE-2-MM'");
    owner.browser.submit("Save this page", &[("sku", "SHORT")]).must_say("One variant is changed");
    assert_eq!(shop.count("SELECT count(*) FROM variants WHERE sku = 'SHORT' OR price = 777"), 2);

    owner.visits(&table);
    shop.meddle("UPDATE variants SET price = 888 WHERE sku = 'SHORT'");
    let page = owner.browser.submit("Save this page", &[("price", "9.99")]);
    assert_eq!(page.status, 422);
    page.must_say("Somebody else has changed this meanwhile").must_say("Price 8.88");
    assert_eq!(shop.count("SELECT count(*) FROM variants WHERE price = 888"), 1);
    owner.browser.submit("Save this page", &[]).must_say("One variant is changed");
    assert_eq!(shop.count("SELECT count(*) FROM variants WHERE price = 999"), 1, "knowingly");
}

#[test]
fn the_list_of_products_is_narrowed_by_everything_one_knows() {
    let shop = Shop::open();
    shop.product("Claw hammer").category(&["Hand tools", "Hammers"]).put_up();
    shop.product("Hand saw").stock(0).put_up();
    shop.meddle("UPDATE products SET tags = '{steel}' WHERE slug = 'hand-saw'");
    let mut owner = shop.owner();
    let tools = id(&shop, "categories WHERE slug = 'hand-tools'");
    let brand = id(&shop, "brands");
    for (query, found) in [
        (format!("category={tools}"), "Claw hammer"),
        ("tag=steel".to_owned(), "Hand saw"),
        ("stock=out".to_owned(), "Hand saw"),
        ("stock=in".to_owned(), "Claw hammer"),
        (format!("brand={brand}&q=haw"), ""),
        (format!("brand={brand}&q=ham"), "Claw hammer"),
    ] {
        let page = owner.visits(&format!("/admin/products?{query}"));
        let rows = page.texts_of("tbody th");
        assert_eq!(rows, if found.is_empty() { vec![] } else { vec![found.to_owned()] }, "{query}");
    }
    for odd in ["category=x", "brand=-1", "page=99999", "q=%26%7C%21%28", "q=%27%3A*", "tag=%7B%7D"] {
        assert_eq!(owner.visits(&format!("/admin/products?{odd}")).status, 200, "{odd}");
    }
}
