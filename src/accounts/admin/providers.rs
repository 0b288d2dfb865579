//! Providers of identities: who may vouch for customers and staff.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    accounts::{
        forms::providers::ProviderForm,
        oidc::{Partners, Provider, ProviderRow},
        ops::providers as ops,
        store::providers,
    },
    base::{Error, Page, PageRequest, Permission, Problems, ProviderId, Result},
    web::{Access, App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

const LIST: &str = "/admin/identity-providers";

pub fn routes(doors: &mut Doors) {
    let change = || Access::StaffProved(Permission::SettingsChange);
    doors
        .get("/admin/identity-providers", Permission::SettingsSee, list)
        .post("/admin/identity-providers", change(), create)
        .get("/admin/identity-providers/new", change(), new)
        .get("/admin/identity-providers/{id}/edit", change(), edit)
        .post("/admin/identity-providers/{id}/edit", change(), update)
        .post("/admin/identity-providers/{id}/test", change(), test)
        .get("/admin/identity-providers/{id}/deletion", change(), confirm_deletion)
        .post("/admin/identity-providers/{id}/deletion", change(), delete);
}

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/providers/list.html")]
struct ListPage {
    desk: Desk,
    page: Page<ProviderRow>,
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let request = PageRequest::new(query.page, 50);
    let page = app.db.read(move |conn| providers::list(conn, request)).await?;
    private_html(StatusCode::OK, &ListPage { desk, page })
}

#[derive(Template)]
#[template(path = "admin/providers/form.html")]
struct FormPage {
    desk: Desk,
    /// `None` while it is new.
    provider: Option<Provider>,
    form: ProviderForm,
    /// Where the provider has to send people back to, before a slug is known up to that.
    answer_url: String,
    problems: Problems,
}

impl FormPage {
    async fn answer(
        status: StatusCode,
        request: &HttpRequest,
        id: Option<ProviderId>,
        typed: Option<ProviderForm>,
        problems: Problems,
    ) -> Result<HttpResponse> {
        let desk = Desk::of(request).await?;
        let app = crate::web::Server::of(request)?;
        let provider = match id {
            Some(id) => Some(app.db.read(move |conn| providers::find(conn, id)).await?),
            None => None,
        };
        let form = typed.unwrap_or_else(|| provider.as_ref().map_or_else(ProviderForm::fresh, ProviderForm::from));
        let answer_url = provider.as_ref().map(|provider| ops::answer_url(&app.absolute(""), &provider.slug)).unwrap_or_default();
        private_html(status, &Self { desk, provider, form, answer_url, problems })
    }

    fn action(&self) -> String {
        self.provider.as_ref().map_or_else(|| LIST.to_owned(), |provider| format!("{LIST}/{}/edit", provider.id))
    }

    fn has_secret(&self) -> bool {
        self.provider.as_ref().is_some_and(|provider| !provider.secret_sealed.is_empty())
    }
}

async fn new(request: HttpRequest) -> Result<HttpResponse> {
    FormPage::answer(StatusCode::OK, &request, None, None, Problems::default()).await
}

async fn edit(id: web::Path<ProviderId>, request: HttpRequest) -> Result<HttpResponse> {
    FormPage::answer(StatusCode::OK, &request, Some(id.into_inner()), None, Problems::default()).await
}

async fn create(
    visitor: Visitor,
    form: Form<ProviderForm>,
    request: HttpRequest,
    app: App,
    partners: web::Data<Partners>,
) -> Result<HttpResponse> {
    save(None, &visitor, form.0, &request, &app, &partners).await
}

async fn update(
    visitor: Visitor,
    id: web::Path<ProviderId>,
    form: Form<ProviderForm>,
    request: HttpRequest,
    app: App,
    partners: web::Data<Partners>,
) -> Result<HttpResponse> {
    save(Some(id.into_inner()), &visitor, form.0, &request, &app, &partners).await
}

async fn save(
    id: Option<ProviderId>,
    visitor: &Visitor,
    form: ProviderForm,
    request: &HttpRequest,
    app: &App,
    partners: &Partners,
) -> Result<HttpResponse> {
    match write(id, &form, app, partners).await {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The provider is saved.", &format!("{LIST}?saved=yes")),
        Err(error) => FormPage::answer(StatusCode::UNPROCESSABLE_ENTITY, request, id, Some(form), error.into_problems()?).await,
    }
}

async fn write(id: Option<ProviderId>, form: &ProviderForm, app: &App, partners: &Partners) -> Result<()> {
    let kept = match id {
        Some(id) => Some(app.db.read(move |conn| providers::find(conn, id)).await?),
        None => None,
    };
    let (new, secret) = form.parse(kept.as_ref()).map_err(Error::Invalid)?;
    ops::save(&app.db, &app.keys, partners, id, new, secret).await
}

async fn test(
    visitor: Visitor,
    id: web::Path<ProviderId>,
    _form: Form<NoFields>,
    request: HttpRequest,
    app: App,
    partners: web::Data<Partners>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    match ops::test(&app.db, &partners, id).await {
        Ok(origin) => {
            let told = format!("The provider answers, and has people sign in at {origin}.");
            see_other_with(&visitor.session, FlashKind::Success, &told, &format!("{LIST}/{id}/edit?tested=yes"))
        }
        Err(error) => FormPage::answer(StatusCode::UNPROCESSABLE_ENTITY, &request, Some(id), None, error.into_problems()?).await,
    }
}

#[derive(Template)]
#[template(path = "admin/providers/deletion.html")]
struct DeletionPage {
    desk: Desk,
    row: ProviderRow,
}

async fn confirm_deletion(desk: Desk, id: web::Path<ProviderId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let row = app.db.read(move |conn| providers::find_counted(conn, id)).await?;
    private_html(StatusCode::OK, &DeletionPage { desk, row })
}

async fn delete(visitor: Visitor, id: web::Path<ProviderId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.write(move |conn| ops::delete(conn, id)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The provider is deleted.", &format!("{LIST}?saved=yes"))
}
