use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{Problems, Result},
    mail::{self, Mail},
    orders::{
        forms::{RefundForm, ShipmentForm},
        model::{OrderDetail, Return},
        ops, rules, store,
    },
    payments::Gateways,
    web::{App, Desk, private_html},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/admin/orders/{number}", web::get().to(show))
        .route("/admin/orders/{number}/cancellation", web::get().to(confirm_cancellation));
}

#[derive(Template)]
#[template(path = "admin/orders/show.html")]
pub struct ShowPage {
    pub desk: Desk,
    pub detail: OrderDetail,
    pub mails: Vec<Mail>,
    pub returns: Vec<Return>,
    pub gateways: Gateways,
    pub shipment: ShipmentForm,
    pub refund: RefundForm,
    pub problems: Problems,
}

impl ShowPage {
    /// The order as it stands, with empty forms.
    pub async fn load(desk: Desk, number: String, app: &App, gateways: &Gateways) -> Result<Self> {
        let found = app.db.read(move |conn| {
            let order = store::find_by_number(conn, &number)?;
            let returns = store::returns::of_order(conn, order.id)?;
            Ok((ops::detail(conn, order)?, mail::about(conn, &number)?, returns))
        });
        let (detail, mails, returns) = found.await?;
        Ok(Self {
            desk,
            detail,
            mails,
            returns,
            gateways: gateways.clone(),
            shipment: ShipmentForm::default(),
            refund: RefundForm::default(),
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
        rules::can_ship(&self.detail.order, self.gateways.ships_unpaid(&self.detail.order.gateway))
    }

    fn can_cancel(&self) -> bool {
        rules::can_cancel(&self.detail.order)
    }

    pub fn can_mark_paid(&self) -> bool {
        rules::can_mark_paid(&self.detail.order, self.is_manual())
    }

    fn can_refund(&self) -> bool {
        self.detail.money.refundable() > 0
    }
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
    fn can_cancel(&self) -> bool {
        rules::can_cancel(&self.detail.order)
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
