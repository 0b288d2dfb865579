//! Parcels in the back office: what goes into the next one, that it has left, and that it has arrived.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::{
    actions::finish,
    confirm::{ConfirmPage, confirm, mend},
    show::ShowPage,
};
use crate::{
    base::{Error, Permission, Result, ShipmentId},
    orders::{
        forms::{ShipmentForm, ShipmentInput},
        mails::Links,
        model::{OrderDetail, Units},
        ops, store,
    },
    payments::Gateways,
    web::{App, Desk, Doors, Form, NoFields, Staff, Visitor, private_html, see_other},
};

pub fn routes(doors: &mut Doors) {
    doors
        .post("/admin/orders/{number}/shipments", Permission::OrdersChange, ship)
        .get("/admin/orders/{number}/shipments/new", Permission::OrdersChange, confirm_shipment)
        .post("/admin/orders/{number}/shipments/{id}/delivery", Permission::OrdersChange, deliver)
        .get("/admin/orders/{number}/shipments/{id}/delivery/new", Permission::OrdersChange, confirm_delivery);
}

async fn confirm_shipment(
    desk: Desk,
    number: web::Path<String>,
    pairs: web::Query<Vec<(String, String)>>,
    app: App,
    gateways: web::Data<Gateways>,
) -> Result<HttpResponse> {
    let page = ShowPage::load(desk, number.into_inner(), &app, &gateways).await?;
    let form = ShipmentForm::from_pairs(pairs.into_inner());
    if !page.can_ship() {
        return Ok(see_other(&page.detail.order.admin_path()));
    }
    let checked = form.parse().and_then(|input| input.units_of(&page.detail.lines).map(|units| (input, units)));
    match checked {
        Ok((input, units)) => confirm(&shipment_question(page, input, &units)),
        Err(problems) => mend(&ShowPage { shipment: form, problems, ..page }),
    }
}

fn shipment_question(page: ShowPage, input: ShipmentInput, units: &[Units]) -> ConfirmPage {
    let (order, words) = (page.detail.order.clone(), input.words());
    let pickup = order.is_pickup;
    let chosen: Vec<_> = units.iter().map(|units| format!("{}:{}", units.line, units.quantity)).collect();
    let tracking = if words.is_empty() { "None".to_owned() } else { words };
    ConfirmPage {
        desk: page.desk,
        question: if pickup { "Is it ready to be picked up?" } else { "Has the parcel left?" }.to_owned(),
        facts: vec![("Stock", goes_out(&page.detail, units)), ("Tracking", tracking), ("E-mail", format!("Tell {}", order.email))],
        action: format!("{}/shipments", order.admin_path()),
        fields: vec![
            ("carrier", input.carrier),
            ("tracking_number", input.tracking_number),
            ("tracking_url", input.tracking_url),
            ("location", input.location.map(|location| location.to_string()).unwrap_or_default()),
            ("units", chosen.join(",")),
            ("shipped", ops::shipped_units(&page.detail.lines).to_string()),
        ],
        button: if pickup { "Yes, it is ready" } else { "Yes, it is shipped" }.to_owned(),
        order,
    }
}

fn goes_out(detail: &OrderDetail, units: &[Units]) -> String {
    let words = units.iter().filter_map(|units| {
        let line = detail.lines.iter().find(|line| line.id == units.line)?;
        Some(line.words(units.quantity))
    });
    format!("{} goes out", words.collect::<Vec<_>>().join("; "))
}

async fn ship(
    Staff(staff): Staff,
    visitor: Visitor,
    number: web::Path<String>,
    form: Form<ShipmentForm>,
    request: HttpRequest,
    app: App,
    gateways: web::Data<Gateways>,
) -> Result<HttpResponse> {
    let (number, links, Form(form)) = (number.into_inner(), Links::new(&app.base_url), form);
    let back = format!("/admin/orders/{number}");
    let (typed, of, ways) = (form.clone(), number.clone(), gateways.get_ref().clone());
    let done = app.db.write(move |conn| {
        let input = typed.parse().map_err(Error::Invalid)?;
        let on_delivery = ways.ships_unpaid(&store::find_by_number(conn, &of)?.gateway);
        ops::ship(conn, &links, &of, &input, on_delivery, &staff.name)
    });
    match done.await {
        Err(Error::Invalid(problems)) => {
            let page = ShowPage::load(Desk::of(&request).await?, number, &app, &gateways).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &ShowPage { shipment: form, problems, ..page })
        }
        done => finish(&visitor, done, "The parcel is noted and the customer will be told.", &back),
    }
}

async fn confirm_delivery(desk: Desk, path: web::Path<(String, ShipmentId)>, app: App) -> Result<HttpResponse> {
    let (number, id) = path.into_inner();
    let found = app.db.read(move |conn| {
        let order = store::find_by_number(conn, &number)?;
        let shipment = store::shipment_of(conn, order.id, id)?;
        Ok((order, shipment))
    });
    let (order, shipment) = found.await?;
    if shipment.delivered_at.is_some() {
        return Ok(see_other(&order.admin_path()));
    }
    let tracking = if shipment.tracking().is_empty() { "No tracking number".to_owned() } else { shipment.tracking() };
    let mail = if order.is_pickup { "Nobody is told".to_owned() } else { format!("Tell {}", order.email) };
    confirm(&ConfirmPage {
        desk,
        question: if order.is_pickup { "Was it picked up?" } else { "Has the parcel arrived?" }.to_owned(),
        facts: vec![("Parcel", tracking), ("E-mail", mail)],
        action: format!("{}/shipments/{id}/delivery", order.admin_path()),
        fields: vec![],
        button: if order.is_pickup { "Yes, it was picked up" } else { "Yes, it has arrived" }.to_owned(),
        order,
    })
}

async fn deliver(
    Staff(staff): Staff,
    visitor: Visitor,
    path: web::Path<(String, ShipmentId)>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let ((number, id), links) = (path.into_inner(), Links::new(&app.base_url));
    let back = format!("/admin/orders/{number}");
    let done = app.db.write(move |conn| {
        let order = store::find_by_number(conn, &number)?;
        ops::deliver(conn, &links, order.id, id, &staff.name)
    });
    finish(&visitor, done.await, "That is noted.", &back)
}
