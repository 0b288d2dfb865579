//! An order that staff puts together for somebody, as it is typed.

use super::{Contact, EditForm, NewArticle, phone};
use crate::base::{Email, Problems};

pub struct DraftInput {
    pub contact: Contact,
    pub articles: Vec<NewArticle>,
    pub coupons: Vec<String>,
}

impl EditForm {
    pub fn parse_draft(&self) -> Result<DraftInput, Problems> {
        let mut problems = Problems::default();
        let email = problems.take("email", Email::parse(self.get("email")));
        let phone = problems.take("phone", phone(self.get("phone")));
        let address = self.address().parse(&mut problems);
        let articles = self.added(&mut problems);
        if articles.is_empty() && problems.is_empty() {
            problems.add("sku-1", "Enter the SKU of one article at least");
        }
        let coupons = self.get("coupons").split([',', ' ']).map(str::trim).filter(|code| !code.is_empty()).map(str::to_owned).collect();
        let contact = || {
            let (vat_number, bills_elsewhere, wants_reminder) = (String::new(), false, false);
            Some(Contact { email: email?, phone: phone?, address: address?, vat_number, bills_elsewhere, wants_reminder })
        };
        contact().filter(|_| problems.is_empty()).map(|contact| DraftInput { contact, articles, coupons }).ok_or(problems)
    }
}
