//! Changing an order: the form, a preview with the difference in money, and the change itself.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{Error, Money, Permission, Problems, Result},
    checkout::{forms::EditForm, model::Till, ops, rules},
    orders::{self, Edit, OrderDetail, OrderLine},
    quote::DeliveryOffer,
    settings::AddressForm,
    tax::{self, TaxClass},
    web::{App, Desk, Doors, FlashKind, Form, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/orders/{number}/edit", Permission::OrdersChange, show)
        .post("/admin/orders/{number}/edit", Permission::OrdersChange, preview)
        .post("/admin/orders/{number}/edits", Permission::OrdersChange, save);
}

#[derive(Template)]
#[template(path = "admin/orders/edit.html")]
struct EditPage {
    desk: Desk,
    detail: OrderDetail,
    form: EditForm,
    /// Ways to the address that was typed, at today's prices.
    offers: Vec<DeliveryOffer>,
    classes: Vec<TaxClass>,
    problems: Problems,
}

impl EditPage {
    fn can_edit(&self) -> bool {
        orders::can_edit(&self.detail.order)
    }

    fn address(&self) -> AddressForm {
        self.form.address()
    }

    fn field(&self, line: &OrderLine) -> String {
        format!("quantity-{}", line.id)
    }

    fn quantity(&self, line: &OrderLine) -> &str {
        self.form.get(&self.field(line))
    }

    /// The ways that have a choice's value.
    fn choices(&self) -> Vec<(String, String)> {
        let money = |offer: &DeliveryOffer| self.detail.order.money(&offer.after_discounts());
        let choice = |offer: &DeliveryOffer| Some((offer.method.id?.to_string(), format!("{}, {}", offer.method.name, money(offer))));
        self.offers.iter().filter_map(choice).collect()
    }

    fn is_chosen(&self, value: &str) -> bool {
        self.form.get("method") == value
    }
}

#[derive(Template)]
#[template(path = "admin/orders/edit_preview.html")]
struct PreviewPage {
    desk: Desk,
    detail: OrderDetail,
    form: EditForm,
    edit: Edit,
    changes: Vec<String>,
    /// What becomes of promotions, a sentence each.
    promotions: Vec<String>,
    /// What there is not enough of, a sentence each: then it can't be changed like this.
    missing: Vec<String>,
}

impl PreviewPage {
    fn rows(&self) -> Vec<(String, String, String)> {
        let (before, after) = (self.detail.totals(), self.edit.quote.totals());
        let (old, new) = (before.rows(), after.rows());
        let value = |rows: &[(String, String)], label: &str| {
            rows.iter().find(|(known, _)| known == label).map_or_else(|| "–".to_owned(), |(_, value)| value.clone())
        };
        let mut labels: Vec<&String> = old.iter().map(|(label, _)| label).collect();
        labels.extend(new.iter().map(|(label, _)| label).filter(|label| !old.iter().any(|(known, _)| known == *label)));
        labels.into_iter().map(|label| (label.clone(), value(&old, label), value(&new, label))).collect()
    }

    /// What goes back by itself.
    fn refund(&self) -> Option<Money> {
        let order = &self.detail.order;
        let back = orders::correction(order.total, self.edit.quote.total(), &self.detail.money);
        (back > 0).then(|| order.money(&back))
    }

    /// What the customer is then asked to pay.
    fn due(&self) -> Option<Money> {
        let due = self.detail.money.due(self.edit.quote.total());
        (due > 0).then(|| self.detail.order.money(&due))
    }

    fn total(&self) -> Money {
        self.edit.quote.total_money()
    }
}

async fn find(number: &str, app: &App) -> Result<OrderDetail> {
    let number = number.to_owned();
    let found = app.db.read(move |conn| {
        let order = orders::find_by_number(conn, &number)?;
        orders::detail(conn, order)
    });
    found.await
}

async fn show(desk: Desk, number: web::Path<String>, app: App) -> Result<HttpResponse> {
    let detail = find(&number, &app).await?;
    let form = EditForm::of(&detail);
    render(desk, detail, form, Problems::default(), &app).await
}

/// The form with what was typed. Which ways of delivery there are is asked for the address, as far as it can be read.
async fn render(desk: Desk, detail: OrderDetail, form: EditForm, problems: Problems, app: &App) -> Result<HttpResponse> {
    let (of, typed) = (detail.clone(), form.clone());
    let (offers, classes) = app.db.read(move |conn| Ok((ops::offers_for(conn, &of, &typed)?, tax::classes(conn)?))).await?;
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    private_html(status, &EditPage { desk, detail, form, offers, classes, problems })
}

async fn preview(number: web::Path<String>, form: Form<EditForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let desk = Desk::of(&request).await?;
    let Form(form) = form;
    let detail = find(&number, &app).await?;
    if matches!(form.action(), "rows" | "country" | "back") {
        return render(desk, detail, form, Problems::default(), &app).await;
    }
    let (of, typed) = (detail.clone(), form.clone());
    let priced = app.db.read(move |conn| {
        let input = typed.parse(&of).map_err(Error::Invalid)?;
        let edit = ops::price_edit(conn, &of, &input)?;
        let missing = orders::edit_shortages(conn, &of, &edit)?;
        Ok((edit, missing))
    });
    match priced.await {
        Ok((edit, missing)) => {
            let (changes, promotions) = (orders::edit_words(&detail, &edit), rules::promotion_words(&detail, &edit));
            private_html(StatusCode::OK, &PreviewPage { desk, detail, form, edit, changes, promotions, missing })
        }
        Err(error) => render(desk, detail, form, error.into_problems()?, &app).await,
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
    let back = format!("/admin/orders/{number}");
    let (links, gateways, typed, of) = (till.links.clone(), till.gateways.clone(), form.clone(), number.clone());
    let done = app.db.write(move |conn| {
        let (typed, seen) = (typed.clone(), typed.seen_total());
        ops::confirm_edit(conn, &links, &gateways, &of, |detail| typed.parse(detail), seen, &staff.name)
    });
    match done.await {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The order is changed and the customer will be told.", &back),
        Err(Error::Conflict(words)) => see_other_with(&visitor.session, FlashKind::Error, &words, &back),
        Err(Error::Invalid(problems)) => {
            let detail = find(&number, &app).await?;
            render(Desk::of(&request).await?, detail, form, problems, &app).await
        }
        Err(error) => Err(error),
    }
}
