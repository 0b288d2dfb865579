//! The one picture of a category or a brand.

use actix_web::{HttpResponse, web};

use crate::{
    base::{BrandId, CategoryId, Conn, Error, MediaId, Result},
    catalog::store::{brands, categories},
    media::{self, MediaStore},
    web::{App, FlashKind, Form, NoFields, Staff, Upload, Visitor, see_other_with},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/admin/{kind:brands|categories}/{id}/picture", web::post().to(change))
        .route("/admin/{kind:brands|categories}/{id}/picture/removal", web::post().to(remove));
}

fn set(conn: &mut Conn, kind: &str, id: i64, picture: Option<MediaId>) -> Result<()> {
    match kind {
        "brands" => brands::set_picture(conn, BrandId(id), picture),
        _ => categories::set_picture(conn, CategoryId(id), picture),
    }
}

async fn change(
    _staff: Staff,
    visitor: Visitor,
    path: web::Path<(String, i64)>,
    upload: Upload,
    app: App,
    store: web::Data<MediaStore>,
) -> Result<HttpResponse> {
    let (kind, id) = path.into_inner();
    let back = format!("/admin/{kind}/{id}/edit#picture-title");
    let Some(file) = upload.files.into_iter().next() else {
        return see_other_with(&visitor.session, FlashKind::Error, "Choose a picture first.", &back);
    };
    let prepared = web::block(move || media::prepare(&file.bytes)).await.map_err(|error| Error::Internal(error.into()))?;
    let prepared = match prepared {
        Err(Error::Invalid(problems)) => {
            let said = problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join(" ");
            return see_other_with(&visitor.session, FlashKind::Error, &said, &back);
        }
        prepared => prepared?,
    };
    store.put(&prepared).await?;
    let noted = app.db.write(move |conn| {
        let media = media::add(conn, &prepared)?;
        set(conn, &kind, id, Some(media.id))
    });
    noted.await?;
    see_other_with(&visitor.session, FlashKind::Success, "The picture is changed.", &back)
}

async fn remove(_staff: Staff, visitor: Visitor, path: web::Path<(String, i64)>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let (kind, id) = path.into_inner();
    let back = format!("/admin/{kind}/{id}/edit#picture-title");
    app.db.write(move |conn| set(conn, &kind, id, None)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The picture is removed.", &back)
}
