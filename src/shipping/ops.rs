use futures_util::future::join_all;

use super::{
    carrier::RateRequest,
    carriers::{Carriers, PURPOSE},
    model::{CarrierPrice, MethodInput, MethodSettings, Parcel, ShippingBook, Step, Surcharge, Tariff, ZoneSettings},
    rules, store,
};
use crate::{
    base::{Conn, Db, Edition, Kept, Keys, Moment, Resealed, Result, SealedSecret, ShippingMethodId, ShippingZoneId},
    settings::{self, Place},
};

/// What is to be known of delivery to anywhere, but for what carriers say.
static BOOK: Kept<ShippingBook> = Kept::new();

/// All that is to be known of delivery to a place.
pub fn book(conn: &mut Conn, place: &Place) -> Result<ShippingBook> {
    let edition = Moment::of(conn)?.edition;
    book_under(conn, edition, place)
}

/// The same under this edition of the shop's rules, from memory where it is known.
pub fn book_under(conn: &mut Conn, edition: Edition, place: &Place) -> Result<ShippingBook> {
    let mut book = ShippingBook::clone(&*BOOK.under(edition, || read(conn, edition))?);
    if book.asks_carriers() {
        book.carrier_prices = store::carrier_prices(conn, &as_asked(place))?;
    }
    Ok(book)
}

fn read(conn: &mut Conn, edition: Edition) -> Result<ShippingBook> {
    let methods = store::methods(conn)?.into_iter().filter(|method| method.settings.active).collect();
    Ok(ShippingBook {
        currency: settings::store_under(conn, edition)?.currency,
        methods,
        zones: store::zones(conn)?,
        tariffs: store::tariffs(conn)?,
        steps: store::steps(conn)?,
        surcharges: store::surcharges(conn)?,
        categories: store::surcharged_categories(conn)?,
        carrier_prices: vec![],
    })
}

pub fn add_zone(conn: &mut Conn, zone: &ZoneSettings) -> Result<ShippingZoneId> {
    store::insert_zone(conn, zone)
}

/// # Errors
/// `Invalid` when another zone has its name or is the rest of the world already.
pub fn save_zone(conn: &mut Conn, id: Option<ShippingZoneId>, zone: &ZoneSettings) -> Result<ShippingZoneId> {
    match id {
        Some(id) => store::update_zone(conn, id, zone).map(|()| id),
        None => store::insert_zone(conn, zone),
    }
}

pub fn delete_zone(conn: &mut Conn, id: ShippingZoneId) -> Result<()> {
    store::delete_zone(conn, id)
}

pub fn add_method(conn: &mut Conn, method: &MethodSettings) -> Result<ShippingMethodId> {
    store::insert_method(conn, method)
}

/// A method as its form says. `token` is sealed; `None`: the former one stays, but for another address it is forgotten, lest it is
/// sent to whom it is not meant for.
///
/// # Errors
/// `Invalid` when another method has its name, or a category is gone.
pub fn save_method(conn: &mut Conn, id: Option<ShippingMethodId>, method: &MethodInput, token: Option<&str>) -> Result<ShippingMethodId> {
    let settings = &method.settings;
    let (id, moved) = match id {
        Some(id) => {
            let former = store::method(conn, id)?.settings;
            store::update_method(conn, id, settings)?;
            if rules::asks_otherwise(&former, settings) || token.is_some() {
                store::delete_carrier_prices(conn, id)?;
            }
            (id, former.carrier_url != settings.carrier_url)
        }
        None => (store::insert_method(conn, settings)?, true),
    };
    if token.is_some() || moved {
        store::set_carrier_token(conn, id, token.unwrap_or_default())?;
    }
    let surcharges: Vec<_> = method.surcharges.iter().map(|surcharge| Surcharge { method_id: id, ..*surcharge }).collect();
    store::replace_surcharges(conn, id, &surcharges)?;
    Ok(id)
}

pub fn delete_method(conn: &mut Conn, id: ShippingMethodId) -> Result<()> {
    store::delete_method(conn, id)
}

/// Sets what a method costs in a zone, its table included.
pub fn save_tariff(conn: &mut Conn, tariff: &Tariff, steps: &[Step]) -> Result<()> {
    store::put_tariff(conn, tariff)?;
    store::replace_steps(conn, tariff, steps)
}

/// The method takes the price of its next wider zone there, or does not go there when it has none.
pub fn delete_tariff(conn: &mut Conn, method: ShippingMethodId, zone: ShippingZoneId) -> Result<()> {
    store::delete_tariff(conn, method, zone)
}

/// Sets what a method costs more for goods of some categories.
pub fn save_surcharges(conn: &mut Conn, method: ShippingMethodId, surcharges: &[Surcharge]) -> Result<()> {
    store::replace_surcharges(conn, method, surcharges)
}

/// How long a carrier's answer holds: longer than most people take from the delivery step to paying.
const ANSWER_MINUTES: i32 = 60;

/// An answer that would end sooner is asked for anew, so that no price changes under somebody who pays.
const STILL_FRESH_MINUTES: i32 = 20;

/// Asks the carriers for this parcel where their answers are missing or old, outside any transaction, and keeps what they say for
/// [`book`]. A carrier that does not answer changes nothing: what it said before holds for its time, then the method's own price.
///
/// # Errors
/// Only of the database.
pub async fn refresh(db: &Db, carriers: &Carriers, place: &Place, parcel: &Parcel) -> Result<()> {
    if !parcel.needs_delivery {
        return Ok(());
    }
    let (place, parcel) = (as_asked(place), parcel.clone());
    let asked = place.clone();
    let questions = db.read(move |conn| questions(conn, &asked, &parcel)).await?;
    let answers = join_all(questions.into_iter().map(|question| question.ask(carriers))).await;
    let mut answers: Vec<_> = answers.into_iter().flatten().collect();
    if answers.is_empty() {
        return Ok(());
    }
    answers.sort_by_key(|answer| answer.method_id);
    db.write(move |conn| answers.iter().try_for_each(|answer| store::put_carrier_price(conn, &place, answer, ANSWER_MINUTES))).await
}

/// One question for one method's carrier.
struct Question {
    method: ShippingMethodId,
    carrier: String,
    service: String,
    request: RateRequest,
}

impl Question {
    /// `None`: nobody knows.
    async fn ask(self, carriers: &Carriers) -> Option<CarrierPrice> {
        let weight_class = self.request.weight_grams;
        match carriers.ask(&self.carrier, self.request).await {
            Ok(rates) => Some(CarrierPrice { method_id: self.method, weight_class, price: rules::chosen(&rates, &self.service) }),
            Err(error) => {
                tracing::warn!(error = %error, shipping.method = %self.method, "a carrier gave no price; the method's own holds");
                None
            }
        }
    }
}

fn questions(conn: &mut Conn, place: &Place, parcel: &Parcel) -> Result<Vec<Question>> {
    let book = book(conn, place)?;
    let weight_class = rules::weight_class(parcel.weight_grams);
    let answered = store::answered(conn, place, weight_class, STILL_FRESH_MINUTES)?;
    let shop = settings::store(conn)?;
    let mut questions = vec![];
    for method in book.to_ask(place, parcel).into_iter().filter(|method| !answered.contains(&method.id)) {
        let (url, token) = (method.settings.carrier_url.clone(), store::carrier_token(conn, method.id)?);
        let request =
            RateRequest { url, token, from: shop.place(), to: place.clone(), weight_grams: weight_class, currency: shop.currency };
        let (carrier, service) = (method.settings.carrier.clone(), method.settings.carrier_service.clone());
        questions.push(Question { method: method.id, carrier, service, request });
    }
    Ok(questions)
}

/// The place as answers are kept for it, however its postcode was written.
fn as_asked(place: &Place) -> Place {
    Place { postcode: rules::normal_postcode(&place.postcode), ..place.clone() }
}

pub fn forget_old_answers(conn: &mut Conn) -> Result<()> {
    store::delete_expired_carrier_prices(conn)
}

/// The carriers' tokens as they are stored.
///
/// # Errors
/// The database can't be read.
pub fn sealed_secrets(conn: &mut Conn) -> Result<Vec<SealedSecret>> {
    let tokens = store::carrier_tokens(conn)?.into_iter();
    Ok(tokens.map(|(_, sealed)| SealedSecret { purpose: PURPOSE, sealed }).collect())
}

/// Seals the carriers' tokens with the newest key of the ring.
///
/// # Errors
/// The database can't be written.
pub fn reseal(conn: &mut Conn, keys: &Keys) -> Result<Resealed> {
    let mut done = Resealed::default();
    for (method, sealed) in store::carrier_tokens(conn)? {
        if let Some(renewed) = done.renew(keys, PURPOSE, "", &sealed) {
            store::set_carrier_token(conn, method, &renewed)?;
        }
    }
    Ok(done)
}
