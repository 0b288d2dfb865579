//! Files: which there are and how they are read, what they say (`file`), what is written into them (`out`), and how they come and go
//! by the back office (`run`).

mod file;
mod out;
mod run;

pub use file::{AttributeInFile, Batch, ImageInFile, PolicyInFile, ProductInFile, Sku, StockInFile, Tags, VariantInFile};
pub use out::{AttributeOut, CustomerOut, OrderLineOut, OrderOut, PictureOut, ProductOut, RedirectOut, StockOut, TaxOut, VariantOut};
pub use run::{Direction, Run, RunState};

use crate::base::text_enum;

/// How to import.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions {
    /// Download pictures that the file names by `https://` address; otherwise they are left out.
    pub fetch_images: bool,
    /// Do everything but keep nothing: the report tells what would become of it. Pictures are not looked at.
    pub dry_run: bool,
    /// The file came from a browser: nothing beside it may be read, and no address inside the network be asked.
    pub from_afar: bool,
    /// Pictures may be fetched from addresses inside the network, as the operator said on the command line. Means nothing from afar.
    pub allow_private: bool,
}

text_enum! {
    /// Whose file it is, told by its header.
    pub enum Format {
        Shopify = "shopify",
        WooCommerce = "woocommerce",
        /// What this program writes: everything it knows.
        Own = "ironmonger",
    }
}

/// What becomes of each column of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    pub format: Format,
    /// What the file is a list of. Only our own are of something else than products.
    pub subject: Subject,
    /// Headers in the file's order, each with what it becomes; `None`: left aside.
    pub columns: Vec<(String, Option<String>)>,
}

impl Mapping {
    pub fn label(&self) -> String {
        match self.format {
            Format::Shopify => "Shopify's product export".to_owned(),
            Format::WooCommerce => "WooCommerce's product export".to_owned(),
            Format::Own => format!("Ironmonger's own {}", self.subject),
        }
    }
}

text_enum! {
    /// What files are of.
    pub enum Subject {
        Products = "products",
        Orders = "orders",
        Customers = "customers",
        Stock = "stock",
        Redirects = "redirects",
    }
}

impl Subject {
    pub fn label(self) -> &'static str {
        match self {
            Self::Products => "Products",
            Self::Orders => "Orders",
            Self::Customers => "Customers",
            Self::Stock => "Stock",
            Self::Redirects => "Redirects",
        }
    }

    /// Whether a file of it names customers, so that carrying it away takes more than the right to export.
    pub fn names_people(self) -> bool {
        matches!(self, Self::Orders | Self::Customers)
    }

    /// The same with what a file of it holds, for whoever chooses.
    pub fn choice(self) -> &'static str {
        match self {
            Self::Products => "Products, a row for each variant",
            Self::Orders => "Orders, a row for each line",
            Self::Customers => "Customers",
            Self::Stock => "Stock, by location",
            Self::Redirects => "Redirects from former addresses",
        }
    }
}
