//! What is asked of all owners, who have no role that could say it.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    accounts::{
        forms::staff::OwnersForm,
        ops::owners as ops,
        store::{second_factors, sign_in_rules},
    },
    base::{Conn, Permission, Problems, Result},
    web::{Access, App, Desk, Doors, FlashKind, Form, Role, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/roles/owner", Permission::StaffSee, show).post(
        "/admin/roles/owner",
        Access::StaffProved(Permission::StaffChange),
        save,
    );
}

#[derive(Template)]
#[template(path = "admin/roles/owner.html")]
struct OwnersPage {
    desk: Desk,
    needed: bool,
    /// The reader has a second factor themselves.
    has_one: bool,
    problems: Problems,
}

impl OwnersPage {
    async fn make(desk: Desk, app: &App) -> Result<Self> {
        let load = move |conn: &mut Conn| {
            let (needed, has_one) = (sign_in_rules::owners_need_second_factor(conn)?, second_factors::is_set(conn, desk.staff.id)?);
            Ok(Self { desk, needed, has_one, problems: Problems::default() })
        };
        app.db.read(load).await
    }

    fn is_owner(&self) -> bool {
        self.desk.staff.role == Some(Role::Owner)
    }
}

async fn show(desk: Desk, app: App) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &OwnersPage::make(desk, &app).await?)
}

async fn save(Staff(by): Staff, visitor: Visitor, form: Form<OwnersForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let needed = form.0.is_needed();
    match app.db.write(move |conn| ops::demand_second_factor(conn, by.id, needed)).await {
        Ok(()) => {
            let told = match needed {
                true => "Owners need a second factor from the next page on that they open.",
                false => "Each owner decides about a second factor from now on.",
            };
            see_other_with(&visitor.session, FlashKind::Success, told, "/admin/roles?saved=yes")
        }
        Err(error) => {
            let problems = error.into_problems()?;
            let page = OwnersPage::make(Desk::of(&request).await?, &app).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &OwnersPage { needed, problems, ..page })
        }
    }
}
