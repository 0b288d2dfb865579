use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::DeletionPage;
use crate::{
    base::{Conn, Currency, Error, Permission, Problems, Result, ShippingMethodId, ShippingZoneId},
    settings,
    shipping::{
        forms::TariffForm,
        model::{SavedMethod, TariffKind, Zone},
        ops, rules, store,
    },
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

type Ids = web::Path<(ShippingMethodId, ShippingZoneId)>;

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/delivery/methods/{method}/zones/{zone}", Permission::SettingsChange, edit)
        .post("/admin/delivery/methods/{method}/zones/{zone}", Permission::SettingsChange, save)
        .get("/admin/delivery/methods/{method}/zones/{zone}/deletion", Permission::SettingsChange, confirm_deletion)
        .post("/admin/delivery/methods/{method}/zones/{zone}/deletion", Permission::SettingsChange, delete);
}

#[derive(Template)]
#[template(path = "admin/shipping/tariff_form.html")]
struct FormPage {
    desk: Desk,
    about: About,
    form: TariffForm,
    problems: Problems,
}

/// Whose price it is.
#[derive(Clone)]
struct About {
    method: SavedMethod,
    zone: Zone,
    currency: Currency,
    /// Whether there is a price already.
    is_set: bool,
}

impl About {
    fn find(conn: &mut Conn, method: ShippingMethodId, zone: ShippingZoneId) -> Result<Self> {
        let is_set = store::tariff(conn, method, zone)?.is_some();
        Ok(Self { method: store::method(conn, method)?, zone: store::zone(conn, zone)?, currency: settings::store(conn)?.currency, is_set })
    }

    fn path(&self) -> String {
        format!("/admin/delivery/methods/{}/zones/{}", self.method.id, self.zone.id)
    }

    fn back(&self) -> String {
        format!("/admin/delivery/methods/{}/edit", self.method.id)
    }
}

impl FormPage {
    fn kinds(&self) -> &'static [TariffKind] {
        TariffKind::ALL
    }

    fn holds(&self) -> String {
        rules::in_words(&self.about.zone)
    }

    fn currency(&self) -> &'static str {
        self.about.currency.code()
    }
}

async fn edit(desk: Desk, ids: Ids, app: App) -> Result<HttpResponse> {
    let (method, zone) = ids.into_inner();
    let found = app.db.read(move |conn| {
        let about = About::find(conn, method, zone)?;
        let steps = store::steps_of(conn, method, zone)?;
        let form =
            store::tariff(conn, method, zone)?.map_or_else(TariffForm::new, |tariff| TariffForm::of(&tariff, &steps, about.currency));
        Ok((about, form))
    });
    let (about, form) = found.await?;
    private_html(StatusCode::OK, &FormPage { desk, about, form, problems: Problems::default() })
}

async fn save(visitor: Visitor, ids: Ids, form: Form<TariffForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let ((method, zone), Form(form)) = (ids.into_inner(), form);
    let about = app.db.read(move |conn| About::find(conn, method, zone)).await?;
    if form.more {
        let page = FormPage { desk: Desk::of(&request).await?, about, form, problems: Problems::default() };
        return private_html(StatusCode::OK, &page);
    }
    let saved = match form.parse(method, zone, about.currency) {
        Ok((tariff, steps)) => app.db.write(move |conn| ops::save_tariff(conn, &tariff, &steps)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => {
            let words = format!("The price of {} in {} is saved.", about.method.settings.name, about.zone.settings.name);
            see_other_with(&visitor.session, FlashKind::Success, &words, &format!("{}?saved=yes#prices", about.back()))
        }
        Err(error) => {
            let page = FormPage { desk: Desk::of(&request).await?, about, form, problems: error.into_problems()? };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn confirm_deletion(desk: Desk, ids: Ids, app: App) -> Result<HttpResponse> {
    let (method, zone) = ids.into_inner();
    let about = app.db.read(move |conn| About::find(conn, method, zone)).await?;
    let page = DeletionPage {
        desk,
        name: format!("the price of {} in {}", about.method.settings.name, about.zone.settings.name),
        consequence: "What is delivered there then costs what the method costs in a wider zone. If there is none, the method does not go \
                      there any more."
            .to_owned(),
        button: "Delete the price",
        action: format!("{}/deletion", about.path()),
        back: about.path(),
    };
    private_html(StatusCode::OK, &page)
}

async fn delete(visitor: Visitor, ids: Ids, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let (method, zone) = ids.into_inner();
    app.db.write(move |conn| ops::delete_tariff(conn, method, zone)).await?;
    let back = format!("/admin/delivery/methods/{method}/edit?saved=yes#prices");
    see_other_with(&visitor.session, FlashKind::Success, "The price is deleted.", &back)
}
