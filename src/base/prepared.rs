//! Statements that PostgreSQL plans once for each connection.
//!
//! Diesel prepares what it knows to be the same text each time, and sends the rest to be parsed and planned anew with every call,
//! in a round trip of its own: `sql_query`, every UPDATE, every INSERT of several rows or with ON CONFLICT. Where such a
//! statement has one text, or a few, it is better prepared as well: it is kept under its text.

use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

use super::Conn;

/// See [`prepared`]. To be run by `load` or `get_result`: `execute` looks at it through a reference, by which Diesel does not learn
/// that it may be kept; a statement that gives nothing back can say RETURNING.
#[derive(Clone, Copy, Debug)]
#[must_use = "a query does nothing until it is run"]
pub struct Prepared<Q>(Q);

/// The same query, kept prepared. Only for texts of which there are few: each stays with its connection.
pub fn prepared<Q>(query: Q) -> Prepared<Q> {
    Prepared(query)
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

/// Known by its text.
impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Prepared<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> RunQueryDsl<Conn> for Prepared<Q> {}
