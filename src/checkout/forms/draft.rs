//! An order that staff puts together for somebody, as it is typed.

use super::{
    Contact, EditForm, NewArticle,
    edit::{address_fields, fee_fields},
    vat_number,
};
use crate::{
    base::{Currency, Email, Money, Problems, typed},
    checkout::model::{Bill, Checkout},
    orders::OrderDetail,
    quote::AskedFee,
    settings::AddressForm,
    tax::VatStanding,
};

/// Articles that are pasted at once, at most.
const MOST_PASTED: usize = 200;

/// What of it could be read.
pub struct DraftInput {
    /// `None`: something of it could not.
    pub contact: Option<Contact>,
    pub articles: Vec<NewArticle>,
    pub coupons: Vec<String>,
    pub fees: Vec<AskedFee>,
    pub note: String,
}

impl EditForm {
    /// What was typed for a draft before.
    pub fn of_draft(checkout: &Checkout, bill: &Bill, shop: Currency) -> Self {
        let mut fields = vec![("cart".to_owned(), bill.cart.id.to_string())];
        for (at, line) in (1..).zip(bill.cart.quote.lines.iter().filter(|line| !line.is_gift)) {
            fields.push((format!("sku-{at}"), line.item.variant.sku.clone()));
            fields.push((format!("count-{at}"), line.quantity.to_string()));
        }
        for (at, fee) in (1..).zip(&checkout.fees) {
            fields.extend(fee_fields(at, &fee.label, Money::new(fee.entered, shop), &fee.tax_class));
        }
        let coupons: Vec<&str> = bill.cart.coupons.iter().map(|verdict| verdict.code.as_str()).collect();
        fields.push(("coupons".to_owned(), coupons.join(", ")));
        fields.push(("note".to_owned(), checkout.note.clone()));
        fields.extend(customer_fields(&checkout.email, &checkout.phone, &checkout.vat_number));
        fields.extend(address_fields(AddressForm::from(&checkout.delivery_address)));
        Self(fields)
    }

    /// A new one for whoever placed that order.
    pub fn for_customer_of(cart: String, detail: &OrderDetail) -> Self {
        let order = &detail.order;
        let mut fields = vec![("cart".to_owned(), cart)];
        fields.extend(customer_fields(&order.email, &order.phone, &order.vat_number));
        fields.extend(address_fields(AddressForm::from(&detail.delivery_address)));
        Self(fields)
    }

    /// What can be read, and what is wrong with the rest. `currency`: the shop's own, in which fees are typed.
    pub fn parse_draft(&self, currency: Currency) -> (DraftInput, Problems) {
        let mut problems = Problems::default();
        let contact = self.contact(&mut problems);
        let articles = self.articles(&mut problems);
        let fees = self.fees(currency, &mut problems);
        let note = problems.take("note", typed::long(self.get("note"), 2000)).unwrap_or_default();
        let coupons = self.get("coupons").split([',', ' ']).map(str::trim).filter(|code| !code.is_empty()).map(str::to_owned).collect();
        (DraftInput { contact, articles, coupons, fees, note }, problems)
    }

    fn contact(&self, problems: &mut Problems) -> Option<Contact> {
        let email = problems.take("email", Email::parse(self.get("email")));
        let phone = problems.take("phone", typed::phone(self.get("phone")));
        let address = self.address().parse(problems);
        let vat_number = problems.take("vat_number", vat_number(self.get("vat_number"), self.get("country")));
        let (email, phone, address, vat_number) = (email?, phone?, address?, vat_number?);
        let (vat_standing, bills_elsewhere, wants_reminder) = (VatStanding::default(), false, false);
        Some(Contact { email, phone, address, vat_number, vat_standing, bills_elsewhere, wants_reminder })
    }

    /// Of the rows and of the pasted lines.
    fn articles(&self, problems: &mut Problems) -> Vec<NewArticle> {
        let mut of_lines = Problems::default();
        let mut articles = self.added(&mut of_lines);
        articles.extend(self.pasted(&mut of_lines));
        if articles.is_empty() && of_lines.is_empty() {
            of_lines.add("sku-1", "Enter the SKU of one article at least");
        }
        problems.extend(of_lines);
        articles
    }

    /// One article a line: the SKU, a tab or comma, and how many; one where no number follows.
    fn pasted(&self, problems: &mut Problems) -> Vec<NewArticle> {
        let lines: Vec<_> = (1..).zip(self.get("lines").lines()).filter(|(_, line)| !line.trim().is_empty()).collect();
        if lines.len() > MOST_PASTED {
            problems.add("lines", format!("Paste {MOST_PASTED} lines at most"));
            return vec![];
        }
        let mut articles = vec![];
        for (at, text) in lines {
            let (sku, count) = text.rsplit_once(['\t', ',', ';']).unwrap_or((text, "1"));
            let article = |quantity| NewArticle { field: "lines".to_owned(), line: Some(at), sku: sku.trim().to_owned(), quantity };
            match typed::whole(count, 1..=9999) {
                Ok(quantity) if !sku.trim().is_empty() => articles.push(article(quantity)),
                Ok(_) => article(1).refuse(problems, "The SKU is missing"),
                Err(words) => article(1).refuse(problems, &format!("{}: {words}", text.trim())),
            }
        }
        articles
    }
}

fn customer_fields(email: &str, phone: &str, vat_number: &str) -> [(String, String); 3] {
    [("email", email), ("phone", phone), ("vat_number", vat_number)].map(|(name, value)| (name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pasted(text: &str) -> (Vec<(String, i32)>, Vec<String>) {
        let mut problems = Problems::default();
        let articles = EditForm::with(&[("lines", text.to_owned())]).pasted(&mut problems);
        let told = problems.iter().map(|problem| problem.message.clone()).collect();
        (articles.into_iter().map(|article| (article.sku, article.quantity)).collect(), told)
    }

    #[test]
    fn pasted_lines_are_read_with_tabs_or_commas_and_each_bad_one_is_named() {
        let (articles, told) = pasted("CLAW-HAMMER\t3\n\n HAND-SAW , 2\nFILE\n");
        assert_eq!(articles, [("CLAW-HAMMER".to_owned(), 3), ("HAND-SAW".to_owned(), 2), ("FILE".to_owned(), 1)]);
        assert!(told.is_empty());
        let (articles, told) = pasted("CLAW-HAMMER\tmany\nHAND-SAW,2\n,4\nFILE,0");
        assert_eq!(articles.len(), 1);
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].starts_with("Line 1: CLAW-HAMMER\tmany") && told[1].starts_with("Line 3:") && told[2].starts_with("Line 4:"));
    }
}
