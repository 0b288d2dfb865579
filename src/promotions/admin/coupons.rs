use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION},
    },
    web,
};
use askama::Template;

use super::list::Query;
use crate::{
    base::{CouponId, Error, Page, PageRequest, Permission, Problems, PromotionId, Result, cell},
    promotions::{
        forms::{BatchForm, CouponForm},
        model::{CouponRow, Promotion},
        ops,
        store::{coupons, promotions},
    },
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/promotions/{id}/coupons", Permission::PromotionsSee, list)
        .post("/admin/promotions/{id}/coupons", Permission::PromotionsChange, create)
        .get("/admin/promotions/{id}/coupons.csv", Permission::PromotionsSee, download)
        .post("/admin/promotions/{id}/coupon-batches", Permission::PromotionsChange, create_batch)
        .post("/admin/promotions/{id}/coupons/{coupon}/activation", Permission::PromotionsChange, activate)
        .post("/admin/promotions/{id}/coupons/{coupon}/deactivation", Permission::PromotionsChange, deactivate);
}

#[derive(Template)]
#[template(path = "admin/promotions/coupons.html")]
struct CouponsPage {
    desk: Desk,
    promotion: Promotion,
    page: Page<CouponRow>,
    form: CouponForm,
    batch: BatchForm,
    problems: Problems,
}

impl CouponsPage {
    async fn make(desk: Desk, id: PromotionId, page: Option<i64>, app: &App) -> Result<Self> {
        let request = PageRequest::new(page, 50);
        let found = app.db.read(move |conn| Ok((promotions::find(conn, id)?, coupons::list(conn, id, request)?)));
        let (promotion, page) = found.await?;
        let (form, batch) = (CouponForm::default(), BatchForm { number: "50".into(), ..BatchForm::default() });
        Ok(Self { desk, promotion, page, form, batch, problems: Problems::default() })
    }

    fn page_base(&self) -> String {
        format!("{}/coupons?", self.promotion.path())
    }
}

async fn list(desk: Desk, id: web::Path<PromotionId>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &CouponsPage::make(desk, id.into_inner(), query.page, &app).await?)
}

async fn create(
    visitor: Visitor,
    id: web::Path<PromotionId>,
    form: Form<CouponForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, Form(form)) = (id.into_inner(), form);
    let made = match form.parse() {
        Ok(new) => app.db.write(move |conn| ops::make_coupon(conn, id, &new).map(|_| new.code)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match made {
        Ok(code) => see_other_with(&visitor.session, FlashKind::Success, format!("{code} can be used.").as_str(), &saved(id)),
        Err(error) => {
            let page = CouponsPage::make(Desk::of(&request).await?, id, None, &app).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &CouponsPage { form, problems: error.into_problems()?, ..page })
        }
    }
}

async fn create_batch(
    visitor: Visitor,
    id: web::Path<PromotionId>,
    form: Form<BatchForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, Form(batch)) = (id.into_inner(), form);
    let made = match batch.parse() {
        Ok((number, like)) => app.db.write(move |conn| ops::make_batch(conn, id, number, &like).map(|()| number)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match made {
        Ok(1) => see_other_with(&visitor.session, FlashKind::Success, "One code is made.", &saved(id)),
        Ok(number) => see_other_with(&visitor.session, FlashKind::Success, format!("{number} codes are made.").as_str(), &saved(id)),
        Err(error) => {
            let page = CouponsPage::make(Desk::of(&request).await?, id, None, &app).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &CouponsPage { batch, problems: error.into_problems()?, ..page })
        }
    }
}

fn saved(id: PromotionId) -> String {
    format!("/admin/promotions/{id}/coupons?saved=yes")
}

async fn download(desk: Desk, id: web::Path<PromotionId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let rows = app.db.read(move |conn| promotions::find(conn, id).and_then(|_| coupons::all(conn, id))).await?;
    tracing::info!(event = "coupons_downloaded", promotion.id = id.0, account.id = desk.staff.id.0, "staff downloaded codes");
    let body = file_of(&rows).map_err(|error| Error::Internal(error.into()))?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"coupons-{id}.csv\"")))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(body))
}

/// The codes as a spreadsheet reads them, without formulas.
fn file_of(rows: &[CouponRow]) -> Result<Vec<u8>, csv::Error> {
    let mut file = csv::Writer::from_writer(vec![]);
    file.write_record(["Code", "Batch", "Works", "Uses", "Uses at most", "Uses at most by each", "Ends (UTC)"])?;
    for row in rows {
        let number = |number: Option<i32>| number.map(|number| number.to_string()).unwrap_or_default();
        let ends = row.change.ends_at.map(|at| at.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
        let (works, uses) = (if row.active { "yes" } else { "no" }.to_owned(), row.uses.to_string());
        let (most, each) = (number(row.change.max_uses), number(row.change.max_uses_each));
        file.write_record([cell(&row.change.code), cell(&row.change.batch), works, uses, most, each, ends])?;
    }
    file.into_inner().map_err(|error| error.into_error().into())
}

async fn activate(visitor: Visitor, path: web::Path<(PromotionId, CouponId)>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    switch(path.into_inner(), true, &visitor, &app).await
}

async fn deactivate(visitor: Visitor, path: web::Path<(PromotionId, CouponId)>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    switch(path.into_inner(), false, &visitor, &app).await
}

async fn switch((id, coupon): (PromotionId, CouponId), on: bool, visitor: &Visitor, app: &App) -> Result<HttpResponse> {
    let code = app.db.write(move |conn| ops::set_coupon_active(conn, id, coupon, on)).await?;
    let said = if on { format!("{code} can be used again.") } else { format!("{code} can’t be used any more.") };
    see_other_with(&visitor.session, FlashKind::Success, &said, &saved(id))
}
