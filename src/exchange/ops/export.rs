//! What the shop knows, written into a file batch by batch.

use std::{io::Write, path::Path};

use csv::{QuoteStyle, Writer, WriterBuilder};

use crate::{
    base::{Conn, Currency, Db, Error, Money, Result},
    exchange::{
        model::{OrderOut, StockOut, Subject},
        own::{self, words},
        store,
    },
    settings,
};

/// Rows of a table that are read at once.
const BATCH: i64 = 500;

/// Columns of stock, redirects, customers and orders.
pub const STOCK: [&str; 10] = [
    "SKU",
    "Product",
    "Options",
    "Units on hand",
    "Belonging to orders",
    "Sold beyond stock",
    "Pre-order",
    "Available from",
    "Low at",
    "Most per order",
];
pub const REDIRECTS: [&str; 2] = ["From", "To"];
const CUSTOMERS: [&str; 5] = ["E-mail", "Name", "Group", "Tax exemption", "Since"];
const ORDERS: [&str; 20] = [
    "Number",
    "Placed",
    "E-mail",
    "Phone",
    "State",
    "Payment",
    "Fulfilment",
    "Currency",
    "Items",
    "Delivery",
    "Tax",
    "Total",
    "Delivery method",
    "SKU",
    "Title",
    "Options",
    "Unit price",
    "Quantity",
    "Line total",
    "Shipped",
];

/// Rows of one thing, with the key to go on from; none when there are no more.
type Rows = Vec<(i64, Vec<Vec<String>>)>;

/// Writes all there is of a subject into a file that is not there yet, or anew over one. Gives how many rows it has, the header
/// left out. The file appears whole or not at all.
///
/// # Errors
/// `Invalid` on `file` when it can't be written, and when the database can't be read.
pub async fn export(db: &Db, subject: Subject, path: &Path, progress: &mut (dyn FnMut(u64) + Send)) -> Result<u64> {
    let unwritable = |error: std::io::Error| Error::invalid("file", format!("{} can't be written: {error}", path.display()));
    let currency = db.read(settings::store).await?.currency;
    let unfinished = path.with_extension("csv.part");
    let file = std::fs::File::create(&unfinished).map_err(unwritable)?;
    let written = write_all(db, subject, currency, file, progress).await;
    let count = written.inspect_err(|_| {
        let _ = std::fs::remove_file(&unfinished);
    })?;
    std::fs::rename(&unfinished, path).map_err(unwritable)?;
    Ok(count)
}

async fn write_all(
    db: &Db,
    subject: Subject,
    currency: Currency,
    file: std::fs::File,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<u64> {
    let mut csv = WriterBuilder::new().quote_style(QuoteStyle::Necessary).from_writer(file);
    write(&mut csv, &header(subject))?;
    let (mut after, mut count) = (0, 0);
    loop {
        let rows = db.read(move |conn| rows(conn, subject, after, currency)).await?;
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
    Ok(count)
}

fn write<S: AsRef<[u8]>>(csv: &mut Writer<impl Write>, row: &[S]) -> Result<()> {
    csv.write_record(row).map_err(|error| Error::Internal(error.into()))
}

fn header(subject: Subject) -> Vec<String> {
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    match subject {
        Subject::Products => own::header(),
        Subject::Orders => named(&ORDERS),
        Subject::Customers => named(&CUSTOMERS),
        Subject::Stock => named(&STOCK),
        Subject::Redirects => named(&REDIRECTS),
    }
}

fn rows(conn: &mut Conn, subject: Subject, after: i64, currency: Currency) -> Result<Rows> {
    Ok(match subject {
        Subject::Products => {
            let products = store::products(conn, after, BATCH)?;
            products.into_iter().map(|(id, product)| (id, own::rows_of(&product, currency))).collect()
        }
        Subject::Orders => store::orders(conn, after, BATCH)?.into_iter().map(|(id, order)| (id, order_rows(&order, currency))).collect(),
        Subject::Customers => {
            let customers = store::customers(conn, after, BATCH)?.into_iter();
            let row = |customer: crate::exchange::model::CustomerOut| {
                vec![customer.email, customer.name, customer.group, customer.tax_exemption, customer.since.to_rfc3339()]
            };
            customers.map(|(id, customer)| (id, vec![guarded(row(customer))])).collect()
        }
        Subject::Stock => store::stock(conn, after, BATCH)?.into_iter().map(|(id, stock)| (id, vec![guarded(stock_row(stock))])).collect(),
        Subject::Redirects => {
            let redirects = store::redirects(conn, after, BATCH)?.into_iter();
            redirects.map(|(id, redirect)| (id, vec![guarded(vec![redirect.from, redirect.to.unwrap_or_default()])])).collect()
        }
    })
}

fn guarded(row: Vec<String>) -> Vec<String> {
    row.iter().map(|cell| words::guarded(cell)).collect()
}

fn stock_row(stock: StockOut) -> Vec<String> {
    let text = |number: Option<i32>| number.map(|number| number.to_string()).unwrap_or_default();
    vec![
        stock.sku,
        stock.product,
        stock.options,
        text(stock.on_hand),
        stock.allocated.to_string(),
        stock.backorder_limit.to_string(),
        if stock.preorder { "yes" } else { "no" }.to_owned(),
        stock.available_from.map(|day| day.to_string()).unwrap_or_default(),
        text(stock.low_at),
        text(stock.most_per_order),
    ]
}

/// One row for each line; what belongs to the order stands in all of them, so that each can be counted by itself.
fn order_rows(order: &OrderOut, shop: Currency) -> Vec<Vec<String>> {
    let currency = Currency::parse(&order.currency).unwrap_or(shop);
    let money = |minor| Money::new(minor, currency).plain();
    let head = [
        order.number.clone(),
        order.placed_at.to_rfc3339(),
        order.email.clone(),
        order.phone.clone(),
        order.lifecycle.clone(),
        order.payment.clone(),
        order.fulfilment.clone(),
        order.currency.clone(),
        money(order.items_total),
        money(order.delivery_total),
        money(order.tax_total),
        money(order.total),
        order.delivery_method.clone(),
    ];
    let row = |line: &crate::exchange::model::OrderLineOut| {
        let own = [
            line.sku.clone(),
            line.title.clone(),
            line.options.clone(),
            money(line.unit_price),
            line.quantity.to_string(),
            money(line.total),
            line.shipped.to_string(),
        ];
        guarded(head.iter().cloned().chain(own).collect())
    };
    order.lines.iter().map(row).collect()
}
