use ironmonger::{
    base::{Currency, Money, ProductId, TextList},
    catalog::{self, NewVariant, ProductChange, Status},
    inventory::{self, Cause},
};

use super::Shop;

/// A product being put up for sale. Without options it has one variant, whose SKU is made of its title: `CLAW-HAMMER`.
pub struct Goods<'a> {
    shop: &'a Shop,
    title: String,
    price: String,
    compare_at: Option<String>,
    stock: i32,
    weight_grams: i32,
    category: Vec<String>,
    option_names: Vec<String>,
    /// Option values and stock of each variant.
    variants: Vec<(Vec<String>, i32)>,
    featured: bool,
    gift_card: bool,
    description: String,
    tax_class: Option<String>,
    /// Address and SKU, where they are not made of the title.
    as_other: Option<(String, String)>,
}

impl<'a> Goods<'a> {
    pub fn new(shop: &'a Shop, title: &str) -> Self {
        Self {
            shop,
            title: title.to_owned(),
            price: "10.00".to_owned(),
            compare_at: None,
            stock: 10,
            weight_grams: 500,
            category: vec![],
            option_names: vec![],
            variants: vec![],
            featured: false,
            gift_card: false,
            description: String::new(),
            tax_class: None,
            as_other: None,
        }
    }

    pub fn taxed_as(mut self, class: &str) -> Self {
        self.tax_class = Some(class.to_owned());
        self
    }

    pub fn price(mut self, price: &str) -> Self {
        self.price = price.to_owned();
        self
    }

    pub fn was(mut self, price: &str) -> Self {
        self.compare_at = Some(price.to_owned());
        self
    }

    pub fn stock(mut self, units: i32) -> Self {
        self.stock = units;
        self
    }

    pub fn weighs(mut self, grams: i32) -> Self {
        self.weight_grams = grams;
        self
    }

    pub fn category(mut self, path: &[&str]) -> Self {
        self.category = path.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    pub fn options(mut self, names: &[&str]) -> Self {
        self.option_names = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// A variant with these option values. Its SKU is the product's with them: `HINGE-100-MM-BRASS`.
    pub fn variant(mut self, values: &[&str], stock: i32) -> Self {
        self.variants.push((values.iter().map(|value| (*value).to_owned()).collect(), stock));
        self
    }

    pub fn featured(mut self) -> Self {
        self.featured = true;
        self
    }

    /// Each unit becomes a gift card worth its price.
    pub fn gift_card(mut self) -> Self {
        self.gift_card = true;
        self
    }

    pub fn described(mut self, html: &str) -> Self {
        self.description = html.to_owned();
        self
    }

    /// Another product of the same title: at this address, its variant with this SKU.
    pub fn put_up_as(mut self, slug: &str, sku: &str) -> String {
        self.as_other = Some((slug.to_owned(), sku.to_owned()));
        self.put_up()
    }

    /// Puts it up for sale and gives its path.
    pub fn put_up(mut self) -> String {
        if self.variants.is_empty() {
            self.variants.push((vec![], self.stock));
        }
        let currency = Currency::parse("GBP").unwrap();
        let minor = |text: &str| Money::parse(text, currency).unwrap().minor;
        let (price, compare_at) = (minor(&self.price), self.compare_at.as_deref().map(minor));
        let (slug, own_sku) = match self.as_other.take() {
            Some((slug, sku)) => (slug, Some(sku)),
            None => (catalog::slug_of(&self.title), None),
        };
        let change = ProductChange {
            slug: slug.clone(),
            title: self.title.clone(),
            description: catalog::clean_html(&self.description),
            vendor: "Calder Edge".into(),
            product_type: "Tool".into(),
            tags: TextList::default(),
            option_names: TextList(self.option_names.clone()),
            status: Status::Active,
            featured: self.featured,
            is_gift_card: self.gift_card,
        };
        let (category, variants, weight_grams, gift_card) = (self.category, self.variants, self.weight_grams, self.gift_card);
        let tax_class = self.tax_class;
        let path = format!("/products/{slug}");
        self.shop.write(move |conn| {
            let names: Vec<_> = category.iter().map(String::as_str).collect();
            let categories: Vec<_> = catalog::save_category_path(conn, &names)?.into_iter().collect();
            let product: ProductId = catalog::save_product(conn, None, &change, &categories)?;
            for (position, (values, stock)) in (1..).zip(variants) {
                let made = catalog::slug_of(&format!("{slug} {}", values.join(" "))).to_uppercase().chars().take(64).collect();
                let sku = own_sku.clone().unwrap_or(made);
                let option_values = TextList(values);
                let (barcode, tax_class) = (String::new(), tax_class.clone());
                let new = NewVariant { position, sku, option_values, price, compare_at, weight_grams, barcode, tax_class };
                let variant = catalog::save_variant(conn, product, None, &new)?;
                if gift_card {
                    inventory::count_untracked(conn, variant, "test")?;
                } else {
                    inventory::count(conn, variant, stock, Cause::Adjusted, "test")?;
                }
            }
            Ok(())
        });
        path
    }
}
