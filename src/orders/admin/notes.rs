use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::{actions::finish, show::ShowPage};
use crate::{
    base::{MailId, Permission, Result},
    orders::{forms::NoteForm, ops},
    payments::Gateways,
    web::{App, Desk, Doors, Form, NoFields, Staff, Visitor, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors.post("/admin/orders/{number}/notes", Permission::OrdersChange, note).post(
        "/admin/orders/{number}/mails/{id}",
        Permission::OrdersChange,
        send_again,
    );
}

async fn note(
    Staff(staff): Staff,
    visitor: Visitor,
    number: web::Path<String>,
    form: Form<NoteForm>,
    request: HttpRequest,
    app: App,
    gateways: web::Data<Gateways>,
) -> Result<HttpResponse> {
    let (number, Form(form)) = (number.into_inner(), form);
    let text = match form.parse() {
        Ok(text) => text,
        Err(problems) => {
            let page = ShowPage::load(Desk::of(&request).await?, number, &app, &gateways).await?;
            return private_html(StatusCode::UNPROCESSABLE_ENTITY, &ShowPage { note: form, problems, ..page });
        }
    };
    let back = format!("/admin/orders/{number}");
    let done = app.db.write(move |conn| ops::note(conn, &number, &text, &staff.name));
    finish(&visitor, done.await, "The note is kept.", &back)
}

async fn send_again(
    Staff(staff): Staff,
    visitor: Visitor,
    path: web::Path<(String, MailId)>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let (number, id) = path.into_inner();
    let back = format!("/admin/orders/{number}");
    let done = app.db.write(move |conn| ops::send_again(conn, &number, id, &staff.name));
    finish(&visitor, done.await, "The mail is on its way once more.", &back)
}
