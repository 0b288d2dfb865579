//! Files of other shops, of our own, and files that come by the back office.

use std::{fs, path::Path};

use ironmonger::exchange::{self, Format, ImportOptions, Report, Subject};

use crate::harness::Shop;

const WOO: &str = "ID,Type,SKU,Name,Published,Is featured?,Visibility in catalog,Short description,Description,Date sale price starts,\
Date sale price ends,Tax status,Tax class,In stock?,Stock,Backorders allowed?,Sold individually?,Weight (kg),Sale price,Regular price,Categories,Tags,\
Images,Parent,Upsells,Cross-sells,Position,Attribute 1 name,Attribute 1 value(s),Attribute 1 visible,Attribute 1 global,\
Attribute 2 name,Attribute 2 value(s),Attribute 2 visible,Attribute 2 global,Meta: _x
10,variable,SH,Work shirt,1,1,visible,Short.,Long.,,,taxable,,1,,0,0,,,,\"Clothes > Shirts, Sale\",\"cotton, blue\",,,,id:12,0,Size,\"S, M\",1,1,Cloth,Cotton,1,1,m
11,variation,SH-S,Work shirt - S,1,0,visible,,,,,taxable,parent,1,4,1,0,0.3,8.00,10.00,,,,id:10,,,2,Size,S,,1,,,,,
13,variation,SH-M,Work shirt - M,1,0,visible,,,,,taxable,reduced-rate,1,7,0,0,0.35,,10.00,,,,SH,,,1,Size,M,,1,,,,,
12,simple,NA,=Nail,1,0,visible,,,,,taxable,,1,100,0,0,,,0.10,Fixings,,,,,,0,,,,,,,,,
14,grouped,GR,Set,1,0,visible,,,,,taxable,,1,,0,0,,,,,,,,,,0,,,,,,,,,
";

fn import(shop: &Shop, file: &Path, options: ImportOptions) -> Report {
    shop.block_on(async { exchange::import_products(&shop.db, &shop.wired.media, file, &options, &mut |_| ()).await }).unwrap()
}

fn export(shop: &Shop, subject: Subject, file: &Path) -> String {
    shop.block_on(async { exchange::export(&shop.db, subject, file, &mut |_| ()).await }).unwrap();
    fs::read_to_string(file).unwrap()
}

fn woo_file() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("woo.csv"), WOO).unwrap();
    folder
}

#[test]
fn a_woocommerce_export_becomes_products_with_options_attributes_and_redirects() {
    let shop = Shop::open();
    let folder = woo_file();
    let file = folder.path().join("woo.csv");
    let mapping = shop.block_on(exchange::mapping(&file)).unwrap();
    assert_eq!(mapping.format, Format::WooCommerce);
    assert!(mapping.columns.iter().any(|(name, meaning)| name == "Meta: _x" && meaning.is_none()));

    let rehearsed = import(&shop, &file, ImportOptions { dry_run: true, ..ImportOptions::default() });
    assert_eq!((rehearsed.products_created, shop.count("SELECT count(*) FROM products")), (2, 0), "{rehearsed}");

    let report = import(&shop, &file, ImportOptions::default());
    assert_eq!((report.products_created, report.variants_created, report.products_refused), (2, 3, 1), "{report}");
    let mut annie = shop.shopper();
    annie.visits("/product/work-shirt").must_say("Work shirt").must_say("£10.00");
    annie.visits("/categories/shirts").must_say("Work shirt");
    assert_eq!((shop.stock("SH-S"), shop.stock("NA")), ((4, 0), (100, 0)));
    assert_eq!(shop.first("SELECT tax_class FROM variants WHERE sku = 'SH-M'"), "reduced");
    assert_eq!(shop.count("SELECT count(*) FROM product_attributes"), 1);

    let again = import(&shop, &file, ImportOptions::default());
    assert_eq!((again.products_unchanged, again.products_changed, again.redirects_put), (2, 0, 0), "{again}");
}

#[test]
fn our_own_file_comes_back_as_it_went_out() {
    let shop = Shop::open();
    let folder = woo_file();
    import(&shop, &folder.path().join("woo.csv"), ImportOptions::default());
    shop.meddle("UPDATE products SET on_sale_until = '2030-01-01 12:00:00.123456+00', tags = '{\"a;b\",\"=c\",back\\\\slash}' WHERE slug = 'work-shirt'");
    shop.meddle("UPDATE stock SET backorder_limit = 3, low_at = 2 WHERE variant_id = (SELECT id FROM variants WHERE sku = 'NA')");
    shop.meddle("UPDATE variants SET archived_at = now(), barcode = '0123' WHERE sku = 'SH-M'");
    let first = export(&shop, Subject::Products, &folder.path().join("first.csv"));
    assert!(first.contains("'=Nail") && !first.contains(",=Nail"), "{first}");

    // In the same shop nothing changes.
    let report = import(&shop, &folder.path().join("first.csv"), ImportOptions::default());
    assert!(report.problems.is_empty(), "{report}");
    assert_eq!((report.products_unchanged, report.products_changed), (2, 0), "{report}");

    // In another shop it becomes the same.
    let other = Shop::open();
    let report = import(&other, &folder.path().join("first.csv"), ImportOptions::default());
    assert!(report.problems.is_empty(), "{report}");
    assert_eq!(export(&other, Subject::Products, &folder.path().join("second.csv")), first);
}

#[test]
fn all_else_can_be_written_out_without_secrets() {
    let shop = Shop::open();
    let hammer = shop.product("Hammer").price("12.00").stock(5).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.buys();
    shop.shopper().signs_up();
    let folder = tempfile::tempdir().unwrap();
    for subject in Subject::ALL {
        let text = export(&shop, *subject, &folder.path().join("out.csv"));
        assert!(!text.contains("argon2"), "{text}");
        let rows = text.lines().count();
        assert!(rows >= if *subject == Subject::Redirects { 1 } else { 2 }, "{subject}: {text}");
    }
}

#[test]
fn a_file_that_is_uploaded_is_looked_through_confirmed_and_done_by_a_worker() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/exchange");
    let page = owner.browser.upload("Look it through", "file", "woo.csv", WOO.as_bytes(), &[]);
    page.must_say("Being looked through").must_say("WooCommerce").must_say("Left aside");
    let url = page.url.path().to_owned();
    shop.works();
    assert_eq!(shop.count("SELECT count(*) FROM products"), 0);
    owner.visits(&url).must_say("Waiting for you").must_say("grouped");
    owner.browser.submit("Import", &[]).must_say("At work");
    shop.works();
    owner.visits(&url).must_say("Done").must_say("grouped");
    assert_eq!((shop.count("SELECT count(*) FROM products"), shop.stock("SH-S")), (2, (4, 0)));
    let problems = owner.visits(&format!("{url}/problems.csv"));
    assert!(problems.body.contains("grouped"), "{}", problems.body);

    owner.visits("/admin/exchange");
    owner.browser.submit("Write the file", &[("subject", "products")]).must_say("At work");
    shop.works();
    let url = owner.page().url.path().to_owned();
    owner.visits(&url).must_say("Fetch the file");
    assert!(owner.visits(&format!("{url}/file")).body.contains("work-shirt"));
    shop.meddle("UPDATE exchange_runs SET expires_at = now() - INTERVAL '1 second'");
    assert_eq!(owner.visits(&format!("{url}/file")).status, 404);
}

#[test]
fn an_import_that_was_cut_short_goes_on_where_it_was_and_a_cancelled_one_stops() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/exchange");
    let url = owner.browser.upload("Look it through", "file", "woo.csv", WOO.as_bytes(), &[]).url.path().to_owned();
    shop.works();
    owner.visits(&url);
    owner.browser.submit("Import", &[]);
    // As if the first product had been done and the program been killed then.
    shop.meddle("UPDATE exchange_runs SET position = 1, report = '{\"rows\": 3, \"products_created\": 1}'");
    shop.works();
    assert_eq!(shop.first("SELECT slug FROM products"), "nail");
    assert_eq!(shop.count("SELECT (report->>'products_created')::bigint FROM exchange_runs"), 2);

    owner.visits("/admin/exchange");
    let url = owner.browser.upload("Look it through", "file", "woo.csv", WOO.as_bytes(), &[]).url.path().to_owned();
    owner.browser.submit("Cancel", &[]).must_say("Cancelled");
    shop.works();
    owner.visits(&url).must_say("Cancelled");
}

#[test]
fn uploads_are_refused_with_the_mend_and_nothing_is_left() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    for (bytes, said) in [(&b"PK\x03\x04zip"[..], "Unpack it"), (b"hello\n", "name the columns"), (b"", "Choose a file")] {
        owner.visits("/admin/exchange");
        let page = owner.browser.upload("Look it through", "file", "x.csv", bytes, &[]);
        assert_eq!(page.status, 422);
        page.must_say(said);
    }
    owner.visits("/admin/exchange");
    owner.browser.submit("Save limit", &[("megabytes", "1")]).must_say("saved");
    owner.visits("/admin/exchange");
    let page = owner.browser.upload("Look it through", "file", "x.csv", &vec![b'x'; 1_200_000], &[]);
    assert_eq!(page.status, 422);
    page.must_say("larger than 1 MB");
    owner.visits("/admin/exchange");
    let forged = owner.browser.upload("Look it through", "file", "x.csv", WOO.as_bytes(), &[("csrf", "wrong")]).status;
    assert_ne!(forged, 200);
    assert_eq!(fs::read_dir(shop.folder().join("exchange")).map_or(0, Iterator::count), 0);
    assert!(shop.block_on(shop.wired.media.files("exchange")).unwrap().is_empty());
    assert_eq!(shop.count("SELECT count(*) FROM exchange_runs"), 0);
}
