//! What the shop knows, written into a file batch by batch.

use std::{io::Write, path::Path};

use chrono::{DateTime, SecondsFormat, Utc};
use csv::{QuoteStyle, Writer, WriterBuilder};

use crate::{
    base::{Conn, Currency, Db, Error, ExchangeId, Result, cell},
    exchange::{
        model::{CustomerOut, RunState, StockOut, Subject},
        own::{self, order, tables},
        store::{self, runs as courses},
    },
    settings,
};

/// Rows of a table that are read at once.
const BATCH: i64 = 500;

/// Rows of one thing, with the key to go on from; none when there are no more.
type Rows = Vec<(i64, Vec<Vec<String>>)>;

/// Writes all there is of a subject into a file that is not there yet, or anew over one. Gives how many rows it has, the header
/// left out. The file appears whole or not at all.
///
/// # Errors
/// `Invalid` on `file` when it can't be written, and when the database can't be read.
pub async fn export(db: &Db, subject: Subject, path: &Path, progress: &mut (dyn FnMut(u64) + Send)) -> Result<u64> {
    let written = export_while(db, subject, path, None, progress).await?;
    written.ok_or_else(|| Error::internal("nobody can cancel this export"))
}

/// The same for a run of the back office. `None`: it was cancelled, and there is no file.
///
/// # Errors
/// As for `export`.
pub async fn export_while(
    db: &Db,
    subject: Subject,
    path: &Path,
    run: Option<ExchangeId>,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Option<u64>> {
    let unwritable = |error: std::io::Error| Error::invalid("file", format!("{} can't be written: {error}", path.display()));
    let currency = db.read(settings::store).await?.currency;
    let unfinished = path.with_extension("csv.part");
    let file = std::fs::File::create(&unfinished).map_err(unwritable)?;
    let written = write_all(db, (subject, run), currency, file, progress).await;
    if !matches!(written, Ok(Some(_))) {
        let _ = std::fs::remove_file(&unfinished);
        return written;
    }
    std::fs::rename(&unfinished, path).map_err(unwritable)?;
    written
}

async fn write_all(
    db: &Db,
    (subject, run): (Subject, Option<ExchangeId>),
    currency: Currency,
    file: std::fs::File,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Option<u64>> {
    let mut csv = WriterBuilder::new().quote_style(QuoteStyle::Necessary).from_writer(file);
    write(&mut csv, &header(subject))?;
    let (mut after, mut count) = (0, 0);
    loop {
        let read = move |conn: &mut Conn| {
            let is_wanted = match run {
                Some(run) => courses::find(conn, run)?.state == RunState::Running,
                None => true,
            };
            if is_wanted { rows(conn, subject, after, currency).map(Some) } else { Ok(None) }
        };
        let Some(rows) = db.read(read).await? else { return Ok(None) };
        let Some((last, _)) = rows.last() else { break };
        after = *last;
        for row in rows.iter().flat_map(|(_, rows)| rows) {
            write(&mut csv, row)?;
            count += 1;
        }
        progress(count);
    }
    let file = csv.into_inner().map_err(|error| Error::internal(error.to_string()))?;
    file.sync_all().map_err(|error| Error::Internal(error.into()))?;
    Ok(Some(count))
}

fn write<S: AsRef<[u8]>>(csv: &mut Writer<impl Write>, row: &[S]) -> Result<()> {
    csv.write_record(row).map_err(|error| Error::Internal(error.into()))
}

fn header(subject: Subject) -> Vec<String> {
    match subject {
        Subject::Products => own::header(),
        other => tables::columns(other).iter().map(|column| column.name.to_owned()).collect(),
    }
}

fn rows(conn: &mut Conn, subject: Subject, after: i64, currency: Currency) -> Result<Rows> {
    Ok(match subject {
        Subject::Products => keyed(store::products(conn, after, BATCH)?, |product| own::rows_of(&product, currency)),
        Subject::Orders => keyed(store::orders(conn, after, BATCH)?, |order| order::rows_of(&order, currency)),
        Subject::Customers => keyed(store::customers(conn, after, BATCH)?, |customer| vec![guarded(&customer_row(customer))]),
        Subject::Stock => keyed(store::stock(conn, after, BATCH)?, |stock| stock_rows(&stock)),
        Subject::Redirects => {
            keyed(store::redirects(conn, after, BATCH)?, |redirect| vec![guarded(&[redirect.from, redirect.to.unwrap_or_default()])])
        }
    })
}

fn keyed<T>(read: Vec<(i64, T)>, rows: impl Fn(T) -> Vec<Vec<String>>) -> Rows {
    read.into_iter().map(|(id, one)| (id, rows(one))).collect()
}

fn guarded(row: &[String]) -> Vec<String> {
    row.iter().map(|text| cell(text)).collect()
}

fn customer_row(customer: CustomerOut) -> [String; 6] {
    let moment = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let agreed = customer.offers_agreed_at.map(moment).unwrap_or_default();
    [customer.email, customer.name, customer.group, customer.tax_exemption, moment(customer.since), agreed]
}

/// A row for each location; one without where it is sold without counting.
fn stock_rows(stock: &StockOut) -> Vec<Vec<String>> {
    let text = |number: Option<i32>| number.map(|number| number.to_string()).unwrap_or_default();
    let row = |place: &str, units: Option<i32>| {
        guarded(&[
            stock.sku.clone(),
            stock.product.clone(),
            stock.options.clone(),
            place.to_owned(),
            text(units),
            stock.allocated.to_string(),
            stock.backorder_limit.to_string(),
            if stock.preorder { "yes" } else { "no" }.to_owned(),
            stock.available_from.map(|day| day.to_string()).unwrap_or_default(),
            text(stock.low_at),
            text(stock.most_per_order),
        ])
    };
    if !stock.tracked {
        return vec![row("", None)];
    }
    stock.places.iter().map(|(place, units)| row(place, Some(*units))).collect()
}
