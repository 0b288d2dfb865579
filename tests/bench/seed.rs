//! Goods to sell, and thousands of carts whose shoppers have answered everything and only have to press the button.

use anyhow::{Context, Result, ensure};
use diesel::{PgConnection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query, sql_types::BigInt};
use ironmonger::{
    app,
    base::{Conn, Db, TextList},
    catalog::{self, NewVariant, ProductChange, Status},
    inventory::{self, Cause},
};

use crate::harness::{Browser, Shopper};

/// How many articles orders are spread over. A prime, so that the carts' numbers meet each of them.
pub const ARTICLES: i64 = 1009;

/// Ids begin so high that none is taken for another number in a log of statements.
pub const FIRST_PRODUCT: i64 = 60_000_001;
pub const FIRST_VARIANT: i64 = 70_000_001;

/// The article that all want.
pub const HOT_VARIANT: i64 = FIRST_VARIANT + ARTICLES;

/// All cost the same, so that all carts have one total.
const PRICE: i64 = 2495;

/// What a shopper's browser would send.
#[derive(Clone, Debug)]
pub struct Answers {
    pub cart: String,
    pub total: String,
    pub due: String,
}

/// A shop with delivery and taxes as the demo has them, and its own goods.
pub fn goods(db: &Db, conn: &mut PgConnection) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(app::open_shop(db, true))?;
    conn.batch_execute(&format!(
        "DELETE FROM jobs;
         ALTER TABLE products ALTER id RESTART WITH {FIRST_PRODUCT}; ALTER TABLE variants ALTER id RESTART WITH {FIRST_VARIANT};
         ALTER TABLE order_lines ALTER id RESTART WITH 80000001; ALTER TABLE orders ALTER id RESTART WITH 90000001;"
    ))?;
    runtime.block_on(db.write(|conn| (0..=ARTICLES).try_for_each(|number| article(conn, number))))?;
    Ok(())
}

fn article(conn: &mut Conn, number: i64) -> ironmonger::base::Result<()> {
    let change = ProductChange {
        slug: format!("article-{number}"),
        title: format!("Article {number}"),
        description: String::new(),
        vendor: "Calder Edge".into(),
        product_type: "Tool".into(),
        tags: TextList::default(),
        option_names: TextList(vec![]),
        status: Status::Active,
        featured: false,
        is_gift_card: false,
    };
    let categories: Vec<_> = catalog::save_category_path(conn, &["Tools", "Hammers"])?.into_iter().collect();
    let product = catalog::save_product(conn, None, &change, &categories)?;
    let new = NewVariant {
        position: 1,
        sku: format!("ARTICLE-{number}"),
        option_values: TextList(vec![]),
        price: PRICE,
        compare_at: None,
        weight_grams: 500,
        barcode: String::new(),
        tax_class: None,
    };
    let variant = catalog::save_variant(conn, product, None, &new)?;
    inventory::count(conn, variant, 10_000_000, Cause::Adjusted, "bench").map(|_| ())
}

/// A shopper goes the whole way through the pages and stops before the last button.
pub fn answers(url: &str) -> Result<Answers> {
    let mut shopper = Shopper::new(Browser::new(url));
    shopper.adds_to_cart("/products/article-0", 1);
    shopper.reaches_payment();
    let field = |name: &str| {
        let found = shopper.page().attribute(&format!("form[action='/checkout/payment'] input[name={name}]"), "value");
        found.with_context(|| format!("the page of payment has no {name}"))
    };
    Ok(Answers { cart: field("cart")?, total: field("total")?, due: field("due")? })
}

/// The id of the cart with this number.
pub fn cart_id(number: i64) -> String {
    format!("00000000-0000-7000-8000-{number:012}")
}

/// The same in SQL, of an expression for the number.
pub const CART_ID: &str = "('00000000-0000-7000-8000-' || lpad((:number)::text, 12, '0'))::uuid";

/// Makes carts as that shopper's, one for each number, each of a shopper of its own: with its answers, and with its units held.
/// All want `variant`, or each another article.
pub fn carts(conn: &mut PgConnection, like: &str, numbers: std::ops::Range<i64>, variant: Option<i64>) -> Result<()> {
    let id = CART_ID.replace(":number", "n");
    let variant = variant.map_or_else(|| format!("{FIRST_VARIANT} + n * 7919 % {ARTICLES}"), |variant| variant.to_string());
    let (first, last) = (numbers.start, numbers.end - 1);
    let like_row = |table: &str, key: &str, changed: &str| {
        format!(
            "INSERT INTO {table} SELECT (jsonb_populate_record(o, jsonb_build_object('{key}', {id}{changed}))).*
             FROM {table} o, generate_series({first}, {last}) n WHERE o.{key} = '{like}';"
        )
    };
    let statements = [
        like_row("carts", "id", ""),
        like_row("cart_lines", "cart_id", &format!(", 'variant_id', {variant}")),
        like_row("checkouts", "cart_id", ", 'email', 'shopper' || n || '@example.com'"),
        format!(
            "INSERT INTO reservations (holder, variant_id, quantity, reserved_until)
             SELECT {id}, {variant}, 1, now() + interval '3 hours' FROM generate_series({first}, {last}) n;"
        ),
        "UPDATE stock s SET reserved = (SELECT COALESCE(sum(r.quantity), 0) FROM reservations r WHERE r.variant_id = s.variant_id);".into(),
    ];
    conn.batch_execute(&format!("BEGIN; {} COMMIT;", statements.concat()))?;
    // Thousands of rows at once are no shop's day. PostgreSQL would find out within a minute how large the tables are now.
    conn.batch_execute("ANALYZE carts, cart_lines, checkouts, reservations")?;
    Ok(())
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

pub fn count(conn: &mut PgConnection, sql: &str) -> Result<i64> {
    Ok(sql_query(format!("SELECT ({sql})::bigint AS count")).get_result::<Count>(conn)?.count)
}

pub fn text(conn: &mut PgConnection, sql: &str) -> Result<String> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::Text)]
        text: String,
    }
    Ok(sql_query(format!("SELECT ({sql})::text AS text")).get_result::<Found>(conn)?.text)
}

/// That nothing was oversold or lost however fast it went.
pub fn check(conn: &mut PgConnection, placed: i64) -> Result<()> {
    let wrong = inventory::disagreements(conn, 5)?;
    ensure!(wrong.is_empty(), "the books of the stock differ: {wrong:?}");
    let orders = count(
        conn,
        "SELECT count(*) FROM orders WHERE cart_id IN (SELECT id FROM carts) AND EXISTS
        (SELECT FROM order_events e WHERE e.order_id = orders.id AND e.actor = 'customer')",
    )?;
    ensure!(orders >= placed, "{placed} orders were answered for, but there are {orders}");
    Ok(())
}
