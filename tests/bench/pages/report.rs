use std::fmt;

use serde_json::{Value, json};

/// What a figure has to reach.
#[derive(Clone, Copy, Debug)]
pub enum Aim {
    /// So many times what it stands beside, or more.
    AtLeast(f64),
    /// So many times what it stands beside, or less.
    AtMost(f64),
    /// So much by itself, or less.
    Within(f64),
    /// So much by itself, or more.
    Reach(f64),
}

pub struct Figure {
    pub what: String,
    pub unit: &'static str,
    pub shop: f64,
    /// Of the same run; for [`Aim::Within`] and [`Aim::Reach`] there is none.
    pub beside: f64,
    pub aim: Aim,
    pub note: String,
}

impl Figure {
    pub fn within(what: &str, unit: &'static str, shop: f64, aim: f64) -> Self {
        Self { what: what.to_owned(), unit, shop, beside: f64::NAN, aim: Aim::Within(aim), note: String::new() }
    }

    pub fn reach(what: &str, unit: &'static str, shop: f64, aim: f64) -> Self {
        Self { aim: Aim::Reach(aim), ..Self::within(what, unit, shop, aim) }
    }

    pub fn noted(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// Tells it at once: the whole table comes late.
    pub fn told(self) -> Self {
        eprintln!("{self}");
        self
    }

    fn found(&self) -> f64 {
        match self.aim {
            Aim::Within(_) | Aim::Reach(_) => self.shop,
            Aim::AtLeast(_) | Aim::AtMost(_) => self.shop / self.beside,
        }
    }

    fn is_reached(&self) -> bool {
        match self.aim {
            Aim::AtLeast(aim) | Aim::Reach(aim) => self.found() >= aim,
            Aim::AtMost(aim) | Aim::Within(aim) => self.found() <= aim,
        }
    }
}

pub struct Report {
    pub figures: Vec<Figure>,
    pub seconds: u64,
    pub rounds: usize,
    pub products: u32,
}

impl Report {
    pub fn json(&self) -> Value {
        let of = |figure: &Figure| {
            let beside = Some(figure.beside).filter(|beside| beside.is_finite());
            json!({
                "what": figure.what, "unit": figure.unit, "shop": figure.shop, "beside": beside, "found": figure.found(),
                "aim": format!("{:?}", figure.aim), "reached": figure.is_reached(), "note": figure.note,
            })
        };
        let figures: Vec<_> = self.figures.iter().map(of).collect();
        json!({ "bench": "pages", "seconds": self.seconds, "rounds": self.rounds, "products": self.products, "figures": figures })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seconds, rounds, products, .. } = self;
        writeln!(
            f,
            "The server on one processor, whoever asks on the other; median of {rounds} rounds of {seconds} s. \"Large\" is {products} products.\n"
        )?;
        writeln!(f, "{:<56} {:>12} {:>12} {:>8} {:>16}", "", "the shop", "beside", "ratio", "aim")?;
        self.figures.iter().try_for_each(|figure| writeln!(f, "{figure}"))
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, unit, shop, beside, aim, note } = self;
        let (beside, ratio) =
            if beside.is_finite() { (format!("{beside:.1}"), format!("{:.2}", shop / beside)) } else { (String::new(), String::new()) };
        let aim = match aim {
            Aim::AtLeast(aim) => format!(">= {aim}"),
            Aim::AtMost(aim) => format!("<= {aim}"),
            Aim::Within(aim) => format!("<= {aim} {unit}"),
            Aim::Reach(aim) => format!(">= {aim} {unit}"),
        };
        let met = if self.is_reached() { "" } else { "  missed" };
        write!(f, "{what:<56} {shop:>12.1} {beside:>12} {ratio:>8} {aim:>16}{met}  {note}")
    }
}
