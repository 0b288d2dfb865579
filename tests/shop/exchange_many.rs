//! A whole catalogue at once: many products in a few statements, and the same as if each had come by itself.

use std::{fmt::Write, fs, path::Path};

use ironmonger::exchange::{self, ImportOptions, Report};

use crate::harness::Shop;

const HEADER: &str = "Address,Title,Description (HTML),Brand,Product type,Tags,State,Categories,Related products,Attributes,Options,SKU,\
Option values,Position,Price,Former price,Tax class,Weight (g),Variant archived,Units on hand,Sold beyond stock\n";

/// So many products; each tenth has three variants, of which one is archived.
fn goods(count: usize) -> String {
    let mut rows = String::new();
    for at in 0..count {
        let (brand, kind) = (at % 7, at % 3);
        let head = format!(
            "tool-{at},Tool {at},<p>Good.</p>,Brand {brand},Kind {kind},a;b,active,Tools>Shelf {},{},size|Size|number|mm|yes|{at};wood|Wood|choice||yes|Ash|Elm",
            at % 5,
            if at == 3 { "tool-4;tool-599" } else { "" },
        );
        if at % 10 == 0 {
            for (place, value) in ["S", "M", "L"].iter().enumerate() {
                let head = if place == 0 { format!("{head},Size") } else { format!("tool-{at},,,,,,,,,,") };
                let archived = if place == 2 { "yes" } else { "no" };
                writeln!(rows, "{head},T-{at}-{value},{value},{},{}.00,,standard,100,{archived},{at},2", place + 1, at + 1).unwrap();
            }
        } else {
            writeln!(rows, "{head},,T-{at},,1,{}.00,999.00,reduced,50,no,,0", at + 1).unwrap();
        }
    }
    rows
}

fn import(shop: &Shop, rows: &str, dry_run: bool) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("goods.csv");
    fs::write(&file, format!("{HEADER}{rows}")).unwrap();
    let options = ImportOptions { dry_run, ..ImportOptions::default() };
    shop.block_on(exchange::import_products(&shop.db, &shop.wired.media, &file, &options, &mut |_| ())).unwrap()
}

fn export(shop: &Shop, file: &Path) -> String {
    shop.block_on(exchange::export(&shop.db, exchange::Subject::Products, file, &mut |_| ())).unwrap();
    fs::read_to_string(file).unwrap()
}

#[test]
fn many_products_come_whole_with_shelves_histories_and_stock() {
    let shop = Shop::open();
    let rows = goods(600);
    let rehearsed = import(&shop, &rows, true);
    assert_eq!((rehearsed.products_created, rehearsed.variants_created), (600, 720), "{rehearsed}");
    assert_eq!(shop.count("SELECT count(*) FROM products") + shop.count("SELECT count(*) FROM brands"), 0);

    let report = import(&shop, &rows, false);
    assert_eq!((report.products_created, report.variants_created, report.related_changed), (600, 720, 1), "{report}");
    assert!(report.problems.is_empty(), "{report}");
    for (what, right) in [
        ("SELECT count(*) FROM brands", 7),
        ("SELECT count(*) FROM product_types", 3),
        ("SELECT count(*) FROM categories", 6),
        ("SELECT count(*) FROM attributes", 6),
        ("SELECT count(*) FROM product_attributes", 1200),
        // Two categories and a brand for each.
        ("SELECT count(*) FROM shelves", 1800),
        ("SELECT count(*) FROM price_history h JOIN variants v ON v.id = h.variant_id WHERE h.amount = v.price", 720),
        ("SELECT count(*) FROM option_values WHERE used", 120),
        ("SELECT count(*) FROM stock WHERE tracked AND backorder_limit = 2", 180),
        ("SELECT count(*) FROM stock WHERE NOT tracked", 540),
        ("SELECT count(*) FROM stock s LEFT JOIN location_stock l USING (variant_id) WHERE COALESCE(l.on_hand, 0) <> s.on_hand", 0),
        ("SELECT sum(on_hand) FROM stock", 3 * (0..60).map(|at| at * 10).sum::<i64>()),
        ("SELECT count(*) FROM products p JOIN brands b ON b.id = p.brand_id WHERE b.name <> p.vendor", 0),
        (
            "SELECT count(*) FROM products p WHERE NOT EXISTS (SELECT FROM search_changes c WHERE c.kind = 'product' AND c.subject = p.id)",
            0,
        ),
    ] {
        assert_eq!(shop.count(what), right, "{what}");
    }
    assert!(shop.examination().is_clean(), "{}", shop.examination());
    let mut annie = shop.shopper();
    annie.visits("/products/tool-10").must_say("Tool 10").must_say("Ash").must_say("10 mm");
    annie.visits("/categories/shelf-3").must_say("Tool 598");

    let again = import(&shop, &rows, false);
    assert_eq!((again.products_unchanged, again.variants_unchanged, again.products_changed), (600, 720, 0), "{again}");
}

#[test]
fn many_at_once_is_the_same_as_one_after_the_other() {
    let (many, single) = (Shop::open(), Shop::open());
    let (rows, folder) = (goods(24), tempfile::tempdir().unwrap());
    import(&many, &rows, false);
    // A file of one product is written by itself where its address is known already.
    single.meddle("INSERT INTO products (slug, title) SELECT 'tool-' || g, 'x' FROM generate_series(0, 23) g");
    import(&single, &rows, false);
    assert_eq!(export(&many, &folder.path().join("many.csv")), export(&single, &folder.path().join("single.csv")));
    let state =
        "SELECT hashtext(string_agg(concat_ws('/', p.slug, s.kind, s.lowest, s.title), ',' ORDER BY p.slug, s.kind, s.lowest, s.of_id))
        FROM shelves s JOIN products p ON p.id = s.product_id";
    assert_eq!(many.count(state), single.count(state));
}

#[test]
fn what_is_refused_among_many_is_told_by_its_row_and_the_rest_comes_in() {
    let shop = Shop::open();
    shop.product("Taken").put_up_as("taken", "T-7");
    let rows = goods(40)
        // A SKU twice in the file, a class that nobody knows, a price beyond all bounds, a time that ends before it begins.
        .replace("T-13,", "T-12,")
        .replace("T-15,,1,16.00,999.00,reduced", "T-15,,1,16.00,999.00,luxury")
        .replace("T-17,,1,18.00", "T-17,,1,1800000000.00")
        .replace("T-20-M,M,", "T-20-M,S,")
        .replace("tool-22,Tool 22", "tool-22, ");
    let report = import(&shop, &rows, false);
    let told: Vec<_> = report.problems.iter().map(|problem| problem.message.as_str()).collect();
    let tells = |words: &str| told.iter().any(|message| message.contains(words));
    assert!(tells("T-7: Another variant") && tells("T-12: Another variant") && tells("luxury") && tells("too high"), "{told:?}");
    assert!(tells("the same options as one above it") && tells("no title"), "{told:?}");
    let came = shop.count("SELECT count(*) FROM products WHERE slug LIKE 'tool-%'");
    assert_eq!((report.products_created, i64::try_from(report.products_created).unwrap()), (came.unsigned_abs(), came));
    // Refused: 7, 13 and 22. Those with a dear variant, or one that is there twice, come without it.
    assert_eq!(came, 37, "{report}");
    assert_eq!(shop.count("SELECT count(*) FROM products WHERE slug IN ('tool-7', 'tool-13', 'tool-22')"), 0);
    assert!(shop.examination().is_clean());
}

#[test]
fn an_option_may_have_any_text() {
    let shop = Shop::open();
    let odd = r#"3" {a,b}\"#;
    let quoted = odd.replace('"', "\"\"");
    let rows = format!("odd,Odd,,,,,active,,,,Size,ODD-1,\"{quoted}\",1,5.00,,,,no,,\nodd,,,,,,,,,,,ODD-2,NULL,2,5.00,,,,no,,\n");
    assert_eq!(import(&shop, &rows, false).variants_created, 2);
    let stored = shop.count(&format!("SELECT count(*) FROM variants WHERE option_values IN (ARRAY['{odd}'], ARRAY['NULL'])"));
    assert_eq!(stored, 2);
}
