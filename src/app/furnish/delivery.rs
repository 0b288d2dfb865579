use crate::{
    base::{Conn, Result, ShippingMethodId, ShippingZoneId},
    catalog,
    shipping::{self, MethodSettings, Step, Surcharge, Tariff, TariffKind, ZoneSettings},
};

const EUROPE: [&str; 31] = [
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV",
    "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// What it costs to bring a parcel somewhere: grams up to which a price holds, and the price in minor units.
type Rows<'a> = &'a [(i64, i64)];

/// The demo's ways to deliver.
pub fn demo(conn: &mut Conn) -> Result<()> {
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
    post(conn, world)?;
    pickup(conn, home)
}

/// Post by the kilogram: 2.50 to the United States, 3.00 to the European Union, 4.00 elsewhere.
fn post(conn: &mut Conn, world: ShippingZoneId) -> Result<()> {
    let states = zone(conn, "United States", &["US"])?;
    let union = zone(conn, "European Union", shipping::EUROPEAN_UNION)?;
    let post = method(conn, 3, "Post by weight", "By surface mail, 1 to 6 weeks, priced to the gram")?;
    for (zone, price_per_kg) in [(states, 250), (union, 300), (world, 400)] {
        let tariff = Tariff { price_per_kg, max_weight_grams: Some(30_000), ..Tariff::new(post, zone, TariffKind::PerKg) };
        shipping::save_tariff(conn, &tariff, &[])?;
    }
    Ok(())
}

fn pickup(conn: &mut Conn, home: ShippingZoneId) -> Result<()> {
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
pub fn plain(conn: &mut Conn) -> Result<()> {
    let everywhere = zone(conn, "Everywhere", &[])?;
    let standard = method(conn, 1, "Standard delivery", "")?;
    weight_table(conn, Tariff::new(standard, everywhere, TariffKind::ByWeight), &[(30_000, 500)])
}

/// Vices are heavy for their size, so express costs more for each. Categories are there only after the import.
pub fn charge_for_vices(conn: &mut Conn) -> Result<()> {
    let children = catalog::category_tree(conn)?.into_iter().flat_map(|top| top.children);
    let vices = children.into_iter().find(|category| category.name == "Vices & clamps");
    let express = shipping::method_named(conn, "Express delivery")?;
    let (Some(vices), Some(express)) = (vices, express) else { return Ok(()) };
    let surcharge = Surcharge { method_id: express, category_id: vices.id, price: 450, per_unit: true };
    shipping::save_surcharges(conn, express, &[surcharge])
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
