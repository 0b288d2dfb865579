//! Pictures of the library for a product, a brand, a category or a collection.

use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{ListQuery, editor, pictures::set};
use crate::{
    base::{BrandId, CategoryId, CollectionId, Conn, Error, MediaId, Page, PageRequest, Permission, ProductId, Result},
    catalog::{
        model::{Deed, Parts},
        ops::{self, history::recorded},
        store::{brands, categories, collections, products},
    },
    media::{self, Listed, Shelf},
    web::{App, Desk, Doors, FlashKind, Form, Staff, Visitor, private_html, see_other_with},
};

/// Pictures on a page to choose from.
const PAGE: i64 = 24;

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/products/{id}/images/library", Permission::CatalogChange, of_product)
        .post("/admin/products/{id}/images/library", Permission::CatalogChange, add)
        .get("/admin/{kind:brands|categories|collections}/{id}/picture/library", Permission::CatalogChange, of_one)
        .post("/admin/{kind:brands|categories|collections}/{id}/picture/library", Permission::CatalogChange, take);
}

#[derive(Template)]
#[template(path = "admin/media/choose.html")]
struct ChoicePage {
    desk: Desk,
    /// What the pictures are for, and where one goes back to it.
    name: String,
    back: String,
    action: String,
    many: bool,
    text: String,
    page: Page<Listed>,
}

impl ChoicePage {
    fn page_base(&self) -> String {
        format!("{}?{}&", self.action, serde_urlencoded::to_string([("q", &self.text)]).unwrap_or_default())
    }
}

#[derive(Deserialize)]
struct Chosen {
    #[serde(default)]
    media: Vec<MediaId>,
}

fn listed(conn: &mut Conn, query: &ListQuery) -> Result<Page<Listed>> {
    media::list(conn, &query.text(), Shelf::All, PageRequest::new(query.page, PAGE))
}

async fn of_product(desk: Desk, id: web::Path<ProductId>, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let (id, query) = (id.into_inner(), query.into_inner());
    let (text, action) = (query.text(), format!("/admin/products/{id}/images/library"));
    let (product, page) = app.db.read(move |conn| Ok((products::find(conn, id)?, listed(conn, &query)?))).await?;
    let back = format!("/admin/products/{id}#pictures");
    private_html(StatusCode::OK, &ChoicePage { desk, name: product.title, back, action, many: true, text, page })
}

async fn add(Staff(staff): Staff, visitor: Visitor, id: web::Path<ProductId>, form: Form<Chosen>, app: App) -> Result<HttpResponse> {
    let (id, by) = (id.into_inner(), editor(&staff));
    let chosen: Vec<_> = form.0.media.into_iter().take(PAGE as usize).collect();
    if chosen.is_empty() {
        let back = format!("/admin/products/{id}/images/library?chosen=none");
        return see_other_with(&visitor.session, FlashKind::Error, "Choose a picture first.", &back);
    }
    let added = app.db.write(move |conn| {
        products::find(conn, id)?;
        recorded(conn, &by, Deed::Pictures, &[id], Parts::Pictures, |conn| {
            let known = ops::images_of(conn, id)?;
            let mut new = chosen.into_iter().filter(|media| !known.contains(media));
            new.try_for_each(|media| {
                let media = media::find(conn, media)?;
                ops::add_image(conn, id, &media, "", None)
            })
        })
    });
    added.await?;
    see_other_with(&visitor.session, FlashKind::Success, "The pictures are added.", &format!("/admin/products/{id}#pictures"))
}

fn name_of(conn: &mut Conn, kind: &str, id: i64) -> Result<String> {
    match kind {
        "brands" => brands::find(conn, BrandId(id)).map(|brand| brand.name),
        "collections" => collections::find(conn, CollectionId(id)).map(|collection| collection.title),
        _ => categories::find(conn, CategoryId(id)).map(|category| category.name),
    }
}

async fn of_one(desk: Desk, path: web::Path<(String, i64)>, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let ((kind, id), query) = (path.into_inner(), query.into_inner());
    let (text, action) = (query.text(), format!("/admin/{kind}/{id}/picture/library"));
    let back = format!("/admin/{kind}/{id}/edit#picture-title");
    let (name, page) = app.db.read(move |conn| Ok((name_of(conn, &kind, id)?, listed(conn, &query)?))).await?;
    private_html(StatusCode::OK, &ChoicePage { desk, name, back, action, many: false, text, page })
}

async fn take(visitor: Visitor, path: web::Path<(String, i64)>, form: Form<Chosen>, app: App) -> Result<HttpResponse> {
    let (kind, id) = path.into_inner();
    let Some(chosen) = form.0.media.first().copied() else {
        let back = format!("/admin/{kind}/{id}/picture/library?chosen=none");
        return see_other_with(&visitor.session, FlashKind::Error, "Choose a picture first.", &back);
    };
    let back = format!("/admin/{kind}/{id}/edit#picture-title");
    let taken = app.db.write(move |conn| {
        let media = media::find(conn, chosen)?;
        set(conn, &kind, id, Some(media.id))
    });
    match taken.await {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The picture is changed.", &back),
        Err(Error::NotFound) => {
            see_other_with(&visitor.session, FlashKind::Error, "Somebody deleted this picture meanwhile. Choose another.", &back)
        }
        Err(error) => Err(error),
    }
}
