//! An address of the book, and what a customer says of themselves.

use serde::Deserialize;

use crate::{
    accounts::model::KeptAddress,
    base::{Problems, typed},
    settings::AddressForm,
};

/// An address of the book as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BookForm {
    #[serde(flatten)]
    pub address: AddressForm,
    pub phone: String,
    /// Present: offered first.
    pub delivery_default: Option<String>,
    pub billing_default: Option<String>,
    /// `country`: only show the states of the chosen country.
    pub action: String,
}

impl BookForm {
    pub fn parse(&self) -> Result<KeptAddress, Problems> {
        let mut problems = Problems::default();
        let address = self.address.parse(&mut problems);
        let phone = problems.take("phone", typed::phone(&self.phone));
        let (delivery_default, billing_default) = (self.delivery_default.is_some(), self.billing_default.is_some());
        let kept = || Some(KeptAddress { address: address?, phone: phone?, delivery_default, billing_default });
        kept().filter(|_| problems.is_empty()).ok_or(problems)
    }

    /// Asks for nothing yet but shows what the chosen country needs.
    pub fn only_chooses_country(&self) -> bool {
        self.action == "country"
    }
}

impl From<&KeptAddress> for BookForm {
    fn from(kept: &KeptAddress) -> Self {
        let ticked = |ticked: bool| ticked.then(|| "on".to_owned());
        Self {
            address: AddressForm::from(&kept.address),
            phone: kept.phone.clone(),
            delivery_default: ticked(kept.delivery_default),
            billing_default: ticked(kept.billing_default),
            action: String::new(),
        }
    }
}

/// Name and telephone number as they were typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DetailsForm {
    pub name: String,
    pub phone: String,
}

pub struct Details {
    pub name: String,
    /// Empty: none.
    pub phone: String,
}

impl DetailsForm {
    pub fn parse(&self) -> Result<Details, Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", typed::required(&self.name, 100, "Enter your name"));
        let phone = problems.take("phone", typed::phone(&self.phone));
        name.zip(phone).map(|(name, phone)| Details { name, phone }).ok_or(problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> BookForm {
        let address = AddressForm {
            name: "Annie Preece".into(),
            line1: "3 Corve Street".into(),
            city: "Ludlow".into(),
            postcode: "sy81ae".into(),
            country: "GB".into(),
            ..AddressForm::default()
        };
        BookForm { address, delivery_default: Some("on".into()), ..BookForm::default() }
    }

    #[test]
    fn an_address_of_the_book_is_checked_like_one_at_the_checkout() {
        let kept = form().parse().unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(kept.address.postcode, "SY8 1AE");
        assert!(kept.delivery_default && !kept.billing_default);
        let mut wrong = form();
        (wrong.address.postcode, wrong.phone) = ("nowhere".into(), "call me".into());
        let problems = wrong.parse().err().unwrap();
        assert!(problems.on("postcode").is_some() && problems.on("phone").is_some());
    }

    #[test]
    fn somebody_has_a_name_and_perhaps_a_telephone() {
        let details = |name: &str, phone: &str| DetailsForm { name: name.into(), phone: phone.into() }.parse();
        assert!(details("Annie", "").is_ok() && details("Annie", "01584 550142").is_ok());
        assert!(details(" ", "").is_err() && details("Annie", "none").is_err() && details("An\nnie", "").is_err());
    }
}
