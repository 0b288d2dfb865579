//! One product, of its own row and those of its variations.

use chrono::{DateTime, Utc};

use super::{Column, Columns, index::Named, values};
use crate::{
    base::Currency,
    catalog::{AttributeKind, clean_html, slug_of},
    exchange::{
        model::{AttributeInFile, ImageInFile, ProductInFile, Sku, StockInFile, Tags, VariantInFile},
        report::{Report, quoted},
        shopify::values as common,
        table::TableRow,
    },
};

const MOST_IMAGES: usize = 100;

/// Options that a product can have here.
const MOST_OPTIONS: usize = 3;

/// What reading a product takes.
pub struct Parts<'a> {
    pub columns: &'a Columns,
    /// Addresses of those products of the file that others name.
    pub named: &'a Named,
    pub slug: String,
    pub currency: Currency,
    pub now: DateTime<Utc>,
}

/// An attribute of a row.
struct Attribute<'a> {
    name: &'a str,
    values: Vec<String>,
    visible: bool,
    global: bool,
}

impl Parts<'_> {
    fn text<'r>(&self, row: &'r TableRow, column: Column) -> &'r str {
        row.text(self.columns.index(column))
    }

    /// The product, if at least one of its variants can be sold.
    pub fn read(&self, row: &TableRow, variations: &[TableRow], is_variable: bool, report: &mut Report) -> Option<ProductInFile> {
        let refusal = match () {
            () if self.text(row, Column::Name).is_empty() => Some("the product has no name".to_owned()),
            () if self.slug.is_empty() => Some(format!("no address can be made of {}", quoted(self.text(row, Column::Name)))),
            () if is_variable && variations.is_empty() => Some("the product has no variations, so it was left out".to_owned()),
            () => None,
        };
        if let Some(refusal) = refusal {
            return self.refuse(row, refusal, report);
        }
        let attributes = self.attributes(row);
        let options = if is_variable { self.options(variations) } else { vec![] };
        if options.len() > MOST_OPTIONS {
            let message =
                format!("the product's variations differ by {} attributes, but only {MOST_OPTIONS} options are possible", options.len());
            return self.refuse(row, message, report);
        }
        let mut product = self.head(row, &attributes, &options);
        let rows = if is_variable { variations } else { std::slice::from_ref(row) };
        for (position, variant) in (1..).zip(rows) {
            match self.variant(variant, row, &product, &options, position, report) {
                Ok(variant) => product.variants.push(variant),
                Err(message) => report.problem(variant.line, message),
            }
        }
        for row in std::iter::once(row).chain(variations) {
            self.add_images(row, &mut product, report);
        }
        if product.variants.is_empty() {
            return self.refuse(
                row,
                format!("none of the variants of {} can be read, so the product was left out", quoted(&product.slug)),
                report,
            );
        }
        Some(product)
    }

    fn refuse(&self, row: &TableRow, message: String, report: &mut Report) -> Option<ProductInFile> {
        report.problem(row.line, message);
        report.products_refused += 1;
        None
    }

    fn head(&self, row: &TableRow, attributes: &[Attribute], options: &[String]) -> ProductInFile {
        let text = |column| self.text(row, column);
        let given = |column| self.columns.index(column).map(|_| self.text(row, column));
        let categories = given(Column::Categories).map(values::categories).filter(|paths| !paths.is_empty());
        // Attributes are declared by a product type, which WooCommerce doesn't have: the name of the category stands in.
        let kind = categories.as_ref().and_then(|paths| paths.first()?.last().cloned());
        let others = attributes.iter().filter(|attribute| attribute.visible && !options.iter().any(|option| option == attribute.name));
        let others: Vec<_> = others.filter(|attribute| !attribute.values.is_empty()).filter_map(as_attribute).collect();
        let description = [text(Column::Short), text(Column::Description)].into_iter().filter(|text| !text.is_empty());
        let tags =
            given(Column::Tags).map(|text| Tags { list: distinct(values::list(text)), featured: self.text(row, Column::Featured) == "1" });
        ProductInFile {
            row: row.line,
            slug: self.slug.clone(),
            title: text(Column::Name).to_owned(),
            description: given(Column::Description).map(|_| clean_html(&with_breaks(&description.collect::<Vec<_>>().join("\n\n")))),
            vendor: given(Column::Brands).map(|text| values::list(text).into_iter().next().unwrap_or_default()),
            product_type: kind.filter(|_| !others.is_empty()),
            tags,
            status: given(Column::Published).map(|published| values::status(published, text(Column::Visibility))),
            is_gift_card: None,
            categories,
            schedule: None,
            attributes: (!others.is_empty()).then_some(others),
            former_paths: vec![format!("/product/{}", self.slug)],
            related: self.related(row),
            accessories: None,
            option_names: Some(options.to_vec()),
            variants: vec![],
            images: vec![],
        }
    }

    /// Slugs of what is named as bought with it or instead of it.
    fn related(&self, row: &TableRow) -> Option<Vec<String>> {
        let columns = [Column::CrossSells, Column::Upsells];
        columns.iter().any(|column| self.columns.index(*column).is_some()).then(|| {
            let named = columns.into_iter().flat_map(|column| values::list(self.text(row, column)));
            distinct(named.filter_map(|key| self.named.slug(&key)).filter(|slug| *slug != self.slug).collect())
        })
    }

    fn attributes<'r>(&self, row: &'r TableRow) -> Vec<Attribute<'r>> {
        let of = |number| {
            let text = |column| self.text(row, column);
            let name = text(Column::AttributeName(number));
            let (visible, global) = (text(Column::AttributeVisible(number)) != "0", text(Column::AttributeGlobal(number)) == "1");
            (!name.is_empty()).then(|| Attribute { name, values: values::list(text(Column::AttributeValues(number))), visible, global })
        };
        (1..=self.columns.attributes).filter_map(of).collect()
    }

    /// The attributes by which variations differ, in their order. The export doesn't mark them.
    fn options(&self, variations: &[TableRow]) -> Vec<String> {
        let named = variations.iter().flat_map(|row| self.attributes(row)).map(|attribute| attribute.name.to_owned());
        distinct(named.collect())
    }

    fn variant(
        &self,
        row: &TableRow,
        parent: &TableRow,
        product: &ProductInFile,
        options: &[String],
        position: i32,
        report: &mut Report,
    ) -> Result<VariantInFile, String> {
        // What a variation leaves empty, its product says.
        let text = |column| Some(self.text(row, column)).filter(|text| !text.is_empty()).unwrap_or_else(|| self.text(parent, column));
        let said = |column| self.columns.index(column).map(|_| text(column));
        let option_values = self.option_values(row, options)?;
        if let Some(twin) = product.variants.iter().find(|variant| variant.option_values.as_ref() == Some(&option_values)) {
            return Err(format!("the variation has the same options as row {}", twin.row));
        }
        let times = (values::moment(text(Column::SaleStarts)), values::moment(text(Column::SaleEnds)));
        let (regular, sale) = (self.text(row, Column::RegularPrice), self.text(row, Column::SalePrice));
        let (price, compare_at, note) = values::prices(regular, sale, times, self.now, self.currency)?;
        note.into_iter().for_each(|note| report.note(row.line, note));
        let given = common::sku(self.text(row, Column::Sku))?;
        let stock = self.stock(row, parent, report)?;
        Ok(VariantInFile {
            row: row.line,
            position,
            sku: if given.is_empty() { made_sku(&self.slug, &option_values, product, position) } else { Sku::Given(given.to_owned()) },
            option_values: Some(option_values),
            price,
            compare_at: Some(compare_at),
            weight_grams: self.columns.weight.map(|unit| values::grams(text(Column::Weight(unit)), unit)).transpose()?,
            barcode: self.columns.index(Column::Barcode).map(|_| common::code(self.text(row, Column::Barcode)).to_owned()),
            stock,
            tax_class: self
                .columns
                .index(Column::TaxStatus)
                .map(|_| values::tax_class(text(Column::TaxStatus), class_of(text(Column::TaxClass), parent, self))),
            policy: values::policy(said(Column::Backorders), said(Column::LowStock), said(Column::SoldIndividually)),
            archived: Some(false),
            parts: None,
            download: None,
        })
    }

    fn option_values(&self, row: &TableRow, options: &[String]) -> Result<Vec<String>, String> {
        let attributes = self.attributes(row);
        let value = |option: &String| {
            let value =
                attributes.iter().find(|attribute| attribute.name == option).and_then(|attribute| attribute.values.first().cloned());
            value.ok_or_else(|| format!("the variation fits any {}; give each value a variation of its own", quoted(option)))
        };
        options.iter().map(value).collect()
    }

    fn stock(&self, row: &TableRow, parent: &TableRow, report: &mut Report) -> Result<StockInFile, String> {
        if self.columns.index(Column::Stock).is_none() && self.columns.index(Column::InStock).is_none() {
            return Ok(StockInFile::Unsaid);
        }
        let stock = values::stock(self.text(row, Column::Stock), self.text(row, Column::InStock))?;
        let shared = self.text(parent, Column::Stock);
        if row.line != parent.line && !shared.is_empty() && matches!(stock, StockInFile::Untracked | StockInFile::Tracked) {
            report.note(row.line, format!("its product's variations share {shared} units there; here each has its own, so count them"));
            return Ok(StockInFile::Tracked);
        }
        Ok(stock)
    }

    /// The first is the product's own picture.
    fn add_images(&self, row: &TableRow, product: &mut ProductInFile, report: &mut Report) {
        for source in values::list(self.text(row, Column::Images)) {
            if product.images.iter().any(|image| image.source == source) {
                continue;
            }
            if product.images.len() >= MOST_IMAGES {
                report.images_skipped += 1;
                report.problem(row.line, format!("the product has more than {MOST_IMAGES} pictures"));
                return;
            }
            let position = i32::try_from(product.images.len()).unwrap_or(0) + 1;
            product.images.push(ImageInFile { row: row.line, source, position, alt: String::new() });
        }
    }
}

/// A variation can say that its class is its product's.
fn class_of<'r>(class: &'r str, parent: &'r TableRow, parts: &Parts) -> &'r str {
    if class.eq_ignore_ascii_case("parent") { parts.text(parent, Column::TaxClass) } else { class }
}

fn made_sku(slug: &str, options: &[String], product: &ProductInFile, position: i32) -> Sku {
    let made = common::made_sku(slug, options);
    let taken = product.variants.iter().any(|variant| variant.sku.as_str() == made);
    Sku::Made(if taken { format!("{made}-{position}") } else { made })
}

/// `None` where no code can be made of its name.
fn as_attribute(attribute: &Attribute) -> Option<AttributeInFile> {
    Some(AttributeInFile {
        code: code_of(attribute.name)?,
        name: attribute.name.to_owned(),
        kind: if attribute.global { AttributeKind::Choice } else { AttributeKind::Text },
        unit: String::new(),
        filterable: attribute.global,
        values: distinct(attribute.values.clone()),
    })
}

/// `Head weight` → `head_weight`.
fn code_of(name: &str) -> Option<String> {
    let bare = slug_of(name).replace('-', "_");
    let code = if bare.starts_with(|c: char| c.is_ascii_digit()) { format!("a_{bare}") } else { bare };
    let code: String = code.chars().take(40).collect();
    (!code.is_empty()).then_some(code)
}

/// WooCommerce writes line breaks within a field as `\n`, and makes paragraphs of them when it shows the text.
fn with_breaks(text: &str) -> String {
    let text = text.replace("\\n", "\n");
    if text.contains("<p") || text.contains("<br") || !text.contains("\n\n") {
        return text;
    }
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    paragraphs.map(|paragraph| ["<p>", paragraph, "</p>"].concat()).collect::<Vec<_>>().join("\n")
}

fn distinct(list: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = vec![];
    list.into_iter().for_each(|item| {
        if !kept.contains(&item) {
            kept.push(item)
        }
    });
    kept
}
