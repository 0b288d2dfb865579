//! Changing an order: what stands on the page, with names that tell what they are of (`quantity-7` is of line 7).

use serde::Deserialize;

use crate::{
    base::{Currency, Money, OrderLineId, Problems, ShippingMethodId, typed},
    orders::OrderDetail,
    quote::AskedFee,
    settings::{Address, AddressForm},
    tax::STANDARD,
};

/// Empty rows for new articles at first, and at most.
const ROWS: usize = 3;
const MOST_ROWS: usize = 50;

/// Every field as it was typed, so that the preview can carry them all on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct EditForm(pub(super) Vec<(String, String)>);

/// Inputs beside each other: SKU and quantity, or a fee's name, amount and tax class.
pub struct Row {
    pub what_name: String,
    pub what: String,
    pub figure_name: String,
    pub figure: String,
    pub class_name: String,
    pub class: String,
}

#[derive(Clone, Debug)]
pub struct EditInput {
    /// The order's revision that stood on the page.
    pub revision: i32,
    pub quantities: Vec<(OrderLineId, i32)>,
    pub added: Vec<NewArticle>,
    pub fees: Vec<AskedFee>,
    pub address: Address,
    /// `None`: as it was agreed.
    pub method: Option<ShippingMethodId>,
}

/// An article that staff puts in.
#[derive(Clone, Debug)]
pub struct NewArticle {
    /// The name of its field, for a message beside it.
    pub field: String,
    /// Which line of the field it is in; `None`: the field has no other.
    pub line: Option<usize>,
    pub sku: String,
    pub quantity: i32,
}

impl NewArticle {
    /// Notes why it can't be had.
    pub fn refuse(&self, problems: &mut Problems, words: &str) {
        let words = self.line.map_or_else(|| words.to_owned(), |line| format!("Line {line}: {words}"));
        problems.add(&self.field, words);
    }
}

impl EditForm {
    /// The order as it stands.
    pub fn of(detail: &OrderDetail) -> Self {
        let order = &detail.order;
        let address = AddressForm::from(&detail.delivery_address);
        let mut fields = vec![("revision".to_owned(), order.revision.to_string())];
        fields.extend(detail.present_lines().map(|line| (format!("quantity-{}", line.id), line.quantity.to_string())));
        for (at, fee) in (1..).zip(&detail.fees) {
            fields.extend(fee_fields(at, &fee.label, order.money(&fee.entered), &fee.tax_class));
        }
        fields.extend(address_fields(address));
        Self(fields)
    }

    pub fn with(fields: &[(&str, String)]) -> Self {
        Self(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// What was typed, for hidden fields.
    pub fn carried(&self) -> impl Iterator<Item = &(String, String)> {
        self.0.iter().filter(|(name, _)| !matches!(name.as_str(), "csrf" | "action" | "total"))
    }

    /// The button that was pressed.
    pub fn action(&self) -> &str {
        self.get("action")
    }

    /// The new total that stood on the preview, in minor units.
    pub fn seen_total(&self) -> Option<i64> {
        self.get("total").parse().ok()
    }

    pub fn address(&self) -> AddressForm {
        let part = |name: &str| self.get(name).to_owned();
        AddressForm {
            name: part("name"),
            company: part("company"),
            line1: part("line1"),
            line2: part("line2"),
            city: part("city"),
            region: part("region"),
            postcode: part("postcode"),
            country: part("country"),
        }
    }

    /// Rows for new articles: those that are filled, and some empty ones.
    pub fn article_rows(&self) -> Vec<Row> {
        let filled = (1..=MOST_ROWS).rev().find(|at| !self.get(&format!("sku-{at}")).is_empty()).unwrap_or(0);
        let shown = if self.action() == "rows" { filled.max(ROWS) + ROWS } else { (filled + 1).max(ROWS) };
        (1..=shown.min(MOST_ROWS)).map(|at| self.row("sku", "count", at)).collect()
    }

    pub fn fee_rows(&self) -> Vec<Row> {
        let filled = (1..=10).rev().find(|at| !self.get(&format!("fee-{at}")).is_empty()).unwrap_or(0);
        (1..=filled + 1).map(|at| self.row("fee", "amount", at)).collect()
    }

    fn row(&self, what: &str, figure: &str, at: usize) -> Row {
        let (what_name, figure_name) = (format!("{what}-{at}"), format!("{figure}-{at}"));
        let (what, figure) = (self.get(&what_name).to_owned(), self.get(&figure_name).to_owned());
        let class_name = format!("class-{at}");
        let class = Some(self.get(&class_name)).filter(|class| !class.is_empty()).unwrap_or(STANDARD).to_owned();
        Row { what_name, what, figure_name, figure, class_name, class }
    }

    pub fn parse(&self, detail: &OrderDetail) -> Result<EditInput, Problems> {
        let mut problems = Problems::default();
        let quantities = self.quantities(detail, &mut problems);
        let added = self.added(&mut problems);
        let fees = self.fees(detail.order.currency, &mut problems);
        let address = self.address().parse(&mut problems);
        let revision = self.get("revision").parse().unwrap_or(0);
        let method = self.get("method").parse().ok();
        let input = address.map(|address| EditInput { revision, quantities, added, fees, address, method });
        input.filter(|_| problems.is_empty()).ok_or(problems)
    }

    fn quantities(&self, detail: &OrderDetail, problems: &mut Problems) -> Vec<(OrderLineId, i32)> {
        let mut quantities = vec![];
        for line in &detail.lines {
            let field = format!("quantity-{}", line.id);
            let asked = if line.quantity == 0 { Ok(0) } else { typed::whole(self.get(&field), line.shipped..=9999) };
            quantities.extend(problems.take(&field, asked).map(|quantity| (line.id, quantity)));
        }
        quantities
    }

    pub fn added(&self, problems: &mut Problems) -> Vec<NewArticle> {
        let mut added = vec![];
        for row in (1..=MOST_ROWS).map(|at| self.row("sku", "count", at)).filter(|row| !row.what.trim().is_empty()) {
            let asked = if row.figure.trim().is_empty() { Ok(1) } else { typed::whole(&row.figure, 1..=9999) };
            if let Some(quantity) = problems.take(&row.figure_name, asked) {
                added.push(NewArticle { field: row.what_name, line: None, sku: row.what.trim().to_owned(), quantity });
            }
        }
        added
    }

    /// Without a name and an amount there is none.
    pub fn fees(&self, currency: Currency, problems: &mut Problems) -> Vec<AskedFee> {
        let mut fees = vec![];
        for row in
            (1..=11).map(|at| self.row("fee", "amount", at)).filter(|row| !(row.what.trim().is_empty() && row.figure.trim().is_empty()))
        {
            let label = problems.take(&row.what_name, typed::required(&row.what, 100, "Say what the fee is for"));
            let amount = problems.take(&row.figure_name, amount(&row.figure, currency));
            if let Some((label, entered)) = label.zip(amount) {
                fees.push(AskedFee { label, tax_class: row.class, entered });
            }
        }
        fees.retain(|fee| fee.entered > 0);
        fees
    }
}

/// A fee as its row of the form has it.
pub fn fee_fields(at: usize, label: &str, entered: Money, tax_class: &str) -> [(String, String); 3] {
    let (label, tax_class) = (label.to_owned(), tax_class.to_owned());
    [(format!("fee-{at}"), label), (format!("amount-{at}"), entered.plain()), (format!("class-{at}"), tax_class)]
}

pub fn address_fields(address: AddressForm) -> Vec<(String, String)> {
    let AddressForm { name, company, line1, line2, city, region, postcode, country } = address;
    let parts = [
        ("name", name),
        ("company", company),
        ("line1", line1),
        ("line2", line2),
        ("city", city),
        ("region", region),
        ("postcode", postcode),
        ("country", country),
    ];
    parts.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

/// In minor units, as the shop enters prices.
fn amount(text: &str, currency: Currency) -> Result<i64, String> {
    Money::parse(text, currency).map(|amount| amount.minor)
}
