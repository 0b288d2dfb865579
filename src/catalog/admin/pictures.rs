//! The one picture of a category, a brand or a collection.

use actix_web::{HttpResponse, web};

use crate::{
    base::{BrandId, CategoryId, CollectionId, Conn, MediaId, Permission, Result},
    catalog::store::{brands, categories, collections},
    media::{self, MediaStore, Received},
    web::{App, Doors, FlashKind, Form, NoFields, Upload, Visitor, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.post("/admin/{kind:brands|categories|collections}/{id}/picture", Permission::CatalogChange, change).post(
        "/admin/{kind:brands|categories|collections}/{id}/picture/removal",
        Permission::CatalogChange,
        remove,
    );
}

pub fn set(conn: &mut Conn, kind: &str, id: i64, picture: Option<MediaId>) -> Result<()> {
    match kind {
        "brands" => brands::set_picture(conn, BrandId(id), picture),
        "collections" => collections::set_picture(conn, CollectionId(id), picture),
        _ => categories::set_picture(conn, CategoryId(id), picture),
    }
}

async fn change(
    visitor: Visitor,
    path: web::Path<(String, i64)>,
    upload: Upload,
    app: App,
    store: web::Data<MediaStore>,
) -> Result<HttpResponse> {
    let (kind, id) = path.into_inner();
    let back = format!("/admin/{kind}/{id}/edit#picture-title");
    let files = upload.into_named().into_iter().take(1).collect();
    let Received { pictures, refusals } = media::receive(&store, files).await?;
    let Some(prepared) = pictures.into_iter().next() else {
        let said = refusals.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join(" ");
        return see_other_with(&visitor.session, FlashKind::Error, &said, &back);
    };
    let noted = app.db.write(move |conn| {
        let media = media::add(conn, &prepared)?;
        set(conn, &kind, id, Some(media.id))
    });
    noted.await?;
    see_other_with(&visitor.session, FlashKind::Success, "The picture is changed.", &back)
}

async fn remove(visitor: Visitor, path: web::Path<(String, i64)>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let (kind, id) = path.into_inner();
    let back = format!("/admin/{kind}/{id}/edit#picture-title");
    app.db.write(move |conn| set(conn, &kind, id, None)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The picture is removed.", &back)
}
