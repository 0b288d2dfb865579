//! Product types, what they declare, and what products say.

use std::collections::{BTreeMap, HashMap};

use diesel::{
    dsl::{count_star, max, not},
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Nullable, Numeric, Text},
};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::{
    base::{AttributeId, ChoiceId, Conn, Error, OnConstraint, Page, PageRequest, ProductId, ProductTypeId, Result, prepared, typed},
    catalog::model::{
        Attribute, AttributeChange, AttributeChoice, AttributeValue, ChoiceChange, Declared, ProductType, ProductTypeChange, Said,
    },
    schema::{attribute_choices, attributes, product_attributes, product_types, products},
};

/// Attributes of one type, and choices of one attribute, at most.
const MOST: i64 = 500;

pub fn types(conn: &mut Conn, text: &str, page: PageRequest) -> Result<Page<ProductType>> {
    let named = || product_types::table.filter(product_types::name.ilike(format!("%{}%", typed::like(text))));
    let listed = named().order((product_types::name, product_types::id)).limit(page.limit()).offset(page.offset());
    Ok(page.of(listed.select(ProductType::as_select()).load(conn)?, named().count().get_result(conn)?))
}

/// Attributes to choose from, with the name of the type that each belongs to.
pub fn some(conn: &mut Conn) -> Result<Vec<(Attribute, String)>> {
    let all = attributes::table.inner_join(product_types::table).order((product_types::name, attributes::position, attributes::id));
    Ok(all.limit(1000).select((Attribute::as_select(), product_types::name)).load(conn)?)
}

/// Names of choices, to type from.
pub fn some_choices(conn: &mut Conn) -> Result<Vec<String>> {
    let names = attribute_choices::table.select(attribute_choices::value).distinct().order(attribute_choices::value);
    Ok(names.limit(300).load(conn)?)
}

/// The first types by name, to choose from.
pub fn some_types(conn: &mut Conn) -> Result<Vec<ProductType>> {
    Ok(product_types::table.order(product_types::name).limit(1000).select(ProductType::as_select()).load(conn)?)
}

pub fn find_type(conn: &mut Conn, id: ProductTypeId) -> Result<ProductType> {
    Ok(product_types::table.find(id).select(ProductType::as_select()).first(conn)?)
}

/// The type as it is, locked.
pub fn lock_type(conn: &mut Conn, id: ProductTypeId) -> Result<ProductType> {
    Ok(product_types::table.find(id).for_no_key_update().select(ProductType::as_select()).first(conn)?)
}

/// The type of this name, whatever the case.
pub fn type_by_name(conn: &mut Conn, name: &str) -> Result<Option<ProductType>> {
    diesel::define_sql_function! { fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text; }
    let named = product_types::table.filter(lower(product_types::name).eq(lower(name.trim())));
    Ok(named.select(ProductType::as_select()).first(conn).optional()?)
}

/// # Errors
/// `Invalid` on `name` or `slug` when another has it.
pub fn save_type(conn: &mut Conn, id: Option<ProductTypeId>, change: &ProductTypeChange) -> Result<ProductTypeId> {
    let saved = match id {
        Some(id) => diesel::update(product_types::table.find(id)).set(change).returning(product_types::id).get_result(conn),
        None => diesel::insert_into(product_types::table).values(change).returning(product_types::id).get_result(conn),
    };
    saved
        .on_constraint("product_types_slug_key", || Error::invalid("slug", "Another product type has this address. Choose another"))
        .on_constraint("product_types_name_key", || Error::invalid("name", "There is a product type of this name already"))
}

/// # Errors
/// `Conflict` while products are of it.
pub fn delete_type(conn: &mut Conn, id: ProductTypeId) -> Result<()> {
    let in_use = || Error::Conflict("There are products of this type. Give them another one first.".to_owned());
    let deleted = diesel::delete(product_types::table.find(id)).execute(conn);
    let deleted = deleted
        .on_constraint("products_product_type_fkey", in_use)
        .on_constraint("collection_rules_type_fkey", in_a_rule)
        .on_constraint("collection_rules_attribute_fkey", in_a_rule)?;
    if deleted == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// How many products are of it, counted up to a bound.
pub fn products_of_type(conn: &mut Conn, id: ProductTypeId) -> Result<i64> {
    let some = products::table.filter(products::product_type_id.eq(id)).select(products::id).limit(10_000);
    Ok(some.load::<ProductId>(conn)?.len() as i64)
}

/// How many attributes each of these types declares.
pub fn attribute_counts(conn: &mut Conn, types: &[ProductTypeId]) -> Result<HashMap<ProductTypeId, i64>> {
    let of = attributes::table.filter(attributes::product_type_id.eq_any(types)).group_by(attributes::product_type_id);
    let rows: Vec<(ProductTypeId, i64)> = of.select((attributes::product_type_id, count_star())).load(conn)?;
    Ok(rows.into_iter().collect())
}

/// What a type declares, in its order.
pub fn of_type(conn: &mut Conn, id: ProductTypeId) -> Result<Vec<Declared>> {
    let order = (attributes::position, attributes::name, attributes::id);
    let declared = attributes::table.filter(attributes::product_type_id.eq(id)).order(order).limit(MOST);
    let declared: Vec<Attribute> = declared.select(Attribute::as_select()).load(conn)?;
    let choices = choices_of(conn, &declared.iter().map(|attribute| attribute.id).collect::<Vec<_>>())?;
    let with = |attribute: Attribute| {
        let choices = choices.iter().filter(|choice| choice.attribute_id == attribute.id).cloned().collect();
        Declared { attribute, choices }
    };
    Ok(declared.into_iter().map(with).collect())
}

fn choices_of(conn: &mut Conn, ids: &[AttributeId]) -> Result<Vec<AttributeChoice>> {
    let order = (attribute_choices::attribute_id, attribute_choices::position, attribute_choices::value);
    let of = attribute_choices::table.filter(attribute_choices::attribute_id.eq_any(ids)).order(order);
    Ok(of.select(AttributeChoice::as_select()).load(conn)?)
}

pub fn find(conn: &mut Conn, id: AttributeId) -> Result<Declared> {
    let attribute: Attribute = attributes::table.find(id).select(Attribute::as_select()).first(conn)?;
    Ok(Declared { choices: choices_of(conn, &[id])?, attribute })
}

/// The attribute as it is, locked with its choices, which are replaced under the same lock only.
pub fn lock(conn: &mut Conn, id: AttributeId) -> Result<Declared> {
    let attribute = attributes::table.find(id).for_no_key_update().select(Attribute::as_select()).first(conn)?;
    Ok(Declared { choices: choices_of(conn, &[id])?, attribute })
}

/// The attributes with these ids, whatever their types.
pub fn find_all(conn: &mut Conn, ids: &[AttributeId]) -> Result<Vec<Attribute>> {
    Ok(attributes::table.filter(attributes::id.eq_any(ids)).select(Attribute::as_select()).load(conn)?)
}

pub fn find_choices(conn: &mut Conn, ids: &[ChoiceId]) -> Result<Vec<AttributeChoice>> {
    Ok(attribute_choices::table.filter(attribute_choices::id.eq_any(ids)).select(AttributeChoice::as_select()).load(conn)?)
}

/// # Errors
/// `Invalid` on `code` when the type has one already; on `kind` when products have values of the former kind.
pub fn save(conn: &mut Conn, of: ProductTypeId, id: Option<AttributeId>, change: &AttributeChange) -> Result<AttributeId> {
    let saved = match id {
        Some(id) => diesel::update(attributes::table.find(id)).set(change).returning(attributes::id).get_result(conn),
        None => {
            let values = (attributes::product_type_id.eq(of), change);
            diesel::insert_into(attributes::table).values(values).returning(attributes::id).get_result(conn)
        }
    };
    saved
        .on_constraint("attributes_code_key", || Error::invalid("code", "This product type has an attribute of this code already"))
        .on_constraint("attributes_code_shape", || Error::invalid("code", "Enter letters, digits and _, beginning with a letter"))
        .on_constraint("product_attributes_attribute_fkey", || {
            Error::invalid("kind", "Products have values of this attribute, so its kind stays. Make another attribute instead")
        })
}

/// Its values go as well.
pub fn delete(conn: &mut Conn, id: AttributeId) -> Result<()> {
    let deleted = diesel::delete(attributes::table.find(id)).execute(conn);
    let deleted =
        deleted.on_constraint("collection_rules_attribute_fkey", in_a_rule).on_constraint("collection_rules_choice_fkey", in_a_rule)?;
    if deleted == 0 { Err(Error::NotFound) } else { Ok(()) }
}

fn in_a_rule() -> Error {
    Error::Conflict("A rule of a collection names it. Change the rule first.".to_owned())
}

/// How many products say something of it, counted up to a bound.
pub fn products_with(conn: &mut Conn, id: AttributeId) -> Result<i64> {
    let some = product_attributes::table.filter(product_attributes::attribute_id.eq(id)).select(product_attributes::product_id);
    Ok(some.limit(10_000).load::<ProductId>(conn)?.len() as i64)
}

/// Makes the attribute's choices these, in this order.
///
/// # Errors
/// `Invalid` on `choices`: a value twice, or one that is left out is in use.
pub fn replace_choices(conn: &mut Conn, of: AttributeId, choices: &[ChoiceChange]) -> Result<()> {
    let kept: Vec<_> = choices.iter().filter_map(|choice| choice.id).collect();
    let left_out = attribute_choices::table.filter(attribute_choices::attribute_id.eq(of)).filter(not(attribute_choices::id.eq_any(kept)));
    let in_use =
        || Error::invalid("choices", "Products have one of the choices that you left out. Rename it, or change those products first");
    let in_rule = || Error::invalid("choices", "A rule of a collection names one of the choices that you left out. Change the rule first");
    let deleted = diesel::delete(left_out).execute(conn);
    deleted.on_constraint("attribute_choices_in_use", in_use).on_constraint("collection_rules_choice_fkey", in_rule)?;
    for (position, choice) in (1..).zip(choices) {
        let values = (
            attribute_choices::value.eq(&choice.value),
            attribute_choices::colour.eq(&choice.colour),
            attribute_choices::position.eq::<i32>(position),
        );
        let twice = || Error::invalid("choices", format!("{} stands there twice", choice.value));
        let saved = match choice.id {
            Some(id) => {
                let row = attribute_choices::table.find(id).filter(attribute_choices::attribute_id.eq(of));
                diesel::update(row).set(values).execute(conn)
            }
            None => {
                let values = (attribute_choices::attribute_id.eq(of), values.0, values.1, values.2);
                diesel::insert_into(attribute_choices::table).values(values).execute(conn)
            }
        };
        saved.on_constraint("attribute_choices_value_key", twice)?;
    }
    Ok(())
}

/// Adds a choice at the end, or finds it, whatever the case.
pub fn choice_named(conn: &mut Conn, of: AttributeId, value: &str) -> Result<ChoiceId> {
    diesel::define_sql_function! { fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text; }
    let named = attribute_choices::table.filter(attribute_choices::attribute_id.eq(of));
    let found = named.filter(lower(attribute_choices::value).eq(lower(value))).select(attribute_choices::id).first(conn).optional()?;
    if let Some(found) = found {
        return Ok(found);
    }
    let last: Option<i32> = named.select(max(attribute_choices::position)).first(conn)?;
    let values =
        (attribute_choices::attribute_id.eq(of), attribute_choices::value.eq(value), attribute_choices::position.eq(last.unwrap_or(0) + 1));
    Ok(diesel::insert_into(attribute_choices::table).values(values).returning(attribute_choices::id).get_result(conn)?)
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    attribute_id: AttributeId,
    #[diesel(sql_type = Nullable<Text>)]
    text: Option<String>,
    #[diesel(sql_type = Nullable<Numeric>)]
    number: Option<Decimal>,
    #[diesel(sql_type = Nullable<Bool>)]
    boolean: Option<bool>,
    #[diesel(sql_type = Nullable<Array<BigInt>>)]
    choices: Option<Vec<ChoiceId>>,
}

impl Row {
    fn value(self) -> Option<AttributeValue> {
        let of_number = self.number.map(|number| AttributeValue::Number(number.normalize()));
        let of_text = self.text.map(AttributeValue::Text);
        of_text.or(of_number).or(self.boolean.map(AttributeValue::Boolean)).or(self.choices.map(AttributeValue::Choices))
    }
}

/// As JSON, what a row of `products` says of the attributes of its type, in the type's order: a row for each choice, in their order,
/// and one for any other value.
pub const SAID: &str = "(SELECT json_agg(json_build_array(a.id, a.name, a.unit, s.text, s.number::text, s.boolean, c.value, c.colour)
            ORDER BY a.position, a.name, a.id, c.position, c.value)
        FROM product_attributes s JOIN attributes a ON a.id = s.attribute_id AND a.product_type_id = products.product_type_id
        LEFT JOIN attribute_choices c ON c.id = ANY (s.choices) WHERE s.product_id = products.id)";

/// A row of [`SAID`].
#[derive(Deserialize)]
pub struct SaidRow(AttributeId, String, String, Option<String>, Option<Decimal>, Option<bool>, Option<String>, Option<String>);

/// One for each attribute.
pub fn gathered(rows: Vec<SaidRow>) -> Vec<Said> {
    let (mut said, mut last): (Vec<Said>, _) = (vec![], None);
    for SaidRow(id, name, unit, text, number, boolean, value, colour) in rows {
        if last.replace(id) != Some(id) {
            said.push(Said { name, unit, text, number, boolean, choices: vec![] });
        }
        if let Some(of) = said.last_mut() {
            of.choices.extend(value.zip(colour));
        }
    }
    said
}

/// What a product says of its type's attributes, for people.
pub fn said(conn: &mut Conn, product: ProductId) -> Result<Vec<Said>> {
    let said = diesel::dsl::sql::<Nullable<Text>>(SAID).sql("::text");
    let said: Option<String> = prepared(products::table.filter(products::id.eq(product)).select(said)).get_result(conn)?;
    Ok(said.map_or(Ok(vec![]), |said| serde_json::from_str(&said).map(gathered))?)
}

/// What a product says of its attributes.
pub fn of_product(conn: &mut Conn, product: ProductId) -> Result<BTreeMap<AttributeId, AttributeValue>> {
    let said = sql_query("SELECT attribute_id, text, number, boolean, choices FROM product_attributes WHERE product_id = $1");
    let rows: Vec<Row> = said.bind::<BigInt, _>(product.0).load(conn)?;
    Ok(rows.into_iter().filter_map(|row| Some((row.attribute_id, row.value()?))).collect())
}

/// Makes what the product says just this. A value of another kind than its attribute's is refused by the database.
///
/// # Errors
/// `Invalid` on `attributes` when an attribute or a choice is gone.
pub fn replace_of_product(conn: &mut Conn, product: ProductId, values: &[(AttributeId, AttributeValue)]) -> Result<()> {
    let kept: Vec<_> = values.iter().map(|(id, _)| *id).collect();
    let of = product_attributes::table.filter(product_attributes::product_id.eq(product));
    diesel::delete(of.filter(not(product_attributes::attribute_id.eq_any(kept)))).execute(conn)?;
    for (attribute, value) in values {
        put(conn, product, *attribute, value)?;
    }
    Ok(())
}

fn put(conn: &mut Conn, product: ProductId, attribute: AttributeId, value: &AttributeValue) -> Result<()> {
    let (text, number, boolean, choices) = match value {
        AttributeValue::Text(text) => (Some(text.as_str()), None, None, None),
        AttributeValue::Number(number) => (None, Some(*number), None, None),
        AttributeValue::Boolean(boolean) => (None, None, Some(*boolean), None),
        AttributeValue::Choices(choices) => (None, None, None, Some(choices.iter().map(|id| id.0).collect::<Vec<_>>())),
    };
    let gone = || Error::invalid("attributes", "An attribute or one of its choices was deleted meanwhile. Look at them again");
    sql_query(
        "INSERT INTO product_attributes (product_id, attribute_id, kind, text, number, boolean, choices)
         SELECT $1, a.id, a.kind, $3, $4, $5, $6 FROM attributes a WHERE a.id = $2
         ON CONFLICT (product_id, attribute_id) DO UPDATE
         SET text = EXCLUDED.text, number = EXCLUDED.number, boolean = EXCLUDED.boolean, choices = EXCLUDED.choices",
    )
    .bind::<BigInt, _>(product.0)
    .bind::<BigInt, _>(attribute.0)
    .bind::<Nullable<Text>, _>(text)
    .bind::<Nullable<Numeric>, _>(number)
    .bind::<Nullable<Bool>, _>(boolean)
    .bind::<Nullable<Array<BigInt>>, _>(choices)
    .execute(conn)
    .on_constraint("product_attributes_choices_fkey", gone)
    .on_constraint("product_attributes_typed", gone)?;
    Ok(())
}
