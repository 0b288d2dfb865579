mod draft;
mod edit;
mod exchange;

pub use draft::DraftInput;
pub use edit::{EditForm, EditInput, NewArticle};
pub use exchange::ExchangeInput;

use serde::Deserialize;

use super::model::Checkout;
use crate::{
    base::{CartId, Email, Problems, ShippingMethodId},
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
    /// `country`: only show the states of the chosen country.
    pub action: String,
}

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
        let phone = problems.take("phone", phone(&self.phone));
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
            action: String::new(),
        }
    }
}

/// The billing address as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BillingForm {
    #[serde(flatten)]
    pub address: AddressForm,
    pub action: String,
}

/// Only businesses in the EU and the UK have one.
fn vat_number(text: &str, country: &str) -> Result<String, String> {
    if text.trim().is_empty() { Ok(String::new()) } else { VatNumber::parse(text, country).map(|number| number.to_string()) }
}

/// Digits with the usual marks between them; nobody has to give one.
fn phone(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let plain = text.chars().all(|c| c.is_ascii_digit() || " +-()./".contains(c));
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if text.is_empty() || (plain && (6..=15).contains(&digits)) {
        Ok(text.to_owned())
    } else {
        Err("Enter a telephone number such as 01584 550142, or leave this empty")
    }
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

    #[test]
    fn a_telephone_number_is_optional_but_must_be_one() {
        assert!(phone("").is_ok() && phone("+44 (0)1584 550142").is_ok());
        assert!(phone("call me").is_err() && phone("12").is_err());
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
