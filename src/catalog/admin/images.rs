use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::editor;
use crate::{
    base::{Conn, Error, MediaId, Permission, Problems, ProductId, Result},
    catalog::{
        model::{Deed, Parts, Product, ProductImage},
        ops::{self, history::recorded},
        store::{images, products},
    },
    media::{self, MediaStore, Received},
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Staff, Upload, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/products/{id}/images", Permission::CatalogChange, show)
        .post("/admin/products/{id}/images", Permission::CatalogChange, add)
        .post("/admin/products/{id}/images/{image}", Permission::CatalogChange, change)
        .get("/admin/products/{id}/images/{image}/removal", Permission::CatalogChange, confirm_removal)
        .post("/admin/products/{id}/images/{image}/removal", Permission::CatalogChange, remove);
}

#[derive(Template)]
#[template(path = "admin/catalog/pictures.html")]
struct PicturesPage {
    desk: Desk,
    product: Product,
    images: Vec<ProductImage>,
    /// What was kept of an upload of which something was refused.
    said: Option<String>,
    problems: Problems,
}

async fn page(desk: Desk, id: ProductId, said: Option<String>, problems: Problems, app: &App) -> Result<HttpResponse> {
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (product, images) = app.db.read(move |conn| Ok((products::find(conn, id)?, images::of_product(conn, id)?))).await?;
    private_html(status, &PicturesPage { desk, product, images, said, problems })
}

async fn show(desk: Desk, id: web::Path<ProductId>, app: App) -> Result<HttpResponse> {
    page(desk, id.into_inner(), None, Problems::default(), &app).await
}

/// Takes several pictures at once: keeps those that are pictures, and says of each other why it is none.
async fn add(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<ProductId>,
    upload: Upload,
    request: HttpRequest,
    app: App,
    store: web::Data<MediaStore>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.read(move |conn| products::find(conn, id)).await?;
    let alt = upload.field("alt").trim().chars().take(200).collect::<String>();
    let wordless = alt.is_empty();
    let Received { pictures, refusals } = media::receive(&store, upload.into_named()).await?;
    let (count, by) = (pictures.len(), editor(&staff));
    if count > 0 {
        let noted = app.db.write(move |conn| {
            recorded(conn, &by, Deed::Pictures, &[id], Parts::Pictures, |conn| {
                pictures.iter().try_for_each(|picture| {
                    let media = media::add(conn, picture)?;
                    ops::add_image(conn, id, &media, &alt, None)
                })
            })
        });
        noted.await?;
    }
    let mut said = if count == 1 { "The picture is added.".to_owned() } else { format!("{count} pictures are added.") };
    if wordless {
        said.push_str(" Say in words what each shows.");
    }
    if refusals.is_empty() {
        return see_other_with(&visitor.session, FlashKind::Success, &said, &format!("/admin/products/{id}#pictures"));
    }
    page(Desk::of(&request).await?, id, Some(said).filter(|_| count > 0), refusals, &app).await
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
