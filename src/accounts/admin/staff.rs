//! Who works here: invited, given a role, shut out.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    accounts::{
        forms::staff::{ChoiceForm, InviteForm, StaffQuery},
        model::{Member, OpenInvitation, SignInRow, StaffRole},
        ops::{sign_ins, staff as ops},
        store::{roles, second_factors, staff},
    },
    base::{AccountId, Conn, Error, InvitationId, Page, PageRequest, Permission, Problems, Result, SignInId},
    web::{Access, App, Desk, Doors, FlashKind, Form, NoFields, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    let change = || Access::StaffProved(Permission::StaffChange);
    doors
        .get("/admin/staff", Permission::StaffSee, list)
        .post("/admin/staff/invitations", change(), invite)
        .post("/admin/staff/invitations/{id}/withdrawal", change(), withdraw)
        .get("/admin/staff/{id}", Permission::StaffSee, show)
        .post("/admin/staff/{id}/role", change(), set_role)
        .post("/admin/staff/{id}/disablement", change(), disable)
        .post("/admin/staff/{id}/restoration", change(), restore)
        .post("/admin/staff/{id}/sign-ins/end", change(), end_sign_ins)
        .post("/admin/staff/{id}/sign-ins/{sign_in}/end", change(), end_sign_in)
        .post("/admin/staff/{id}/second-factor/removal", change(), remove_second_factor);
}

#[derive(Template)]
#[template(path = "admin/staff/list.html")]
struct ListPage {
    desk: Desk,
    query: StaffQuery,
    page: Page<Member>,
    roles: Vec<StaffRole>,
    invitations: Vec<OpenInvitation>,
    form: InviteForm,
    problems: Problems,
}

impl ListPage {
    async fn make(desk: Desk, query: StaffQuery, app: &App) -> Result<Self> {
        let load = move |conn: &mut Conn| {
            let page = staff::list(conn, &query.filter(), PageRequest::new(query.page, 50))?;
            let (roles, invitations) = (roles::all(conn)?, staff::invitations_open(conn)?);
            Ok(Self { desk, query, page, roles, invitations, form: InviteForm::default(), problems: Problems::default() })
        };
        app.db.read(load).await
    }

    fn page_base(&self) -> String {
        let kept = [("role", &self.query.role), ("state", &self.query.state)];
        format!("/admin/staff?{}&", serde_urlencoded::to_string(kept).unwrap_or_default())
    }

    fn may_change(&self) -> bool {
        self.desk.may(Permission::StaffChange)
    }
}

async fn list(desk: Desk, query: web::Query<StaffQuery>, app: App) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &ListPage::make(desk, query.into_inner(), &app).await?)
}

async fn invite(Staff(by): Staff, visitor: Visitor, form: Form<InviteForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (Form(form), site) = (form, app.absolute(""));
    let invited = match form.parse() {
        Ok((email, choice)) => app.db.write(move |conn| ops::invite_staff(conn, by.id, &email, choice, &site).map(|()| email)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match invited {
        Ok(email) => {
            let told = format!("A mail with a link went to {email}. It works for two days.");
            see_other_with(&visitor.session, FlashKind::Success, &told, "/admin/staff?saved=yes")
        }
        Err(error) => {
            let page = ListPage::make(Desk::of(&request).await?, StaffQuery::default(), &app).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &ListPage { form, problems: error.into_problems()?, ..page })
        }
    }
}

async fn withdraw(
    Staff(by): Staff,
    visitor: Visitor,
    id: web::Path<InvitationId>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.write(move |conn| ops::withdraw_invitation(conn, by.id, id)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The invitation is withdrawn. Its link works no more.", "/admin/staff?saved=yes")
}

#[derive(Template)]
#[template(path = "admin/staff/show.html")]
struct ShowPage {
    desk: Desk,
    member: Member,
    roles: Vec<StaffRole>,
    form: ChoiceForm,
    has_second_factor: bool,
    sign_ins: Page<SignInRow>,
    /// Why the reader can't change anything about this person.
    hindrance: Option<&'static str>,
    problems: Problems,
}

impl ShowPage {
    async fn make(desk: Desk, id: AccountId, app: &App) -> Result<Self> {
        let load = move |conn: &mut Conn| {
            let (member, roles) = (staff::find(conn, id)?, roles::all(conn)?);
            let hindrance = match desk.may(Permission::StaffChange) {
                true => ops::hindrance(conn, desk.staff.id, &member)?,
                false => Some("Your role lets you see who works here, not change it."),
            };
            let (form, has_second_factor) = (ChoiceForm { role: member.choice() }, second_factors::is_set(conn, id)?);
            let sign_ins = sign_ins::list(conn, id, true, PageRequest::new(None, 50))?;
            Ok(Self { desk, member, roles, form, has_second_factor, sign_ins, hindrance, problems: Problems::default() })
        };
        app.db.read(load).await
    }

    fn rooms(&self) -> Vec<(&'static str, Vec<&'static str>)> {
        super::roles::rooms_of(self.member.rights())
    }
}

async fn show(desk: Desk, id: web::Path<AccountId>, app: App) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &ShowPage::make(desk, id.into_inner(), &app).await?)
}

async fn set_role(
    Staff(by): Staff,
    visitor: Visitor,
    id: web::Path<AccountId>,
    form: Form<ChoiceForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, Form(form)) = (id.into_inner(), form);
    let changed = match form.parse() {
        Ok(choice) => app.db.write(move |conn| ops::set_role(conn, by.id, id, choice)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match changed {
        Ok(member) => {
            let told = format!("{} is now: {}. They were signed out and told by mail.", member.row.name, member.role_name());
            see_other_with(&visitor.session, FlashKind::Success, &told, &member.path())
        }
        Err(error) => {
            let page = ShowPage::make(Desk::of(&request).await?, id, &app).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &ShowPage { form, problems: error.into_problems()?, ..page })
        }
    }
}

/// Tells what became of somebody on their page, a refusal included.
fn told(visitor: &Visitor, done: Result<Member>, id: AccountId, words: &str) -> Result<HttpResponse> {
    match done {
        Ok(member) => see_other_with(&visitor.session, FlashKind::Success, &format!("{} {words}", member.row.name), &member.path()),
        Err(Error::Conflict(why)) => see_other_with(&visitor.session, FlashKind::Error, &why, &format!("/admin/staff/{id}")),
        Err(other) => Err(other),
    }
}

async fn disable(Staff(by): Staff, visitor: Visitor, id: web::Path<AccountId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let done = app.db.write(move |conn| ops::disable(conn, by.id, id)).await;
    told(&visitor, done, id, "is shut out from now on.")
}

async fn restore(Staff(by): Staff, visitor: Visitor, id: web::Path<AccountId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let done = app.db.write(move |conn| ops::enable(conn, by.id, id)).await;
    told(&visitor, done, id, "can sign in again.")
}

async fn end_sign_ins(
    Staff(by): Staff,
    visitor: Visitor,
    id: web::Path<AccountId>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let done = app.db.write(move |conn| ops::end_sign_ins(conn, by.id, id)).await;
    told(&visitor, done, id, "is signed out everywhere.")
}

async fn end_sign_in(
    Staff(by): Staff,
    visitor: Visitor,
    path: web::Path<(AccountId, SignInId)>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let (id, sign_in) = path.into_inner();
    let done = app.db.write(move |conn| ops::end_sign_in(conn, by.id, id, sign_in)).await;
    told(&visitor, done, id, "is signed out there.")
}

async fn remove_second_factor(
    Staff(by): Staff,
    visitor: Visitor,
    id: web::Path<AccountId>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let (id, site) = (id.into_inner(), app.absolute(""));
    let done = app.db.write(move |conn| ops::remove_second_factor(conn, by.id, id, &site)).await;
    told(&visitor, done, id, "signs in with the password alone now, and was told by mail.")
}
