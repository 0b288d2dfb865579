//! Links to files that an order has got: another one, or none any more.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::actions::finish;
use crate::{
    base::{DownloadId, OrderId, Permission, Result},
    jobs,
    orders::{jobs::FollowOrder, mails::Links, ops, store},
    web::{App, Doors, Form, NoFields, Staff, Visitor},
};

pub fn routes(doors: &mut Doors) {
    doors
        .post("/admin/orders/{number}/downloads", Permission::OrdersChange, send)
        .post("/admin/orders/{number}/downloads/{id}/renewal", Permission::OrdersChange, renew)
        .post("/admin/orders/{number}/downloads/{id}/withdrawal", Permission::OrdersChange, withdraw);
}

#[derive(Deserialize)]
struct SeenForm {
    /// How often it had been renewed when the page was made.
    #[serde(default)]
    seen: i32,
}

/// Files came after the order was paid.
async fn send(visitor: Visitor, number: web::Path<String>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let number = number.into_inner();
    let back = format!("/admin/orders/{number}");
    let done = app.db.write(move |conn| {
        let order: OrderId = store::find_by_number(conn, &number)?.id;
        jobs::enqueue(conn, &FollowOrder { order }).map(|_| ())
    });
    finish(&visitor, done.await, "The links are sent as far as there are files and the order is paid.", &back)
}

async fn renew(
    Staff(staff): Staff,
    visitor: Visitor,
    path: web::Path<(String, DownloadId)>,
    form: Form<SeenForm>,
    app: App,
) -> Result<HttpResponse> {
    let ((number, id), seen, links) = (path.into_inner(), form.0.seen, Links::new(&app.base_url));
    let back = format!("/admin/orders/{number}");
    let done = app.db.write(move |conn| ops::renew_download(conn, &links, &number, id, seen, &staff.name));
    finish(&visitor, done.await, "A new link is on its way. The former one opens nothing any more.", &back)
}

async fn withdraw(
    Staff(staff): Staff,
    visitor: Visitor,
    path: web::Path<(String, DownloadId)>,
    form: Form<SeenForm>,
    app: App,
) -> Result<HttpResponse> {
    let ((number, id), seen, links) = (path.into_inner(), form.0.seen, Links::new(&app.base_url));
    let back = format!("/admin/orders/{number}");
    let done = app.db.write(move |conn| ops::withdraw_download(conn, &links, &number, id, seen, &staff.name));
    finish(&visitor, done.await, "The link opens nothing any more. You can renew it later.", &back)
}
