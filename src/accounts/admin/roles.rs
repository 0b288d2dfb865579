//! Roles: a box for each permission, room by room.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    accounts::{
        forms::staff::{RoleForm, SentRoleForm},
        model::{RoleRow, StaffRole},
        ops::roles as ops,
        store::{roles, sign_in_rules},
    },
    base::{AccountId, Conn, Error, Permission, Problems, Result, Rights, RoleId},
    web::{Access, App, Desk, Doors, FlashKind, Form, NoFields, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    let change = || Access::StaffProved(Permission::StaffChange);
    doors
        .get("/admin/roles", Permission::StaffSee, list)
        .post("/admin/roles", change(), create)
        .get("/admin/roles/new", change(), new)
        .get("/admin/roles/{id}/edit", Permission::StaffSee, edit)
        .post("/admin/roles/{id}/edit", change(), update)
        .get("/admin/roles/{id}/deletion", change(), confirm_deletion)
        .post("/admin/roles/{id}/deletion", change(), delete);
}

/// A room's title with what there is to permit in it.
pub struct RoomBoxes {
    pub title: &'static str,
    pub permissions: Vec<Permission>,
}

fn all_rooms() -> Vec<RoomBoxes> {
    let mut rooms: Vec<RoomBoxes> = vec![];
    for permission in Permission::ALL {
        let title = permission.room_words();
        match rooms.iter_mut().find(|room| room.title == title) {
            Some(room) => room.permissions.push(*permission),
            None => rooms.push(RoomBoxes { title, permissions: vec![*permission] }),
        }
    }
    rooms
}

/// What these rights are in words, room by room.
pub fn rooms_of(rights: Rights) -> Vec<(&'static str, Vec<&'static str>)> {
    let held = |room: RoomBoxes| {
        let words: Vec<_> = room.permissions.into_iter().filter(|one| rights.may(*one)).map(Permission::words).collect();
        (!words.is_empty()).then_some((room.title, words))
    };
    all_rooms().into_iter().filter_map(held).collect()
}

#[derive(Template)]
#[template(path = "admin/roles/list.html")]
struct ListPage {
    desk: Desk,
    rows: Vec<RoleRow>,
    owners: i64,
    owners_need_second_factor: bool,
}

impl ListPage {
    fn rooms(&self, row: &RoleRow) -> String {
        let rooms: Vec<_> = rooms_of(row.role.rights()).into_iter().map(|(title, _)| title).collect();
        if rooms.is_empty() { "Nothing yet".to_owned() } else { rooms.join(", ") }
    }
}

async fn list(desk: Desk, app: App) -> Result<HttpResponse> {
    let load = move |conn: &mut Conn| {
        let owners_need_second_factor = sign_in_rules::owners_need_second_factor(conn)?;
        Ok(ListPage { desk, rows: roles::list(conn)?, owners: roles::owners(conn)?, owners_need_second_factor })
    };
    private_html(StatusCode::OK, &app.db.read(load).await?)
}

#[derive(Template)]
#[template(path = "admin/roles/form.html")]
struct FormPage {
    desk: Desk,
    /// `None` while it is new.
    role: Option<StaffRole>,
    form: RoleForm,
    /// A reader who holds less than the role can't change it, nor who has it themselves.
    may_change: bool,
    problems: Problems,
}

impl FormPage {
    async fn make(desk: Desk, id: Option<RoleId>, app: &App) -> Result<Self> {
        let load = move |conn: &mut Conn| {
            let role = id.map(|id| roles::find(conn, id)).transpose()?;
            let may_change = desk.may(Permission::StaffChange) && ops::can_shape(conn, desk.staff.id, role.as_ref())?;
            let form = role.clone().map(RoleForm::from).unwrap_or_default();
            Ok(Self { desk, role, form, may_change, problems: Problems::default() })
        };
        app.db.read(load).await
    }

    fn action(&self) -> String {
        self.role.as_ref().map_or_else(|| "/admin/roles".to_owned(), |role| format!("/admin/roles/{}/edit", role.id))
    }

    fn rooms(&self) -> Vec<RoomBoxes> {
        all_rooms()
    }

    /// Whether the reader could give this one.
    fn gives(&self, permission: &Permission) -> bool {
        self.may_change && self.desk.may(*permission)
    }
}

async fn new(desk: Desk, app: App) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &FormPage::make(desk, None, &app).await?)
}

async fn edit(desk: Desk, id: web::Path<RoleId>, app: App) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &FormPage::make(desk, Some(id.into_inner()), &app).await?)
}

async fn create(Staff(by): Staff, visitor: Visitor, form: Form<SentRoleForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, by.id, visitor, form.0.into(), request, app).await
}

async fn update(
    Staff(by): Staff,
    visitor: Visitor,
    id: web::Path<RoleId>,
    form: Form<SentRoleForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    save(Some(id.into_inner()), by.id, visitor, form.0.into(), request, app).await
}

async fn save(id: Option<RoleId>, by: AccountId, visitor: Visitor, form: RoleForm, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let saved = match form.parse() {
        Ok(new) => app.db.write(move |conn| ops::save_role(conn, by, id, &new)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(_) => see_other_with(
            &visitor.session,
            FlashKind::Success,
            "The role is saved. It holds from the next page on that somebody opens.",
            "/admin/roles?saved=yes",
        ),
        Err(error) => {
            let problems = error.into_problems()?;
            let page = FormPage::make(Desk::of(&request).await?, id, &app).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { form, problems, ..page })
        }
    }
}

#[derive(Template)]
#[template(path = "admin/roles/deletion.html")]
struct DeletionPage {
    desk: Desk,
    role: StaffRole,
}

async fn confirm_deletion(desk: Desk, id: web::Path<RoleId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let role = app.db.read(move |conn| roles::find(conn, id)).await?;
    private_html(StatusCode::OK, &DeletionPage { desk, role })
}

async fn delete(Staff(by): Staff, visitor: Visitor, id: web::Path<RoleId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    match app.db.write(move |conn| ops::delete_role(conn, by.id, id)).await {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The role is deleted.", "/admin/roles?saved=yes"),
        Err(Error::Conflict(why)) => see_other_with(&visitor.session, FlashKind::Error, &why, "/admin/roles?saved=no"),
        Err(other) => Err(other),
    }
}
