use chrono::{DateTime, Utc};
use diesel::{
    deserialize::{self, FromSql},
    dsl::sql,
    expression::SqlLiteral,
    pg::{Pg, PgValue},
    prelude::*,
    serialize::{self, Output, ToSql},
    sql_types::{Jsonb, Nullable, Text},
};

use super::papers::Paper;
use crate::{
    base::{Currency, InvoiceId, Money, OrderId, ReturnId, text_enum},
    schema::invoices,
};

text_enum! {
    pub enum InvoiceKind {
        Invoice = "invoice",
        CreditNote = "credit_note",
    }
}

impl InvoiceKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Invoice => "Invoice",
            Self::CreditNote => "Credit note",
        }
    }
}

/// An invoice or a credit note. What was issued never changes.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = invoices)]
pub struct Invoice {
    pub id: InvoiceId,
    pub kind: InvoiceKind,
    /// The number as it is printed.
    pub formatted: String,
    pub order_id: OrderId,
    pub order_number: String,
    /// The number of the invoice that this credit note corrects.
    #[diesel(select_expression = corrected_number(), select_expression_type = SqlLiteral<Nullable<Text>>)]
    pub corrects: Option<String>,
    pub buyer: String,
    pub currency: Currency,
    /// Minor units, contained in `total`.
    pub tax_total: i64,
    /// Minor units, tax included. Of a credit note, what is given back.
    pub total: i64,
    pub issued_at: DateTime<Utc>,
    pub paper: Paper,
    /// The revision of the order that it was written for.
    pub order_revision: i32,
    /// What a credit note is for, as [`For`] writes it; empty on invoices.
    pub cause: String,
    pub return_id: Option<ReturnId>,
}

/// What a credit note is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// The order was changed.
    Edit,
    /// Something came back.
    Return(ReturnId),
    /// Money was given back for another reason.
    Refund,
}

impl For {
    pub fn cause(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Return(_) => "return",
            Self::Refund => "refund",
        }
    }

    pub fn return_id(self) -> Option<ReturnId> {
        if let Self::Return(id) = self { Some(id) } else { None }
    }
}

fn corrected_number() -> SqlLiteral<Nullable<Text>> {
    sql("(SELECT corrected.formatted FROM invoices AS corrected WHERE corrected.id = invoices.corrects_id)")
}

impl Invoice {
    pub fn total_money(&self) -> Money {
        Money::new(self.total, self.currency)
    }

    pub fn is_credit_note(&self) -> bool {
        self.kind == InvoiceKind::CreditNote
    }

    /// It takes back what an edit of the order made needless.
    pub fn is_for_edit(&self) -> bool {
        self.cause == For::Edit.cause()
    }

    /// `Invoice INV-2026-000123`.
    pub fn title(&self) -> String {
        format!("{} {}", self.kind.label(), self.formatted)
    }

    /// Where staff read it. The number may hold a slash; the id does not.
    pub fn admin_path(&self) -> String {
        format!("/admin/invoices/{}", self.id)
    }

    /// A name for the file, of letters, digits and hyphens only.
    pub fn file_name(&self) -> String {
        format!("{}.pdf", self.formatted.replace('/', "-"))
    }
}

/// One line of the staff's list.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = invoices)]
pub struct Listed {
    pub id: InvoiceId,
    pub kind: InvoiceKind,
    pub formatted: String,
    pub order_number: String,
    pub buyer: String,
    pub currency: Currency,
    pub total: i64,
    pub issued_at: DateTime<Utc>,
}

impl Listed {
    pub fn total_money(&self) -> Money {
        Money::new(if self.kind == InvoiceKind::CreditNote { -self.total } else { self.total }, self.currency)
    }
}

/// What is known of it before it has a number.
#[derive(Insertable, Clone, Debug)]
#[diesel(table_name = invoices)]
pub struct NewInvoice<'a> {
    pub kind: InvoiceKind,
    pub series: &'a str,
    pub number: i64,
    pub formatted: &'a str,
    pub order_id: OrderId,
    pub order_number: &'a str,
    pub corrects_id: Option<InvoiceId>,
    pub buyer: String,
    pub currency: Currency,
    pub tax_total: i64,
    pub total: i64,
    pub issued_at: DateTime<Utc>,
    pub paper: &'a Paper,
    pub order_revision: i32,
    pub cause: &'static str,
    pub return_id: Option<ReturnId>,
}

/// A number that nobody else has, and when it was taken.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    pub number: i64,
    pub at: DateTime<Utc>,
}

/// The prefixes of numbers, by the shop's settings.
#[derive(Queryable, Clone, Debug)]
pub struct Prefixes {
    pub invoice: String,
    pub credit_note: String,
}

/// What staff look for in the list; what is empty does not narrow it.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The beginning of a number, of an order's number or of a name.
    pub text: String,
    /// Issued from the first of these moments until before the second.
    pub within: Option<(DateTime<Utc>, DateTime<Utc>)>,
    pub kind: Option<InvoiceKind>,
}

impl FromSql<Jsonb, Pg> for Paper {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(serde_json::from_value(<serde_json::Value as FromSql<Jsonb, Pg>>::from_sql(bytes)?)?)
    }
}

impl ToSql<Jsonb, Pg> for Paper {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let json = serde_json::to_value(self)?;
        <serde_json::Value as ToSql<Jsonb, Pg>>::to_sql(&json, &mut out.reborrow())
    }
}
