use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{Error, Permission, Problems, Result},
    tax::{forms::ClassForm, model::TaxClass, ops, store},
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .post("/admin/tax/classes", Permission::SettingsChange, create)
        .get("/admin/tax/classes/new", Permission::SettingsChange, new)
        .get("/admin/tax/classes/{code}/edit", Permission::SettingsChange, edit)
        .post("/admin/tax/classes/{code}/edit", Permission::SettingsChange, update)
        .get("/admin/tax/classes/{code}/deletion", Permission::SettingsChange, confirm_deletion)
        .post("/admin/tax/classes/{code}/deletion", Permission::SettingsChange, delete);
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

async fn new(desk: Desk) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &FormPage { desk, code: None, form: ClassForm::default(), problems: Problems::default() })
}

async fn edit(desk: Desk, code: web::Path<String>, app: App) -> Result<HttpResponse> {
    let class = find(&app, code.into_inner()).await?;
    let code = Some(class.code.clone());
    private_html(StatusCode::OK, &FormPage { desk, code, form: class.into(), problems: Problems::default() })
}

async fn find(app: &App, code: String) -> Result<TaxClass> {
    app.db.read(move |conn| store::class(conn, &code)).await
}

async fn create(visitor: Visitor, form: Form<ClassForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, visitor, form.0, request, app).await
}

async fn update(visitor: Visitor, code: web::Path<String>, form: Form<ClassForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
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

async fn confirm_deletion(desk: Desk, code: web::Path<String>, app: App) -> Result<HttpResponse> {
    let class = find(&app, code.into_inner()).await?;
    private_html(StatusCode::OK, &DeletionPage { desk, class })
}

async fn delete(visitor: Visitor, code: web::Path<String>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let code = code.into_inner();
    match app.db.write(move |conn| ops::delete_class(conn, &code)).await {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The class is deleted.", "/admin/tax"),
        Err(Error::Conflict(said)) => see_other_with(&visitor.session, FlashKind::Error, &said, "/admin/tax"),
        Err(error) => Err(error),
    }
}
