use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{base::PageId, schema::pages};

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = pages)]
pub struct ContentPage {
    pub id: PageId,
    pub slug: String,
    pub title: String,
    /// Markdown.
    pub body: String,
    pub position: i32,
    pub updated_at: DateTime<Utc>,
}

/// All that staff says of a page.
#[derive(Insertable, AsChangeset, Clone, Debug)]
#[diesel(table_name = pages)]
pub struct PageInput {
    pub slug: String,
    pub title: String,
    pub body: String,
    pub position: i32,
}
