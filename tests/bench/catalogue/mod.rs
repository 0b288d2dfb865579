//! A catalogue of any size, the same for the same seed: names as a large ironmonger has them, words as often as words are, typed
//! attributes, options, prices, stock. It is written as the shop's own file of products, and brought in by its importer.

mod orders;
mod words;

use std::{fs::File, io::BufWriter, path::Path};

use anyhow::Result;
use rand::{RngExt, SeedableRng, distr::weighted::WeightedIndex, prelude::Distribution, rngs::StdRng, seq::IndexedRandom};

use orders::Sold;
use words::{BEGINNINGS, COLOURS, DEPARTMENTS, ENDINGS, MATERIALS, MIDDLES, QUALITIES, SIZES, THINGS, USES, VERBS};

const HEADER: [&str; 17] = [
    "Address",
    "Title",
    "Description (HTML)",
    "Brand",
    "Product type",
    "Tags",
    "Featured",
    "State",
    "Categories",
    "Attributes",
    "Options",
    "SKU",
    "Option values",
    "Price",
    "Former price",
    "Weight (g)",
    "Units on hand",
];

/// How many brands there are; their goods follow Zipf's law too.
const BRANDS: usize = 400;

/// Articles that are ever ordered.
const MOST_SOLD: usize = 5000;

pub struct Generator {
    rng: StdRng,
    qualities: WeightedIndex<f64>,
    things: WeightedIndex<f64>,
    brands: WeightedIndex<f64>,
    /// The first that were written, for [`Generator::write_orders`].
    sold: Vec<Sold>,
}

/// Of things that are the likelier the earlier they stand in a list: the second half as likely as the first, the third a third.
fn zipf(count: usize) -> Result<WeightedIndex<f64>> {
    Ok(WeightedIndex::new((1..=count).map(|rank| 1.0 / rank as f64))?)
}

struct Article {
    number: u32,
    department: usize,
    noun: &'static str,
    shelf: &'static str,
    title: String,
    brand: String,
    material: &'static str,
    colour: usize,
}

impl Generator {
    pub fn new(seed: u64) -> Result<Self> {
        let rng = StdRng::seed_from_u64(seed);
        Ok(Self { rng, qualities: zipf(QUALITIES.len())?, things: zipf(THINGS.len())?, brands: zipf(BRANDS)?, sold: vec![] })
    }

    /// Writes so many products, most with one variant and some with up to six, and tells how many rows that are.
    pub fn write(&mut self, path: &Path, products: u32) -> Result<u64> {
        let mut file = csv::Writer::from_writer(BufWriter::new(File::create(path)?));
        file.write_record(HEADER)?;
        let mut rows = 0;
        for number in 1..=products {
            let article = self.article(number);
            rows += self.rows(&article, &mut file)?;
        }
        file.flush()?;
        Ok(rows)
    }

    fn article(&mut self, number: u32) -> Article {
        let department = self.rng.random_range(0..DEPARTMENTS.len());
        let noun = self.one(&DEPARTMENTS[department].1);
        let material = self.one(&MATERIALS);
        let quality = self.quality();
        let (series, brand) = (self.name(), self.brand());
        let title = match self.rng.random_range(0..3) {
            0 => format!("{series} {quality} {} {}", material.to_lowercase(), noun.to_lowercase()),
            1 => format!("{brand} {quality} {} {}", noun.to_lowercase(), self.rng.random_range(10..600)),
            _ => format!(
                "{} {} {} {} mm",
                capitalised(quality),
                material.to_lowercase(),
                noun.to_lowercase(),
                5 * self.rng.random_range(2..80)
            ),
        };
        let (shelf, colour) = (self.one(&USES), self.rng.random_range(0..COLOURS.len()));
        Article { number, department, noun, shelf, title, brand, material, colour }
    }

    fn rows(&mut self, article: &Article, file: &mut csv::Writer<BufWriter<File>>) -> Result<u64> {
        let Article { number, department, noun, shelf, title, brand, .. } = article;
        let (options, variants) = self.variants(article);
        let price = self.price();
        let former = if self.rng.random_bool(0.1) { Some(price + price / 4) } else { None };
        let address = format!("{}-{number}", title.to_lowercase().replace(' ', "-"));
        for (at, values) in variants.iter().enumerate() {
            let of_product = |text: &dyn Fn() -> String| if at == 0 { text() } else { String::new() };
            let step = price / 10 * at as i64;
            let sku = format!("{}-{number}-{at}", noun[..2].to_uppercase());
            if at == 0 && self.sold.len() < MOST_SOLD {
                self.sold.push(Sold { sku: sku.clone(), title: title.clone(), price });
            }
            let row = [
                address.clone(),
                of_product(&|| title.clone()),
                if at == 0 { self.description(noun) } else { String::new() },
                of_product(&|| brand.clone()),
                of_product(&|| (*noun).to_owned()),
                of_product(&|| format!("{};{}", noun.to_lowercase(), article.material.to_lowercase())),
                of_product(&|| if number % 997 == 1 { "yes" } else { "no" }.to_owned()),
                of_product(&|| "active".to_owned()),
                of_product(&|| format!("{}>{noun}s>{noun}s {shelf}", DEPARTMENTS[*department].0)),
                if at == 0 { self.attributes(article) } else { String::new() },
                of_product(&|| options.to_owned()),
                sku,
                values.clone(),
                money(price + step),
                former.map(|former| money(former + step)).unwrap_or_default(),
                (self.rng.random_range(2..400) * 25).to_string(),
                if self.rng.random_bool(0.08) { 0 } else { self.rng.random_range(1..500) }.to_string(),
            ];
            file.write_record(row)?;
        }
        Ok(variants.len() as u64)
    }

    /// Names of the options, and the values of each variant.
    fn variants(&mut self, article: &Article) -> (&'static str, Vec<String>) {
        match self.rng.random_range(0..20) {
            0 => {
                let colours = [article.colour, (article.colour + 3) % COLOURS.len()];
                let sizes = SIZES.iter().take(3);
                ("Size;Colour", sizes.flat_map(|size| colours.map(|colour| format!("{size};{}", COLOURS[colour]))).collect())
            }
            1..=5 => ("Size", SIZES.iter().take(3).map(|size| (*size).to_owned()).collect()),
            _ => ("", vec![String::new()]),
        }
    }

    /// In pennies; most things are cheap.
    fn price(&mut self) -> i64 {
        let steep: f64 = self.rng.random::<f64>().powi(3);
        (99.0 + steep * 50_000.0) as i64 / 10 * 10 + 9
    }

    fn attributes(&mut self, article: &Article) -> String {
        let (length, spare) = (5 * self.rng.random_range(2..80), self.rng.random_bool(0.3));
        format!(
            "material|Material|choice||yes|{};length|Length|number|mm|yes|{length};colour|Colour|colour||yes|{};\
             spares|Spare parts|boolean||yes|{}",
            article.material,
            COLOURS[article.colour],
            if spare { "yes" } else { "no" }
        )
    }

    fn description(&mut self, noun: &str) -> String {
        let mut text = String::from("<p>");
        for _ in 0..self.rng.random_range(3..6) {
            let (quality, verb, thing) = (self.quality(), self.one(&VERBS), THINGS[self.things.sample(&mut self.rng)]);
            let sentence =
                format!("A {quality} {} that {verb} {thing}, made by {} of {}. ", noun.to_lowercase(), self.brand(), self.name());
            text.push_str(&sentence);
        }
        text.trim_end().to_owned() + "</p>"
    }

    fn one<T: Copy>(&mut self, list: &[T]) -> T {
        *list.choose(&mut self.rng).unwrap_or(&list[0])
    }

    fn quality(&mut self) -> &'static str {
        QUALITIES[self.qualities.sample(&mut self.rng)]
    }

    /// One of many thousands.
    fn name(&mut self) -> String {
        capitalised(&[self.one(&BEGINNINGS), self.one(&MIDDLES), self.one(&ENDINGS)].concat())
    }

    fn brand(&mut self) -> String {
        let at = self.brands.sample(&mut self.rng);
        capitalised(&[BEGINNINGS[at % BEGINNINGS.len()], ENDINGS[at / BEGINNINGS.len() % ENDINGS.len()]].concat())
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn money(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}
