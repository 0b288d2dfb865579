use serde::Deserialize;

use super::{
    address::Address,
    countries::{Country, Region, countries, regions},
    model::Store,
    postcode,
};
use crate::base::{Currency, Email, Problems, typed};

/// An address as it was typed. Kept on the page whether right or wrong.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AddressForm {
    pub name: String,
    pub company: String,
    pub line1: String,
    pub line2: String,
    pub city: String,
    pub region: String,
    pub postcode: String,
    pub country: String,
}

impl AddressForm {
    /// Notes each problem and gives the address when there was none.
    pub fn parse(&self, problems: &mut Problems) -> Option<Address> {
        let name = problems.take("name", typed::required(&self.name, 100, "Enter the full name"));
        let company = problems.take("company", typed::optional(&self.company, 100));
        let line1 = problems
            .take("line1", typed::required(&self.line1, 100, "Enter the first line of the address, such as house number and street"));
        let line2 = problems.take("line2", typed::optional(&self.line2, 100));
        let city = problems.take("city", typed::required(&self.city, 80, "Enter the town or city"));
        let country = problems.take("country", self.known_country());
        let (mut region, mut code) = (None, None);
        if let Some(country) = country {
            region = problems.take("region", self.known_region(country));
            code = problems.take("postcode", postcode::parse(country, &self.postcode));
        }
        Some(Address {
            name: name?,
            company: company?,
            line1: line1?,
            line2: line2?,
            city: city?,
            region: region?,
            postcode: code?,
            country: country?.to_owned(),
        })
    }

    fn known_country(&self) -> Result<&'static str, &'static str> {
        countries().into_iter().find(|country| country.code == self.country).map(|country| country.code).ok_or("Choose a country")
    }

    fn known_region(&self, country: &str) -> Result<String, &'static str> {
        let regions = regions(country);
        if regions.is_empty() {
            return Ok(String::new());
        }
        let chosen = regions.iter().find(|region| region.code == self.region);
        chosen.map(|region| region.code.to_owned()).ok_or("Choose a state or province")
    }

    pub fn countries(&self) -> Vec<Country> {
        countries()
    }

    /// The states to choose from, for the country chosen so far.
    pub fn regions(&self) -> Vec<Region> {
        regions(&self.country)
    }
}

impl From<&Address> for AddressForm {
    fn from(address: &Address) -> Self {
        let Address { name, company, line1, line2, city, region, postcode, country } = address.clone();
        Self { name, company, line1, line2, city, region, postcode, country }
    }
}

/// The settings page as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StoreForm {
    pub name: String,
    pub tagline: String,
    pub email: String,
    pub phone: String,
    pub line1: String,
    pub line2: String,
    pub city: String,
    pub postcode: String,
    pub country: String,
    pub currency: String,
    pub sender_name: String,
    pub sender_email: String,
    pub bank_details: String,
    pub unpaid_minutes: String,
    pub payment_link_days: String,
    pub low_stock: String,
    pub return_days: String,
    pub gift_card_months: String,
    pub reminder_hours: String,
    pub legal_name: String,
    pub registration: String,
    pub invoice_prefix: String,
    pub credit_note_prefix: String,
    /// A box: there when it is ticked.
    pub reviews_moderated: Option<String>,
}

impl StoreForm {
    pub fn parse(&self) -> Result<Store, Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", typed::required(&self.name, 80, "Enter the shop's name"));
        let tagline = problems.take("tagline", typed::optional(&self.tagline, 160));
        let email = problems.take("email", Email::parse(&self.email));
        let phone = problems.take("phone", typed::optional(&self.phone, 40));
        let line1 = problems.take("line1", typed::optional(&self.line1, 100));
        let line2 = problems.take("line2", typed::optional(&self.line2, 100));
        let city = problems.take("city", typed::optional(&self.city, 80));
        let country = problems.take("country", countries().into_iter().find(|known| known.code == self.country).ok_or("Choose a country"));
        let code = problems.take("postcode", typed::optional(&self.postcode, 16));
        let currency = problems.take("currency", Currency::parse(&self.currency));
        let sender_name = problems.take("sender_name", typed::required(&self.sender_name, 80, "Enter the name that mails come from"));
        let sender_email = problems.take("sender_email", Email::parse(&self.sender_email));
        let bank_details = problems.take("bank_details", typed::long(&self.bank_details, 1000));
        let unpaid_minutes = problems.take("unpaid_minutes", typed::whole(&self.unpaid_minutes, 10..=10_080));
        let payment_link_days = problems.take("payment_link_days", typed::whole(&self.payment_link_days, 1..=90));
        let low_stock = problems.take("low_stock", typed::whole(&self.low_stock, 0..=100_000));
        let return_days = problems.take("return_days", typed::whole(&self.return_days, 0..=3650));
        let months = self.gift_card_months.trim();
        let months = if months.is_empty() { Ok(None) } else { typed::whole(months, 1..=1200).map(Some) };
        let gift_card_months = problems.take("gift_card_months", months);
        let reminder_hours = problems.take("reminder_hours", typed::whole(&self.reminder_hours, 1..=720));
        let legal_name = problems.take("legal_name", typed::optional(&self.legal_name, 120));
        let registration = problems.take("registration", typed::optional(&self.registration, 200));
        let invoice_prefix = problems.take("invoice_prefix", number_prefix(&self.invoice_prefix));
        let credit_note_prefix = problems.take("credit_note_prefix", number_prefix(&self.credit_note_prefix));
        let store = || {
            Some(Store {
                name: name?,
                tagline: tagline?,
                email: email?.to_string(),
                phone: phone?,
                line1: line1?,
                line2: line2?,
                city: city?,
                postcode: code?,
                country: country?.code.to_owned(),
                currency: currency?,
                sender_name: sender_name?,
                sender_email: sender_email?.to_string(),
                bank_details: bank_details?,
                unpaid_minutes: unpaid_minutes?,
                payment_link_days: payment_link_days?,
                low_stock: low_stock?,
                return_days: return_days?,
                gift_card_months: gift_card_months?,
                reminder_hours: reminder_hours?,
                legal_name: legal_name?,
                registration: registration?,
                invoice_prefix: invoice_prefix?,
                credit_note_prefix: credit_note_prefix?,
                reviews_moderated: self.reviews_moderated.is_some(),
            })
        };
        store().ok_or(problems)
    }

    pub fn countries(&self) -> Vec<Country> {
        countries()
    }
}

/// What invoices' numbers begin with: capital letters, digits, `-` and `/`, and `{year}` once where each year counts anew.
fn number_prefix(text: &str) -> Result<String, &'static str> {
    let prefix = text.trim().to_uppercase().replace("{YEAR}", "{year}");
    let bare = prefix.replacen("{year}", "", 1);
    let is_plain = bare.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-' || c == '/');
    let fits = is_plain && (1..=20).contains(&prefix.len());
    if fits { Ok(prefix) } else { Err("Use up to 20 letters, digits, - and /, and {year} for the year, such as INV-{year}-") }
}

impl From<Store> for StoreForm {
    fn from(store: Store) -> Self {
        Self {
            name: store.name,
            tagline: store.tagline,
            email: store.email,
            phone: store.phone,
            line1: store.line1,
            line2: store.line2,
            city: store.city,
            postcode: store.postcode,
            country: store.country,
            currency: store.currency.code().to_owned(),
            sender_name: store.sender_name,
            sender_email: store.sender_email,
            bank_details: store.bank_details,
            unpaid_minutes: store.unpaid_minutes.to_string(),
            payment_link_days: store.payment_link_days.to_string(),
            low_stock: store.low_stock.to_string(),
            return_days: store.return_days.to_string(),
            gift_card_months: store.gift_card_months.map(|months| months.to_string()).unwrap_or_default(),
            reminder_hours: store.reminder_hours.to_string(),
            legal_name: store.legal_name,
            registration: store.registration,
            invoice_prefix: store.invoice_prefix,
            credit_note_prefix: store.credit_note_prefix,
            reviews_moderated: store.reviews_moderated.then(|| "on".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ludlow() -> AddressForm {
        let text = |text: &str| text.to_owned();
        AddressForm {
            name: text(" Annie Preece "),
            line1: text("3 Corve Street"),
            city: text("Ludlow"),
            postcode: text("sy81ae"),
            country: text("GB"),
            ..Default::default()
        }
    }

    #[test]
    fn an_address_is_tidied_as_it_is_parsed() {
        let mut problems = Problems::default();
        let address = ludlow().parse(&mut problems).unwrap();
        assert_eq!(address.lines(), ["Annie Preece", "3 Corve Street", "Ludlow SY8 1AE", "United Kingdom"]);
        assert!(problems.is_empty());
    }

    #[test]
    fn every_missing_answer_is_named_at_once_in_the_order_of_the_form() {
        let mut problems = Problems::default();
        assert!(AddressForm::default().parse(&mut problems).is_none());
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["name", "line1", "city", "country"]);
    }

    #[test]
    fn a_state_is_asked_for_where_the_mail_needs_one() {
        let mut problems = Problems::default();
        let form = AddressForm { country: "US".into(), postcode: "90210".into(), region: "GB-SHR".into(), ..ludlow() };
        assert!(form.parse(&mut problems).is_none());
        assert_eq!(problems.on("region"), Some("Choose a state or province"));
        assert!(AddressForm { region: "US-CA".into(), ..form }.parse(&mut Problems::default()).is_some());
    }
}
