use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{DeletionPage, Prices, all_categories};
use crate::{
    base::{Conn, Currency, Error, Permission, Problems, Result, ShippingMethodId},
    catalog::Category,
    settings,
    shipping::{
        carriers::Carriers,
        forms::MethodForm,
        model::{Surcharge, Zone},
        ops, store,
    },
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .post("/admin/delivery/methods", Permission::SettingsChange, create)
        .get("/admin/delivery/methods/new", Permission::SettingsChange, new)
        .get("/admin/delivery/methods/{id}/edit", Permission::SettingsChange, edit)
        .post("/admin/delivery/methods/{id}/edit", Permission::SettingsChange, update)
        .get("/admin/delivery/methods/{id}/deletion", Permission::SettingsChange, confirm_deletion)
        .post("/admin/delivery/methods/{id}/deletion", Permission::SettingsChange, delete);
}

#[derive(Template)]
#[template(path = "admin/shipping/method_form.html")]
struct FormPage {
    desk: Desk,
    /// `None` while it is new.
    id: Option<ShippingMethodId>,
    form: MethodForm,
    around: Around,
    /// Code and label of each.
    carriers: Vec<(&'static str, &'static str)>,
    problems: Problems,
}

/// What the form shows besides what was typed.
struct Around {
    has_token: bool,
    categories: Vec<Category>,
    zones: Vec<Zone>,
    prices: Prices,
}

impl Around {
    fn find(conn: &mut Conn, id: Option<ShippingMethodId>) -> Result<Self> {
        let has_token = id.map_or(Ok(false), |id| store::carrier_token(conn, id).map(|token| !token.is_empty()))?;
        let prices = Prices { currency: settings::store(conn)?.currency, tariffs: store::tariffs(conn)?, steps: store::steps(conn)? };
        Ok(Self { has_token, categories: all_categories(conn)?, zones: store::zones(conn)?, prices })
    }

    fn surcharges(conn: &mut Conn, id: ShippingMethodId) -> Result<Vec<Surcharge>> {
        Ok(store::surcharges(conn)?.into_iter().filter(|surcharge| surcharge.method_id == id).collect())
    }
}

impl FormPage {
    async fn make(
        desk: Desk,
        id: Option<ShippingMethodId>,
        form: MethodForm,
        problems: Problems,
        app: &App,
        carriers: &Carriers,
    ) -> Result<Self> {
        let around = app.db.read(move |conn| Around::find(conn, id)).await?;
        let carriers = carriers.iter().map(|carrier| (carrier.code(), carrier.label())).collect();
        Ok(Self { desk, id, form, around, carriers, problems })
    }

    fn action(&self) -> String {
        self.id.map_or_else(|| "/admin/delivery/methods".to_owned(), |id| format!("/admin/delivery/methods/{id}/edit"))
    }

    fn price_in(&self, zone: &Zone) -> Option<String> {
        self.around.prices.in_words(&self.id?, &zone.id)
    }

    fn is_category(&self, typed: &str, category: &Category) -> bool {
        typed == category.id.to_string()
    }

    fn currency(&self) -> &'static str {
        self.around.prices.currency.code()
    }
}

async fn new(desk: Desk, app: App, carriers: web::Data<Carriers>) -> Result<HttpResponse> {
    let page = FormPage::make(desk, None, MethodForm::new(), Problems::default(), &app, &carriers).await?;
    private_html(StatusCode::OK, &page)
}

async fn edit(desk: Desk, id: web::Path<ShippingMethodId>, app: App, carriers: web::Data<Carriers>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let form = app.db.read(move |conn| {
        let (method, surcharges) = (store::method(conn, id)?, Around::surcharges(conn, id)?);
        Ok(MethodForm::of(method.settings, &surcharges, settings::store(conn)?.currency))
    });
    let page = FormPage::make(desk, Some(id), form.await?, Problems::default(), &app, &carriers).await?;
    private_html(StatusCode::OK, &page)
}

async fn create(
    visitor: Visitor,
    form: Form<MethodForm>,
    request: HttpRequest,
    app: App,
    carriers: web::Data<Carriers>,
) -> Result<HttpResponse> {
    save(None, visitor, form.0, request, app, &carriers).await
}

async fn update(
    visitor: Visitor,
    id: web::Path<ShippingMethodId>,
    form: Form<MethodForm>,
    request: HttpRequest,
    app: App,
    carriers: web::Data<Carriers>,
) -> Result<HttpResponse> {
    save(Some(id.into_inner()), visitor, form.0, request, app, &carriers).await
}

async fn save(
    id: Option<ShippingMethodId>,
    visitor: Visitor,
    form: MethodForm,
    request: HttpRequest,
    app: App,
    carriers: &Carriers,
) -> Result<HttpResponse> {
    if form.more {
        let page = FormPage::make(Desk::of(&request).await?, id, form, Problems::default(), &app, carriers).await?;
        return private_html(StatusCode::OK, &page);
    }
    match write(id, &form, &app, carriers).await {
        Ok(saved) => {
            // A new one costs nothing anywhere yet, so its prices come next.
            let words = if id.is_none() { "The method is saved. Set its price for each zone now." } else { "The method is saved." };
            see_other_with(&visitor.session, FlashKind::Success, words, &format!("/admin/delivery/methods/{saved}/edit?saved=yes#prices"))
        }
        Err(error) => {
            let page = FormPage::make(Desk::of(&request).await?, id, form, error.into_problems()?, &app, carriers).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn write(id: Option<ShippingMethodId>, form: &MethodForm, app: &App, carriers: &Carriers) -> Result<ShippingMethodId> {
    let currency: Currency = app.db.read(|conn| Ok(settings::store(conn)?.currency)).await?;
    let codes: Vec<_> = carriers.iter().map(|carrier| carrier.code()).collect();
    let input = form.parse(&codes, currency, !app.is_https()).map_err(Error::Invalid)?;
    carriers.forgive(&input.settings.carrier_url);
    let typed = form.carrier_token.trim();
    let token = if typed.is_empty() { None } else { Some(carriers.seal(typed)?) };
    app.db.write(move |conn| ops::save_method(conn, id, &input, token.as_deref())).await
}

async fn confirm_deletion(desk: Desk, id: web::Path<ShippingMethodId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let method = app.db.read(move |conn| store::method(conn, id)).await?;
    let page = DeletionPage {
        desk,
        name: method.settings.name,
        consequence: "Shoppers can’t choose it any more, and its prices and surcharges are gone. Orders that were placed with it keep \
                      its name. To offer it again later, make it inactive instead."
            .to_owned(),
        button: "Delete the method",
        action: format!("/admin/delivery/methods/{id}/deletion"),
        back: format!("/admin/delivery/methods/{id}/edit"),
    };
    private_html(StatusCode::OK, &page)
}

async fn delete(visitor: Visitor, id: web::Path<ShippingMethodId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.write(move |conn| ops::delete_method(conn, id)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The method is deleted.", "/admin/delivery")
}
