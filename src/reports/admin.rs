use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use super::{
    model::{Chart, Day, chart, sum},
    store,
};
use crate::{
    base::{Money, Permission, Result},
    inventory, jobs,
    orders::{self, Order, Tab},
    settings::{self, Store},
    web::{Access, App, Desk, Doors, private_html, see_other},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin", Access::AnyStaff, front);
}

/// Days on the chart.
const DAYS: i32 = 7;

#[derive(Template)]
#[template(path = "admin/dashboard.html")]
struct DashboardPage {
    desk: Desk,
    figures: Figures,
}

struct Figures {
    store: Store,
    days: Vec<Day>,
    to_ship: i64,
    /// With the name on the parcel.
    oldest: Vec<(Order, String)>,
    unpaid: i64,
    low: Vec<inventory::Low>,
    parked: i64,
}

impl DashboardPage {
    fn chart(&self) -> Chart {
        chart(&self.figures.days)
    }

    fn today(&self) -> (i64, Money) {
        let today = self.figures.days.len().saturating_sub(1);
        sum(&self.figures.days[today..], self.figures.store.currency)
    }

    fn week(&self) -> (i64, Money) {
        sum(&self.figures.days, self.figures.store.currency)
    }
}

/// The first page of the office for who may not see the dashboard, by what they most likely come for.
const FIRST: [(Permission, &str); 8] = [
    (Permission::OrdersSee, "/admin/orders"),
    (Permission::StockSee, "/admin/stock"),
    (Permission::CatalogSee, "/admin/products"),
    (Permission::CustomersSee, "/admin/customers"),
    (Permission::ContentSee, "/admin/pages"),
    (Permission::PromotionsSee, "/admin/promotions"),
    (Permission::StaffSee, "/admin/staff"),
    (Permission::AuditSee, "/admin/audit"),
];

#[derive(Template)]
#[template(path = "admin/welcome.html")]
struct WelcomePage {
    desk: Desk,
}

/// Where everybody of the staff comes in.
async fn front(desk: Desk, app: App) -> Result<HttpResponse> {
    if desk.may(Permission::ReportsSee) {
        return dashboard(desk, app).await;
    }
    match FIRST.iter().find(|(permission, _)| desk.may(*permission)) {
        Some((_, page)) => Ok(see_other(page)),
        None => private_html(StatusCode::OK, &WelcomePage { desk }),
    }
}

async fn dashboard(desk: Desk, app: App) -> Result<HttpResponse> {
    let figures = app
        .db
        .read(|conn| {
            let store = settings::store(conn)?;
            Ok(Figures {
                days: store::sales(conn, DAYS, store.currency)?,
                to_ship: orders::count(conn, Tab::ToShip)?,
                oldest: orders::oldest(conn, Tab::ToShip, 10)?,
                unpaid: orders::count(conn, Tab::Unpaid)?,
                low: inventory::low(conn, store.low_stock, 10)?,
                parked: jobs::parked_count(conn)?,
                store,
            })
        })
        .await?;
    private_html(StatusCode::OK, &DashboardPage { desk, figures })
}
