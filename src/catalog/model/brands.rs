//! Brands, and the former addresses of everything.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    base::{BrandId, MediaId, RedirectId},
    media::Media,
    schema::brands,
};

/// Whose name stands on the goods.
#[derive(Queryable, Selectable, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = brands)]
pub struct Brand {
    pub id: BrandId,
    pub slug: String,
    pub name: String,
    /// Plain text; an empty line parts paragraphs.
    pub description: String,
    pub media_id: Option<MediaId>,
}

impl Brand {
    pub fn url(&self) -> String {
        format!("/brands/{}", self.slug)
    }
}

/// All that staff says of a brand, but for its picture.
#[derive(Insertable, AsChangeset, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = brands)]
pub struct BrandChange {
    pub slug: String,
    pub name: String,
    pub description: String,
}

/// A brand in a list, with its picture and how many products bear its name, counted up to a bound.
#[derive(Clone, Debug)]
pub struct BrandListed {
    pub brand: Brand,
    pub media: Option<Media>,
    pub products: i64,
}

/// A former address and where it leads now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    pub id: RedirectId,
    pub from_path: String,
    /// The present path of what it leads to.
    pub to_path: String,
    /// It follows a product, category, brand or page wherever that moves.
    pub follows: bool,
    /// Staff or an import made it; otherwise a change of address did.
    pub by_hand: bool,
    pub created_at: DateTime<Utc>,
}
