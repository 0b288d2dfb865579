//! Stock and redirects of our own files, row by row.

use std::path::Path;

use tokio::sync::mpsc;

use super::{export, files};
use crate::{
    base::{Conn, Db, Error, Result},
    catalog,
    exchange::{
        model::Subject,
        own::{policy_of_cells, words},
        report::Report,
        shopify::values,
        table::{Table, TableRow},
    },
    inventory::{self, Cause},
};

/// Who changes stock, in the ledger.
const ACTOR: &str = "import";

/// Imports a file of stock or of redirects. What is refused is in the report, and the rest is done; what is so already stays
/// untouched.
///
/// # Errors
/// `Invalid` on `file` when it lacks a column, or is of a subject that can't be imported; when the database can't be used.
pub async fn import_table(db: &Db, subject: Subject, path: &Path, dry_run: bool) -> Result<Report> {
    let wanted: &'static [&'static str] = match subject {
        Subject::Stock => &export::STOCK,
        Subject::Redirects => &export::REDIRECTS,
        _ => return Err(Error::invalid("file", format!("{} can't be imported this way", subject.label()))),
    };
    let mut rows = rows_of(path, wanted).await?;
    let mut report = Report { dry_run, ..Report::default() };
    while let Some(row) = rows.recv().await {
        report.rows += 1;
        let (line, cells) = match row {
            Ok(row) => row,
            Err((line, message)) => {
                report.problem(line, message);
                continue;
            }
        };
        let write = move |conn: &mut Conn| if subject == Subject::Stock { stock(conn, &cells) } else { redirect(conn, &cells) };
        let written = if dry_run { db.rehearse(write).await } else { db.write(write).await };
        match written {
            Ok(true) => report.others_changed += 1,
            Ok(false) => report.others_unchanged += 1,
            Err(error) => super::product::refusal(error, line)?.into_iter().for_each(|(line, message)| report.problem(line, message)),
        }
    }
    Ok(report)
}

type Cells = Result<(u64, Vec<String>), (u64, String)>;

/// The wanted columns of each row, in their order.
async fn rows_of(path: &Path, wanted: &'static [&'static str]) -> Result<mpsc::Receiver<Cells>> {
    let path = path.to_owned();
    let open = move || {
        let table = Table::new(files::text_of(&path)?)?;
        let at = |name: &&str| {
            let found = table.header.iter().position(|header| header.trim_start_matches('\u{feff}').trim().eq_ignore_ascii_case(name));
            found.ok_or_else(|| Error::invalid("file", format!("The file has no column {name:?}. Choose one that was exported from here")))
        };
        let columns = wanted.iter().map(at).collect::<Result<Vec<_>>>()?;
        Ok::<_, Error>((table, columns))
    };
    let (table, columns) = tokio::task::spawn_blocking(open).await.map_err(|fault| Error::Internal(fault.into()))??;
    let (sender, receiver) = mpsc::channel(100);
    tokio::task::spawn_blocking(move || {
        let cells = |row: TableRow| (row.line, columns.iter().map(|at| words::bare(row.text(Some(*at))).to_owned()).collect());
        for row in table {
            if sender.blocking_send(row.map(cells)).is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}

/// Whether anything changed. The cells are those of `export::STOCK`; title, options and what belongs to orders are for people.
fn stock(conn: &mut Conn, cells: &[String]) -> Result<bool> {
    let [sku, _, _, on_hand, _, backorder, preorder, available, low, most] = cells else {
        return Err(Error::internal("a row without its cells"));
    };
    let told = |message: String| Error::invalid("row", message);
    let variant = catalog::variant_by_sku(conn, sku)?.ok_or_else(|| told(format!("no variant has the SKU {sku:?}")))?.id;
    let policy = policy_of_cells([backorder, preorder, available, low, most].map(String::as_str)).map_err(told)?;
    let mut changed = false;
    if inventory::policy(conn, variant)? != policy {
        inventory::set_policy(conn, variant, &policy)?;
        changed = true;
    }
    let before = inventory::stock_of(conn, &[variant])?.remove(&variant);
    if on_hand.is_empty() {
        if before.is_none_or(|before| before.tracked) {
            inventory::count_untracked(conn, variant, ACTOR)?;
            changed = true;
        }
        return Ok(changed);
    }
    let units = values::quantity(on_hand).map_err(told)?;
    if before.is_none_or(|before| !before.tracked || before.on_hand != units) {
        inventory::count(conn, variant, units, Cause::Imported, ACTOR)?;
        changed = true;
    }
    Ok(changed)
}

fn redirect(conn: &mut Conn, cells: &[String]) -> Result<bool> {
    let [from, to] = cells else { return Err(Error::internal("a row without its cells")) };
    if catalog::redirect_target(conn, from)?.as_ref() == Some(to) {
        return Ok(false);
    }
    catalog::put_redirect(conn, from, to).map(|()| true)
}
