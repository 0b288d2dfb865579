use std::io::Write;

use super::*;
use crate::{
    catalog::{AttributeKind, Status},
    exchange::model::{ProductInFile, StockInFile},
};

const HEADER: &str = "ID,Type,SKU,Name,Published,Is featured?,Visibility in catalog,Short description,Description,Date sale price starts,\
Date sale price ends,Tax status,Tax class,In stock?,Stock,Backorders allowed?,Sold individually?,Weight (kg),Sale price,Regular price,Categories,Tags,\
Images,Parent,Upsells,Cross-sells,Position,Attribute 1 name,Attribute 1 value(s),Attribute 1 visible,Attribute 1 global,\
Attribute 2 name,Attribute 2 value(s),Attribute 2 visible,Attribute 2 global,Meta: _x\n";

const SHIRT: &str = "10,variable,SH,Work shirt,1,1,visible,Short.,Long.,,,taxable,,1,,0,0,,,,\"Clothes > Shirts, Sale\",\"cotton, blue\",\
\"https://x.example/a.jpg, https://x.example/b.jpg\",,,id:12,0,Size,\"S, M\",1,1,Cloth,Cotton,1,0,m\n";
const SMALL: &str = "11,variation,SH-S,Work shirt - S,1,0,visible,,,,,taxable,parent,1,4,1,0,0.3,8.00,10.00,,,https://x.example/s.jpg,id:10,,,2,Size,S,,1,,,,,\n";
const MEDIUM: &str = "13,variation,,Work shirt - M,1,0,visible,,,,,taxable,reduced-rate,1,,0,0,0.35,,10.00,,,,SH,,,1,Size,M,,1,,,,,\n";
const NAIL: &str = "12,simple,NA,Nail,0,0,visible,,,,,none,,1,100,0,0,,,0.10,Uncategorized,,,,,,0,,,,,,,,,\n";

fn read(rows: &[&str]) -> (Vec<ProductInFile>, Report) {
    let path = std::env::temp_dir().join(format!("ironmonger-woo-{}.csv", uuid::Uuid::new_v4()));
    std::fs::File::create(&path).unwrap().write_all(format!("{HEADER}{}", rows.concat()).as_bytes()).unwrap();
    let reader = Reader::open(&path, Currency::parse("GBP").unwrap(), values::moment("2026-11-21").unwrap()).unwrap();
    let (mut products, mut report) = (vec![], Report::default());
    for batch in reader {
        report.absorb(batch.report);
        products.extend(batch.product);
    }
    std::fs::remove_file(path).unwrap();
    (products, report)
}

#[test]
fn variations_find_their_product_wherever_they_stand_and_however_they_name_it() {
    let (products, report) = read(&[SMALL, SHIRT, NAIL, MEDIUM]);
    assert!(report.problems.is_empty(), "{report}");
    assert_eq!((products.len(), report.rows), (2, 4));
    let shirt = &products[0];
    assert_eq!(
        (shirt.slug.as_str(), shirt.status, shirt.former_paths.as_slice()),
        ("work-shirt", Some(Status::Active), &["/product/work-shirt".to_owned()][..])
    );
    let told: Vec<_> = shirt
        .variants
        .iter()
        .map(|variant| (variant.sku.as_str(), variant.option_values.clone().unwrap().join("/"), variant.price))
        .collect();
    assert_eq!(told, [("WORK-SHIRT-M", "M".to_owned(), 1000), ("SH-S", "S".to_owned(), 800)]);
    assert_eq!(
        (shirt.variants[1].compare_at, shirt.variants[1].weight_grams, shirt.variants[1].stock),
        (Some(Some(1000)), Some(300), StockInFile::OnHand(4))
    );
    assert_eq!(shirt.variants[0].tax_class.as_deref(), Some("reduced"));
    assert_eq!(shirt.variants[1].tax_class.as_deref(), Some("standard"));
    assert!(shirt.variants[1].policy.backorder_limit > Some(0));
    assert_eq!(shirt.related.as_deref().unwrap(), ["nail"]);
    assert_eq!(shirt.images.len(), 3);
    assert_eq!(shirt.categories.as_ref().unwrap().len(), 2);
}

#[test]
fn what_variations_do_not_differ_by_is_an_attribute() {
    let (products, _) = read(&[SHIRT, SMALL, MEDIUM]);
    let attributes = products[0].attributes.as_ref().unwrap();
    assert_eq!((attributes.len(), attributes[0].code.as_str(), attributes[0].kind), (1, "cloth", AttributeKind::Text));
    assert_eq!(products[0].product_type.as_deref(), Some("Shirts"));
    assert_eq!(products[0].option_names.as_deref().unwrap(), ["Size"]);
}

#[test]
fn what_can_not_be_sold_here_is_told_by_row() {
    let grouped = NAIL.replace("simple", "grouped").replace("12,", "14,");
    let any = MEDIUM.replace("Size,M,", "Size,,");
    let (products, report) = read(&[SHIRT, SMALL, &any, &grouped, &SMALL.replace("id:10", "id:99")]);
    assert_eq!(products.len(), 1);
    let told: Vec<_> = report.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert!(told.iter().any(|message| message.contains("fits any")), "{told:?}");
    assert!(told.iter().any(|message| message.contains("grouped")) && told.iter().any(|message| message.contains("is not in the file")));
}

#[test]
fn the_second_product_of_a_name_gets_another_address() {
    let (products, _) = read(&[NAIL, &NAIL.replace("12,simple,NA,", "15,simple,NB,")]);
    assert_eq!(products.iter().map(|product| product.slug.as_str()).collect::<Vec<_>>(), ["nail", "nail-2"]);
    assert_eq!(products[0].status, Some(Status::Draft));
}
