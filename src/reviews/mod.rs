//! What buyers say of what they bought: stars and a few words, by people with a confirmed address who were sent the goods.
//!
//! Staff look at each wording before it is shown, unless the settings leave that out. How many reviews a product has and how many
//! stars they give together is kept by triggers (`product_ratings`), whoever writes; the catalogue reads it with the product.

mod admin;
mod forms;
mod mails;
mod model;
mod ops;
mod pages;
mod rules;
mod store;

use crate::web::Doors;

pub use model::{BroughtReview, Review, ReviewState, Wording};
pub use ops::bring;
pub use store::{any, merge, newest, published};

pub fn routes(doors: &mut Doors) {
    pages::routes(doors);
    admin::routes(doors);
}
