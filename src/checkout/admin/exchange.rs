//! Other goods in place of those that came back: the form, a preview with what becomes of the money, and the exchange itself.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::draft::ways_to_pay;
use crate::{
    base::{Error, Permission, Problems, Result},
    checkout::{
        forms::EditForm,
        model::{ExchangeOffer, Till},
        ops,
    },
    orders::{self, OrderLine, ReturnDetail, ReturnState},
    web::{App, Desk, Doors, FlashKind, Form, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/returns/{rma}/exchange", Permission::OrdersChange, show)
        .post("/admin/returns/{rma}/exchange", Permission::OrdersChange, preview)
        .post("/admin/returns/{rma}/exchanges", Permission::OrdersChange, save);
}

#[derive(Template)]
#[template(path = "admin/returns/exchange.html")]
struct FormPage {
    desk: Desk,
    detail: ReturnDetail,
    form: EditForm,
    /// Value and name of the ways to deliver it.
    methods: Vec<(String, String)>,
    problems: Problems,
}

impl FormPage {
    fn can_exchange(&self) -> bool {
        self.detail.rma.state == ReturnState::Received
    }

    fn field(&self, line: &OrderLine) -> String {
        format!("again-{}", line.id)
    }

    fn quantity(&self, line: &OrderLine) -> &str {
        self.form.get(&self.field(line))
    }

    fn is_chosen(&self, value: &str) -> bool {
        self.form.get("method") == value
    }

    fn worth(&self) -> String {
        self.detail.order.money(&self.detail.worth()).to_string()
    }
}

#[derive(Template)]
#[template(path = "admin/returns/exchange_preview.html")]
struct PreviewPage {
    desk: Desk,
    detail: ReturnDetail,
    form: EditForm,
    offer: ExchangeOffer,
    /// Code and words of the ways to pay the rest.
    ways: Vec<(String, String)>,
    /// What there is not enough of, a sentence each: then it can't be made like this.
    missing: Vec<String>,
    problems: Problems,
}

async fn find(number: &str, app: &App) -> Result<ReturnDetail> {
    let number = number.to_owned();
    app.db.read(move |conn| orders::return_detail(conn, &number)).await
}

async fn show(desk: Desk, number: web::Path<String>, app: App) -> Result<HttpResponse> {
    let detail = find(&number, &app).await?;
    let form = EditForm::of_return(&detail);
    render(desk, detail, form, Problems::default(), &app).await
}

async fn render(desk: Desk, detail: ReturnDetail, form: EditForm, problems: Problems, app: &App) -> Result<HttpResponse> {
    let of = detail.clone();
    let methods = app.db.read(move |conn| ops::exchange_methods(conn, &of)).await?;
    let methods = methods.into_iter().filter_map(|method| Some((method.id?.to_string(), method.name))).collect();
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    private_html(status, &FormPage { desk, detail, form, methods, problems })
}

async fn preview(
    number: web::Path<String>,
    form: Form<EditForm>,
    request: HttpRequest,
    app: App,
    till: web::Data<Till>,
) -> Result<HttpResponse> {
    let desk = Desk::of(&request).await?;
    let detail = find(&number, &app).await?;
    if matches!(form.0.action(), "rows" | "back") {
        return render(desk, detail, form.0, Problems::default(), &app).await;
    }
    price(desk, detail, form.0, Problems::default(), &app, &till).await
}

/// The preview, or the form again where something on it is wrong.
async fn price(desk: Desk, detail: ReturnDetail, form: EditForm, problems: Problems, app: &App, till: &Till) -> Result<HttpResponse> {
    let (of, typed) = (detail.clone(), form.clone());
    let priced = app.db.read(move |conn| {
        let input = typed.parse_exchange(&of).map_err(Error::Invalid)?;
        let offer = ops::price_exchange(conn, &of, &input)?;
        let missing = ops::exchange_shortages(conn, &offer.quote)?;
        Ok((offer, missing))
    });
    match priced.await {
        Ok((offer, missing)) => {
            let ways = ways_to_pay(till).await;
            let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            private_html(status, &PreviewPage { desk, detail, form, offer, ways, missing, problems })
        }
        Err(error) => render(desk, detail, form, error.into_problems()?, app).await,
    }
}

async fn save(
    Staff(staff): Staff,
    visitor: Visitor,
    number: web::Path<String>,
    form: Form<EditForm>,
    request: HttpRequest,
    app: App,
    till: web::Data<Till>,
) -> Result<HttpResponse> {
    let (number, Form(form)) = (number.into_inner(), form);
    let back = format!("/admin/returns/{number}");
    till.gateways.refresh().await;
    let (with, typed, of) = (till.get_ref().clone(), form.clone(), number.clone());
    let done = app.db.write(move |conn| {
        let input = typed.parse_exchange(&orders::return_detail(conn, &of)?).map_err(Error::Invalid)?;
        ops::confirm_exchange(conn, &with, &of, &input, typed.seen(), &staff.name)
    });
    match done.await {
        Ok(order) => {
            let said = format!("The return is settled by order {}, and the customer is told.", order.number);
            see_other_with(&visitor.session, FlashKind::Success, &said, &order.admin_path())
        }
        Err(Error::Conflict(words)) => see_other_with(&visitor.session, FlashKind::Error, &words, &back),
        Err(Error::Invalid(problems)) => {
            let detail = find(&number, &app).await?;
            price(Desk::of(&request).await?, detail, form, problems, &app, &till).await
        }
        Err(error) => Err(error),
    }
}
