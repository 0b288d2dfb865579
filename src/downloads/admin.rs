//! The files of digital goods, and how long links to them can be used.

use std::path::PathBuf;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{
    forms::LimitsForm,
    model::{File, Intake, Limits, NewFile},
    ops, store,
};
use crate::{
    base::{DownloadFileId, Error, Page, PageRequest, Permission, Problems, Result, VariantId, random_token},
    catalog::{self, VariantForSale},
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Staff, Visitor, private_html, receive_file, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/downloads", Permission::CatalogSee, list)
        .post("/admin/downloads/limits", Permission::SettingsChange, set_limits)
        .get("/admin/downloads/{id}", Permission::CatalogSee, show)
        .post("/admin/downloads/{id}/content", Permission::CatalogChange, replace)
        .post("/admin/downloads/{id}/removal", Permission::CatalogChange, remove)
        .get("/admin/variants/{id}/downloads", Permission::CatalogChange, of_variant)
        .post("/admin/variants/{id}/downloads", Permission::CatalogChange, add)
        .get("/admin/variants/{id}/downloads/end", Permission::CatalogChange, confirm_end)
        .post("/admin/variants/{id}/downloads/end", Permission::CatalogChange, end);
}

#[derive(Clone, Copy, Default, Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/downloads/list.html")]
struct ListPage {
    desk: Desk,
    page: Page<File>,
    form: LimitsForm,
    problems: Problems,
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let request = PageRequest::new(query.page, 50);
    let (page, limits) = app.db.read(move |conn| Ok((store::list(conn, request)?, store::limits(conn)?))).await?;
    private_html(StatusCode::OK, &ListPage { desk, page, form: LimitsForm::from(&limits), problems: Problems::default() })
}

async fn set_limits(visitor: Visitor, form: Form<LimitsForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    match form.parse() {
        Ok(limits) => {
            app.db.write(move |conn| store::set_limits(conn, &limits)).await?;
            see_other_with(&visitor.session, FlashKind::Success, "The limits are saved.", "/admin/downloads?saved=yes")
        }
        Err(problems) => {
            let page = app.db.read(|conn| store::list(conn, PageRequest::new(None, 50))).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &ListPage { desk: Desk::of(&request).await?, page, form, problems })
        }
    }
}

#[derive(Template)]
#[template(path = "admin/downloads/variant.html")]
struct VariantPage {
    desk: Desk,
    item: VariantForSale,
    files: Vec<File>,
    limits: Limits,
    problems: Problems,
}

async fn variant_page(desk: Desk, id: VariantId, problems: Problems, app: &App) -> Result<VariantPage> {
    let found = app.db.read(move |conn| {
        let item = catalog::for_sale(conn, &[id])?.pop().ok_or(Error::NotFound)?;
        Ok((item, store::of_variant(conn, id)?, store::limits(conn)?))
    });
    let (item, files, limits) = found.await?;
    Ok(VariantPage { desk, item, files, limits, problems })
}

async fn of_variant(desk: Desk, id: web::Path<VariantId>, app: App) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &variant_page(desk, id.into_inner(), Problems::default(), &app).await?)
}

async fn add(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<VariantId>,
    request: HttpRequest,
    payload: web::Payload,
    intake: web::Data<Intake>,
    app: App,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let added = match received(&request, payload, &intake, &app).await {
        Ok(new) => {
            let name = new.name.clone();
            app.db.write(move |conn| ops::add(conn, id, &new, &staff.name)).await.map(|_| name)
        }
        Err(error) => Err(error),
    };
    let back = format!("/admin/variants/{id}/downloads?saved=yes");
    match added {
        Ok(name) => see_other_with(&visitor.session, FlashKind::Success, &format!("{name} is added. Buyers get it from now on."), &back),
        Err(Error::Conflict(message)) => see_other_with(&visitor.session, FlashKind::Error, &message, &back),
        Err(error) => {
            let problems = error.into_problems()?;
            let page = variant_page(Desk::of(&request).await?, id, problems, &app).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// The file of the form, in the media store. It goes to disk as it comes, and nothing is left there.
async fn received(request: &HttpRequest, payload: web::Payload, intake: &Intake, app: &App) -> Result<NewFile> {
    let limits = app.db.read(store::limits).await?;
    tokio::fs::create_dir_all(&intake.folder).await.map_err(|error| Error::Internal(error.into()))?;
    let path: PathBuf = intake.folder.join(random_token(24));
    let kept = match receive_file(request, payload.into_inner(), &path, limits.most_bytes()).await {
        Ok(Some(file)) => ops::keep(&app.db, intake, &file.name, file.bytes, &path).await,
        Ok(None) => Err(Error::invalid("file", "Choose a file first")),
        Err(Error::TooLarge) => {
            let most = limits.download_megabytes;
            Err(Error::invalid("file", format!("The file is larger than {most} MB. The owner can raise the limit under Downloads")))
        }
        Err(error) => Err(error),
    };
    let _ = tokio::fs::remove_file(&path).await;
    kept
}

#[derive(Template)]
#[template(path = "admin/downloads/show.html")]
struct ShowPage {
    desk: Desk,
    file: File,
    limits: Limits,
    problems: Problems,
}

async fn show_page(desk: Desk, id: DownloadFileId, problems: Problems, app: &App) -> Result<ShowPage> {
    let (file, limits) = app.db.read(move |conn| Ok((store::file(conn, id)?, store::limits(conn)?))).await?;
    Ok(ShowPage { desk, file, limits, problems })
}

async fn show(desk: Desk, id: web::Path<DownloadFileId>, app: App) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &show_page(desk, id.into_inner(), Problems::default(), &app).await?)
}

async fn replace(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<DownloadFileId>,
    request: HttpRequest,
    payload: web::Payload,
    intake: web::Data<Intake>,
    app: App,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let replaced = match received(&request, payload, &intake, &app).await {
        Ok(new) => app.db.write(move |conn| ops::replace(conn, id, &new, &staff.name)).await,
        Err(error) => Err(error),
    };
    match replaced {
        Ok(()) => {
            let said = "The file is replaced, also for those who bought it.";
            see_other_with(&visitor.session, FlashKind::Success, said, &format!("/admin/downloads/{id}?saved=yes"))
        }
        Err(error) => {
            let problems = error.into_problems()?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &show_page(Desk::of(&request).await?, id, problems, &app).await?)
        }
    }
}

async fn remove(visitor: Visitor, id: web::Path<DownloadFileId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    match app.db.write(move |conn| ops::remove(conn, id)).await {
        Ok(file) => {
            let back = file.variant_id.map_or("/admin/downloads".to_owned(), |variant| format!("/admin/variants/{variant}/downloads"));
            let said = format!("{} is removed. Who has a link keeps it as long as the link holds.", file.name);
            see_other_with(&visitor.session, FlashKind::Success, &said, &back)
        }
        Err(Error::Conflict(message)) => see_other_with(&visitor.session, FlashKind::Error, &message, &format!("/admin/downloads/{id}")),
        Err(error) => Err(error),
    }
}

#[derive(Template)]
#[template(path = "admin/downloads/end.html")]
struct EndPage {
    desk: Desk,
    item: VariantForSale,
    files: Vec<File>,
}

async fn confirm_end(desk: Desk, id: web::Path<VariantId>, app: App) -> Result<HttpResponse> {
    let VariantPage { desk, item, files, .. } = variant_page(desk, id.into_inner(), Problems::default(), &app).await?;
    private_html(StatusCode::OK, &EndPage { desk, item, files })
}

async fn end(visitor: Visitor, id: web::Path<VariantId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let back = format!("/admin/variants/{id}/downloads");
    match app.db.write(move |conn| ops::end(conn, id)).await {
        Ok(()) => {
            see_other_with(&visitor.session, FlashKind::Success, "It is sold as goods from now on. Look at its weight and stock.", &back)
        }
        Err(Error::Conflict(message)) => see_other_with(&visitor.session, FlashKind::Error, &message, &back),
        Err(error) => Err(error),
    }
}
