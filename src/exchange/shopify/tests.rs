use super::*;
use crate::{
    catalog::Status,
    exchange::model::{ProductInFile, Sku, StockInFile},
};

const HEADER: &str = "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,\
Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Price,Variant Compare At Price,Variant Barcode,\
Image Src,Image Position,Image Alt Text,Gift Card,SEO Title,\
Related products (product.metafields.shopify--discovery--product_recommendation.related_products),Status\n";

const HAMMER: &str = "claw-hammer,Claw hammer,\"<p>Forged.</p>\n<script>x</script>\",Harrow & Pike,Hand tools > Hammers > Claw,Hammer,\"ash, featured\",TRUE,\
Head weight,16 oz,Handle,Ash,HP-A1,760,shopify,12,24.95,29.95,'501234,images/claw-hammer.webp,1,A hammer,FALSE,,mallet; tack-hammer,active\n\
claw-hammer,,,,,,,,,20 oz,,Ash,HP-A2,890.4,shopify,-2,27.5,27.50,,,,,,,,\n\
claw-hammer,,,,,,,,,,,,,,,,,,,images/claw-hammer-2.webp,2,The claw,,,,\n";

const TWINE: &str = "twine,Jute twine,,,Uncategorized,Twine,,FALSE,Title,Default Title,,,,,,,3.00,0.00,,,,,,,,\n";

fn read(text: &str) -> (Vec<ProductInFile>, Report) {
    read_bytes(text.as_bytes())
}

fn read_bytes(file: &[u8]) -> (Vec<ProductInFile>, Report) {
    let (mut products, mut report) = (vec![], Report::default());
    for batch in Reader::new(file, Currency::parse("GBP").unwrap()).unwrap() {
        report.absorb(batch.report);
        products.extend(batch.product);
    }
    (products, report)
}

fn read_rows(rows: &[&str]) -> (Vec<ProductInFile>, Report) {
    read(&format!("{HEADER}{}", rows.concat()))
}

/// Rows and messages of the problems.
fn problems(report: &Report) -> Vec<(u64, &str)> {
    report.problems.iter().map(|problem| (problem.row, problem.message.as_str())).collect()
}

/// A product of one variant, from a list of columns and one of fields.
fn small(columns: &str, fields: &str) -> (Vec<ProductInFile>, Report) {
    read(&format!("Handle,Title,Variant Price{columns}\nnail,Nail,0.10{fields}\n"))
}

#[test]
fn rows_of_one_handle_make_one_product_with_its_variants_and_pictures() {
    let (products, report) = read_rows(&[HAMMER, TWINE]);
    assert_eq!((products.len(), report.rows, problems(&report)), (2, 4, vec![]));
    let hammer = &products[0];
    assert_eq!((hammer.row, hammer.slug.as_str(), hammer.title.as_str()), (2, "claw-hammer", "Claw hammer"));
    assert_eq!(hammer.description.as_deref(), Some("<p>Forged.</p>\n"));
    assert_eq!(hammer.categories.as_ref().unwrap()[0], ["Hand tools", "Hammers"]);
    assert_eq!((hammer.status, hammer.tags.as_ref().unwrap().featured), (Some(Status::Active), true));
    assert_eq!(hammer.option_names.as_deref().unwrap(), ["Head weight", "Handle"]);
    assert_eq!(hammer.related.as_deref().unwrap(), ["mallet", "tack-hammer"]);
    let shown: Vec<_> = hammer.images.iter().map(|image| (image.row, image.source.as_str(), image.position)).collect();
    assert_eq!(shown, [(2, "images/claw-hammer.webp", 1), (5, "images/claw-hammer-2.webp", 2)]);
}

#[test]
fn each_variant_has_its_price_options_weight_and_stock() {
    let (products, _) = read_rows(&[HAMMER]);
    let [one, two] = &products[0].variants[..] else { panic!("two variants") };
    assert_eq!((one.price, one.compare_at, one.weight_grams, one.stock), (2495, Some(Some(2995)), Some(760), StockInFile::OnHand(12)));
    assert_eq!((one.barcode.as_deref(), &one.sku), (Some("501234"), &Sku::Given("HP-A1".into())));
    assert_eq!((two.row, two.position, two.price, two.compare_at), (4, 2, 2750, Some(None)));
    assert_eq!((two.weight_grams, two.stock), (Some(890), StockInFile::OnHand(0)));
    assert_eq!(two.option_values.as_deref().unwrap(), ["20 oz", "Ash"]);
}

#[test]
fn a_default_title_means_a_product_without_options() {
    let (products, _) = read_rows(&[TWINE]);
    let twine = &products[0];
    assert_eq!(twine.option_names.as_deref(), Some(&[][..]));
    assert_eq!(twine.variants[0].option_values.as_deref(), Some(&[][..]));
    assert_eq!((twine.status, twine.categories.clone()), (Some(Status::Draft), Some(vec![vec!["Twine".to_owned()]])));
    assert_eq!((twine.variants[0].stock, &twine.variants[0].sku), (StockInFile::Untracked, &Sku::Made("TWINE".into())));
}

#[test]
fn windows_line_ends_a_byte_order_mark_and_empty_lines_change_nothing_but_the_rows() {
    let unix = format!("{HEADER}{HAMMER}\n,,,\n{TWINE}");
    let windows = format!("\u{feff}{}", unix.replace('\n', "\r\n"));
    let (unix, windows) = (read(&unix), read(windows.trim_end()));
    assert_eq!(unix.1, windows.1);
    assert_eq!(unix.0.last().unwrap().row, 8);
    let rows = |products: &[ProductInFile]| products.iter().map(|product| product.row).collect::<Vec<_>>();
    assert_eq!(rows(&unix.0), rows(&windows.0));
    assert_eq!(unix.0[0].variants, windows.0[0].variants);
}

#[test]
fn newer_exports_are_read_by_their_own_header() {
    let (products, report) = read(
        "Title,URL handle,Description,Published on online store,Status,SKU,Option1 name,Option1 value,Option1 Linked To,Price,Compare-at price,\
         Inventory tracker,Inventory quantity,Weight value (grams),Product image URL,Image position\n\
         Nail,nail,<p>n</p>,TRUE,Active,N-1,Length,50 mm,,0.10,,shopify,500,3.5,https://cdn.example/nail.jpg?v=1,1\n",
    );
    assert_eq!(problems(&report), []);
    let nail = &products[0];
    assert_eq!((nail.variants[0].stock, nail.variants[0].weight_grams), (StockInFile::OnHand(500), Some(4)));
    assert_eq!((nail.images[0].source.as_str(), nail.status), ("https://cdn.example/nail.jpg?v=1", Some(Status::Active)));
}

#[test]
fn missing_columns_say_nothing() {
    let (products, report) = small("", "");
    assert_eq!(problems(&report), []);
    let nail = &products[0];
    assert_eq!((&nail.description, &nail.tags, nail.status, &nail.option_names, &nail.related), (&None, &None, None, &None, &None));
    let variant = &nail.variants[0];
    assert_eq!((variant.compare_at, variant.weight_grams, variant.stock), (None, None, StockInFile::Unsaid));
}

#[test]
fn a_counted_variant_without_a_number_is_not_taken_for_none_on_hand() {
    let (products, _) = small(",Variant Inventory Tracker", ",shopify");
    assert_eq!(products[0].variants[0].stock, StockInFile::Tracked);
}

#[test]
fn a_bad_row_is_told_and_the_rest_is_read() {
    let bad = "claw-hammer,,,,,,,,,24 oz,,Ash,HP-A3,,,,cheap,,,,,,,,,\n";
    let (products, report) = read_rows(&[HAMMER, bad, TWINE]);
    assert_eq!((products.len(), products[0].variants.len()), (2, 2));
    assert_eq!(problems(&report), [(6, "the price \"cheap\" can't be read; write it as 24.95")]);
}

#[test]
fn a_product_none_of_whose_variants_can_be_read_is_left_out() {
    let (products, report) = read_rows(&["nail,Nail,,,,,,,,,,,,,,,,,,,,,,,,\n"]);
    assert_eq!((products.len(), report.products_refused), (0, 1));
    assert_eq!(problems(&report)[0], (2, "the variant has no price"));
    assert!(report.problems[1].message.contains("none of the variants"));
}

#[test]
fn missing_handles_wrong_field_counts_and_foreign_bytes_are_told_by_their_row() {
    let mut file = HEADER.as_bytes().to_vec();
    file.extend_from_slice(b",Nameless,,,,,,,,,,,,,,,1.00,,,,,,,,,\nshort,row\n");
    let latin1 = TWINE.bytes().map(|byte| if byte == b'J' { 0xfc } else { byte });
    file.extend(latin1);
    file.extend_from_slice(HAMMER.as_bytes());
    let (products, report) = read_bytes(&file);
    assert_eq!(products.len(), 1);
    let rows: Vec<_> = problems(&report).into_iter().map(|(row, _)| row).collect();
    assert_eq!(rows, [2, 3, 4]);
    assert!(report.problems[1].message.contains("2 fields") && report.problems[2].message.contains("UTF-8"));
}

#[test]
fn an_open_quotation_mark_is_told_where_it_opens() {
    let (products, report) = read_rows(&[TWINE, "nail,\"Nail,,,\n", "swallowed,,,\n", "swallowed,too,,\n"]);
    assert_eq!((products.len(), report.problems.len()), (1, 1));
    assert_eq!(report.problems[0].row, 3);
    assert!(report.problems[0].message.contains("quotation mark"));
}

#[test]
fn a_handle_that_comes_again_is_refused_rather_than_mixed_in() {
    let again = "twine,,,,,,,,,,,,,,,,4.00,,,,,,,,,\n";
    let (products, report) = read_rows(&[TWINE, HAMMER, again]);
    assert_eq!((products.len(), products[0].variants[0].price), (2, 300));
    assert_eq!(problems(&report), [(7, "the product \"twine\" came further up already; its rows must stand together")]);
}

#[test]
fn a_product_whose_first_row_is_lost_is_told_once() {
    let headless = HAMMER.replacen("Claw hammer", "", 1);
    let (products, report) = read_rows(&[&headless]);
    assert_eq!((products.len(), report.products_refused), (0, 1));
    assert_eq!(problems(&report), [(2, "the product has no title; its first row is missing or can't be read")]);
}

#[test]
fn twin_variants_are_refused() {
    let same_options = "claw-hammer,,,,,,,,,16 oz,,Ash,HP-A9,,,,1.00,,,,,,,,,\n";
    let same_sku = "claw-hammer,,,,,,,,,32 oz,,Ash,HP-A1,,,,1.00,,,,,,,,,\n";
    let second = "twine,,,,,,,,,,,,,,,,4.00,,,,,,,,,\n";
    let (_, report) = read_rows(&[HAMMER, same_options, same_sku, TWINE, second]);
    let told: Vec<_> = problems(&report).into_iter().map(|(row, _)| row).collect();
    assert_eq!(told, [6, 7, 9]);
    assert_eq!(report.problems[0].message, "the variant has the same options as row 2");
}

#[test]
fn options_need_a_name_and_a_value() {
    let no_value = "claw-hammer,,,,,,,,,24 oz,,,HP-A3,,,,1.00,,,,,,,,,\n";
    let (_, report) = read_rows(&[HAMMER, no_value]);
    assert_eq!(problems(&report), [(6, "the variant has no value for option 2, \"Handle\"")]);
    let (_, report) = small(",Option1 Name,Option1 Value", ",,Large");
    assert!(report.problems[0].message.contains("gives it no name"));
}

#[test]
fn made_skus_do_not_collide_where_options_are_written_alike() {
    let rows = "Handle,Title,Variant Price,Option1 Name,Option1 Value\nnail,Nail,1,Size,1/2\nnail,,1,,1 2\n";
    let skus: Vec<_> = read(rows).0[0].variants.iter().map(|variant| variant.sku.as_str().to_owned()).collect();
    assert_eq!(skus, ["NAIL-1-2", "NAIL-1-2-2"]);
}

#[test]
fn a_gift_card_is_sold_without_counting() {
    let (products, report) = small(",Gift Card,Variant Inventory Tracker,Variant Inventory Qty", ",TRUE,shopify,3");
    assert!(report.problems.is_empty());
    assert_eq!((products[0].is_gift_card, products[0].variants[0].stock), (Some(true), StockInFile::Untracked));
    assert_eq!(small(",Gift Card", ",FALSE").0[0].is_gift_card, Some(false));
    assert_eq!(small("", "").0[0].is_gift_card, None);
}

#[test]
fn a_picture_repeated_in_every_row_counts_once() {
    let rows =
        "Handle,Title,Variant Price,Option1 Name,Option1 Value,Image Src\nnail,Nail,1,Size,S,a.png\nnail,,1,,M,a.png\nnail,,,,,b.png\n";
    let images: Vec<_> = read(rows).0[0].images.iter().map(|image| (image.source.clone(), image.position)).collect();
    assert_eq!(images, [("a.png".to_owned(), 1), ("b.png".to_owned(), 2)]);
}

#[test]
fn a_price_with_a_decimal_comma_is_refused() {
    let (products, report) = read("Handle,Title,Variant Price\nnail,Nail,\"24,95\"\n");
    assert!(products.is_empty() && report.problems[0].message.contains("comma"));
}
