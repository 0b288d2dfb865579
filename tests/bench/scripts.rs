//! Scripts for pgbench: what the server asked while it placed one order, made to fit any cart, and the least that an order is.

use std::fmt::Write;

use anyhow::{Result, ensure};

use crate::{
    seed::{ARTICLES, CART_ID, FIRST_PRODUCT, FIRST_VARIANT, HOT_VARIANT},
    statements::Statement,
};

/// What is another one for each order, as it stood in the log, and the expression that stands for it in a script.
pub struct Varying(Vec<(String, String)>);

impl Varying {
    /// `order`: id, number and token; `attempt`: its payment's id; `variant` and `cart` are those that were ordered.
    pub fn of(cart: &str, variant: i64, order: (&str, &str, &str), attempt: &str) -> Self {
        let (id, number, token) = order;
        let product = variant - FIRST_VARIANT + FIRST_PRODUCT;
        Self(vec![
            (cart.to_owned(), CART_ID.to_owned()),
            (variant.to_string(), ":variant".to_owned()),
            (product.to_string(), ":product".to_owned()),
            (id.to_owned(), ":o_id".to_owned()),
            (attempt.to_owned(), "md5('attempt' || (:number)::text)::uuid".to_owned()),
            (number.to_owned(), "('B' || (:number)::text)".to_owned()),
            (token.to_owned(), "('T' || (:number)::text || repeat('x', 40))".to_owned()),
        ])
    }

    /// The value as SQL. Whole values take the type that their place has; parts of texts need one said.
    fn literal(&self, value: &str) -> String {
        if let Some((_, expression)) = self.0.iter().find(|(known, _)| known == value) {
            return expression.clone();
        }
        if is_uuid(value) {
            return format!("md5({} || (:number)::text)::uuid", quoted(value));
        }
        let known = self.0.iter().filter_map(|(known, expression)| Some((value.find(known.as_str())?, known, expression)));
        let Some((at, known, expression)) = known.min_by_key(|(at, ..)| *at) else { return quoted(value) };
        let rest = &value[at + known.len()..];
        let joined = format!("({} || ({expression})::text || {})", quoted(&value[..at]), self.text(rest));
        match value.trim_matches(['{', '}']) {
            ids if ids.len() < value.len() && is_uuid(ids) => format!("{joined}::uuid[]"),
            _ if value.starts_with('{') => format!("{joined}::bigint[]"),
            _ => joined,
        }
    }

    fn text(&self, value: &str) -> String {
        let known = self.0.iter().filter_map(|(known, expression)| Some((value.find(known.as_str())?, known, expression)));
        let Some((at, known, expression)) = known.min_by_key(|(at, ..)| *at) else { return quoted(value) };
        format!("{} || ({expression})::text || {}", quoted(&value[..at]), self.text(&value[at + known.len()..]))
    }
}

fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value.bytes().enumerate().all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

/// pgbench takes a colon before a letter for a variable, even within a text.
fn quoted(value: &str) -> String {
    let doubled = value.replace('\'', "''");
    if !value.contains([':', '\\']) {
        return format!("'{doubled}'");
    }
    format!("U&'{}'", doubled.replace('\\', "\\\\").replace(':', "\\003A"))
}

/// Each client goes through carts of its own, from `first` on, so many at most.
fn head(first: i64, each: i64, is_hot: bool) -> String {
    let variant = if is_hot { HOT_VARIANT.to_string() } else { format!("{FIRST_VARIANT} + (:number * 7919) % {ARTICLES}") };
    format!(
        "\\set n :n + 1\n\\set number {first} + :client_id * {each} + :n - 1\n\\set variant {variant}\n\\set product :variant - {FIRST_VARIANT} + {FIRST_PRODUCT}\n"
    )
}

/// The same statements in the same order.
pub fn same(statements: &[Statement], varying: &Varying, first: i64, each: i64, is_hot: bool) -> Result<String> {
    let mut script = head(first, each, is_hot);
    for Statement { sql, values, .. } in statements {
        let mut rest = sql.trim().trim_end_matches(';');
        while let Some((before, after)) = rest.split_once('$') {
            script.push_str(before);
            let digits = after.len() - after.trim_start_matches(|char: char| char.is_ascii_digit()).len();
            ensure!(digits > 0, "a dollar that is no value in {sql}");
            let value = values.get(after[..digits].parse::<usize>()? - 1);
            let literal = value.and_then(|value| value.as_ref()).map_or_else(|| "NULL".to_owned(), |value| varying.literal(value));
            script.push_str(&literal);
            rest = &after[digits..];
        }
        script.push_str(rest);
        // What later statements name.
        let lower = sql.to_ascii_lowercase().replace('"', "");
        let end = if lower.contains("insert into orders ") && lower.contains("returning") { " \\gset o_\n" } else { ";\n" };
        script.push_str(end);
    }
    Ok(script)
}

/// An order with one line and its stock: what a shop can't do with less.
pub fn plain(first: i64, each: i64, is_hot: bool) -> String {
    let mut script = head(first, each, is_hot);
    let order = "INSERT INTO orders (number, token, cart_id, email, currency, items_total, delivery_total, tax_total, total, delivery_method, gateway)
 VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'a@example.com', 'GBP', 2495, 0, 0, 2495, 'Post', 'manual') RETURNING id AS oid \\gset
INSERT INTO order_lines (order_id, variant_id, position, title, options, sku, unit_price, quantity, total, weight_grams) VALUES (:oid, :variant, 1, 'Hammer', '', 'HAMMER', 2495, 1, 2495, 500);";
    let take = "UPDATE stock SET allocated = allocated + 1 WHERE variant_id = :variant AND on_hand >= allocated + reserved + 1;
INSERT INTO stock_movements (variant_id, cause, on_hand, allocated, order_id, actor) VALUES (:variant, 'allocated', 0, 1, :oid, 'checkout');";
    let _ = writeln!(script, "BEGIN;\n{order}\n{take}\nCOMMIT;");
    script
}
