//! Measures the shop as its owner gets it: the release build over HTTP, on a PostgreSQL that waits for the disk. Called by
//! `bin/bench`, not by `cargo test`. What came of it stands in docs/bench.md.

#[allow(dead_code, unused_imports, reason = "the tests' vocabulary, of which only the shopper is needed")]
#[path = "../shop/harness/mod.rs"]
mod harness;

mod carts;
mod catalogue;
mod client;
mod orders;
mod pages;
mod pgbench;
mod processor;
mod report;
mod scripts;
mod seed;
mod site;
mod statements;
mod walls;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

#[derive(Parser)]
#[command(name = "bin/bench", about = "Measures the shop on this machine, beside PostgreSQL alone")]
struct Line {
    #[command(subcommand)]
    bench: Bench,

    /// Given by `cargo bench`
    #[arg(long = "bench", hide = true, global = true)]
    _cargo: bool,
}

#[derive(Subcommand)]
enum Bench {
    /// Placing orders over HTTP: of many articles, and of one that all want
    Orders(Options),
    /// Pages, searches, the import and changes, in a small catalogue and in a large one
    Pages {
        #[command(flatten)]
        options: Options,

        /// Products of the large catalogue
        #[arg(long, default_value_t = 1_000_000)]
        products: u32,

        /// Measure the large catalogue that a former run kept in this folder, without bringing it in
        #[arg(long)]
        again: Option<PathBuf>,
    },
    /// Pages while passwords are guessed, beside the same pages in quiet
    Walls(Options),
    /// A server that knows one answer of so many bytes; `pages` begins it
    #[command(hide = true)]
    Fixed {
        #[arg(long)]
        listen: String,
        #[arg(long)]
        bytes: usize,
    },
    /// A server that does three queries for each answer; `pages` begins it
    #[command(hide = true)]
    Bare {
        #[arg(long)]
        listen: String,
        #[arg(long)]
        database: String,
        #[arg(long)]
        bytes: usize,
    },
}

/// What every bench takes.
#[derive(Args, Clone)]
struct Options {
    /// Seconds of each measurement
    #[arg(long, default_value_t = 5)]
    seconds: u64,

    /// Clients at once
    #[arg(long, default_value_t = 8)]
    clients: usize,

    /// How often everything is measured; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,

    /// Another build of the server, such as a former one
    #[arg(long)]
    program: Option<PathBuf>,

    /// Also write the figures into this file
    #[arg(long)]
    json: Option<PathBuf>,

    /// Keep database, logs and pgbench's scripts in this folder, which must not exist yet
    #[arg(long)]
    keep: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    match Line::parse().bench {
        Bench::Orders(options) => {
            let report = orders::measure(&options)?;
            tell(&options, &report, &report.json())
        }
        Bench::Pages { options, products, again } => {
            let report = pages::measure(&options, products, again.as_deref())?;
            tell(&options, &report, &report.json())
        }
        Bench::Walls(options) => {
            let report = walls::measure(&options)?;
            tell(&options, &report, &report.json())
        }
        Bench::Fixed { listen, bytes } => pages::serve_fixed(&listen, bytes),
        Bench::Bare { listen, database, bytes } => pages::serve_bare(&listen, &database, bytes),
    }
}

fn tell(options: &Options, report: &impl std::fmt::Display, json: &serde_json::Value) -> anyhow::Result<()> {
    println!("{report}");
    if let Some(file) = &options.json {
        std::fs::write(file, serde_json::to_string_pretty(json)?)?;
    }
    Ok(())
}
