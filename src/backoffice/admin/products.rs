use std::collections::HashMap;

use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    base::{Conn, Money, Page, PageRequest, Permission, ProductId, Result, VariantId},
    catalog::{
        self, Brand, Category, Place, Product, ProductFilter, ProductImage, ProductType, Relation, Specification, Status, StockState,
        Variant, VariantFilter,
    },
    inventory::{self, Stock},
    settings::{self, Store},
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/products", Permission::CatalogSee, list).get("/admin/products/{id}", Permission::CatalogSee, show).post(
        "/admin/products/{id}/uncounting",
        Permission::StockChange,
        uncount,
    );
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Query {
    status: String,
    q: String,
    category: String,
    brand: String,
    product_type: String,
    tag: String,
    stock: String,
    page: Option<i64>,
}

impl Query {
    /// Names and values of what the list is narrowed to.
    fn kept(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("status", &self.status),
            ("q", &self.q),
            ("category", &self.category),
            ("brand", &self.brand),
            ("product_type", &self.product_type),
            ("tag", &self.tag),
            ("stock", &self.stock),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.as_str())).collect()
    }

    fn with_status(&self, status: &str) -> String {
        let mut kept: Vec<_> = self.kept().into_iter().filter(|(name, _)| *name != "status").collect();
        if !status.is_empty() {
            kept.insert(0, ("status", status));
        }
        format!("/admin/products?{}", serde_urlencoded::to_string(kept).unwrap_or_default())
    }

    /// More than the state is asked for.
    fn is_narrow(&self) -> bool {
        self.kept().iter().any(|(name, _)| *name != "status")
    }

    fn filter(&self) -> ProductFilter {
        ProductFilter {
            status: self.status.parse().ok(),
            text: self.q.trim().chars().filter(|c| !c.is_control()).take(100).collect(),
            category: self.category.parse().ok(),
            brand: self.brand.parse().ok(),
            product_type: self.product_type.parse().ok(),
            tag: self.tag.trim().chars().take(100).collect(),
            stock: self.stock.parse().ok(),
        }
    }
}

/// A row of the list: the product, its variants and what is left of them.
struct Row {
    product: Product,
    variants: i64,
    /// `None`: a variant of it is sold without counting.
    available: Option<i64>,
    lowest: Option<Money>,
}

#[derive(Template)]
#[template(path = "admin/products/list.html")]
struct ListPage {
    desk: Desk,
    query: Query,
    counts: HashMap<&'static str, i64>,
    page: Page<Row>,
    categories: Vec<Place>,
    brands: Vec<Brand>,
    types: Vec<ProductType>,
}

impl ListPage {
    fn statuses(&self) -> &'static [Status] {
        Status::ALL
    }

    fn count(&self, status: &Status) -> i64 {
        self.counts.get(status.as_str()).copied().unwrap_or(0)
    }

    /// There are so many that nobody counted further.
    fn is_bounded(&self, status: &Status) -> bool {
        self.count(status) >= 10_000
    }

    fn total_count(&self) -> i64 {
        self.counts.values().sum()
    }

    fn page_base(&self) -> String {
        format!("{}&", self.query.with_status(&self.query.status))
    }

    fn stocks(&self) -> &'static [StockState] {
        StockState::ALL
    }
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let query = query.into_inner();
    let request = PageRequest::new(query.page, 50);
    let page = app
        .db
        .read(move |conn| {
            let store = settings::store(conn)?;
            let (products, rest) = catalog::products(conn, &query.filter(), request)?.split();
            let counts = catalog::count_by_status(conn)?;
            Ok(ListPage {
                page: rest.with(rows(conn, &store, products)?),
                counts: counts.into_iter().map(|(status, count)| (status.as_str(), count)).collect(),
                categories: catalog::category_places(conn)?,
                brands: catalog::brands(conn)?,
                types: catalog::product_types(conn)?,
                desk,
                query,
            })
        })
        .await?;
    private_html(StatusCode::OK, &page)
}

/// What the list shows of each, asked for all of them at once.
fn rows(conn: &mut Conn, store: &Store, products: Vec<Product>) -> Result<Vec<Row>> {
    let ids: Vec<_> = products.iter().map(|product| product.id).collect();
    let summaries = catalog::variant_summaries(conn, &ids)?;
    let left = inventory::units_left(conn, &ids)?;
    let row = |product: Product| {
        let summary = summaries.iter().find(|(id, ..)| *id == product.id);
        Row {
            variants: summary.map_or(0, |(_, count, _)| *count),
            lowest: summary.and_then(|(.., lowest)| *lowest).map(|minor| store.money(minor)),
            available: left.get(&product.id).copied().unwrap_or(Some(0)),
            product,
        }
    };
    Ok(products.into_iter().map(row).collect())
}

/// Variants that the product's page shows; the rest is in the table.
const SHOWN: i64 = 25;

#[derive(Template)]
#[template(path = "admin/products/show.html")]
struct ShowPage {
    desk: Desk,
    store: Store,
    product: Product,
    categories: Vec<Category>,
    specification: Vec<Specification>,
    /// The first of them, and of archived ones.
    variants: Vec<Variant>,
    /// How many are not archived.
    variant_count: i64,
    stock: HashMap<VariantId, Stock>,
    images: Vec<ProductImage>,
    /// How many stand beside it.
    accessories: usize,
    related: usize,
    together: usize,
}

impl ShowPage {
    fn stock_of(&self, variant: &VariantId) -> Stock {
        self.stock.get(variant).copied().unwrap_or(Stock::none(*variant))
    }

    /// A gift card can't run out, so counting it would only stop its sale.
    fn counts_gift_cards(&self) -> bool {
        self.product.is_gift_card && self.variants.iter().any(|variant| self.stock_of(&variant.id).tracked)
    }

    fn money(&self, minor: &i64) -> Money {
        self.store.money(*minor)
    }
}

async fn show(desk: Desk, id: web::Path<ProductId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let page = app
        .db
        .read(move |conn| {
            let product = catalog::product(conn, id)?;
            let (mut variants, rest) = first_variants(conn, id, false)?.split();
            variants.extend(first_variants(conn, id, true)?.items);
            let stock = inventory::stock_of(conn, &variants.iter().map(|variant| variant.id).collect::<Vec<_>>())?;
            let store = settings::store(conn)?;
            Ok(ShowPage {
                desk,
                store,
                variant_count: rest.total,
                specification: catalog::specification(conn, &product)?,
                product,
                categories: catalog::categories_of(conn, id)?,
                variants,
                stock,
                images: catalog::images_of(conn, id)?,
                accessories: catalog::relations_of(conn, id, Relation::Accessory)?.len(),
                related: catalog::relations_of(conn, id, Relation::Related)?.len(),
                together: catalog::bought_with(conn, id)?.len(),
            })
        })
        .await?;
    private_html(StatusCode::OK, &page)
}

fn first_variants(conn: &mut Conn, id: ProductId, archived: bool) -> Result<Page<Variant>> {
    catalog::variant_page(conn, id, &VariantFilter { archived, ..VariantFilter::default() }, PageRequest::new(None, SHOWN))
}

/// From now on all variants are sold without counting.
async fn uncount(Staff(staff): Staff, visitor: Visitor, id: web::Path<ProductId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let change = app.db.write(move |conn| {
        let mut variants: Vec<_> = catalog::variants_of(conn, id)?.into_iter().map(|variant| variant.id).collect();
        variants.sort();
        variants.into_iter().try_for_each(|variant| inventory::count_untracked(conn, variant, &staff.name))
    });
    change.await?;
    see_other_with(&visitor.session, FlashKind::Success, "It is sold without counting now.", &format!("/admin/products/{id}"))
}
