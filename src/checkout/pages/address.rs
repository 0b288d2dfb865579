use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{Standing, stand};
use crate::{
    accounts::{self, SavedAddress},
    base::{AccountId, Conn, Error, Problems, Result},
    cart::CartView,
    checkout::{
        forms::{ANOTHER, Contact, ContactForm},
        model::{Stage, Step, Till},
        ops,
    },
    settings::{self, Address, AddressForm},
    web::{Access, App, Doors, FlashKind, Form, Session, Shell, Visitor, private_html, see_other, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/checkout/address", Access::Anybody, show).post("/checkout/address", Access::Anybody, save);
}

#[derive(Template)]
#[template(path = "checkout/address.html")]
struct AddressPage {
    shell: Shell,
    stage: Stage,
    cart: CartView,
    /// The customer's book.
    saved: Vec<SavedAddress>,
    form: ContactForm,
    problems: Problems,
}

impl AddressPage {
    async fn make(request: &HttpRequest, cart: CartView, saved: Vec<SavedAddress>, form: ContactForm) -> Result<Self> {
        Ok(Self { shell: Shell::of(request).await?, stage: at_address(&cart), cart, saved, form, problems: Problems::default() })
    }

    fn email_hint(&self) -> &'static str {
        if self.cart.quote.parcel.needs_delivery {
            "We send the receipt and the tracking number here."
        } else {
            "We send the receipt and what you buy here."
        }
    }

    fn onward(&self) -> &'static str {
        if self.cart.quote.parcel.needs_delivery { "Go on to delivery" } else { "Go on to check your order" }
    }
}

/// Where the step after the address is: what needs no delivery has nothing to choose there.
pub(super) fn after_address(needs_delivery: bool) -> Step {
    if needs_delivery { Step::Delivery } else { Step::Review }
}

pub(super) fn at_address(cart: &CartView) -> Stage {
    Stage::of(Step::Address, cart.quote.parcel.needs_delivery)
}

/// The address book of whoever is signed in.
pub(super) async fn book_of(visitor: &Visitor, app: &App) -> Result<Vec<SavedAddress>> {
    match account_of(visitor) {
        Some(account) => app.db.read(move |conn| accounts::addresses(conn, account)).await,
        None => Ok(vec![]),
    }
}

pub(super) fn account_of(visitor: &Visitor) -> Option<AccountId> {
    visitor.account.as_ref().map(|account| account.id)
}

/// The address of the book that says the same, or the fields; nothing without a book.
pub(super) fn choice_of(book: &[SavedAddress], address: &Address) -> String {
    let same = book.iter().find(|saved| saved.kept.address == *address).map(|saved| saved.id.to_string());
    if book.is_empty() { String::new() } else { same.unwrap_or_else(|| ANOTHER.to_owned()) }
}

/// Puts what was typed into the book, where that was wanted. `false`: the book is full.
pub(super) fn keep(conn: &mut Conn, keeper: Option<AccountId>, address: &Address, phone: &str) -> Result<bool> {
    keeper.map_or(Ok(true), |account| accounts::keep_address(conn, account, address, phone))
}

/// Goes on, and says so where the address could not be kept.
pub(super) fn onward(session: &Session, is_kept: bool, url: &str) -> Result<HttpResponse> {
    if is_kept {
        return Ok(see_other(url));
    }
    let said = "Your address book is full, so we did not keep this address in your account. The order goes there all the same.";
    see_other_with(session, FlashKind::Notice, said, url)
}

/// Problems with the address are beside its fields, which must be seen then.
pub(super) fn shows_fields(problems: &Problems) -> bool {
    ["name", "company", "line1", "line2", "city", "region", "postcode", "country"].iter().any(|field| problems.on(field).is_some())
}

async fn show(visitor: Visitor, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (cart, checkout) = match stand(&visitor, &app).await? {
        Standing::Ready { cart, checkout } => (cart, checkout),
        Standing::Elsewhere(response) => return Ok(response),
    };
    let saved = book_of(&visitor, &app).await?;
    let form = match &checkout {
        Some(checkout) => {
            let choice = choice_of(&saved, &checkout.delivery_address);
            answered(ContactForm { saved: choice, ..ContactForm::from(checkout.as_ref()) })
        }
        None => blank(&visitor, &saved, &app).await?,
    };
    private_html(StatusCode::OK, &AddressPage::make(&request, cart, saved, form).await?)
}

/// Fields that are not chosen are left for another address.
fn answered(form: ContactForm) -> ContactForm {
    if form.saved.is_empty() || form.saved == ANOTHER {
        return form;
    }
    let country = form.address.country.clone();
    ContactForm { address: AddressForm { country, ..AddressForm::default() }, ..form }
}

/// An empty form, with what we know of the visitor: the shop's own country, and name, number and first address of an account.
async fn blank(visitor: &Visitor, saved: &[SavedAddress], app: &App) -> Result<ContactForm> {
    let account = account_of(visitor);
    let known = app.db.read(move |conn| {
        let phone = account.map(|account| accounts::phone(conn, account)).transpose()?;
        Ok((settings::store(conn)?.country, phone.unwrap_or_default()))
    });
    let (country, phone) = known.await?;
    let (name, email) = visitor.account.as_ref().map(|account| (account.name.clone(), account.email.clone())).unwrap_or_default();
    // The book's head is what is delivered to first, where there is such an address.
    let first = saved.first().map(|first| first.id.to_string()).unwrap_or_default();
    let address = AddressForm { name: if saved.is_empty() { name } else { String::new() }, country, ..AddressForm::default() };
    Ok(ContactForm { email, phone, address, saved: first, ..ContactForm::default() })
}

async fn save(visitor: Visitor, form: Form<ContactForm>, request: HttpRequest, app: App, till: web::Data<Till>) -> Result<HttpResponse> {
    let Form(mut form) = form;
    let cart = match stand(&visitor, &app).await? {
        Standing::Ready { cart, .. } => cart,
        Standing::Elsewhere(response) => return Ok(response),
    };
    let saved = book_of(&visitor, &app).await?;
    if form.only_chooses_country() {
        form.saved = if saved.is_empty() { String::new() } else { ANOTHER.to_owned() };
        return private_html(StatusCode::OK, &AddressPage::make(&request, cart, saved, form).await?);
    }
    let is_new = !form.takes_from(&saved);
    let keeper = account_of(&visitor).filter(|_| is_new && form.keep.is_some());
    let (id, elsewhere, next) = (cart.id, form.bill_elsewhere.is_some(), after_address(cart.quote.parcel.needs_delivery));
    let done = match form.parse() {
        Ok(contact) => match ops::check_registered(&till, &contact.vat_number, &contact.address.country).await {
            Ok(vat_standing) => {
                let contact = Contact { vat_standing, ..contact };
                let save = move |conn: &mut Conn| {
                    ops::save_contact(conn, id, &contact)?;
                    keep(conn, keeper, &contact.address, &contact.phone)
                };
                app.db.write(save).await
            }
            Err(error) => Err(error),
        },
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match done {
        Ok(is_kept) => onward(&visitor.session, is_kept, if elsewhere { "/checkout/billing" } else { next.path() }),
        Err(error) => {
            let problems = error.into_problems()?;
            if !saved.is_empty() && (is_new || shows_fields(&problems)) {
                form.saved = ANOTHER.to_owned();
            }
            let page = AddressPage { problems, ..AddressPage::make(&request, cart, saved, form).await? };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
