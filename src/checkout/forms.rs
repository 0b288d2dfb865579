mod draft;
mod edit;
mod exchange;

pub use draft::DraftInput;
pub use edit::{EditForm, EditInput, NewArticle};
pub use exchange::ExchangeInput;

use serde::Deserialize;

use super::model::Checkout;
use crate::{
    accounts::SavedAddress,
    base::{AddressId, CartId, Email, Problems, ShippingMethodId, typed},
    settings::{Address, AddressForm},
    tax::{VatNumber, VatStanding},
};

/// Contact and address as they were typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ContactForm {
    pub email: String,
    pub phone: String,
    #[serde(flatten)]
    pub address: AddressForm,
    pub vat_number: String,
    /// Present: the bill goes to another address.
    pub bill_elsewhere: Option<String>,
    /// Present: we may write once if the order is not finished.
    pub remind: Option<String>,
    /// An address of the customer's book, or `new`: the one in the fields. Empty without a book.
    pub saved: String,
    /// Present: the typed address goes into the book.
    pub keep: Option<String>,
    /// `country`: only show the states of the chosen country.
    pub action: String,
}

/// Stands for the address in the fields, among those of the book.
pub const ANOTHER: &str = "new";

pub struct Contact {
    pub email: Email,
    pub phone: String,
    pub address: Address,
    /// Found right for the address's country; empty: none.
    pub vat_number: String,
    /// What the register says of it; not known by the form.
    pub vat_standing: VatStanding,
    pub bills_elsewhere: bool,
    pub wants_reminder: bool,
}

impl ContactForm {
    pub fn parse(&self) -> Result<Contact, Problems> {
        let mut problems = Problems::default();
        let email = problems.take("email", Email::parse(&self.email));
        let address = self.address.parse(&mut problems);
        let phone = problems.take("phone", typed::phone(&self.phone));
        let vat_number = problems.take("vat_number", vat_number(&self.vat_number, &self.address.country));
        let (bills_elsewhere, wants_reminder) = (self.bill_elsewhere.is_some(), self.remind.is_some());
        let vat_standing = VatStanding::default();
        let contact = || {
            let (email, phone, address, vat_number) = (email?, phone?, address?, vat_number?);
            Some(Contact { email, phone, address, vat_number, vat_standing, bills_elsewhere, wants_reminder })
        };
        contact().filter(|_| problems.is_empty()).ok_or(problems)
    }

    /// Asks for nothing yet but shows what the chosen country needs.
    pub fn only_chooses_country(&self) -> bool {
        self.action == "country"
    }

    /// Takes the chosen address of the book into the fields, with its telephone number where none was typed. Says whether one was
    /// chosen.
    pub fn takes_from(&mut self, book: &[SavedAddress]) -> bool {
        let Some(saved) = chosen_of(&self.saved, book) else { return false };
        self.address = AddressForm::from(&saved.kept.address);
        if self.phone.trim().is_empty() {
            self.phone.clone_from(&saved.kept.phone);
        }
        true
    }
}

/// The address of the book that was chosen, unless it is gone.
pub fn chosen_of<'a>(saved: &str, book: &'a [SavedAddress]) -> Option<&'a SavedAddress> {
    let id: AddressId = saved.parse().ok()?;
    book.iter().find(|saved| saved.id == id)
}

impl From<&Checkout> for ContactForm {
    fn from(checkout: &Checkout) -> Self {
        Self {
            email: checkout.email.clone(),
            phone: checkout.phone.clone(),
            address: AddressForm::from(&checkout.delivery_address),
            vat_number: checkout.vat_number.clone(),
            bill_elsewhere: checkout.billing_address.is_some().then(|| "on".to_owned()),
            remind: checkout.wants_reminder.then(|| "on".to_owned()),
            ..Self::default()
        }
    }
}

/// The billing address as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BillingForm {
    #[serde(flatten)]
    pub address: AddressForm,
    /// As in [`ContactForm`].
    pub saved: String,
    pub keep: Option<String>,
    pub action: String,
}

/// Only businesses in the EU and the UK have one.
fn vat_number(text: &str, country: &str) -> Result<String, String> {
    if text.trim().is_empty() { Ok(String::new()) } else { VatNumber::parse(text, country).map(|number| number.to_string()) }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DeliveryForm {
    pub method: String,
}

impl DeliveryForm {
    /// `None`: nothing was chosen, or there is nothing to be sent.
    pub fn method(&self) -> Option<ShippingMethodId> {
        self.method.parse().ok()
    }
}

/// The code of a gift card as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CardForm {
    pub code: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StoreCreditForm {
    /// `yes`: pays with it from now on.
    pub used: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct PaymentForm {
    #[serde(default)]
    pub gateway: String,
    /// The total that the shopper saw, in minor units, and what of it was left to pay.
    pub total: i64,
    #[serde(default)]
    pub due: Option<i64>,
    pub cart: CartId,
    /// Proves that the page with this cart was made for this session.
    #[serde(default)]
    pub seal: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::KeptAddress;

    #[test]
    fn an_address_of_the_book_is_taken_and_one_of_another_s_book_is_not() {
        let address = Address { name: "Annie Preece".into(), city: "Ludlow".into(), country: "GB".into(), ..Address::default() };
        let kept = KeptAddress { address, phone: "01584 550142".into(), delivery_default: true, billing_default: false };
        let book = [SavedAddress { id: AddressId(7), kept }];
        let form = |saved: &str| ContactForm { saved: saved.into(), ..ContactForm::default() };
        let mut chosen = form("7");
        assert!(chosen.takes_from(&book));
        assert_eq!((chosen.address.city.as_str(), chosen.phone.as_str()), ("Ludlow", "01584 550142"));
        for other in ["8", ANOTHER, "", "7 OR 1=1"] {
            assert!(!form(other).takes_from(&book), "{other}");
        }
    }

    #[test]
    fn a_form_is_read_with_its_address_and_keeps_what_it_does_not_know_out() {
        let body = "email=ann%40example.com&name=Ann+Preece&line1=3+Corve+Street&city=Ludlow&postcode=sy81ae&country=GB&price=1";
        let form: ContactForm = serde_html_form::from_str(body).unwrap();
        let contact = form.parse().unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(contact.address.postcode, "SY8 1AE");
        assert!(!contact.bills_elsewhere);
    }
}
