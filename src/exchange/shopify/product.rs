//! One product, put together row by row.

use super::{Row, columns::Column, values};
use crate::{
    base::Currency,
    catalog::clean_html,
    exchange::{
        model::{ImageInFile, PolicyInFile, ProductInFile, Sku, StockInFile, VariantInFile},
        report::{Report, quoted},
        table::MOST_OF_ONE,
    },
};

/// Of one product; more would not fit the shop's lists, nor the promise to hold little in memory.
const MOST_VARIANTS: usize = 2000;
const MOST_IMAGES: usize = 100;

/// A product whose rows are still coming.
pub struct Assembly {
    pub slug: String,
    first_row: u64,
    currency: Currency,
    state: State,
    /// Rows so far that hold a variant, good or bad.
    positions: i32,
    /// Of its rows, about.
    pub bytes: usize,
}

enum State {
    /// No row with a title came yet.
    Headless,
    Good(Box<ProductInFile>),
    /// Told of already; its rows are passed over.
    LeftOut,
}

impl Assembly {
    pub fn new(slug: String, first_row: u64, currency: Currency) -> Self {
        Self { slug, first_row, currency, state: State::Headless, positions: 0, bytes: 0 }
    }

    pub fn add(&mut self, row: &Row, report: &mut Report) {
        if self.bytes + row.bytes > MOST_OF_ONE {
            report.problem(row.line, "the product's rows hold more than 8 MB together");
            return;
        }
        self.bytes += row.bytes;
        let is_head = matches!(self.state, State::Headless);
        if is_head {
            self.state = self.begin(row, report);
        }
        let State::Good(product) = &mut self.state else { return };
        let (holds_variant, holds_image) = (is_head || row.holds_variant(), !row.text(Column::ImageSource).is_empty());
        if holds_variant {
            self.positions += 1;
            match read_variant(row, product, self.positions, self.currency) {
                Ok(variant) => product.variants.push(variant),
                Err(message) => report.problem(row.line, message),
            }
        }
        if holds_image {
            add_image(product, row, report);
        }
        if !holds_variant && !holds_image {
            report.note(row.line, "the row holds neither a variant nor a picture");
        }
    }

    fn begin(&self, row: &Row, report: &mut Report) -> State {
        let refusal = if row.text(Column::Title).is_empty() {
            "the product has no title; its first row is missing or can't be read"
        } else {
            return State::Good(Box::new(read_head(row, self.slug.clone(), report)));
        };
        report.problem(row.line, refusal);
        State::LeftOut
    }

    /// The product, if at least one of its variants can be sold.
    pub fn finish(self, report: &mut Report) -> Option<ProductInFile> {
        match self.state {
            State::Good(product) if !product.variants.is_empty() => return Some(*product),
            State::Good(_) => report.problem(
                self.first_row,
                format!("none of the variants of {} can be read, so the product was left out", quoted(&self.slug)),
            ),
            State::LeftOut | State::Headless => {}
        }
        report.products_refused += 1;
        None
    }
}

fn read_head(row: &Row, slug: String, report: &mut Report) -> ProductInFile {
    let own = |column| row.given(column).map(str::to_owned);
    let status = values::status(row.given(Column::Status), row.given(Column::Published));
    ProductInFile {
        row: row.line,
        title: row.text(Column::Title).to_owned(),
        description: row.given(Column::Body).map(clean_html),
        vendor: own(Column::Vendor),
        product_type: own(Column::Type),
        tags: row.given(Column::Tags).map(values::tags),
        status: status.unwrap_or_else(|message| {
            report.note(row.line, message);
            Some(crate::catalog::Status::Draft)
        }),
        is_gift_card: row.given(Column::GiftCard).map(values::is_true),
        categories: Some(values::category(row.text(Column::Category), row.text(Column::Type)))
            .filter(|path| !path.is_empty())
            .map(|path| vec![path]),
        schedule: None,
        attributes: None,
        former_paths: vec![format!("/products/{}", row.text(Column::Handle))],
        related: row.given(Column::Related).map(|text| values::related(text, &slug)),
        accessories: None,
        option_names: row.columns.has_options().then(|| option_names(row)),
        variants: vec![],
        images: vec![],
        slug,
    }
}

/// What a shopper chooses. A product without options says so by an option "Title" with the one value "Default Title".
fn option_names(row: &Row) -> Vec<String> {
    let names: Vec<_> = (0..3).map(|number| row.text(Column::OptionName(number))).collect();
    if is_default(row.text(Column::OptionValue(0))) && (names[0].is_empty() || names[0].eq_ignore_ascii_case("title")) {
        return vec![];
    }
    // Options are filled from the first on, so the first empty name ends them.
    names.into_iter().take_while(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn is_default(value: &str) -> bool {
    value.eq_ignore_ascii_case("default title")
}

fn read_variant(row: &Row, product: &ProductInFile, position: i32, currency: Currency) -> Result<VariantInFile, String> {
    if product.variants.len() >= MOST_VARIANTS {
        return Err(format!("the product has more than {MOST_VARIANTS} variants"));
    }
    let text = row.text(Column::Price);
    if text.is_empty() {
        return Err("the variant has no price".to_owned());
    }
    let price = values::price(text, currency)?;
    let option_values = product.option_names.as_ref().map(|names| option_values(row, names)).transpose()?;
    check_options(&product.variants, option_values.as_deref())?;
    let sku = read_sku(row, product, option_values.as_deref().unwrap_or_default(), position)?;
    Ok(VariantInFile {
        row: row.line,
        position,
        sku,
        option_values,
        price,
        compare_at: row.given(Column::CompareAt).map(|text| values::compare_at(text, price, currency)).transpose()?,
        weight_grams: row.given(Column::Grams).map(values::grams).transpose()?,
        barcode: row.given(Column::Barcode).map(|text| values::code(text).to_owned()),
        // Nothing of a gift card can run out, whatever the file counts.
        stock: if product.is_gift_card == Some(true) { StockInFile::Untracked } else { read_stock(row)? },
        // Shopify says only whether there is tax at all; which class is staff's choice here.
        tax_class: None,
        policy: PolicyInFile::default(),
        archived: None,
        parts: None,
        download: None,
    })
}

/// One value for each of the product's options.
fn option_values(row: &Row, names: &[String]) -> Result<Vec<String>, String> {
    let value = |number| row.text(Column::OptionValue(number));
    if let Some((number, name)) = names.iter().enumerate().find(|(number, _)| value(*number).is_empty()) {
        return Err(format!("the variant has no value for option {}, {}", number + 1, quoted(name)));
    }
    let unnamed = (names.len()..3).find(|number| !value(*number).is_empty() && !is_default(value(*number)));
    match unnamed {
        Some(number) => {
            Err(format!("option {} has the value {}, but the product's first row gives it no name", number + 1, quoted(value(number))))
        }
        None => Ok((0..names.len()).map(|number| value(number).to_owned()).collect()),
    }
}

fn check_options(before: &[VariantInFile], options: Option<&[String]>) -> Result<(), String> {
    let twin = options.and_then(|options| before.iter().find(|variant| variant.option_values.as_deref() == Some(options)));
    match twin {
        Some(twin) if options.is_some_and(<[String]>::is_empty) => {
            Err(format!("the product has no options, so it can't have a variant beside that of row {}", twin.row))
        }
        Some(twin) => Err(format!("the variant has the same options as row {}", twin.row)),
        None => Ok(()),
    }
}

fn read_sku(row: &Row, product: &ProductInFile, options: &[String], position: i32) -> Result<Sku, String> {
    let given = values::sku(row.text(Column::Sku))?;
    let taken = |sku: &str| product.variants.iter().any(|variant| variant.sku.as_str() == sku);
    if given.is_empty() {
        let made = values::made_sku(&product.slug, options);
        return Ok(Sku::Made(if taken(&made) { format!("{made}-{position}") } else { made }));
    }
    if taken(given) { Err(format!("the SKU {} stands twice in this product", quoted(given))) } else { Ok(Sku::Given(given.to_owned())) }
}

fn read_stock(row: &Row) -> Result<StockInFile, String> {
    let (tracker, quantity) = (row.given(Column::Tracker), row.given(Column::Quantity));
    match (tracker, quantity) {
        (None, None) => Ok(StockInFile::Unsaid),
        (Some(""), _) => Ok(StockInFile::Untracked),
        (_, None | Some("")) => Ok(StockInFile::Tracked),
        (_, Some(text)) => values::quantity(text).map(StockInFile::OnHand),
    }
}

/// Some programs repeat the product's picture in every row; it counts once.
fn add_image(product: &mut ProductInFile, row: &Row, report: &mut Report) {
    let source = row.text(Column::ImageSource);
    if product.images.iter().any(|image| image.source == source) {
        return;
    }
    if product.images.len() >= MOST_IMAGES {
        report.images_skipped += 1;
        report.problem(row.line, format!("the product has more than {MOST_IMAGES} pictures"));
        return;
    }
    let position = row.text(Column::ImagePosition).parse().ok().filter(|position| *position > 0);
    let position = position.unwrap_or_else(|| product.images.iter().map(|image| image.position).max().unwrap_or(0).saturating_add(1));
    let alt = row.text(Column::ImageAlt).to_owned();
    product.images.push(ImageInFile { row: row.line, source: source.to_owned(), position, alt });
}
