//! Two accounts of one customer become one: the other is chosen by its address, what goes over is shown, then it is done for good.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    accounts::{self, AccountRow, customer_path},
    backoffice::{forms::OtherForm, model::Merging, ops},
    base::{AccountId, Error, Permission, Problems, Result},
    web::{Access, App, Desk, Doors, FlashKind, Form, NoFields, Staff, Visitor, private_html, see_other, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    let access = Access::StaffProved(Permission::CustomersChange);
    doors
        .get("/admin/customers/{id}/merging", access, choose)
        .post("/admin/customers/{id}/merging", access, look)
        .get("/admin/customers/{id}/merging/{from}", access, preview)
        .post("/admin/customers/{id}/merging/{from}", access, merge);
}

#[derive(Template)]
#[template(path = "admin/customers/merging.html")]
struct ChoosePage {
    desk: Desk,
    into: AccountRow,
    form: OtherForm,
    problems: Problems,
}

impl ChoosePage {
    fn path(&self) -> String {
        customer_path(self.into.id)
    }
}

#[derive(Template)]
#[template(path = "admin/customers/merging_preview.html")]
struct PreviewPage {
    desk: Desk,
    merging: Merging,
}

impl PreviewPage {
    fn path(&self) -> String {
        customer_path(self.merging.into.id)
    }

    fn other_way(&self) -> String {
        format!("{}/merging/{}", customer_path(self.merging.from.id), self.merging.into.id)
    }

    /// Whether the groups or the tax of the two differ, so that something is lost.
    fn is_on_other_terms(&self) -> bool {
        let Merging { from, into, .. } = &self.merging;
        from.group_id != into.group_id || from.tax_exemption != into.tax_exemption
    }
}

async fn choose(id: web::Path<AccountId>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    show(StatusCode::OK, *id, OtherForm::default(), Problems::default(), &request, &app).await
}

async fn show(
    status: StatusCode,
    id: AccountId,
    form: OtherForm,
    problems: Problems,
    request: &HttpRequest,
    app: &App,
) -> Result<HttpResponse> {
    let into = app.db.read(move |conn| accounts::find(conn, id)).await?;
    let into = into.filter(|row| row.role.is_none() && row.merged_into.is_none()).ok_or(Error::NotFound)?;
    private_html(status, &ChoosePage { desk: Desk::of(request).await?, into, form, problems })
}

async fn look(id: web::Path<AccountId>, form: Form<OtherForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (into, Form(form)) = (*id, form);
    let found = match form.parse() {
        Ok(email) => app.db.read(move |conn| ops::other(conn, into, &email)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match found {
        Ok(from) => Ok(see_other(&format!("{}/merging/{from}", customer_path(into)))),
        Err(error) => show(StatusCode::UNPROCESSABLE_ENTITY, into, form, error.into_problems()?, &request, &app).await,
    }
}

async fn preview(path: web::Path<(AccountId, AccountId)>, desk: Desk, app: App) -> Result<HttpResponse> {
    let (into, from) = path.into_inner();
    let merging = app.db.read(move |conn| ops::preview(conn, from, into)).await?;
    private_html(StatusCode::OK, &PreviewPage { desk, merging })
}

async fn merge(
    Staff(staff): Staff,
    visitor: Visitor,
    path: web::Path<(AccountId, AccountId)>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let ((into, from), site) = (path.into_inner(), app.absolute(""));
    app.db.write(move |conn| ops::merge(conn, from, into, &site, &staff.name)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The accounts are one now. A mail tells both addresses.", &customer_path(into))
}
