//! The demo shop: an ironmonger's with its goods, pages, delivery and tax, from files that a merchant could have written.

use std::{collections::HashMap, path::Path};

use rust_decimal::Decimal;
use rust_embed::RustEmbed;
use serde::Deserialize;

use super::jobs::FillDemo;
use crate::{
    base::{Conn, Currency, Db, Error, Result, ShippingMethodId, ShippingZoneId},
    catalog, content,
    exchange::{self, ImportOptions, Report},
    jobs,
    media::MediaStore,
    settings::{self, NewStore},
    shipping::{self, MethodSettings, Step, Surcharge, Tariff, TariffKind, ZoneSettings},
    tax::{self, TaxRate},
};

#[derive(RustEmbed)]
#[folder = "src/app/demo"]
struct Files;

/// Opens the shop where the database is empty: the demo, or a plain one. `false`: it was open already.
pub async fn open(db: &Db, with_demo: bool) -> Result<bool> {
    db.write(move |conn| {
        let new = if with_demo { demo_store()? } else { plain_store()? };
        if !settings::open(conn, &new)? {
            return Ok(false);
        }
        if with_demo {
            furnish(conn)?;
            jobs::enqueue(conn, &FillDemo {})?;
        } else {
            furnish_plainly(conn)?;
        }
        Ok(true)
    })
    .await
}

fn demo_store() -> Result<NewStore> {
    Ok(NewStore {
        name: "Harrow & Pike".into(),
        tagline: "Ironmongers in Ludlow since 1887".into(),
        email: "counter@harrowandpike.example".into(),
        phone: "01584 550 142".into(),
        line1: "12 Market Row".into(),
        city: "Ludlow".into(),
        postcode: "SY8 1AA".into(),
        country: "GB".into(),
        currency: Currency::parse("GBP").map_err(Error::internal)?,
        sender_name: "Harrow & Pike".into(),
        sender_email: "counter@harrowandpike.example".into(),
        bank_details: "Harrow & Pike, sort code 00-00-00, account 00000000".into(),
    })
}

/// Shop data that the owner changes under Settings before anything else.
fn plain_store() -> Result<NewStore> {
    Ok(NewStore {
        name: "My shop".into(),
        tagline: String::new(),
        email: "shop@example.com".into(),
        phone: String::new(),
        line1: String::new(),
        city: String::new(),
        postcode: String::new(),
        country: "GB".into(),
        currency: Currency::parse("GBP").map_err(Error::internal)?,
        sender_name: "My shop".into(),
        sender_email: "shop@example.com".into(),
        bank_details: String::new(),
    })
}

const EUROPE: [&str; 31] = [
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV",
    "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

fn furnish(conn: &mut Conn) -> Result<()> {
    let rate = TaxRate {
        tax_class: "standard".into(),
        country: "GB".into(),
        region: String::new(),
        label: "VAT 20%".into(),
        rate: Decimal::from(20),
    };
    tax::add_rate(conn, &rate)?;
    furnish_delivery(conn)?;
    write_pages(conn)
}

/// What it costs to bring a parcel somewhere: grams up to which a price holds, and the price in minor units.
type Rows<'a> = &'a [(i64, i64)];

fn furnish_delivery(conn: &mut Conn) -> Result<()> {
    let home = zone(conn, "United Kingdom", &["GB", "GG", "IM", "JE"])?;
    let europe = zone(conn, "Europe", &EUROPE)?;
    let world = zone(conn, "Rest of the world", &[])?;
    let standard = method(conn, 1, "Standard delivery", "2 to 4 working days in the UK, 4 to 8 in Europe, up to 3 weeks elsewhere")?;
    let table: Rows = &[(2_000, 395), (10_000, 695), (30_000, 1195)];
    weight_table(conn, Tariff { free_above: Some(15_000), ..Tariff::new(standard, home, TariffKind::ByWeight) }, table)?;
    weight_table(conn, Tariff::new(standard, europe, TariffKind::ByWeight), &[(2_000, 995), (10_000, 1895), (30_000, 3495)])?;
    weight_table(conn, Tariff::new(standard, world, TariffKind::ByWeight), &[(2_000, 1695), (10_000, 4495), (20_000, 7995)])?;
    let express = method(
        conn,
        2,
        "Express delivery",
        "Next working day in the UK for orders before noon, 2 to 3 days in Europe, up to a week elsewhere",
    )?;
    weight_table(conn, Tariff::new(express, home, TariffKind::ByWeight), &[(2_000, 795), (10_000, 1195), (25_000, 1895)])?;
    weight_table(conn, Tariff::new(express, europe, TariffKind::ByWeight), &[(2_000, 2495), (10_000, 4495)])?;
    weight_table(conn, Tariff::new(express, world, TariffKind::ByWeight), &[(2_000, 3995), (10_000, 8995)])?;
    furnish_post(conn, world)?;
    furnish_pickup(conn, home)
}

/// Post by the kilogram: 2.50 to the United States, 3.00 to the European Union, 4.00 elsewhere.
fn furnish_post(conn: &mut Conn, world: ShippingZoneId) -> Result<()> {
    let states = zone(conn, "United States", &["US"])?;
    let union = zone(conn, "European Union", shipping::EUROPEAN_UNION)?;
    let post = method(conn, 3, "Post by weight", "By surface mail, 1 to 6 weeks, priced to the gram")?;
    for (zone, price_per_kg) in [(states, 250), (union, 300), (world, 400)] {
        let tariff = Tariff { price_per_kg, max_weight_grams: Some(30_000), ..Tariff::new(post, zone, TariffKind::PerKg) };
        shipping::save_tariff(conn, &tariff, &[])?;
    }
    Ok(())
}

fn furnish_pickup(conn: &mut Conn, home: ShippingZoneId) -> Result<()> {
    let settings = MethodSettings {
        name: "Pick up in the shop".to_owned(),
        delivery_time: "Ready after two hours".to_owned(),
        position: 4,
        active: true,
        is_pickup: true,
        pickup_address: "12 Market Row, Ludlow SY8 1AA, Monday to Saturday, 8 to 5".to_owned(),
        ..MethodSettings::default()
    };
    let pickup = shipping::add_method(conn, &settings)?;
    shipping::save_tariff(conn, &Tariff::new(pickup, home, TariffKind::Flat), &[])
}

/// One way to deliver, everywhere, so that a new shop can sell at once.
fn furnish_plainly(conn: &mut Conn) -> Result<()> {
    let everywhere = zone(conn, "Everywhere", &[])?;
    let standard = method(conn, 1, "Standard delivery", "")?;
    weight_table(conn, Tariff::new(standard, everywhere, TariffKind::ByWeight), &[(30_000, 500)])
}

/// A zone of these countries; of none, the rest of the world.
fn zone(conn: &mut Conn, name: &str, countries: &[&str]) -> Result<ShippingZoneId> {
    let codes = countries.iter().map(|code| (*code).to_owned()).collect();
    shipping::add_zone(
        conn,
        &ZoneSettings { name: name.to_owned(), countries: codes, rest_of_world: countries.is_empty(), ..ZoneSettings::default() },
    )
}

fn method(conn: &mut Conn, position: i32, name: &str, description: &str) -> Result<ShippingMethodId> {
    let (name, description) = (name.to_owned(), description.to_owned());
    shipping::add_method(conn, &MethodSettings { name, description, position, active: true, ..MethodSettings::default() })
}

fn weight_table(conn: &mut Conn, tariff: Tariff, rows: Rows) -> Result<()> {
    let step = |&(grams, price)| Step::new(tariff.method_id, tariff.zone_id, tariff.kind, Some(grams), price);
    shipping::save_tariff(conn, &tariff, &rows.iter().map(step).collect::<Vec<_>>())
}

fn write_pages(conn: &mut Conn) -> Result<()> {
    for (position, slug) in (1..).zip(["about", "delivery", "returns", "privacy"]) {
        let text = text_of(&format!("pages/{slug}.md"))?;
        let (title, body) = text.trim_start().strip_prefix("# ").and_then(|rest| rest.split_once('\n')).unwrap_or((slug, &text));
        let page = content::PageInput { slug: slug.to_owned(), title: title.trim().to_owned(), body: body.trim().to_owned(), position };
        content::save(conn, None, &page)?;
    }
    Ok(())
}

fn text_of(name: &str) -> Result<String> {
    let file = Files::get(name).ok_or_else(|| Error::internal(format!("the program was built without {name}")))?;
    String::from_utf8(file.data.into_owned()).map_err(|error| Error::Internal(error.into()))
}

/// Imports the demo's goods, by the same way as a merchant's own file. Doing it again changes nothing.
pub async fn fill(db: &Db, media: &MediaStore, data_dir: &Path) -> Result<Report> {
    db.write(name_departments).await?;
    let folder = data_dir.join("demo");
    unpack(&folder).map_err(|error| Error::Internal(anyhow::Error::new(error).context("the demo's files can't be unpacked")))?;
    let report = exchange::import_products(db, media, &folder.join("products.csv"), &ImportOptions::default(), &mut |_| ()).await?;
    db.write(charge_for_vices).await?;
    tracing::info!(products = report.products_created, "the demo shop is filled");
    let _ = std::fs::remove_dir_all(&folder);
    Ok(report)
}

/// Vices are heavy for their size, so express costs more for each. Categories are there only after the import.
fn charge_for_vices(conn: &mut Conn) -> Result<()> {
    let children = catalog::category_tree(conn)?.into_iter().flat_map(|top| top.children);
    let vices = children.into_iter().find(|category| category.name == "Vices & clamps");
    let express = shipping::method_named(conn, "Express delivery")?;
    let (Some(vices), Some(express)) = (vices, express) else { return Ok(()) };
    let surcharge = Surcharge { method_id: express, category_id: vices.id, price: 450, per_unit: true };
    shipping::save_surcharges(conn, express, &[surcharge])
}

/// Writes the files out, since the importer reads files.
fn unpack(folder: &Path) -> std::io::Result<()> {
    for name in Files::iter().filter(|name| name.starts_with("images/") || name.ends_with(".csv")) {
        let path = folder.join(name.as_ref());
        if let (Some(parent), Some(file)) = (path.parent(), Files::get(&name)) {
            std::fs::create_dir_all(parent)?;
            std::fs::write(path, file.data)?;
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct DepartmentText {
    description: String,
}

/// Departments in the order in which the shop shows them, with their texts.
fn name_departments(conn: &mut Conn) -> Result<()> {
    let texts: HashMap<String, DepartmentText> = serde_json::from_str(&text_of("categories.json")?)?;
    for (position, name) in (1..).zip(["Hand tools", "Fixings", "Locks", "Hinges", "Garden", "Workshop", "Paint"]) {
        let description = texts.get(name).map_or("", |text| text.description.as_str());
        catalog::describe_department(conn, name, description, position)?;
    }
    Ok(())
}
