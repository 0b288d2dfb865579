use std::fmt;

use serde_json::{Value, json};

use crate::processor;

/// Figures of one kind of article: many, or the one that all want. Rates are orders a second.
#[derive(Clone, Debug, Default)]
pub struct Round {
    pub plain: f64,
    pub same: f64,
    pub shop: f64,
    pub median_ms: f64,
    pub slow_ms: f64,
    /// Milliseconds of processor time for each order.
    pub server_ms: f64,
    pub postgres_ms: f64,
    pub client_ms: f64,
    /// Of PostgreSQL for each transaction of pgbench with the same statements.
    pub same_postgres_ms: f64,
}

/// Seconds of processor time so far.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    pub server: f64,
    pub postgres: f64,
    pub client: f64,
}

impl Used {
    pub fn now(server: u32, postmaster: u32) -> Self {
        Self { server: processor::of(server), postgres: processor::of_children(postmaster), client: processor::of(std::process::id()) }
    }
}

pub struct Report {
    pub clients: usize,
    pub seconds: u64,
    pub rounds: usize,
    pub round_trips: usize,
    pub random: Round,
    pub hot: Round,
    pub postgres: String,
    pub processors: usize,
}

/// The middle one of each figure.
pub fn median(rounds: &[Round]) -> Round {
    let of = |figure: fn(&Round) -> f64| {
        let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied().unwrap_or(0.0)
    };
    Round {
        plain: of(|round| round.plain),
        same: of(|round| round.same),
        shop: of(|round| round.shop),
        median_ms: of(|round| round.median_ms),
        slow_ms: of(|round| round.slow_ms),
        server_ms: of(|round| round.server_ms),
        postgres_ms: of(|round| round.postgres_ms),
        client_ms: of(|round| round.client_ms),
        same_postgres_ms: of(|round| round.same_postgres_ms),
    }
}

impl Report {
    pub fn json(&self) -> Value {
        let of = |round: &Round| {
            json!({
                "pgbench_plain_per_second": round.plain, "pgbench_same_per_second": round.same, "shop_per_second": round.shop,
                "ratio_to_plain": round.shop / round.plain, "ratio_to_same": round.shop / round.same,
                "p50_ms": round.median_ms, "p99_ms": round.slow_ms,
                "cpu_ms": { "server": round.server_ms, "postgres": round.postgres_ms, "client": round.client_ms, "postgres_in_pgbench_same": round.same_postgres_ms },
            })
        };
        json!({
            "bench": "orders", "clients": self.clients, "seconds": self.seconds, "rounds": self.rounds, "processors": self.processors,
            "postgres": self.postgres, "round_trips": self.round_trips, "random": of(&self.random), "hot": of(&self.hot),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { random, hot, .. } = self;
        writeln!(
            f,
            "Orders a second, {} clients, median of {} rounds of {} s, {} processors, {}, fsync and synchronous_commit on.",
            self.clients, self.rounds, self.seconds, self.processors, self.postgres
        )?;
        writeln!(f, "The shop places a whole order for each POST over HTTP, in {} round trips to PostgreSQL.\n", self.round_trips)?;
        writeln!(f, "{:<58} {:>14} {:>14}", "", "random SKUs", "one hot SKU")?;
        let mut row =
            |name: &str, decimals: usize, random: f64, hot: f64| writeln!(f, "{name:<58} {random:>14.decimals$} {hot:>14.decimals$}");
        row("pgbench: order, line, stock, movement; nothing else", 0, random.plain, hot.plain)?;
        row("pgbench: the same statements as the shop", 0, random.same, hot.same)?;
        row("the shop: POST /checkout/payment", 0, random.shop, hot.shop)?;
        row("the shop / pgbench with the same statements", 2, random.shop / random.same, hot.shop / hot.same)?;
        row("the shop / pgbench with nothing else", 2, random.shop / random.plain, hot.shop / hot.plain)?;
        row("answered within, median (ms)", 1, random.median_ms, hot.median_ms)?;
        row("answered within, 99 of 100 (ms)", 1, random.slow_ms, hot.slow_ms)?;
        row("processor time for an order: the server (ms)", 2, random.server_ms, hot.server_ms)?;
        row("processor time for an order: PostgreSQL (ms)", 2, random.postgres_ms, hot.postgres_ms)?;
        row("  the same in pgbench with the same statements (ms)", 2, random.same_postgres_ms, hot.same_postgres_ms)?;
        row("processor time for an order: this bench's client (ms)", 2, random.client_ms, hot.client_ms)
    }
}
