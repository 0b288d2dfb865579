//! What a row, or the rows of an order, say, and the writing of it inside the caller's transaction.

use std::{collections::HashMap, path::Path, sync::Arc};

use tokio::sync::mpsc;

use crate::{
    accounts::{self, Brought, BroughtCustomer},
    base::{Conn, Email, Error, GroupId, LocationId, Result, VariantId},
    catalog,
    exchange::{
        model::Subject,
        ops::{files, product::ACTOR},
        own::{
            order, policy_of_cells,
            tables::{self, is_named},
            words,
        },
        report::Report,
        shopify::values,
        table::{Table, TableRow},
    },
    inventory::{self, Cause},
    orders,
};

/// Lines that an order can have here.
const MOST_LINES: usize = 2000;

/// What is written or refused as a whole: a row, or the rows of an order.
#[derive(Clone)]
pub struct Unit {
    pub line: u64,
    /// Each with its line of the file and a cell for each of our columns, empty where the file has none.
    pub rows: Vec<(u64, Vec<String>)>,
    /// Which of our columns the file has.
    given: Arc<[bool]>,
    /// Why it can't be read.
    broken: Option<String>,
}

/// The units of a file, read on a thread of its own.
///
/// # Errors
/// `Invalid` on `file` when it lacks a column.
pub async fn units_of(path: &Path, subject: Subject) -> Result<mpsc::Receiver<Unit>> {
    let path = path.to_owned();
    let open = move || {
        let table = Table::new(files::text_of(&path)?)?;
        let at = |column: &tables::TableColumn| {
            let found = table.header.iter().position(|header| is_named(header, column));
            let missing = || format!("The file has no column {:?}. Choose one that was exported from here", column.name);
            if column.required && found.is_none() { Err(Error::invalid("file", missing())) } else { Ok(found) }
        };
        let columns = tables::columns(subject).iter().map(at).collect::<Result<Vec<_>>>()?;
        if columns.is_empty() {
            return Err(Error::invalid("file", format!("{} can't be imported this way", subject.label())));
        }
        Ok((table, columns))
    };
    let (table, columns) = tokio::task::spawn_blocking(open).await.map_err(|fault| Error::Internal(fault.into()))??;
    let (sender, receiver) = mpsc::channel(100);
    tokio::task::spawn_blocking(move || {
        let cells = |row: &TableRow| columns.iter().map(|at| words::bare(row.text(*at)).to_owned()).collect::<Vec<_>>();
        let given: Arc<[bool]> = columns.iter().map(Option::is_some).collect();
        let mut open: Option<Unit> = None;
        for row in table {
            let unit = match row {
                Ok(row) => Unit { line: row.line, rows: vec![(row.line, cells(&row))], given: given.clone(), broken: None },
                Err((line, message)) => Unit { line, rows: vec![], given: given.clone(), broken: Some(message) },
            };
            let left = match &mut open {
                Some(open) if subject == Subject::Orders && open.goes_on_with(&unit) => {
                    open.rows.extend(unit.rows);
                    continue;
                }
                open => open.replace(unit),
            };
            if left.is_some_and(|unit| sender.blocking_send(unit).is_err()) {
                return;
            }
        }
        if let Some(unit) = open {
            let _ = sender.blocking_send(unit);
        }
    });
    Ok(receiver)
}

impl Unit {
    /// Whether the rows are of the same order.
    fn goes_on_with(&self, next: &Self) -> bool {
        let number = |unit: &Self| unit.rows.first().and_then(|(_, cells)| cells.first()).cloned();
        self.rows.len() <= MOST_LINES && number(self).is_some() && number(self) == number(next)
    }

    /// Whether the file says anything of a column; what it does not say stays.
    fn says(&self, column: usize) -> bool {
        self.given.get(column).copied().unwrap_or(false)
    }

    /// # Errors
    /// `Invalid` when it can't be read.
    fn cells<const N: usize>(&self) -> Result<&[String; N]> {
        if let Some(broken) = &self.broken {
            return Err(told(broken.clone()));
        }
        let cells = self.rows.first().and_then(|(_, cells)| cells.as_slice().try_into().ok());
        cells.ok_or_else(|| Error::internal("a row without its cells"))
    }
}

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
        report.rows += unit.rows.len() as u64;
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
    let variant = *shop.variants.get(sku).ok_or_else(|| told(format!("no variant has the SKU {sku:?}")))?;
    let mut changed = false;
    if unit.says(6) {
        let policy = policy_of_cells([backorder, preorder, available, low, most].map(String::as_str)).map_err(told)?;
        changed = inventory::policy(conn, variant)? != policy;
        if changed {
            inventory::set_policy(conn, variant, &policy)?;
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
            let missing = || told(format!("there is no location {place:?}; add it under Stock, Locations"));
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
        let read = || order::moment(text).ok_or_else(|| told(format!("the time {text:?} can't be read; write it as 2026-12-24T08:00:00Z")));
        (!text.is_empty()).then(read).transpose()
    };
    if name.is_empty() || name.chars().count() > 200 {
        return Err(told("the customer needs a name of at most 200 characters".to_owned()));
    }
    let known = shop.groups.get(&group.to_lowercase()).copied();
    if known.is_none() && !group.is_empty() {
        report.problem(unit.line, format!("the group {group:?} is unknown, so it was left out; add it under Customer groups"));
    }
    if tax_exemption.chars().count() > 200 {
        return Err(told("the tax exemption is longer than 200 characters".to_owned()));
    }
    let customer = BroughtCustomer {
        email: Email::parse(email).map_err(|_| told(format!("{email:?} is no e-mail address")))?,
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
        return Err(told(format!("{:?} is no e-mail address", order.email)));
    }
    Ok(if orders::bring(conn, &order, ACTOR)? { Became::Created } else { Became::Unchanged })
}
