use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{Error, Problems, Result},
    tax::{forms::ClassForm, model::TaxClass, ops, store},
    web::{App, Desk, FlashKind, Form, NoFields, Owner, Visitor, private_html, see_other_with},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/admin/tax/classes", web::post().to(create))
        .route("/admin/tax/classes/new", web::get().to(new))
        .route("/admin/tax/classes/{code}/edit", web::get().to(edit))
        .route("/admin/tax/classes/{code}/edit", web::post().to(update))
        .route("/admin/tax/classes/{code}/deletion", web::get().to(confirm_deletion))
        .route("/admin/tax/classes/{code}/deletion", web::post().to(delete));
}

#[derive(Template)]
#[template(path = "admin/tax/class_form.html")]
struct FormPage {
    desk: Desk,
    /// `None` while it is new.
    code: Option<String>,
    form: ClassForm,
    problems: Problems,
}

impl FormPage {
    fn action(&self) -> String {
        self.code.as_ref().map_or_else(|| "/admin/tax/classes".to_owned(), |code| format!("/admin/tax/classes/{code}/edit"))
    }
}

async fn new(_owner: Owner, desk: Desk) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &FormPage { desk, code: None, form: ClassForm::default(), problems: Problems::default() })
}

async fn edit(_owner: Owner, desk: Desk, code: web::Path<String>, app: App) -> Result<HttpResponse> {
    let class = find(&app, code.into_inner()).await?;
    let code = Some(class.code.clone());
    private_html(StatusCode::OK, &FormPage { desk, code, form: class.into(), problems: Problems::default() })
}

async fn find(app: &App, code: String) -> Result<TaxClass> {
    app.db.read(move |conn| store::class(conn, &code)).await
}

async fn create(_owner: Owner, visitor: Visitor, form: Form<ClassForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, visitor, form.0, request, app).await
}

async fn update(
    _owner: Owner,
    visitor: Visitor,
    code: web::Path<String>,
    form: Form<ClassForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let class = find(&app, code.into_inner()).await?;
    let form = ClassForm { code: class.code.clone(), ..form.0 };
    save(Some(class.code), visitor, form, request, app).await
}

async fn save(code: Option<String>, visitor: Visitor, form: ClassForm, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let known = code.clone();
    let saved = match form.parse() {
        Ok(class) => app.db.write(move |conn| ops::save_class(conn, known.as_deref(), &class)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The class is saved.", "/admin/tax"),
        Err(error) => {
            let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { desk, code, form, problems })
        }
    }
}

#[derive(Template)]
#[template(path = "admin/tax/class_deletion.html")]
struct DeletionPage {
    desk: Desk,
    class: TaxClass,
}

async fn confirm_deletion(_owner: Owner, desk: Desk, code: web::Path<String>, app: App) -> Result<HttpResponse> {
    let class = find(&app, code.into_inner()).await?;
    private_html(StatusCode::OK, &DeletionPage { desk, class })
}

async fn delete(_owner: Owner, visitor: Visitor, code: web::Path<String>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let code = code.into_inner();
    match app.db.write(move |conn| ops::delete_class(conn, &code)).await {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The class is deleted.", "/admin/tax"),
        Err(Error::Conflict(said)) => see_other_with(&visitor.session, FlashKind::Error, &said, "/admin/tax"),
        Err(error) => Err(error),
    }
}
