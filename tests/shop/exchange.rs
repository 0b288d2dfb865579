//! Importing a merchant's product file, pictures included.

use std::{fs, io::Cursor, path::Path};

use image::{DynamicImage, ImageFormat};
use ironmonger::{
    base::Result,
    exchange::{self, ImportOptions, Report},
};

use crate::harness::Shop;

const HEADER: &str = "Handle,Title,Body (HTML),Vendor,Product Category,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,\
Variant Inventory Tracker,Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src,Image Position,Image Alt Text,Colour of the moon,Status\n";

const GOODS: &str = "\
hinge,Brass hinge,\"<p onclick='x()'>Solid <strong>brass</strong>, two
knuckles.</p><script>alert(1)</script>\",Calder Edge,Hinges > Butt hinges,\"brass, featured\",TRUE,Length,75 mm,HI-75,120,shopify,4,8.40,9.90,pictures/hinge.png,1,A hinge,full,active
hinge,,,,,,,,100 mm,HI-100,180,shopify,9,11.20,,pictures/pair.png,2,A pair,,
twine,Jute twine,,Calder Edge,Garden,,TRUE,Title,Default Title,TW-1,90,shopify,25,3.20,,https://pictures.example/twine.jpg,1,,,active
draft,Not ready,,,,,FALSE,,,DR-1,,,,5.00,,,,,,draft
";

fn import(shop: &Shop, file: &Path) -> Report {
    try_to_import(shop, file).unwrap()
}

fn try_to_import(shop: &Shop, file: &Path) -> Result<Report> {
    let options = ImportOptions::default();
    shop.block_on(async { exchange::import_products(&shop.db, &shop.wired.media, file, &options, &mut |_| ()).await })
}

/// A folder with the file and its two pictures.
fn export(rows: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("pictures")).unwrap();
    for (name, width) in [("hinge", 300), ("pair", 301)] {
        let mut bytes = Cursor::new(vec![]);
        DynamicImage::new_rgb8(width, 200).write_to(&mut bytes, ImageFormat::Png).unwrap();
        fs::write(folder.path().join(format!("pictures/{name}.png")), bytes.into_inner()).unwrap();
    }
    fs::write(folder.path().join("products.csv"), format!("{HEADER}{rows}")).unwrap();
    folder
}

/// Counts and the time of the last change: the same before and after means that nothing was written.
fn state(shop: &Shop) -> Vec<i64> {
    let counted = ["products", "variants", "stock_movements", "media", "product_images", "categories", "product_categories"];
    let mut state: Vec<_> = counted.iter().map(|table| shop.count(&format!("SELECT count(*) FROM {table}"))).collect();
    for table in ["products", "variants"] {
        state.push(shop.count(&format!("SELECT extract(epoch FROM max(updated_at)) * 1000000 FROM {table}")));
        // The row's version in the database: an UPDATE that changes nothing would show too.
        state.push(shop.count(&format!("SELECT sum(xmin::text::bigint) FROM {table}")));
    }
    state
}

#[test]
fn a_file_becomes_a_shop_full_of_goods() {
    let shop = Shop::open();
    let folder = export(GOODS);
    let report = import(&shop, &folder.path().join("products.csv"));
    assert_eq!((report.products_created, report.variants_created, report.images_added), (3, 4, 2), "{report}");
    assert_eq!(report.images_on_web, 1);
    assert!(report.problems.is_empty(), "{report}");

    let mut annie = shop.shopper();
    annie.visits("/").must_say("Brass hinge");
    let page = annie.visits("/products/hinge");
    page.must_say("£8.40").must_say("£9.90").must_say("Solid brass").must_say("Calder Edge");
    assert!(!page.has("script:not([type='application/ld+json'])") && !page.body.contains("onclick"));
    assert_eq!(page.texts_of(".thumbs li").len(), 2);
    annie.browser.follow("100 mm").must_say("£11.20").must_say("180 g");
    annie.visits("/categories/hinges").must_say("Brass hinge").must_say("Butt hinges");
    assert_eq!(annie.visits("/products/draft").status, 404);
    assert_eq!((shop.stock("HI-75"), shop.stock("TW-1")), ((4, 0), (25, 0)));
}

#[test]
fn the_same_file_twice_changes_nothing() {
    let shop = Shop::open();
    let folder = export(GOODS);
    import(&shop, &folder.path().join("products.csv"));
    let before = state(&shop);
    let report = import(&shop, &folder.path().join("products.csv"));
    assert_eq!((report.products_unchanged, report.variants_unchanged, report.images_unchanged), (3, 4, 2), "{report}");
    assert_eq!(state(&shop), before);
}

#[test]
fn a_changed_file_changes_what_differs_and_keeps_what_belongs_to_orders() {
    let shop = Shop::open();
    let folder = export(GOODS);
    import(&shop, &folder.path().join("products.csv"));
    let mut annie = shop.shopper();
    annie.adds_to_cart("/products/twine", 20);
    annie.reaches_payment();
    annie.orders_by("manual");
    fs::write(folder.path().join("products.csv"), format!("{HEADER}{}", GOODS.replace("8.40", "8.80").replace(",25,3.20", ",5,3.20")))
        .unwrap();
    let report = import(&shop, &folder.path().join("products.csv"));
    assert_eq!((report.products_changed, report.variants_changed), (1, 1), "{report}");
    assert_eq!(report.problems.len(), 1);
    assert!(report.problems[0].message.contains("20 belong to orders"), "{report}");
    assert_eq!(shop.stock("TW-1"), (25, 20));
    annie.visits("/products/hinge").must_say("£8.80");
}

#[test]
fn bad_rows_are_told_by_their_number_and_the_rest_comes_in() {
    let shop = Shop::open();
    shop.product("Taken").put_up();
    let bad = "\
pricey,Pricey,,,,,TRUE,,,PR-1,,,,twelve,,,,,,active
thief,Thief,,,,,TRUE,,,TAKEN,,,,1.00,,,,,,active
pale,Pale,,,,,TRUE,,,PA-1,,,,1.00,,pictures/missing.png,1,,,active
";
    let folder = export(&format!("{GOODS}{bad}"));
    let report = import(&shop, &folder.path().join("products.csv"));
    let rows: Vec<_> = report.problems.iter().map(|problem| problem.row).collect();
    // GOODS has 4 rows on 5 lines; the header is line 1.
    assert!(rows.contains(&7) && rows.contains(&8) && rows.contains(&9), "{report}");
    assert_eq!(report.products_created, 4, "{report}");
    let mut annie = shop.shopper();
    assert_eq!(annie.visits("/products/pale").status, 200);
    assert_eq!(annie.visits("/products/thief").status, 404);
    assert!(report.to_string().contains("row 7: "), "{report}");
}

#[test]
fn a_path_that_leads_to_something_else_than_a_picture_brings_nothing_in() {
    let shop = Shop::open();
    let paths = ["/etc/hostname", "../../../../etc/hostname", "products.csv", "pictures", "file:///etc/hostname"];
    let rows: String =
        (1..).zip(paths).map(|(at, path)| format!("g{at},Good {at},,,,,TRUE,,,GO-{at},,,,1.00,,{path},1,,,active\n")).collect();
    let report = import(&shop, &export(&rows).path().join("products.csv"));
    assert_eq!((report.products_created, report.images_added, report.images_skipped), (5, 0, 5), "{report}");
    assert_eq!(shop.count("SELECT count(*) FROM media"), 0);
}

#[test]
fn what_is_no_list_of_products_is_refused_in_words() {
    let shop = Shop::open();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recipes.csv");
    fs::write(&file, "Dish,Minutes\nPie,40\n").unwrap();
    for path in [file, folder.path().join("nowhere.csv")] {
        let said = try_to_import(&shop, &path).unwrap_err().to_string();
        assert!(!said.is_empty() && !said.contains("Internal"), "{said}");
    }
    assert_eq!(shop.count("SELECT count(*) FROM products"), 0);
}
