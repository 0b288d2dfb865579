use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::editor;
use crate::{
    base::{Conn, Error, MediaId, ProductId, Result},
    catalog::{
        model::{Deed, Parts, Product, ProductImage},
        ops::{self, history::recorded},
        store::{images, products},
    },
    media::{self, MediaStore, Prepared},
    web::{App, Desk, FlashKind, Form, NoFields, Staff, Upload, Visitor, private_html, see_other_with},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/admin/products/{id}/images", web::post().to(add))
        .route("/admin/products/{id}/images/{image}", web::post().to(change))
        .route("/admin/products/{id}/images/{image}/removal", web::get().to(confirm_removal))
        .route("/admin/products/{id}/images/{image}/removal", web::post().to(remove));
}

/// Takes several pictures at once: all of them, or none and the reason.
async fn add(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<ProductId>,
    upload: Upload,
    app: App,
    store: web::Data<MediaStore>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let back = format!("/admin/products/{id}#pictures");
    app.db.read(move |conn| products::find(conn, id)).await?;
    let alt = upload.field("alt").trim().chars().take(200).collect::<String>();
    let prepared = match prepare_all(upload).await {
        Ok(prepared) => prepared,
        Err(Error::Invalid(problems)) => {
            let said = problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join(" ");
            return see_other_with(&visitor.session, FlashKind::Error, &said, &back);
        }
        Err(error) => return Err(error),
    };
    for picture in &prepared {
        store.put(picture).await?;
    }
    let count = prepared.len();
    let by = editor(&staff);
    let noted = app.db.write(move |conn| {
        recorded(conn, &by, Deed::Pictures, &[id], Parts::Pictures, |conn| {
            prepared.iter().try_for_each(|picture| {
                let media = media::add(conn, picture)?;
                ops::add_image(conn, id, &media, &alt, None)
            })
        })
    });
    noted.await?;
    let said = if count == 1 { "The picture is added.".to_owned() } else { format!("{count} pictures are added.") };
    see_other_with(&visitor.session, FlashKind::Success, &said, &back)
}

async fn prepare_all(upload: Upload) -> Result<Vec<Prepared>> {
    if upload.files.is_empty() {
        return Err(Error::invalid("picture", "Choose a picture first."));
    }
    let work = web::block(move || {
        let mut prepared = vec![];
        for file in upload.files {
            let named = |error: Error| match error {
                Error::Invalid(problems) => {
                    let said = problems.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>().join(" ");
                    Error::invalid("picture", format!("{}: {said}.", file.name.chars().take(60).collect::<String>()))
                }
                other => other,
            };
            prepared.push(media::prepare(&file.bytes).map_err(named)?);
        }
        Ok(prepared)
    });
    work.await.map_err(|error| Error::Internal(error.into()))?
}

#[derive(Deserialize)]
#[serde(default)]
struct ImageForm {
    alt: String,
    position: i32,
}

impl Default for ImageForm {
    fn default() -> Self {
        Self { alt: String::new(), position: 1 }
    }
}

async fn change(
    Staff(staff): Staff,
    visitor: Visitor,
    path: web::Path<(ProductId, MediaId)>,
    form: Form<ImageForm>,
    app: App,
) -> Result<HttpResponse> {
    let ((id, image), Form(form)) = (path.into_inner(), form);
    let by = editor(&staff);
    let change = move |conn: &mut Conn| ops::change_image(conn, id, image, form.alt.trim(), form.position.clamp(0, 1000));
    app.db.write(move |conn| recorded(conn, &by, Deed::Pictures, &[id], Parts::Pictures, change)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The picture is changed.", &format!("/admin/products/{id}#pictures"))
}

#[derive(Template)]
#[template(path = "admin/catalog/image_removal.html")]
struct RemovalPage {
    desk: Desk,
    product: Product,
    image: ProductImage,
}

async fn confirm_removal(desk: Desk, path: web::Path<(ProductId, MediaId)>, app: App) -> Result<HttpResponse> {
    let (id, image) = path.into_inner();
    let found = app.db.read(move |conn| Ok((products::find(conn, id)?, images::of_product(conn, id)?)));
    let (product, images) = found.await?;
    let image = images.into_iter().find(|known| known.media.id == image).ok_or(Error::NotFound)?;
    private_html(StatusCode::OK, &RemovalPage { desk, product, image })
}

async fn remove(
    Staff(staff): Staff,
    visitor: Visitor,
    path: web::Path<(ProductId, MediaId)>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let (id, image) = path.into_inner();
    let by = editor(&staff);
    let remove = move |conn: &mut Conn| ops::remove_image(conn, id, image);
    app.db.write(move |conn| recorded(conn, &by, Deed::Pictures, &[id], Parts::Pictures, remove)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The picture is removed.", &format!("/admin/products/{id}#pictures"))
}
