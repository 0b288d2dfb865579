//! What a page shows that can change, collected while it is put together, so that it is forgotten when one of these changes.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use crate::{
    base::{BrandId, CategoryId, CollectionId, Conn, ProductId, Result},
    catalog::{self, Scope, Sort},
    pricing::PriceBook,
    search::{self, SearchIndex},
    web::{Fresh, Tag},
};

/// As long as a page is kept that may be about to change.
const A_MOMENT: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub struct Shown {
    tags: Vec<Tag>,
    /// Before the database's clock was asked: what is so long from then is later, never earlier.
    began: Instant,
    /// So long from then it shows the same.
    wait: Option<Duration>,
}

impl Shown {
    /// To be called before anything is read.
    pub fn begin() -> Self {
        Self { tags: vec![], began: Instant::now(), wait: None }
    }

    /// Its words, pictures, price and stars, and whether it can be had.
    pub fn product(&mut self, id: ProductId) {
        self.tags.push(Tag::new("product", id));
    }

    /// What its buyers say.
    pub fn said_of(&mut self, id: ProductId) {
        self.tags.push(Tag::new("product", format_args!("{id}/said")));
    }

    /// Its name and text.
    pub fn category(&mut self, id: CategoryId) {
        self.tags.push(Tag::new("category", id));
    }

    /// Its name, text and picture.
    pub fn brand(&mut self, id: BrandId) {
        self.tags.push(Tag::new("brand", id));
    }

    /// Its name, text and picture, and that it is shown.
    pub fn collection(&mut self, id: CollectionId) {
        self.tags.push(Tag::new("collection", id));
    }

    /// Which collections there are.
    pub fn collections(&mut self) {
        self.tags.push(Tag::named("collections"));
    }

    /// Which products stand on this shelf, in this order, and until when by the clock, which says `now`.
    pub fn shelf(&mut self, conn: &mut Conn, scope: Scope, sort: Sort, now: DateTime<Utc>) -> Result<()> {
        let Some((kind, of)) = scope.shelf() else {
            self.tags.push(Tag::named("featured"));
            return Ok(());
        };
        self.tags.push(Tag::new(kind, of));
        match sort {
            Sort::Cheapest | Sort::Dearest => self.tags.push(Tag::new(kind, format_args!("{of}/price"))),
            Sort::Title => self.tags.push(Tag::new(kind, format_args!("{of}/title"))),
            Sort::Newest | Sort::Chosen => {}
        }
        let turn = catalog::next_turn(conn, scope)?;
        self.turns(turn, now);
        Ok(())
    }

    /// How many of the products on this shelf are such and such. To be said before the index is asked: while it follows the
    /// database, what it tells holds for a moment only.
    pub fn counted(&mut self, conn: &mut Conn, scope: Scope, index: &SearchIndex, now: DateTime<Utc>) -> Result<()> {
        self.shelf(conn, scope, Sort::Newest, now)?;
        if let Some((kind, of)) = scope.shelf() {
            self.tags.push(Tag::new(kind, format_args!("{of}/facets")));
        }
        if search::is_behind(conn, index)? {
            self.holds_for(Some(self.began.elapsed() + A_MOMENT));
        }
        Ok(())
    }

    /// Prices, which turn when a list begins or ends.
    pub fn prices(&mut self, book: &PriceBook) {
        self.turns(book.holds_until(), book.at);
    }

    /// Something that is another from `at` on.
    pub fn turns(&mut self, at: Option<DateTime<Utc>>, now: DateTime<Utc>) {
        self.holds_for(at.map(|at| (at - now).to_std().unwrap_or_default()));
    }

    fn holds_for(&mut self, wait: Option<Duration>) {
        self.wait = self.wait.into_iter().chain(wait).min();
    }

    pub fn of<T>(self, page: T) -> Fresh<T> {
        Fresh { page, tags: self.tags, until: self.wait.and_then(|wait| self.began.checked_add(wait)) }
    }
}
