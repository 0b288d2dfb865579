use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{
    model::{Doctor, Report},
    ops,
};
use crate::{
    base::{Permission, Result},
    web::{Desk, Doors, private_html},
};

/// Needs `web::Data<Doctor>`.
pub fn routes(doors: &mut Doors) {
    doors.get("/admin/doctor", Permission::BooksSee, show).get("/admin/doctor/examination", Permission::BooksSee, examination);
}

#[derive(Template)]
#[template(path = "admin/doctor/show.html")]
struct DoctorPage {
    desk: Desk,
    /// `None`: nobody has looked yet.
    report: Option<Report>,
}

async fn show(request: HttpRequest) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &DoctorPage { desk: Desk::of(&request).await?, report: None })
}

/// Days back for which providers are asked from the page.
const DAYS: u32 = 7;

/// Changes nothing, so looking again is loading the page again.
async fn examination(request: HttpRequest, doctor: web::Data<Doctor>) -> Result<HttpResponse> {
    let report = Some(ops::examine(&doctor, DAYS).await?);
    private_html(StatusCode::OK, &DoctorPage { desk: Desk::of(&request).await?, report })
}
