use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{
    forms::{self, AddForm, CouponForm, QuantityForm},
    model::{CartView, Line, Terms},
    ops::{self, Whose},
};
use crate::{
    base::{CartId, Conn, Error, Problems, Result, VariantId},
    catalog::{self, Card},
    limits::{self, Door},
    web::{Access, App, Doors, FlashKind, Form, NoFields, Shell, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/cart", Access::Anybody, show)
        .post("/cart/coupons", Access::Anybody, add_coupon)
        .post("/cart/coupons/removal", Access::Anybody, remove_coupon)
        .post("/cart/lines", Access::Anybody, add)
        .post("/cart/lines/{variant}", Access::Anybody, set_quantity)
        .post("/cart/lines/{variant}/removal", Access::Anybody, remove);
}

#[derive(Template)]
#[template(path = "cart/show.html")]
struct ShowPage {
    shell: Shell,
    /// `None` or empty: nothing in it.
    cart: Option<CartView>,
    /// What others bought with these things.
    beside: Vec<Card>,
    /// The line whose change was refused, and what was typed.
    refused: Refused,
    problems: Problems,
}

/// What a refused change leads back with, so that nothing typed is lost.
#[derive(Clone, Debug, Default, Deserialize)]
struct Refused {
    line: Option<VariantId>,
    #[serde(default)]
    quantity: String,
    /// The code of a coupon that was refused.
    #[serde(default)]
    coupon: String,
}

impl ShowPage {
    fn filled(&self) -> Option<&CartView> {
        self.cart.as_ref().filter(|cart| !cart.is_empty())
    }

    /// What stands in the line's field: the refused answer, or how many there are.
    fn quantity_of(&self, line: &Line) -> String {
        if self.refused.line == Some(line.id()) { self.refused.quantity.clone() } else { line.quantity.to_string() }
    }

    fn problem_of(&self, line: &Line) -> Option<&str> {
        self.problems.on(&field_of(line.id()))
    }
}

fn field_of(line: VariantId) -> String {
    format!("quantity-{line}")
}

async fn show(visitor: Visitor, refused: web::Query<Refused>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let id = current(&visitor, &app).await?;
    let (cart, beside) = match id {
        Some(id) => app.db.read(move |conn| look(conn, id)).await?,
        None => (None, vec![]),
    };
    let (mut shell, refused) = (Shell::of(&request).await?, refused.into_inner());
    let problems = match refused.line {
        Some(line) => shell.take_problem(&field_of(line)),
        None if !refused.coupon.is_empty() => shell.take_problem("coupon"),
        None => Problems::default(),
    };
    private_html(StatusCode::OK, &ShowPage { shell, cart, beside, refused, problems })
}

/// Products below a cart, at most.
const BESIDE: i64 = 4;

fn look(conn: &mut Conn, id: CartId) -> Result<(Option<CartView>, Vec<Card>)> {
    let cart = ops::view(conn, id, &Terms::default())?;
    let mut products: Vec<_> = cart.lines.iter().map(|line| line.item.variant.product_id).collect();
    products.sort_unstable();
    products.dedup();
    let beside = catalog::bought_with_any(conn, &products, BESIDE)?;
    Ok((Some(cart), beside))
}

/// The visitor's cart; the session remembers which it is.
pub async fn current(visitor: &Visitor, app: &App) -> Result<Option<CartId>> {
    let (session, account) = (visitor.session.cart(), visitor.account.as_ref().map(|account| account.id));
    if session.is_none() && account.is_none() {
        return Ok(None);
    }
    let currency = visitor.session.currency();
    let id = app.db.write(move |conn| ops::current_in(conn, session, account, currency.as_deref())).await?;
    visitor.session.set_cart(id)?;
    Ok(id)
}

async fn add(visitor: Visitor, form: Form<AddForm>, app: App) -> Result<HttpResponse> {
    let Form(AddForm { variant, quantity: typed }) = form;
    let (session, account) = (visitor.session.cart(), visitor.account.as_ref().map(|account| account.id));
    let added = match forms::quantity(&typed, 1) {
        Ok(quantity) => {
            let currency = visitor.session.currency();
            let added = move |conn: &mut Conn| ops::add(conn, Whose { session, account, currency: currency.as_deref() }, variant, quantity);
            app.db.write(added).await
        }
        Err(message) => Err(Error::invalid("quantity", message)),
    };
    match added {
        Ok(cart) => {
            visitor.session.set_cart(Some(cart))?;
            see_other_with(&visitor.session, FlashKind::Success, "Added to your cart.", "/cart")
        }
        Err(error) => {
            let back = product_url(&app, variant, &typed).await?;
            said(&visitor, error, &back)
        }
    }
}

/// The page of the variant's product with the variant chosen and the quantity kept.
async fn product_url(app: &App, variant: VariantId, typed: &str) -> Result<String> {
    let item = app.db.read(move |conn| catalog::for_sale(conn, &[variant])?.pop().ok_or(Error::NotFound)).await?;
    let values = item.variant.option_values.iter().enumerate();
    let mut kept: Vec<_> = values.map(|(at, value)| (format!("o{}", at + 1), value.clone())).collect();
    kept.push(("quantity".to_owned(), typed.chars().take(20).collect()));
    let query = serde_urlencoded::to_string(kept).map_err(|error| Error::Internal(error.into()))?;
    Ok(format!("/products/{}?{query}", item.slug))
}

/// Goes to `back` with the problem in words.
fn said(visitor: &Visitor, error: Error, back: &str) -> Result<HttpResponse> {
    let problems = error.into_problems()?;
    let message = problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join(" ");
    see_other_with(&visitor.session, FlashKind::Error, &message, back)
}

async fn set_quantity(visitor: Visitor, variant: web::Path<VariantId>, form: Form<QuantityForm>, app: App) -> Result<HttpResponse> {
    let (variant, cart) = (variant.into_inner(), current(&visitor, &app).await?.ok_or(Error::NotFound)?);
    let changed = match forms::quantity(&form.0.quantity, 0) {
        Ok(quantity) => app.db.write(move |conn| ops::set_quantity(conn, cart, variant, quantity)).await,
        Err(message) => Err(Error::invalid("quantity", message)),
    };
    match changed {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "Your cart is changed.", "/cart"),
        Err(error) => {
            let kept = [("line", variant.to_string()), ("quantity", form.0.quantity.chars().take(20).collect())];
            let query = serde_urlencoded::to_string(kept).map_err(|error| Error::Internal(error.into()))?;
            said(&visitor, error, &format!("/cart?{query}#{}", field_of(variant)))
        }
    }
}

async fn remove(visitor: Visitor, variant: web::Path<VariantId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let (variant, cart) = (variant.into_inner(), current(&visitor, &app).await?.ok_or(Error::NotFound)?);
    app.db.write(move |conn| ops::remove(conn, cart, variant)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "Removed from your cart.", "/cart")
}

async fn add_coupon(visitor: Visitor, form: Form<CouponForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let cart = current(&visitor, &app).await?.ok_or(Error::NotFound)?;
    let (code, knock) = (form.0.coupon.clone(), limits::knock_at(Door::Coupon, &visitor, &request).await?);
    match app.db.write(move |conn| ops::add_coupon(conn, cart, &code, &knock)).await? {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The code is in your cart.", "/cart"),
        Err(error) => {
            let kept: String = form.0.coupon.chars().take(40).collect();
            let query = serde_urlencoded::to_string([("coupon", kept)]).map_err(|error| Error::Internal(error.into()))?;
            said(&visitor, error, &format!("/cart?{query}#coupon"))
        }
    }
}

async fn remove_coupon(visitor: Visitor, form: Form<CouponForm>, app: App) -> Result<HttpResponse> {
    let cart = current(&visitor, &app).await?.ok_or(Error::NotFound)?;
    app.db.write(move |conn| ops::remove_coupon(conn, cart, &form.0.coupon)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The code is removed.", "/cart")
}
