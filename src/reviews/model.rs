use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};

use crate::{
    base::{AccountId, OrderLineId, ProductId, ReviewId, text_enum},
    catalog,
    schema::reviews,
};

text_enum! {
    pub enum ReviewState {
        /// Staff have not looked at this wording.
        Waiting = "waiting",
        /// Everybody sees it.
        Published = "published",
        /// Only its author and staff see it.
        Refused = "refused",
    }
}

impl ReviewState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Published => "Published",
            Self::Refused => "Refused",
        }
    }

    /// Of its badge.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Waiting => "warn",
            Self::Published => "good",
            Self::Refused => "bad",
        }
    }
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = reviews)]
pub struct Review {
    pub id: ReviewId,
    pub product_id: ProductId,
    pub name: String,
    pub stars: i16,
    pub title: String,
    pub body: String,
    pub state: ReviewState,
    /// The shop's answer, or nothing.
    pub reply: String,
    /// Counts its wordings.
    pub revision: i32,
    pub created_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
    /// Why this wording was refused, in the words of whoever did; empty: nothing was said.
    pub reason: String,
}

impl Review {
    /// Who says it, as they chose to be called.
    pub fn by(&self) -> &str {
        if self.name.is_empty() { "A customer" } else { &self.name }
    }

    /// Stars that are full, and the rest of five.
    pub fn drawn(&self) -> (&'static str, &'static str) {
        catalog::drawn_stars(self.stars.into())
    }

    /// The text in paragraphs.
    pub fn paragraphs(&self) -> Vec<&str> {
        paragraphs(&self.body)
    }

    /// The shop's answer in paragraphs.
    pub fn replied(&self) -> Vec<&str> {
        paragraphs(&self.reply)
    }

    /// Which wording of which review, for staff to decide on: `12-3`.
    pub fn wording(&self) -> String {
        format!("{}-{}", self.id, self.revision)
    }

    pub fn admin_path(&self) -> String {
        format!("/admin/reviews/{}", self.id)
    }
}

fn paragraphs(text: &str) -> Vec<&str> {
    text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// A product with its address, as far as a review names it.
#[derive(QueryableByName, Clone, Debug)]
pub struct Reviewed {
    #[diesel(sql_type = BigInt)]
    pub id: ProductId,
    #[diesel(sql_type = Text)]
    pub slug: String,
    #[diesel(sql_type = Text)]
    pub title: String,
}

impl Reviewed {
    pub fn url(&self) -> String {
        format!("/products/{}", self.slug)
    }

    /// Where one writes about it.
    pub fn writing_path(&self) -> String {
        format!("/products/{}/reviews/new", self.slug)
    }
}

/// What an author says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    pub stars: i16,
    pub title: String,
    pub body: String,
    /// As they want to be called.
    pub name: String,
}

/// Whoever wants to write.
#[derive(Clone, Copy, Debug)]
pub struct Author {
    pub account: AccountId,
    /// Has shown that the address is theirs.
    pub is_confirmed: bool,
    pub is_blocked: bool,
    /// Somebody of the staff acts for them.
    pub is_acted_for: bool,
}

/// Whether somebody may write about a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They bought it by this line.
    Buyer(OrderLineId),
    NotConfirmed,
    Blocked,
    /// A review says what a buyer thinks, which nobody thinks for them.
    ActedFor,
    /// They did not, or not yet: it is to be paid and sent first.
    NotBought,
}

impl Standing {
    pub fn may_write(&self) -> bool {
        matches!(self, Self::Buyer(_))
    }

    /// Why not, and the mend.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Buyer(_) => "",
            Self::NotConfirmed => "Confirm your e-mail address first: open the link in the mail that we sent you.",
            Self::Blocked => "Reviews can’t be written with this account. Ask us if you think that is a mistake.",
            Self::ActedFor => "You act for this customer. What they think of it they write themselves.",
            Self::NotBought => "Only those who bought this here can review it, once it is paid and on its way to them.",
        }
    }
}

/// A review as staff see it.
#[derive(Clone, Debug)]
pub struct Queued {
    pub review: Review,
    pub product: Reviewed,
    /// Of the author's account; `None`: it is gone, or the review was brought from elsewhere.
    pub email: Option<String>,
    /// The order by which they bought it, while it can be found.
    pub order: Option<String>,
}

/// What staff's list is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct ReviewFilter {
    /// `None`: all.
    pub state: Option<ReviewState>,
    /// A part of a product's title, or the beginning of an author's address.
    pub text: String,
}

/// A review that was written elsewhere, before the shop was here.
#[derive(Clone, Debug)]
pub struct BroughtReview {
    pub product: ProductId,
    pub wording: Wording,
    pub reply: String,
    pub written_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_falls_into_paragraphs_and_blank_lines_are_nothing() {
        assert_eq!(paragraphs("One.\r\n\r\n  Two. \n"), ["One.", "Two."]);
        assert!(paragraphs(" \n").is_empty());
    }
}
