//! Out and in again: our own file is the shop itself; and what an import leaves behind for people to find.

use std::{fs, io::Cursor, path::Path};

use image::{DynamicImage, ImageFormat};
use ironmonger::{
    base::VariantId,
    catalog,
    exchange::{self, ImportOptions, Report, Subject},
    inventory,
    web::Role,
};

use crate::harness::{Shop, Staff};

fn export(shop: &Shop, file: &Path) -> String {
    shop.block_on(exchange::export(&shop.db, Subject::Products, file, &mut |_| ())).unwrap();
    fs::read_to_string(file).unwrap()
}

fn import(shop: &Shop, file: &Path) -> Report {
    let options = ImportOptions::default();
    shop.block_on(async { exchange::import_products(&shop.db, &shop.wired.media, file, &options, &mut |_| ()).await }).unwrap()
}

fn import_text(shop: &Shop, text: &str) -> Report {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("goods.csv"), text).unwrap();
    import(shop, &folder.path().join("goods.csv"))
}

/// Rows of address, title, SKU and price, with what other columns say behind.
fn table(rows: &[&str], columns: &str) -> String {
    let rows: String = rows.iter().map(|row| format!(",no,{row}\n")).collect();
    format!("Option values,Variant archived,Address,Title,SKU,Price{columns}\n{rows}")
}

fn stands_beside(shop: &Shop, kind: &str, product: &str, other: &str) {
    shop.meddle(&format!(
        "INSERT INTO related_products (product_id, related_id, position, kind)
         SELECT p.id, o.id, 1, '{kind}' FROM products p, products o WHERE p.slug = '{product}' AND o.slug = '{other}'"
    ));
}

#[test]
fn related_products_and_accessories_stay_apart() {
    let shop = Shop::open();
    for title in ["Vice", "Hammer", "Jaws"] {
        shop.product(title).put_up();
    }
    stands_beside(&shop, "related", "vice", "hammer");
    stands_beside(&shop, "accessory", "vice", "jaws");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("first.csv");
    let first = export(&shop, &file);
    let same = import(&shop, &file);
    assert_eq!((same.products_unchanged, same.related_changed), (3, 0), "{same}");
    let kept =
        "SELECT string_agg(r.kind || ' ' || o.slug, ', ' ORDER BY r.kind) FROM related_products r JOIN products o ON o.id = r.related_id";
    assert_eq!(shop.first(kept), "accessory jaws, related hammer");

    let other = Shop::open();
    let report = import(&other, &file);
    assert!(report.problems.is_empty() && report.notes.is_empty(), "{report}");
    assert_eq!(other.first(kept), "accessory jaws, related hammer");
    assert_eq!(export(&other, &folder.path().join("second.csv")), first);
}

/// A kit of two hammers and a saw that stands above both in a file, and a book to download.
fn a_kit_and_a_book(shop: &Shop) {
    shop.product("Tool kit").price("30.00").stock(0).put_up();
    shop.product("Claw hammer").stock(9).put_up();
    shop.product("Hand saw").stock(4).put_up();
    shop.product("Hammer book").stock(0).put_up();
    let id = |sku: &str| shop.count(&format!("SELECT id FROM variants WHERE sku = '{sku}'"));
    let kit = VariantId(id("TOOL-KIT"));
    shop.write(move |conn| {
        inventory::put_part(conn, kit, "CLAW-HAMMER", 2)?;
        inventory::put_part(conn, kit, "HAND-SAW", 1)
    });
    let mut pat = shop.staff(Role::Staff);
    pat.visits(&format!("/admin/variants/{}/downloads", id("HAMMER-BOOK")));
    pat.browser.upload("Add the file", "file", "hammers.pdf", b"%PDF-1.7 How to hold it.", &[]).must_say("is added");
}

const PARTS: &str =
    "SELECT string_agg(p.sku || ' ' || b.quantity, ', ' ORDER BY b.position) FROM bundle_parts b JOIN variants p ON p.id = b.part_id";

#[test]
fn bundles_come_back_with_their_parts_and_downloads_say_what_is_not_in_the_file() {
    let shop = Shop::open();
    a_kit_and_a_book(&shop);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("first.csv");
    let first = export(&shop, &file);
    assert!(first.contains(",CLAW-HAMMER|2;HAND-SAW|1,no,") && first.contains(",yes,hammers.pdf"), "{first}");
    let same = import(&shop, &file);
    assert_eq!((same.products_unchanged, same.bundles_changed, same.notes.len(), same.problems.len()), (4, 0, 0, 0), "{same}");

    let other = Shop::open();
    let report = import(&other, &file);
    assert_eq!((report.products_created, report.bundles_changed, report.problems.len()), (4, 1, 0), "{report}");
    assert_eq!(report.notes.len(), 1, "{report}");
    assert!(
        report.notes[0].message.contains("\"HAMMER-BOOK\" is a download") && report.notes[0].message.contains("(hammers.pdf)"),
        "{report}"
    );
    assert_eq!(other.first(PARTS), "CLAW-HAMMER 2, HAND-SAW 1");
    other.shopper().visits("/products/tool-kit").must_say("2 × Claw hammer").must_say("Only 4 left");
    assert_eq!(export(&other, &folder.path().join("second.csv")), first.replace("hammers.pdf", ""));
    let again = import(&other, &file);
    assert_eq!((again.products_unchanged, again.bundles_changed), (4, 0), "{again}");
    assert!(other.examination().is_clean(), "{}", other.examination());

    let wrong = import_text(&other, &first.replace("HAND-SAW|1", "NOTHING|1"));
    assert!(wrong.problems.len() == 1 && wrong.problems[0].row == 2 && wrong.problems[0].message.contains("\"NOTHING\""), "{wrong}");
    assert_eq!(other.first(PARTS), "CLAW-HAMMER 2, HAND-SAW 1", "a bundle lacks nothing that it had");
    let changed = import_text(&other, &first.replace("CLAW-HAMMER|2;HAND-SAW|1", "CLAW-HAMMER|3"));
    assert_eq!((changed.bundles_changed, other.first(PARTS).as_str()), (1, "CLAW-HAMMER 3"), "{changed}");
    let ended = import_text(&other, &first.replace("CLAW-HAMMER|2;HAND-SAW|1", ""));
    assert_eq!((ended.bundles_changed, other.count("SELECT count(*) FROM bundle_parts")), (1, 0), "{ended}");
    let before = other.count("SELECT count(*) FROM bundle_parts");
    import_text(&other, &table(&["claw-hammer,Claw hammer,CLAW-HAMMER,12.00"], ""));
    assert_eq!(other.count("SELECT count(*) FROM bundle_parts"), before, "what the file doesn't say stays");
}

/// Brings a file in as the owner does it.
fn brings(shop: &Shop, owner: &mut Staff, text: &str) {
    owner.visits("/admin/exchange");
    let url = owner.browser.upload("Look it through", "file", "goods.csv", text.as_bytes(), &[]).url.path().to_owned();
    shop.works();
    owner.visits(&url);
    owner.browser.submit("Import", &[]);
    shop.works();
    owner.visits(&url).must_say("Done");
}

#[test]
fn a_product_that_an_import_changed_has_it_in_its_history_and_it_can_be_taken_back() {
    let shop = Shop::open();
    shop.product("Hammer").price("12.00").put_up();
    shop.product("Nail").price("0.10").put_up();
    let folder = tempfile::tempdir().unwrap();
    let file = export(&shop, &folder.path().join("goods.csv"));
    let mut owner = shop.owner();
    brings(&shop, &mut owner, &file);
    assert_eq!(shop.count("SELECT count(*) FROM product_revisions"), 0, "nothing has changed");

    brings(&shop, &mut owner, &file.replace("12.00", "99.00"));
    assert_eq!(shop.count("SELECT count(*) FROM product_revisions"), 1, "the nail costs what it did");
    let hammer = shop.first("SELECT id FROM products WHERE slug = 'hammer'");
    let name = shop.first("SELECT name FROM accounts WHERE role = 'owner'");
    owner.visits(&format!("/admin/products/{hammer}/history")).must_say("Imported").must_say("£12.00").must_say("£99.00").must_say(&name);
    owner.browser.follow("Take it back…");
    owner.browser.submit("Take this change back", &[]);
    shop.shopper().visits("/products/hammer").must_say("£12.00");

    import_text(&shop, &table(&["hammer,Claw hammer,HAMMER,12.00", "new,New,NEW,1.00"], ""));
    assert_eq!(shop.first("SELECT what || ' ' || by_name FROM product_revisions ORDER BY id DESC"), "imported import");
    assert_eq!(shop.count("SELECT count(*) FROM product_revisions r JOIN products p ON p.id = r.product_id WHERE p.slug = 'new'"), 0);
}

#[test]
fn imported_pictures_have_the_names_of_their_files_and_the_words_of_the_file() {
    let shop = Shop::open();
    let folder = tempfile::tempdir().unwrap();
    for (name, width) in [("hinge pin.png", 300), ("pair.png", 301)] {
        let mut bytes = Cursor::new(vec![]);
        DynamicImage::new_rgb8(width, 200).write_to(&mut bytes, ImageFormat::Png).unwrap();
        fs::write(folder.path().join(name), bytes.into_inner()).unwrap();
    }
    let rows = "Handle,Title,Variant Price,Image Src,Image Position,Image Alt Text\nhinge,Hinge,1.00,hinge pin.png,1,\nhinge,,,pair.png,2,A pair\n";
    let file = folder.path().join("goods.csv");
    fs::write(&file, rows).unwrap();
    let report = import(&shop, &file);
    assert_eq!(report.images_added, 2, "{report}");
    assert_eq!(
        shop.first("SELECT string_agg(file_name || '/' || alt, ', ' ORDER BY file_name) FROM media"),
        "hinge pin.png/, pair.png/A pair"
    );
    let mut pat = shop.staff(Role::Staff);
    pat.visits("/admin/media").must_say("hinge pin.png").must_say("A pair");
    assert!(!pat.page().says("without a name"));
}

#[test]
fn of_how_a_variant_is_sold_only_what_the_file_says_changes() {
    let shop = Shop::open();
    shop.product("Hammer").price("12.00").stock(5).put_up();
    shop.meddle("UPDATE stock SET backorder_limit = 1, low_at = 2, most_per_order = 3");
    let policy = "SELECT concat_ws('/', backorder_limit, low_at, most_per_order) FROM stock";
    import_text(&shop, &table(&["hammer,Hammer,HAMMER,12.00,7"], ",Sold beyond stock"));
    assert_eq!(shop.first(policy), "7/2/3");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stock.csv");
    fs::write(&file, "SKU,Units on hand,Low at\nHAMMER,5,4\n").unwrap();
    shop.block_on(exchange::import_table(&shop.db, Subject::Stock, &file, false)).unwrap();
    assert_eq!(shop.first(policy), "7/4/3");
}

#[test]
fn a_cell_of_megabytes_is_refused_by_its_row_and_told_in_a_line() {
    let shop = Shop::open();
    let (text, price) = ("x".repeat(300_000), "9".repeat(150_000));
    let rows = [format!("long,Long,L,1.00,{text}"), format!("dear,Dear,D,{price},"), "good,Good,G,1.00,Fine".to_owned()];
    let file = table(&rows.each_ref().map(String::as_str), ",Description (HTML)");
    let report = import_text(&shop, &file);
    assert_eq!(
        (shop.count("SELECT count(*) FROM variants"), report.problems.iter().map(|problem| problem.row).collect::<Vec<_>>()),
        (1, vec![2, 3]),
        "{report}"
    );
    assert!(report.problems.iter().all(|problem| problem.message.len() < 300), "{report}");
}

#[test]
fn an_order_with_a_row_that_can_not_be_read_stays_out_whole() {
    let shop = Shop::open();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    // Without the row that can't be read the first would add up: what is lost is a gift.
    let text = "Number,Placed,E-mail,Currency,Total,Title,Unit price,Quantity\n\
        1001,2024-05-01,annie@example.com,GBP,20.00,Hammer,10.00,2\n\
        1001,2024-05-01,annie@example.com\n\
        1001,2024-05-01,annie@example.com,GBP,20.00,Card,0.00,1\n\
        1002,2024-05-02,annie@example.com,GBP,10.00,Hammer,10.00,1\n";
    fs::write(&file, text).unwrap();
    let report = shop.block_on(exchange::import_table(&shop.db, Subject::Orders, &file, false)).unwrap();
    assert_eq!((report.rows, report.others_created, report.others_refused), (4, 1, 1), "{report}");
    assert!(report.problems.len() == 1 && report.problems[0].row == 3, "{report}");
    assert_eq!(shop.first("SELECT string_agg(number, ',') FROM orders"), "1002");
}

#[test]
fn a_rehearsal_meets_what_is_checked_only_at_a_commit() {
    let shop = Shop::open();
    shop.product("Hammer").stock(5).put_up();
    let rehearsed = shop.block_on(shop.db.rehearse(|conn| {
        use diesel::connection::SimpleConnection;
        Ok(conn.batch_execute("UPDATE location_stock SET on_hand = on_hand + 1")?)
    }));
    assert!(rehearsed.unwrap_err().to_string().contains("location"));
    assert_eq!(shop.count("SELECT sum(on_hand) FROM location_stock"), 5);
}

#[test]
fn of_one_former_address_the_last_target_counts() {
    let shop = Shop::open();
    for title in ["Hammer", "Saw"] {
        shop.product(title).put_up();
    }
    let put = || {
        let led = [("/old", "/products/hammer".to_owned()), ("/older", "/products/saw".to_owned()), ("/old", "/products/saw".to_owned())];
        shop.write(move |conn| catalog::put_redirects(conn, &led))
    };
    assert_eq!((put(), put()), (2, 0));
    assert!(shop.browser().get("/old").url.path().ends_with("/products/saw"));
}

#[test]
fn the_pages_say_what_files_do_not_hold_and_what_imported_customers_can_not_do() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/exchange").must_say("the contents of pictures and of the files that customers download");
    let file = b"E-mail,Name\nbo@example.com,Bo\n";
    let url = owner.browser.upload("Look it through", "file", "customers.csv", file, &[]).url.path().to_owned();
    shop.works();
    owner.visits(&url).must_say("can't sign up with the same address either").must_say("they order as guests");
}
