//! Pages that staff write in Markdown.

use crate::harness::Shop;

#[test]
fn a_page_is_written_in_markdown_and_nothing_in_it_runs() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/pages");
    owner.browser.follow("About us");
    let text = "## Hours\n\nOpen **daily**. [Write](mailto:a@example.com), [never](javascript:alert(1)), [odd](JaVaScRiPt:alert(1)) \
                [data](data:text/html,x)\n\n<script>alert(1)</script><img src=x onerror=alert(1)><iframe src=//x></iframe>\n\n- one\n- two";
    owner.browser.submit("Save page", &[("body", text)]).must_say("saved");
    let mut annie = shop.shopper();
    let page = annie.visits("/pages/about");
    assert_eq!(page.text_of(".prose h2"), "Hours");
    assert_eq!(page.texts_of(".prose li"), ["one", "two"]);
    assert!(page.has(".prose strong") && page.has(".prose a[href^='mailto:']"));
    for bad in ["script", "iframe", "[onerror]", "a[href^='javascript' i]", "a[href^='data' i]"] {
        assert!(!page.has(&format!("main {bad}")), "{bad} is on the page:\n{}", page.body);
    }
}

#[test]
fn a_new_page_stands_in_the_footer_and_its_address_is_its_own() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/pages/new");
    owner.browser.submit("Save page", &[("title", "Opening hours"), ("body", "Nine to five.")]).must_say("saved");
    let mut annie = shop.shopper();
    annie.visits("/");
    annie.browser.follow("Opening hours").must_say("Nine to five.");
    assert_eq!(annie.page().url.path(), "/pages/opening-hours");

    owner.visits("/admin/pages/new");
    let page = owner.browser.submit("Save page", &[("title", "Other hours"), ("slug", "opening-hours"), ("body", "Kept text")]);
    assert_eq!(page.status, 422);
    assert!(page.has("#slug-error"));
    assert!(page.form("Save page").fields.iter().any(|(name, value)| name == "body" && value == "Kept text"));
    let page = owner.browser.submit("Save page", &[("title", "")]);
    assert_eq!(page.status, 422);
    assert_eq!(shop.shopper().visits("/pages/other-hours").status, 404);
}

#[test]
fn every_page_of_the_demo_is_linked_from_the_front_page() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    for title in ["About us", "Delivery and payment", "Returns and cancellation", "Privacy"] {
        annie.visits("/");
        let page = annie.browser.follow(title);
        assert_eq!((page.status, page.text_of("h1").as_str()), (200, title));
    }
}

#[test]
fn a_former_address_of_a_page_leads_to_the_present_one() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits(&format!("/admin/pages/{}/edit", shop.count("SELECT id FROM pages WHERE slug = 'about'")));
    owner.browser.submit("Save page", &[("slug", "who-we-are")]).must_say("The page is saved");
    let page = shop.browser().get("/pages/about").url.path().to_owned();
    assert_eq!(page, "/pages/who-we-are");
}
