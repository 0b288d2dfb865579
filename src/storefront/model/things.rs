//! Things of schema.org that pages tell search engines of.

use serde_json::{Value, json};

use super::ShownPrice;
use crate::{
    base::Money,
    catalog::{Category, Collection, Product, ProductImage, Rating, Variant},
    inventory::{Availability, Stock},
    reviews::Review,
    settings::Store,
    web::Shell,
};

/// A product with what is asked for it: the chosen variant, or the lowest price of all while none is chosen.
pub fn product(
    shell: &Shell,
    product: &Product,
    summary: &str,
    images: &[ProductImage],
    chosen: Option<&(Variant, Stock)>,
    price: Option<&ShownPrice>,
) -> Value {
    let mut thing = json!({
        "@type": "Product",
        "name": product.title,
        "description": summary,
        "url": shell.absolute(&product.url()),
        "image": images.iter().map(|image| shell.absolute(&image.picture().url(1200))).collect::<Vec<_>>(),
    });
    if !product.vendor.is_empty() {
        thing["brand"] = json!({ "@type": "Brand", "name": product.vendor });
    }
    if let Some((variant, _)) = chosen {
        thing["sku"] = variant.sku.clone().into();
        if is_gtin(&variant.barcode) {
            thing["gtin"] = variant.barcode.clone().into();
        }
    }
    if let Some(price) = price {
        thing["offers"] = offer(shell, product, chosen.map(|(_, stock)| stock.availability()), price.amount);
    }
    thing
}

/// A product with what its buyers say: the mean of all reviews, and some of them.
pub fn rated(mut product: Value, rating: Option<&Rating>, reviews: &[Review]) -> Value {
    let Some(rating) = rating else { return product };
    product["aggregateRating"] = json!({
        "@type": "AggregateRating",
        "ratingValue": rating.mean(),
        "reviewCount": rating.reviews,
        "bestRating": 5,
        "worstRating": 1,
    });
    product["review"] = reviews.iter().map(review).collect();
    product
}

fn review(review: &Review) -> Value {
    let mut thing = json!({
        "@type": "Review",
        "author": { "@type": "Person", "name": review.by() },
        "datePublished": review.created_at.format("%Y-%m-%d").to_string(),
        "reviewBody": review.body,
        "reviewRating": { "@type": "Rating", "ratingValue": review.stars, "bestRating": 5, "worstRating": 1 },
    });
    if !review.title.is_empty() {
        thing["name"] = review.title.clone().into();
    }
    thing
}

fn offer(shell: &Shell, product: &Product, availability: Option<Availability>, amount: Money) -> Value {
    let (url, currency, price) = (shell.absolute(&product.url()), amount.currency.code().to_owned(), amount.plain());
    match availability {
        Some(availability) => json!({
            "@type": "Offer",
            "url": url,
            "priceCurrency": currency,
            "price": price,
            "itemCondition": "https://schema.org/NewCondition",
            "availability": format!("https://schema.org/{}", word(availability)),
        }),
        None => json!({ "@type": "AggregateOffer", "url": url, "priceCurrency": currency, "lowPrice": price }),
    }
}

fn word(availability: Availability) -> &'static str {
    match availability {
        Availability::InStock(_) | Availability::Untracked => "InStock",
        Availability::Low(_) => "LimitedAvailability",
        Availability::Backorder { .. } => "BackOrder",
        Availability::PreOrder { .. } => "PreOrder",
        Availability::SoldOut => "OutOfStock",
    }
}

/// GTIN-8, -12, -13 and -14 are plain digits.
fn is_gtin(barcode: &str) -> bool {
    matches!(barcode.len(), 8 | 12 | 13 | 14) && barcode.bytes().all(|byte| byte.is_ascii_digit())
}

/// The way from the front page down to this page, which is the last.
pub fn breadcrumbs(shell: &Shell, above: &[Category], here: (&str, &str)) -> Value {
    way(shell, above.iter().map(|category| (category.name.clone(), category.url())), here)
}

/// A list that somebody has put together.
pub fn collection(shell: &Shell, collection: &Collection, picture: Option<String>) -> Value {
    let mut thing = json!({
        "@type": "CollectionPage",
        "name": collection.title,
        "description": collection.seo_description(),
        "url": shell.absolute(&collection.url()),
    });
    if let Some(picture) = picture {
        thing["image"] = picture.into();
    }
    thing
}

/// The same of pages with other pages above them, each with name and path.
pub fn way(shell: &Shell, above: impl Iterator<Item = (String, String)>, here: (&str, &str)) -> Value {
    let home = ("Home".to_owned(), "/".to_owned());
    let way = [home].into_iter().chain(above);
    let way = way.chain([(here.0.to_owned(), here.1.to_owned())]);
    let steps: Vec<_> = way
        .enumerate()
        .map(|(at, (name, path))| json!({ "@type": "ListItem", "position": at + 1, "name": name, "item": shell.absolute(&path) }))
        .collect();
    json!({ "@type": "BreadcrumbList", "itemListElement": steps })
}

/// Who sells here.
pub fn organization(shell: &Shell, store: &Store) -> Value {
    let mut thing = json!({
        "@type": "Organization",
        "name": store.name,
        "url": shell.absolute("/"),
        "email": store.email,
    });
    for (name, text) in [("telephone", &store.phone), ("slogan", &store.tagline), ("address", &store.address_line())] {
        if !text.is_empty() {
            thing[name] = text.clone().into();
        }
    }
    thing
}

/// The shop as a whole, and how to search it.
pub fn website(shell: &Shell) -> Value {
    json!({
        "@type": "WebSite",
        "name": shell.shop.name,
        "url": shell.absolute("/"),
        "potentialAction": {
            "@type": "SearchAction",
            "target": format!("{}?q={{search_term_string}}", shell.absolute("/search")),
            "query-input": "required name=search_term_string",
        },
    })
}
