//! Papers for packing: the slip in a parcel, and what to fetch for several orders. As pages to print and as PDF.

use actix_web::{HttpResponse, http::StatusCode, web};
use chrono::Utc;

use crate::{
    base::{Error, Permission, Result, ShipmentId},
    documents,
    invoices::{
        self, Around, PackingSlipPage, PickListPage,
        papers::{packing_slip, pick_list},
        pdf_response,
    },
    orders::{forms::Chosen, ops},
    settings,
    web::{App, Doors, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/orders/pick-list", Permission::OrdersSee, picks_page)
        .get("/admin/orders/pick-list.pdf", Permission::OrdersSee, picks_pdf)
        .get("/admin/orders/{number}/shipments/{id}/packing-slip", Permission::OrdersSee, slip_page)
        .get("/admin/orders/{number}/shipments/{id}/packing-slip.pdf", Permission::OrdersSee, slip_pdf);
}

async fn slip(path: (String, ShipmentId), app: &App) -> Result<invoices::Parcel> {
    let (number, id) = path;
    app.db.read(move |conn| ops::packing_slip(conn, &number, id)).await
}

async fn slip_page(path: web::Path<(String, ShipmentId)>, app: App) -> Result<HttpResponse> {
    let (number, id) = path.into_inner();
    let parcel = slip((number.clone(), id), &app).await?;
    let back = format!("/admin/orders/{number}");
    let around = Around { back_label: format!("Order {number}"), pdf: format!("{back}/shipments/{id}/packing-slip.pdf"), back };
    private_html(StatusCode::OK, &PackingSlipPage { around, parcel })
}

async fn slip_pdf(path: web::Path<(String, ShipmentId)>, app: App) -> Result<HttpResponse> {
    let (number, id) = path.into_inner();
    let parcel = slip((number.clone(), id), &app).await?;
    Ok(pdf_response(&format!("packing-slip-{number}-{id}.pdf"), documents::pdf(&packing_slip(&parcel, Utc::now()))?))
}

/// What to fetch, with the shop's name and country.
async fn picks(chosen: &Chosen, app: &App) -> Result<(Vec<invoices::Pick>, String, String)> {
    if chosen.0.is_empty() {
        return Err(Error::invalid("order", "Go back and tick the orders that you want to fetch things for"));
    }
    let numbers = chosen.0.clone();
    let found = app.db.read(move |conn| {
        let shop = settings::store(conn)?;
        Ok((ops::picks(conn, &numbers)?, shop.name, shop.country))
    });
    found.await
}

async fn picks_page(pairs: web::Query<Vec<(String, String)>>, app: App) -> Result<HttpResponse> {
    let chosen = Chosen::from_pairs(pairs.into_inner());
    let (picks, shop, _) = picks(&chosen, &app).await?;
    let around = Around {
        back: "/admin/orders?state=to-ship".to_owned(),
        back_label: "Orders to ship".to_owned(),
        pdf: format!("/admin/orders/pick-list.pdf?{}", chosen.query()),
    };
    private_html(StatusCode::OK, &PickListPage { around, shop, picks })
}

async fn picks_pdf(pairs: web::Query<Vec<(String, String)>>, app: App) -> Result<HttpResponse> {
    let (picks, shop, country) = picks(&Chosen::from_pairs(pairs.into_inner()), &app).await?;
    Ok(pdf_response("pick-list.pdf", documents::pdf(&pick_list(&shop, &country, &picks, Utc::now()))?))
}
