//! The demo shop: an ironmonger's with its goods, pages, delivery and tax, from files that a merchant could have written.

use std::{collections::HashMap, path::Path};

use rust_embed::RustEmbed;
use serde::Deserialize;

use super::{
    furnish::{bargains, delivery, goods, prices, reviews, taxes},
    jobs::FillDemo,
};
use crate::{
    base::{Conn, Currency, Db, Error, Result},
    catalog, content,
    exchange::{self, ImportOptions, Report},
    jobs,
    media::MediaStore,
    payments,
    settings::{self, NewStore},
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
            delivery::plain(conn)?;
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

fn furnish(conn: &mut Conn) -> Result<()> {
    taxes::demo(conn)?;
    delivery::demo(conn)?;
    payments::offer(conn, "sandbox")?;
    write_pages(conn)
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
    db.write(delivery::charge_for_vices).await?;
    db.write(prices::demo).await?;
    db.write(bargains::demo).await?;
    let text = text_of("goods.json")?;
    db.write(move |conn| goods::demo(conn, &text)).await?;
    let text = text_of("reviews.json")?;
    db.write(move |conn| reviews::demo(conn, &text)).await?;
    tracing::info!(products = report.products_created, "the demo shop is filled");
    let _ = std::fs::remove_dir_all(&folder);
    Ok(report)
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
    for (position, name) in (1..).zip(["Hand tools", "Fixings", "Locks", "Hinges", "Garden", "Workshop", "Paint", "Gift cards"]) {
        let description = texts.get(name).map_or("", |text| text.description.as_str());
        catalog::describe_department(conn, name, description, position)?;
    }
    Ok(())
}
