use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    base::{ProductId, TextList, VariantId, WishlistId, WishlistItemId},
    media::Picture,
    quote::ShownPrice,
    schema::wishlists,
};

/// Lists of one account, as the database bounds them.
pub const MOST_LISTS: usize = 20;

/// Things on one list, as the database bounds them.
pub const MOST_ITEMS: i64 = 500;

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = wishlists)]
pub struct Wishlist {
    pub id: WishlistId,
    pub name: String,
    /// What is put on a list without saying which is put on this one.
    pub is_default: bool,
    /// Of the link's token; `None`: nobody else sees the list.
    pub share_token_hash: Option<String>,
    pub shared_at: Option<DateTime<Utc>>,
    /// Whoever has the link is told the owner's name.
    pub shows_owner: bool,
}

impl Wishlist {
    pub fn path(&self) -> String {
        format!("/account/wishlists/{}", self.id)
    }

    pub fn is_shared(&self) -> bool {
        self.shared_at.is_some()
    }
}

/// A thing on a list, with what is known of it also when it is not sold any more.
#[derive(Queryable, Clone, Debug)]
pub struct Item {
    pub id: WishlistItemId,
    pub product_id: ProductId,
    /// `None`: nothing is chosen yet, or there is nothing to choose.
    pub variant_id: Option<VariantId>,
    pub note: String,
    pub slug: String,
    pub title: String,
    pub option_names: TextList,
    pub option_values: Option<TextList>,
}

impl Item {
    /// What was chosen: `100 mm · Brass`; empty without a choice.
    pub fn choice(&self) -> String {
        self.option_values.as_ref().map(|values| values.join(" · ")).unwrap_or_default()
    }

    /// There is something to choose, and nothing is chosen yet.
    pub fn is_open(&self) -> bool {
        self.variant_id.is_none() && !self.option_names.is_empty()
    }

    /// The product's page with the choice made.
    pub fn url(&self) -> String {
        let values = self.option_values.iter().flat_map(|values| values.iter().enumerate());
        let chosen: Vec<_> = values.map(|(at, value)| (format!("o{}", at + 1), value)).collect();
        let query = serde_urlencoded::to_string(chosen).unwrap_or_default();
        if query.is_empty() { format!("/products/{}", self.slug) } else { format!("/products/{}?{query}", self.slug) }
    }
}

/// A thing on a list as it is today.
#[derive(Clone, Debug)]
pub struct Wished {
    pub item: Item,
    pub picture: Option<Picture>,
    /// `None`: not sold in the currency that was chosen, or not at all any more.
    pub price: Option<ShownPrice>,
    /// It is the lowest of several.
    pub is_from: bool,
    pub is_sold: bool,
    pub in_stock: bool,
    /// What goes into the cart; `None`: it has to be chosen first, or can't be had.
    pub to_buy: Option<VariantId>,
}

/// What became of a thing that was put on a list.
#[derive(Clone, Debug)]
pub struct Put {
    pub list: Wishlist,
    pub title: String,
    /// `false`: it was there already.
    pub is_new: bool,
    /// The product's page with the choice made.
    pub back: String,
}

/// A list as whoever has its link sees it.
#[derive(Clone, Debug)]
pub struct Shared {
    pub name: String,
    /// The owner's name where they want it told.
    pub owner: Option<String>,
    pub id: WishlistId,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ProductId, VariantId};

    fn item(chosen: Option<&[&str]>) -> Item {
        let texts = |texts: &[&str]| TextList(texts.iter().map(|text| (*text).to_owned()).collect());
        Item {
            id: WishlistItemId(1),
            product_id: ProductId(1),
            variant_id: chosen.map(|_| VariantId(1)),
            note: String::new(),
            slug: "hinge".to_owned(),
            title: "Hinge".to_owned(),
            option_names: texts(&["Length", "Finish"]),
            option_values: chosen.map(texts),
        }
    }

    #[test]
    fn a_choice_leads_back_to_itself() {
        let chosen = item(Some(&["100 mm", "Brass & steel"]));
        assert_eq!(chosen.url(), "/products/hinge?o1=100+mm&o2=Brass+%26+steel");
        assert_eq!(chosen.choice(), "100 mm · Brass & steel");
        assert!(!chosen.is_open());
        assert!(item(None).is_open());
        assert_eq!(item(None).url(), "/products/hinge");
    }
}
