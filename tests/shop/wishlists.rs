//! Lists of what customers wish for: their own, until they make a link of one, and only as long as it holds.

use std::thread;

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use ironmonger::base::AccountId;

use crate::harness::{Page, Shop, Shopper, at_once};

const HAMMER: &str = "/products/claw-hammer";

fn with_goods() -> Shop {
    let shop = Shop::open();
    shop.product("Claw hammer").price("24.95").put_up();
    let hinge = shop.product("Butt hinge").options(&["Length"]);
    hinge.variant(&["75 mm"], 5).variant(&["100 mm"], 5).put_up();
    shop
}

fn customer(shop: &Shop) -> Shopper {
    let mut annie = shop.shopper();
    annie.signs_up();
    annie
}

fn bert(shop: &Shop) -> Shopper {
    let mut bert = shop.shopper();
    bert.email = "bert@example.com".to_owned();
    bert.signs_up();
    bert
}

fn wishes<'a>(annie: &'a mut Shopper, product: &str) -> &'a Page {
    annie.visits(product);
    annie.browser.submit("Put on a wishlist", &[])
}

fn opens_list(annie: &mut Shopper) -> String {
    annie.visits("/account/wishlists");
    annie.browser.follow("Wishlist");
    annie.page().url.path().to_owned()
}

/// What stands on the page that is open.
fn things(page: &Page) -> Vec<String> {
    page.texts_of(".lines h3")
}

#[test]
fn a_thing_is_put_on_the_first_list_from_its_page_and_only_once() {
    let shop = with_goods();
    let mut annie = customer(&shop);
    annie.visits("/account/wishlists").must_say("You keep no list yet");
    wishes(&mut annie, HAMMER).must_say("Claw hammer is on your list “Wishlist”");
    assert_eq!(annie.page().url.path(), HAMMER, "one goes on shopping");
    wishes(&mut annie, HAMMER).must_say("was on your list “Wishlist” already");
    wishes(&mut annie, "/products/butt-hinge?o1=100+mm");
    assert_eq!(annie.page().url.query(), Some("o1=100+mm"), "what was chosen is kept");
    wishes(&mut annie, "/products/butt-hinge?o1=75+mm");
    opens_list(&mut annie);
    annie.page().must_say("£24.95").must_say("100 mm").must_say("75 mm").must_say("In stock");
    assert_eq!(things(annie.page()), ["Butt hinge", "Butt hinge", "Claw hammer"]);
}

#[test]
fn a_guest_signs_in_first_and_then_finds_what_was_meant() {
    let shop = with_goods();
    customer(&shop);
    let mut guest = shop.shopper();
    let page = wishes(&mut guest, "/products/butt-hinge?o1=100+mm");
    assert_eq!(page.url.path(), "/sign-in");
    assert_eq!(shop.count("SELECT count(*) FROM wishlist_items"), 0);
    let email = guest.email.clone();
    guest.browser.submit("Sign in", &[("email", &email), ("password", "three plain words")]);
    guest.page().must_say("Put Butt hinge on a list?").must_say("100 mm");
    assert_eq!(shop.count("SELECT count(*) FROM wishlist_items"), 0, "looking changes nothing");
    guest.browser.submit("Put it on the list", &[]).must_say("Butt hinge is on your list");
    opens_list(&mut guest);
    guest.page().must_say("100 mm");
}

#[test]
fn a_thing_moves_to_the_cart_once_however_often_the_button_is_pressed() {
    let shop = with_goods();
    let mut annie = customer(&shop);
    wishes(&mut annie, HAMMER);
    opens_list(&mut annie);
    let press = || annie.browser.prepare("Move to the cart", &[]);
    let pages = at_once(vec![press(), press(), press()]);
    assert!(pages.iter().all(|page| page.status == 200), "{:?}", pages.iter().map(|page| page.status).collect::<Vec<_>>());
    assert_eq!(shop.count("SELECT sum(quantity) FROM cart_lines"), 1);
    assert_eq!(shop.count("SELECT count(*) FROM wishlist_items"), 0);
    annie.visits("/cart").must_say("Claw hammer").must_say("£24.95");
}

#[test]
fn what_can_not_be_bought_stays_on_the_list_and_says_why() {
    let shop = with_goods();
    let mut annie = customer(&shop);
    wishes(&mut annie, HAMMER);
    let list = opens_list(&mut annie);
    let pressed = annie.browser.prepare("Move to the cart", &[]);
    shop.meddle("UPDATE stock SET on_hand = 0, allocated = 0");
    annie.browser.sends(pressed);
    assert_eq!(shop.count("SELECT count(*) FROM wishlist_items"), 1);
    annie.visits(&list).must_say("Sold out");
    assert!(!annie.page().says("Move to the cart"));
    shop.meddle("UPDATE products SET status = 'archived'");
    annie.visits(&list).must_say("Not sold any more");
    assert!(!annie.page().has(".lines h3 a"), "there is no page to go to");
    shop.meddle(
        "UPDATE wishlist_items SET product_id = (SELECT id FROM products WHERE slug = 'butt-hinge');
         UPDATE products SET status = 'active'; UPDATE stock SET on_hand = 5",
    );
    annie.visits(&list).must_say("Choose which one");
    let item = shop.first("SELECT id FROM wishlist_items");
    let csrf = annie.page().attribute("input[name=csrf]", "value").unwrap();
    annie.browser.forge(&format!("{list}/items/{item}/cart"), &[("csrf", &csrf)]).must_say("Choose which Butt hinge on its page first");
    assert_eq!(shop.count("SELECT count(*) FROM cart_lines"), 0);
}

#[test]
fn a_shared_list_shows_nothing_of_its_owner_and_ends_when_sharing_ends() {
    let shop = with_goods();
    let mut annie = customer(&shop);
    wishes(&mut annie, HAMMER);
    let list = opens_list(&mut annie);
    annie.page().must_say("Only you see this list");
    annie.browser.submit("Make a link", &[]).must_say("Whoever has the link");
    let link = annie.page().attribute("#link", "value").unwrap();
    let token = link.rsplit('/').next().unwrap().to_owned();
    assert_eq!(shop.count(&format!("SELECT count(*) FROM wishlists WHERE share_token_hash = '{token}'")), 0, "the database holds no link");

    let mut guest = shop.shopper();
    let page = guest.visits(&format!("/wishlists/{token}"));
    page.must_say("Wishlist").must_say("Claw hammer").must_say("£24.95");
    assert_eq!(page.attribute("meta[name=robots]", "content").as_deref(), Some("noindex"));
    assert_eq!(page.headers["cache-control"], "no-store");
    for private in ["Annie", "Preece", "annie@example.com", "Take off", "Note", "/account/wishlists/"] {
        assert!(!page.body.contains(private), "{private}");
    }
    guest.browser.submit("Add to cart", &[]).must_say("Added to your cart");
    assert_eq!(shop.count("SELECT count(*) FROM wishlist_items"), 1, "others take nothing off");

    annie.browser.submit("Save the choice", &[("shows_owner", "on")]);
    guest.visits(&format!("/wishlists/{token}"));
    annie.visits(&list);
    assert_eq!(annie.page().attribute("#link", "value").as_deref(), Some(link.as_str()), "the link stays the same");
    annie.browser.submit("End the link", &[]).must_say("Only you see the list");
    assert_eq!(guest.visits(&format!("/wishlists/{token}")).status, 404);
    annie.browser.submit("Make a link", &[]);
    let second = annie.page().attribute("#link", "value").unwrap();
    assert_ne!(second, link);
    assert_eq!(guest.visits(&format!("/wishlists/{token}")).status, 404, "the former link stays ended");
    annie.visits(&format!("{list}/deletion"));
    annie.browser.submit("Delete the list", &[]).must_say("The list is deleted");
    let token = second.rsplit('/').next().unwrap();
    assert_eq!(guest.visits(&format!("/wishlists/{token}")).status, 404);
    for odd in ["", "x", "items", &"a".repeat(3000)] {
        assert_eq!(guest.visits(&format!("/wishlists/{odd}")).status, 404, "{odd}");
    }
}

#[test]
fn the_owner_s_name_is_told_only_where_they_tick_it() {
    let shop = with_goods();
    let mut annie = customer(&shop);
    wishes(&mut annie, HAMMER);
    opens_list(&mut annie);
    annie.browser.submit("Make a link", &[("shows_owner", "on")]);
    let link = annie.page().attribute("#link", "value").unwrap();
    let mut guest = shop.shopper();
    let page = guest.browser.get(&link);
    page.must_say("A wishlist of Annie Preece");
    assert!(!page.says("annie@example.com"));
}

#[test]
fn nobody_sees_or_changes_another_s_list() {
    let shop = with_goods();
    let mut annie = customer(&shop);
    wishes(&mut annie, HAMMER);
    let list = opens_list(&mut annie);
    let item = shop.first("SELECT id FROM wishlist_items");
    let mut bert = bert(&shop);
    wishes(&mut bert, HAMMER);
    let own = opens_list(&mut bert);
    for page in ["", "/edit", "/deletion"] {
        assert_eq!(bert.visits(&format!("{list}{page}")).status, 404, "{page}");
    }
    let csrf = bert.visits("/account/wishlists").attribute("input[name=csrf]", "value").unwrap();
    let id = list.rsplit('/').next().unwrap();
    let product = shop.first("SELECT id FROM products WHERE slug = 'butt-hinge'");
    let posts = [
        (format!("{list}/edit"), vec![("name", "Mine")]),
        (format!("{list}/deletion"), vec![]),
        (format!("{list}/sharing"), vec![]),
        (format!("{list}/sharing/removal"), vec![]),
        (format!("{list}/items/{item}"), vec![("note", "x")]),
        (format!("{list}/items/{item}/removal"), vec![]),
        (format!("{own}/items/{item}/removal"), vec![]),
        (format!("{own}/items/{item}"), vec![("note", "x"), ("list", id)]),
        ("/wishlists/items".to_owned(), vec![("product", product.as_str()), ("list", id)]),
    ];
    for (path, mut fields) in posts {
        fields.push(("csrf", &csrf));
        assert_eq!(bert.browser.forge(&path, &fields).status, 404, "{path}");
    }
    bert.browser.forge(&format!("{list}/items/{item}/cart"), &[("csrf", &csrf)]);
    let kept = "SELECT string_agg(w.name || ':' || i.note || ':' || (w.shared_at IS NULL), ' ')
                FROM wishlists w JOIN wishlist_items i ON i.wishlist_id = w.id";
    assert_eq!(shop.first(kept), "Wishlist::true Wishlist::true");
    assert_eq!(shop.count("SELECT count(*) FROM cart_lines"), 0);
    let mut guest = shop.shopper();
    assert_eq!(guest.visits(&list).url.path(), "/sign-in");
}

#[test]
fn notes_are_kept_measured_and_shown_as_text() {
    let shop = with_goods();
    let mut annie = customer(&shop);
    wishes(&mut annie, HAMMER);
    let list = opens_list(&mut annie);
    annie.browser.submit("Save what is said of Claw hammer", &[("note", "<b>for Tom</b>")]).must_say("The note is saved");
    let item = shop.first("SELECT id FROM wishlist_items");
    assert_eq!(annie.page().attribute(&format!("#note-{item}"), "value").as_deref(), Some("<b>for Tom</b>"));
    let long = "x".repeat(201);
    let page = annie.browser.submit("Save what is said of Claw hammer", &[("note", &long)]);
    assert_eq!(page.must_say("Shorten this to 200 characters").status, 422);
    assert_eq!(page.attribute(&format!("#note-{item}"), "value").as_deref(), Some(long.as_str()), "nothing typed is lost");
    annie.visits(&list);
    annie.browser.submit("Make a link", &[]);
    let link = annie.page().attribute("#link", "value").unwrap();
    let mut guest = shop.shopper();
    let page = guest.browser.get(&link);
    assert!(page.must_say("<b>for Tom</b>").has(".lines") && !page.has(".lines b"));
}

#[test]
fn lists_have_names_of_their_own_and_one_of_them_is_first() {
    let shop = with_goods();
    let mut annie = customer(&shop);
    let make = |annie: &mut Shopper, name: &str| {
        annie.visits("/account/wishlists");
        annie.browser.submit("Make the list", &[("name", name)]).status
    };
    assert_eq!(make(&mut annie, "The <b>shed</b>"), 200);
    assert_eq!(make(&mut annie, "Birthday"), 200);
    assert_eq!(make(&mut annie, "birthday"), 422);
    annie.page().must_say("You have a list of this name");
    assert_eq!(make(&mut annie, "  "), 422);
    annie.page().must_say("Enter a name for the list");
    assert_eq!(annie.page().texts_of(".cols h3"), ["The <b>shed</b>", "Birthday"], "the first stands first");

    wishes(&mut annie, HAMMER).must_say("on your list “The <b>shed</b>”");
    let first = "SELECT name FROM wishlists WHERE is_default";
    annie.visits("/account/wishlists");
    annie.browser.follow("Birthday");
    annie.browser.follow("Change");
    annie.browser.submit("Save the list", &[("is_default", "on"), ("name", "Easter")]).must_say("The list is saved");
    assert_eq!(shop.first(first), "Easter");
    assert_eq!(shop.count("SELECT count(*) FROM wishlists WHERE is_default"), 1);
    annie.browser.follow("Delete");
    annie.browser.submit("Delete the list", &[]);
    assert_eq!(shop.first(first), "The <b>shed</b>", "another is the first then");
}

#[test]
fn a_thing_moves_to_another_list_unless_it_is_there() {
    let shop = with_goods();
    let mut annie = customer(&shop);
    wishes(&mut annie, HAMMER);
    annie.visits("/account/wishlists");
    annie.browser.submit("Make the list", &[("name", "Birthday")]);
    let other = shop.first("SELECT id FROM wishlists WHERE name = 'Birthday'");
    opens_list(&mut annie);
    annie.browser.submit("Save what is said of Claw hammer", &[("list", &other)]).must_say("It is on the other list");
    assert_eq!(things(annie.visits(&format!("/account/wishlists/{other}"))), ["Claw hammer"]);
    wishes(&mut annie, HAMMER);
    opens_list(&mut annie);
    let page = annie.browser.submit("Save what is said of Claw hammer", &[("list", &other), ("note", "two")]);
    assert_eq!(page.must_say("The other list has it already").status, 422);
    assert_eq!(shop.count("SELECT count(*) FROM wishlist_items WHERE note = 'two'"), 0, "nothing is half done");
}

#[test]
fn there_are_bounds_to_lists_and_to_what_is_on_them_whatever_runs_at_once() {
    let shop = with_goods();
    let mut annie = customer(&shop);
    let account = shop.first("SELECT id FROM accounts WHERE role IS NULL");
    let fill = |at: usize| {
        let mut conn = PgConnection::establish(&shop.database_url).unwrap();
        for n in 0..10 {
            let _ = conn.batch_execute(&format!("INSERT INTO wishlists (account_id, name) VALUES ({account}, 'List {at}-{n}')"));
        }
    };
    thread::scope(|scope| (0..4).for_each(|at| drop(scope.spawn(move || fill(at)))));
    assert_eq!(shop.count("SELECT count(*) FROM wishlists"), 20);
    annie.visits("/account/wishlists").must_say("as many as we keep");
    assert!(!annie.page().says("Make the list"));
    let csrf = annie.page().attribute("input[name=csrf]", "value").unwrap();
    let page = annie.browser.forge("/account/wishlists", &[("csrf", &csrf), ("name", "One more")]);
    assert_eq!(page.must_say("Delete one first").status, 422);

    shop.meddle(
        "UPDATE wishlists SET is_default = true WHERE id = (SELECT min(id) FROM wishlists);
         INSERT INTO products (slug, title, status) SELECT 'p' || n, 'P', 'active' FROM generate_series(1, 500) n;
         INSERT INTO wishlist_items (wishlist_id, product_id)
            SELECT w.id, p.id FROM wishlists w, products p WHERE w.is_default AND p.title = 'P'",
    );
    wishes(&mut annie, HAMMER).must_say("The list holds 500 things");
    assert_eq!(shop.count("SELECT count(*) FROM wishlist_items"), 500);
}

#[test]
fn a_variant_of_another_product_and_what_is_not_shown_are_put_on_no_list() {
    let shop = with_goods();
    let mut annie = customer(&shop);
    let csrf = annie.visits("/account/wishlists").attribute("input[name=csrf]", "value").unwrap();
    let hinge = shop.first("SELECT id FROM products WHERE slug = 'butt-hinge'");
    let hammer = shop.first("SELECT v.id FROM variants v JOIN products p ON p.id = v.product_id WHERE p.slug = 'claw-hammer'");
    for (product, variant) in [(hinge.as_str(), hammer.as_str()), (&hinge, "999999"), ("999999", &hammer), ("-1", "-1")] {
        let page = annie.browser.forge("/wishlists/items", &[("csrf", &csrf), ("product", product), ("variant", variant)]);
        assert_eq!(page.status, 404, "{product} {variant}");
    }
    shop.meddle("UPDATE products SET status = 'draft'");
    assert_eq!(annie.browser.forge("/wishlists/items", &[("csrf", &csrf), ("product", &hinge)]).status, 404);
    assert_eq!(annie.visits(&format!("/account/wishlists/adding/{hinge}")).status, 404);
    assert_eq!(shop.count("SELECT count(*) FROM wishlist_items"), 0);
}

#[test]
fn two_accounts_of_one_person_become_one_with_all_lists_and_their_links() {
    let shop = with_goods();
    let (mut annie, mut again) = (customer(&shop), bert(&shop));
    wishes(&mut annie, HAMMER);
    wishes(&mut again, "/products/butt-hinge?o1=100+mm");
    opens_list(&mut again);
    again.browser.submit("Make a link", &[]);
    let link = again.page().attribute("#link", "value").unwrap();
    let id = |email: &str| AccountId(shop.count(&format!("SELECT id FROM accounts WHERE email = '{email}'")));
    let (into, from) = (id("annie@example.com"), id("bert@example.com"));
    assert_eq!(shop.write(move |conn| ironmonger::wishlists::merge(conn, from, into)), 1);
    annie.visits("/account/wishlists").must_say("Wishlist (");
    assert_eq!(shop.count("SELECT count(*) FROM wishlists WHERE is_default"), 1);
    shop.shopper().browser.get(&link).must_say("Butt hinge");
}
