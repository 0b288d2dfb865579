use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{
    forms::{PersonForm, RuleForm},
    model::{Dossier, Erasure, Hindrances, Person, Rule},
    ops, rules, store,
};
use crate::{
    base::{Conn, Email, ErasureId, Error, Page, PageRequest, Permission, Problems, Result},
    web::{Access, App, Desk, Doors, FlashKind, Form, NoFields, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/privacy", Permission::SettingsSee, show)
        .post("/admin/privacy/rules/{kind}", Permission::SettingsChange, set_rule)
        .get("/admin/privacy/erasures", Permission::CustomersErase, erasures)
        .get("/admin/privacy/erasures/new", Access::StaffProved(Permission::CustomersErase), blank)
        .post("/admin/privacy/erasures/new", Access::StaffProved(Permission::CustomersErase), look)
        .post("/admin/privacy/erasures", Access::StaffProved(Permission::CustomersErase), ask)
        .post("/admin/privacy/erasures/{id}/withdrawal", Permission::CustomersErase, withdraw);
}

#[derive(Template)]
#[template(path = "admin/privacy/rules.html")]
struct RulesPage {
    desk: Desk,
    rules: Vec<Rule>,
    /// What was typed for one of them, when it was wrong.
    typed: Option<(String, String)>,
    problems: Problems,
}

impl RulesPage {
    fn shown(&self, rule: &Rule) -> String {
        let typed = self.typed.as_ref().filter(|(kind, _)| kind == rule.kind);
        typed.map_or_else(|| rule.days.to_string(), |(_, days)| days.clone())
    }
}

async fn show(desk: Desk, app: App) -> Result<HttpResponse> {
    let rules = app.db.read(store::rules).await?;
    private_html(StatusCode::OK, &RulesPage { desk, rules, typed: None, problems: Problems::default() })
}

async fn set_rule(visitor: Visitor, kind: web::Path<String>, form: Form<RuleForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (kind, Form(form)) = (kind.into_inner(), form);
    let rules = app.db.read(store::rules).await?;
    if !rules.iter().any(|rule| rule.kind == kind) {
        return Err(Error::NotFound);
    }
    match form.parse(&kind) {
        Ok(days) => {
            app.db.write(move |conn| store::set_days(conn, &kind, days)).await?;
            see_other_with(
                &visitor.session,
                FlashKind::Success,
                "The rule is saved. It holds from the next night on.",
                "/admin/privacy?saved=yes",
            )
        }
        Err(problems) => {
            let page = RulesPage { desk: Desk::of(&request).await?, rules, typed: Some((kind, form.days)), problems };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Deserialize)]
struct PageQuery {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/privacy/erasures.html")]
struct ErasuresPage {
    desk: Desk,
    page: Page<Erasure>,
}

async fn erasures(desk: Desk, query: web::Query<PageQuery>, app: App) -> Result<HttpResponse> {
    let request = PageRequest::new(query.page, 50);
    let page = app.db.read(move |conn| store::list_erasures(conn, request)).await?;
    private_html(StatusCode::OK, &ErasuresPage { desk, page })
}

#[derive(Template)]
#[template(path = "admin/privacy/person.html")]
struct PersonPage {
    desk: Desk,
    form: PersonForm,
    /// `None` before anybody was looked for.
    found: Option<Found>,
    days: i32,
    problems: Problems,
}

struct Found {
    person: Person,
    dossier: Dossier,
    hindrances: Hindrances,
}

async fn blank(request: HttpRequest, app: App) -> Result<HttpResponse> {
    render(StatusCode::OK, PersonForm::default(), Problems::default(), &request, &app).await
}

/// Posted, so that nobody's address stands in one.
async fn look(form: Form<PersonForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    render(StatusCode::OK, form.0, Problems::default(), &request, &app).await
}

async fn render(status: StatusCode, form: PersonForm, mut problems: Problems, request: &HttpRequest, app: &App) -> Result<HttpResponse> {
    let found = match form.parse() {
        Ok(email) => Some(app.db.read(move |conn| find(conn, &email)).await?),
        Err(wrong) if !form.email.is_empty() && problems.is_empty() => {
            problems = wrong;
            None
        }
        Err(_) => None,
    };
    private_html(status, &PersonPage { desk: Desk::of(request).await?, form, found, days: rules::DAYS_TO_WITHDRAW, problems })
}

fn find(conn: &mut Conn, email: &Email) -> Result<Found> {
    let person = ops::person_of(conn, email)?;
    Ok(Found { dossier: ops::dossier(conn, &person)?, hindrances: ops::hindrances(conn, &person)?, person })
}

async fn ask(Staff(staff): Staff, visitor: Visitor, form: Form<PersonForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (Form(form), site) = (form, app.absolute(""));
    let noted = match form.parse() {
        Ok(email) => {
            let gives_up = form.gives_up_credit.is_some();
            let asked = move |conn: &mut Conn| {
                let person = ops::person_of(conn, &email)?;
                ops::ask_erasure(conn, &person, gives_up, &staff.name, &site)
            };
            app.db.write(asked).await
        }
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match noted {
        Ok(()) => {
            let words = "It is noted, and a mail tells the person the day. Until then it can be taken back.";
            see_other_with(&visitor.session, FlashKind::Success, words, "/admin/privacy/erasures?asked=yes")
        }
        Err(error) => render(StatusCode::UNPROCESSABLE_ENTITY, form, error.into_problems()?, &request, &app).await,
    }
}

async fn withdraw(visitor: Visitor, id: web::Path<ErasureId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    app.db.write(move |conn| ops::withdraw(conn, *id)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The erasure is taken back.", "/admin/privacy/erasures?kept=yes")
}
