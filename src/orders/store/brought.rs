//! Orders of another shop, written with all their parts. That they add up is checked by the database at the end of the transaction.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};

use crate::{
    base::{CartId, Conn, OrderId, Result, random_token},
    orders::model::{AddressRow, BroughtOrder},
    schema::order_addresses,
};

#[derive(QueryableByName)]
struct Made {
    #[diesel(sql_type = BigInt)]
    id: OrderId,
}

/// `None`: there is an order of this number, which stays as it is. It belongs to the customer of its address if that account came by
/// an import as well: who signed up here has not shown that the address is theirs.
pub fn insert(conn: &mut Conn, order: &BroughtOrder) -> Result<Option<OrderId>> {
    let json = serde_json::to_string(order)?;
    let inserted = sql_query(
        "INSERT INTO orders (number, token, cart_id, account_id, email, phone, currency, lifecycle, payment_state, fulfilment_state,
            items_total, discount_total, delivery_total, fee_total, tax_total, total, tax_included, tax_treatment, tax_reason, vat_number,
            delivery_method, is_pickup, gateway, source, placed_at, cancelled_at, completed_at)
         SELECT number, $2, $3::uuid, (SELECT id FROM accounts a WHERE a.email = lower(o.email) AND a.role IS NULL AND NOT a.has_password),
            email, phone, currency, lifecycle, payment_state, fulfilment_state, items_total, discount_total, delivery_total, fee_total,
            tax_total, total, tax_included, tax_treatment, tax_reason, vat_number, delivery_method, is_pickup, 'import', 'import', placed_at,
            CASE lifecycle WHEN 'cancelled' THEN placed_at END, CASE lifecycle WHEN 'completed' THEN placed_at END
         FROM json_to_record($1::json) AS o (number text, email text, phone text, currency text, lifecycle text, payment_state text,
            fulfilment_state text, items_total bigint, discount_total bigint, delivery_total bigint, fee_total bigint, tax_total bigint,
            total bigint, tax_included boolean, tax_treatment text, tax_reason text, vat_number text, delivery_method text,
            is_pickup boolean, placed_at timestamptz)
         ON CONFLICT (number) DO NOTHING RETURNING id",
    );
    let cart = CartId::new().to_string();
    let made = inserted.bind::<Text, _>(&json).bind::<Text, _>(random_token(24)).bind::<Text, _>(cart).get_result::<Made>(conn);
    let Some(Made { id }) = made.optional()? else { return Ok(None) };
    insert_parts(conn, id, &json)?;
    let addresses = [("delivery", &order.delivery_address), ("billing", &order.billing_address)];
    for (kind, address) in addresses {
        if let Some(address) = address {
            let row = AddressRow::of(kind, address);
            diesel::insert_into(order_addresses::table).values((order_addresses::order_id.eq(id), row)).execute(conn)?;
        }
    }
    Ok(Some(id))
}

fn insert_parts(conn: &mut Conn, id: OrderId, json: &str) -> Result<()> {
    const PARTS: [&str; 4] = [
        "INSERT INTO order_lines (order_id, position, title, options, sku, unit_price, quantity, total, weight_grams, shipped, tax_class,
            is_gift_card, note)
         SELECT $2, position, title, options, sku, unit_price, quantity, total, weight_grams, shipped, tax_class, is_gift_card, note
         FROM json_to_recordset($1::json -> 'lines') AS l (position integer, title text, options text, sku text, unit_price bigint,
            quantity integer, total bigint, weight_grams integer, shipped integer, tax_class text, is_gift_card boolean, note text)",
        "INSERT INTO order_discounts (order_id, order_line_id, label, amount)
         SELECT $2, (SELECT id FROM order_lines WHERE order_id = $2 AND position = d.line), label, amount
         FROM json_to_recordset($1::json -> 'discounts') AS d (line integer, label text, amount bigint)",
        "INSERT INTO order_fees (order_id, label, tax_class, entered, amount) SELECT $2, label, tax_class, amount, amount
         FROM json_to_recordset($1::json -> 'fees') AS f (label text, tax_class text, amount bigint)",
        "INSERT INTO order_tax_lines (order_id, order_line_id, label, rate, base, amount)
         SELECT $2, (SELECT id FROM order_lines WHERE order_id = $2 AND position = t.line), label, rate, base, amount
         FROM json_to_recordset($1::json -> 'taxes') AS t (line integer, label text, rate numeric, base bigint, amount bigint)",
    ];
    for part in PARTS {
        sql_query(part).bind::<Text, _>(json).bind::<BigInt, _>(id).execute(conn)?;
    }
    Ok(())
}
