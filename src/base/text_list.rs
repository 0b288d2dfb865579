//! A `text[]` column whose elements are never NULL, which Diesel's printed schema can't say.

use std::ops::Deref;

use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    serialize::{self, Output, ToSql},
    sql_types::{Array, Nullable, Text},
};
use serde::Deserialize;

#[derive(Clone, Debug, Default, PartialEq, Eq, AsExpression, FromSqlRow, Deserialize)]
#[diesel(sql_type = Array<Nullable<Text>>)]
#[serde(transparent)]
pub struct TextList(pub Vec<String>);

impl Deref for TextList {
    type Target = [String];
    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl FromSql<Array<Nullable<Text>>, Pg> for TextList {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let elements = <Vec<Option<String>> as FromSql<Array<Nullable<Text>>, Pg>>::from_sql(bytes)?;
        Ok(Self(elements.into_iter().flatten().collect()))
    }
}

impl ToSql<Array<Nullable<Text>>, Pg> for TextList {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let elements: Vec<Option<&str>> = self.0.iter().map(|text| Some(text.as_str())).collect();
        <Vec<Option<&str>> as ToSql<Array<Nullable<Text>>, Pg>>::to_sql(&elements, &mut out.reborrow())
    }
}

impl FromIterator<String> for TextList {
    fn from_iter<I: IntoIterator<Item = String>>(texts: I) -> Self {
        Self(texts.into_iter().collect())
    }
}
