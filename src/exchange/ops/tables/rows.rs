//! What a row, or the rows of an order, say, and the writing of it inside the caller's transaction.

use std::collections::HashMap;

use crate::{
    accounts::{self, Brought, BroughtCustomer},
    base::{Conn, Email, Error, GroupId, LocationId, Result, VariantId},
    catalog,
    exchange::{
        model::{PolicyInFile, Subject},
        ops::{product::ACTOR, tables::units::Unit},
        own::{order, policy_of_cells},
        report::{Report, quoted},
        shopify::values,
    },
    inventory::{self, Cause},
    orders,
};

fn told(message: String) -> Error {
    Error::invalid("", message)
}

/// What became of a unit.
enum Became {
    Created,
    Changed,
    Unchanged,
}

/// Writes all of them. `unset`: the hash that customers get for a password.
///
/// # Errors
/// `Invalid` for the first that is refused.
pub fn write(conn: &mut Conn, subject: Subject, units: &[Unit], unset: &str) -> Result<Report> {
    let mut report = Report::default();
    let shop = Shop::of(conn, subject, units)?;
    for unit in units {
        report.rows += unit.count;
        let became = match subject {
            Subject::Stock => stock(conn, &shop, unit)?,
            Subject::Redirects => redirect(conn, unit)?,
            Subject::Customers => customer(conn, &shop, unit, unset, &mut report)?,
            Subject::Orders => order(conn, unit)?,
            Subject::Products => return Err(Error::internal("products have an import of their own")),
        };
        match became {
            Became::Created => report.others_created += 1,
            Became::Changed => report.others_changed += 1,
            Became::Unchanged => report.others_unchanged += 1,
        }
    }
    if subject == Subject::Orders {
        orders::check_sums(conn)?;
    }
    Ok(report)
}

/// What the rows name, looked up once for all of them.
#[derive(Default)]
struct Shop {
    variants: HashMap<String, VariantId>,
    locations: HashMap<String, LocationId>,
    groups: HashMap<String, GroupId>,
}

impl Shop {
    fn of(conn: &mut Conn, subject: Subject, units: &[Unit]) -> Result<Self> {
        let mut shop = Self::default();
        if subject == Subject::Stock {
            let skus: Vec<_> = units.iter().filter_map(|unit| Some(unit.rows.first()?.1.first()?.as_str())).collect();
            shop.variants = catalog::variants_named(conn, &skus)?;
            // All at once in the order of the keys, as orders take them: an import and an order never wait for each other in a ring.
            inventory::lock_rows(conn, &shop.variants.values().copied().collect::<Vec<_>>())?;
            shop.locations = inventory::locations(conn)?.into_iter().map(|location| (location.name.to_lowercase(), location.id)).collect();
        }
        if subject == Subject::Customers {
            shop.groups = accounts::groups(conn)?.into_iter().map(|group| (group.name.to_lowercase(), group.id)).collect();
        }
        Ok(shop)
    }
}

/// Title, options and what belongs to orders are for people.
fn stock(conn: &mut Conn, shop: &Shop, unit: &Unit) -> Result<Became> {
    let [sku, _, _, place, on_hand, _, backorder, preorder, available, low, most] = unit.cells::<11>()?;
    let variant = *shop.variants.get(sku).ok_or_else(|| told(format!("no variant has the SKU {}", quoted(sku))))?;
    let mut changed = false;
    let given = |column: usize, cell| unit.says(column).then_some(cell);
    let policy = [given(6, backorder), given(7, preorder), given(8, available), given(9, low), given(10, most)];
    let policy = policy_of_cells(policy.map(|cell| cell.map(String::as_str))).map_err(told)?;
    if policy != PolicyInFile::default() {
        let had = inventory::policy(conn, variant)?;
        changed = policy.over(had) != had;
        if changed {
            inventory::set_policy(conn, variant, &policy.over(had))?;
        }
    }
    let before = inventory::stock_of(conn, &[variant])?.remove(&variant);
    changed |= match (on_hand.as_str(), place.as_str()) {
        // It has no units of its own: those of its parts count.
        _ if before.is_some_and(|before| before.is_bundle) => false,
        ("", _) if before.is_none_or(|before| before.tracked) => inventory::count_untracked(conn, variant, ACTOR).map(|()| true)?,
        ("", _) => false,
        (units, "") => {
            let units = values::quantity(units).map_err(told)?;
            let differs = before.is_none_or(|before| !before.tracked || before.on_hand != units);
            if differs {
                inventory::count(conn, variant, units, Cause::Imported, ACTOR)?;
            }
            differs
        }
        (units, place) => {
            let missing = || told(format!("there is no location {}; add it under Stock, Locations", quoted(place)));
            let location = *shop.locations.get(&place.to_lowercase()).ok_or_else(missing)?;
            let units = values::quantity(units).map_err(told)?;
            let here = inventory::on_hand_at(conn, variant, location)?;
            let differs = before.is_none_or(|before| !before.tracked) || here != units;
            if differs {
                inventory::count_at(conn, variant, location, units, None, ACTOR)?;
            }
            differs
        }
    };
    Ok(if changed { Became::Changed } else { Became::Unchanged })
}

fn redirect(conn: &mut Conn, unit: &Unit) -> Result<Became> {
    let [from, to] = unit.cells::<2>()?;
    let had = catalog::redirect_target(conn, from)?;
    if had.as_ref() == Some(to) {
        return Ok(Became::Unchanged);
    }
    catalog::put_redirect(conn, from, to)?;
    Ok(if had.is_some() { Became::Changed } else { Became::Created })
}

fn customer(conn: &mut Conn, shop: &Shop, unit: &Unit, unset: &str, report: &mut Report) -> Result<Became> {
    let [email, name, group, tax_exemption, since, agreed] = unit.cells::<6>()?;
    let moment = |text: &str| {
        let read = || {
            order::moment(text).ok_or_else(|| told(format!("the time {} can't be read; write it as 2026-12-24T08:00:00Z", quoted(text))))
        };
        (!text.is_empty()).then(read).transpose()
    };
    if name.is_empty() || name.chars().count() > 200 {
        return Err(told("the customer needs a name of at most 200 characters".to_owned()));
    }
    let known = shop.groups.get(&group.to_lowercase()).copied();
    if known.is_none() && !group.is_empty() {
        report.problem(unit.line, format!("the group {} is unknown, so it was left out; add it under Customer groups", quoted(group)));
    }
    if tax_exemption.chars().count() > 200 {
        return Err(told("the tax exemption is longer than 200 characters".to_owned()));
    }
    let customer = BroughtCustomer {
        email: Email::parse(email).map_err(|_| told(format!("{} is no e-mail address", quoted(email))))?,
        name: name.clone(),
        // What the file does not say, and a group that is unknown, stay as they are.
        group: (unit.says(2) && (group.is_empty() || known.is_some())).then_some(known),
        tax_exemption: unit.says(3).then(|| tax_exemption.clone()),
        since: moment(since)?,
        offers_agreed_at: moment(agreed)?,
    };
    Ok(match accounts::bring(conn, &customer, unset)? {
        Brought::Created => Became::Created,
        Brought::Changed => Became::Changed,
        Brought::Unchanged => Became::Unchanged,
    })
}

/// One that the shop has stays as it is.
fn order(conn: &mut Conn, unit: &Unit) -> Result<Became> {
    unit.cells::<37>()?;
    let order = order::order_of(&unit.rows).map_err(told)?;
    if Email::parse(&order.email).is_err() {
        return Err(told(format!("{} is no e-mail address", quoted(&order.email))));
    }
    Ok(if orders::bring(conn, &order, ACTOR)? { Became::Created } else { Became::Unchanged })
}
