//! What a page shows that can change, collected while it is put together, so that it is forgotten when one of these changes.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{
    base::{CategoryId, ProductId},
    catalog::Sort,
    pricing::PriceBook,
    web::{Fresh, Tag},
};

#[derive(Debug, Default)]
pub struct Shown {
    tags: Vec<Tag>,
    until: Option<Duration>,
}

impl Shown {
    /// Its words, pictures and price, and whether it can be had.
    pub fn product(&mut self, id: ProductId) {
        self.tags.push(Tag::new("product", id));
    }

    /// Its name and text.
    pub fn category(&mut self, id: CategoryId) {
        self.tags.push(Tag::new("category", id));
    }

    /// Which products stand in it, in this order.
    pub fn shelf(&mut self, id: CategoryId, sort: Sort) {
        self.tags.push(Tag::new("shelf", id));
        match sort {
            Sort::Cheapest | Sort::Dearest => self.tags.push(Tag::new("priced", id)),
            Sort::Title => self.tags.push(Tag::new("titled", id)),
            Sort::Newest => {}
        }
    }

    /// Which products are picked for the home page.
    pub fn picked(&mut self) {
        self.tags.push(Tag::named("featured"));
    }

    /// Prices, which turn when a list begins or ends.
    pub fn prices(&mut self, book: &PriceBook) {
        self.turns(book.holds_until(), book.at);
    }

    /// Something that is another from `at` on.
    pub fn turns(&mut self, at: Option<DateTime<Utc>>, now: DateTime<Utc>) {
        let wait = at.map(|at| (at - now).to_std().unwrap_or_default());
        self.until = self.until.into_iter().chain(wait).min();
    }

    pub fn of<T>(self, page: T) -> Fresh<T> {
        Fresh { page, tags: self.tags, until: self.until }
    }
}
