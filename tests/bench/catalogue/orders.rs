//! Orders of the last months, written as the shop's own file of orders: what sells follows Zipf's law, and who buys comes again.

use std::{fs::File, io::BufWriter, path::Path};

use anyhow::Result;
use chrono::{TimeDelta, Utc};
use rand::{RngExt, prelude::Distribution};

use super::{Generator, money, zipf};

const HEADER: [&str; 11] =
    ["Number", "Placed", "E-mail", "State", "Payment", "Currency", "Total", "SKU", "Title", "Unit price", "Quantity"];

/// Days over which the orders are spread, the last of them yesterday.
const DAYS: i64 = 180;

/// An article that may be ordered.
#[derive(Clone)]
pub struct Sold {
    pub sku: String,
    pub title: String,
    /// Pennies.
    pub price: i64,
}

impl Generator {
    /// Writes so many orders, of one to five articles that were written before.
    pub fn write_orders(&mut self, path: &Path, orders: u32) -> Result<()> {
        let mut file = csv::Writer::from_writer(BufWriter::new(File::create(path)?));
        file.write_record(HEADER)?;
        let wanted = zipf(self.sold.len())?;
        for number in 1..=orders {
            let placed = Utc::now() - TimeDelta::days(self.rng.random_range(1..DAYS)) - TimeDelta::minutes(self.rng.random_range(0..1440));
            let buyer = self.rng.random_range(0..orders / 3 + 1);
            let lines: Vec<(Sold, i64)> = (0..self.rng.random_range(1..6))
                .map(|_| (self.sold[wanted.sample(&mut self.rng)].clone(), self.rng.random_range(1..4)))
                .collect();
            let total: i64 = lines.iter().map(|(sold, quantity)| sold.price * quantity).sum();
            for (sold, quantity) in lines {
                file.write_record([
                    format!("B{number}"),
                    placed.format("%Y-%m-%d %H:%M:%S +0000").to_string(),
                    format!("buyer-{buyer}@example.com"),
                    "completed".to_owned(),
                    "paid".to_owned(),
                    "GBP".to_owned(),
                    money(total),
                    sold.sku,
                    sold.title,
                    money(sold.price),
                    quantity.to_string(),
                ])?;
            }
        }
        file.flush()?;
        Ok(())
    }
}
