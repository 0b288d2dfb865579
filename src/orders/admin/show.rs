use std::collections::HashMap;

use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{Conn, Permission, Problems, Result, VariantId},
    downloads::{self, Download},
    inventory::{self, Location, Stock},
    invoices::{self, Invoice},
    mail::{self, Mail},
    orders::{
        forms::{NoteForm, RefundForm, ShipmentForm},
        model::{Order, OrderDetail, OrderLine, Return},
        ops, rules, store,
    },
    payments::Gateways,
    web::{App, Desk, Doors, Visitor, private_html, see_other},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/orders/{number}", Permission::OrdersSee, show)
        .get("/admin/orders/{number}/as-the-customer", Permission::OrdersSee, as_the_customer)
        .get("/admin/orders/{number}/cancellation", Permission::OrdersRefund, confirm_cancellation);
}

#[derive(Template)]
#[template(path = "admin/orders/show.html")]
pub struct ShowPage {
    pub desk: Desk,
    pub detail: OrderDetail,
    pub mails: Vec<Mail>,
    pub around: Around,
    pub returns: Vec<Return>,
    pub gateways: Gateways,
    pub shipment: ShipmentForm,
    pub refund: RefundForm,
    pub note: NoteForm,
    pub problems: Problems,
}

/// What other rooms know of an order.
pub struct Around {
    /// Invoice and credit notes.
    papers: Vec<Invoice>,
    /// The links to files that it has got.
    downloads: Vec<Download>,
    /// Its files that nobody can get, since there are none.
    without_files: Vec<OrderLine>,
    /// Where a parcel can leave from.
    locations: Vec<Location>,
    stock: HashMap<VariantId, Stock>,
    /// The return in whose place this order's goods are, with the order that they were bought with.
    exchange_for: Option<(Return, Order)>,
    /// The orders that were made in place of returns of this one.
    exchanges: Vec<Order>,
    /// Something of it can come back.
    can_return: bool,
}

impl Around {
    fn of(conn: &mut Conn, detail: &OrderDetail) -> Result<Self> {
        let papers = invoices::of_order(conn, detail.order.id)?;
        let locations = inventory::locations(conn)?.into_iter().filter(|location| location.active).collect();
        let to_send = detail.lines.iter().filter(|line| line.to_send() > 0);
        let variants: Vec<_> = to_send.flat_map(|line| detail.takes(line)).map(|(variant, _)| variant).collect();
        let order = &detail.order;
        let waiting = detail.lines.iter().filter(|line| line.is_digital && line.shipped < line.quantity);
        let of: Vec<_> = waiting.clone().filter_map(|line| line.variant_id).collect();
        let without = downloads::without_files(conn, &of)?;
        Ok(Self {
            papers,
            downloads: downloads::of_order(conn, order.id)?,
            without_files: waiting.filter(|line| line.variant_id.is_none_or(|variant| without.contains(&variant))).cloned().collect(),
            locations,
            stock: inventory::stock_of(conn, &variants)?,
            exchange_for: ops::exchanged_for(conn, order.id)?,
            exchanges: store::returns::exchanges_of(conn, order.id)?,
            can_return: !ops::openable(conn, order)?.is_empty(),
        })
    }
}

impl ShowPage {
    /// The order as it stands, with empty forms.
    pub async fn load(desk: Desk, number: String, app: &App, gateways: &Gateways) -> Result<Self> {
        let found = app.db.read(move |conn| {
            let order = store::find_by_number(conn, &number)?;
            let detail = ops::detail(conn, order)?;
            let returns = store::returns::of_order(conn, detail.order.id)?;
            let around = Around::of(conn, &detail)?;
            Ok((detail, around, mail::about(conn, &number)?, returns))
        });
        let (detail, around, mails, returns) = found.await?;
        Ok(Self {
            desk,
            detail,
            mails,
            around,
            returns,
            gateways: gateways.clone(),
            shipment: ShipmentForm::default(),
            refund: RefundForm::default(),
            note: NoteForm::default(),
            problems: Problems::default(),
        })
    }

    pub fn is_manual(&self) -> bool {
        self.gateways.is_manual(&self.detail.order.gateway)
    }

    fn gateway_name(&self, code: &str) -> String {
        self.gateways.name_of(code)
    }

    pub fn can_ship(&self) -> bool {
        let something_left = self.detail.lines.iter().any(|line| line.to_send() > 0);
        something_left && rules::can_ship(&self.detail.order, self.gateways.ships_unpaid(&self.detail.order.gateway))
    }

    /// Of a line's units that are left, those that are here.
    fn ready(&self, line: &OrderLine) -> i32 {
        let here = self.detail.takes(line).into_iter().filter_map(|(variant, each)| {
            let stock = self.around.stock.get(&variant).filter(|stock| stock.tracked)?;
            Some(stock.on_hand / each.max(1))
        });
        here.min().map_or(line.to_send(), |here| here.clamp(0, line.to_send()))
    }

    /// What stands in a line's field: what was typed, or what can go now.
    fn units(&self, line: &OrderLine) -> String {
        self.shipment.units_for(&line.id).map_or_else(|| self.ready(line).to_string(), str::to_owned)
    }

    fn is_location(&self, location: &Location) -> bool {
        self.shipment.location == location.id.to_string()
    }

    fn exchange_of(&self, rma: &Return) -> Option<&Order> {
        self.around.exchanges.iter().find(|order| rma.exchange_order_id == Some(order.id))
    }

    fn can_cancel(&self) -> bool {
        rules::can_cancel(&self.detail.order, &self.detail.lines)
    }

    fn can_edit(&self) -> bool {
        rules::can_edit(&self.detail.order)
    }

    pub fn can_mark_paid(&self) -> bool {
        rules::can_mark_paid(&self.detail.order, self.is_manual())
    }

    fn can_refund(&self) -> bool {
        self.detail.money.refundable() > 0
    }
}

/// The shop's own page of the order, which this browser may see from then on.
async fn as_the_customer(visitor: Visitor, number: web::Path<String>, app: App) -> Result<HttpResponse> {
    let order = app.db.read(move |conn| store::find_by_number(conn, &number)).await?;
    visitor.session.open_order(order.id, &order.token)?;
    Ok(see_other(&order.path()))
}

async fn show(desk: Desk, number: web::Path<String>, app: App, gateways: web::Data<Gateways>) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &ShowPage::load(desk, number.into_inner(), &app, &gateways).await?)
}

#[derive(Template)]
#[template(path = "admin/orders/cancellation.html")]
struct CancellationPage {
    desk: Desk,
    detail: OrderDetail,
}

impl CancellationPage {
    fn has_cards(&self) -> bool {
        self.detail.present_lines().any(|line| line.is_gift_card)
    }

    fn can_cancel(&self) -> bool {
        rules::can_cancel(&self.detail.order, &self.detail.lines)
    }
}

async fn confirm_cancellation(desk: Desk, number: web::Path<String>, app: App) -> Result<HttpResponse> {
    let number = number.into_inner();
    let found = app.db.read(move |conn| {
        let order = store::find_by_number(conn, &number)?;
        ops::detail(conn, order)
    });
    private_html(StatusCode::OK, &CancellationPage { desk, detail: found.await? })
}
