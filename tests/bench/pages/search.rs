//! One client that searches, as people do: for words of titles, one or two, now and then mistyped.

use std::time::Instant;

use anyhow::{Result, ensure};
use diesel::{PgConnection, QueryableByName, RunQueryDsl, sql_query, sql_types::Text};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::report::Figure;
use crate::{Options, site::Site};

const SEARCHES: usize = 300;

/// Milliseconds that 95 of 100 take at most, from the request to the last byte of the page.
pub fn figures(site: &Site, conn: &mut PgConnection, options: &Options) -> Result<Vec<Figure>> {
    let mut rng = StdRng::seed_from_u64(7);
    let titles = titles(conn)?;
    let mut asked = |count: usize, is_mistyped: bool| -> Vec<String> {
        let one = |_| {
            let words: Vec<&str> = titles[rng.random_range(0..titles.len())].split(' ').filter(|word| word.len() > 3).collect();
            let from = rng.random_range(0..words.len().saturating_sub(count).max(1));
            let words: Vec<String> = words.iter().skip(from).take(count).map(|word| (*word).to_owned()).collect();
            if is_mistyped { words.iter().map(|word| mistyped(word, &mut rng)).collect::<Vec<_>>().join(" ") } else { words.join(" ") }
        };
        (0..SEARCHES).map(one).collect()
    };
    let mut figures = vec![];
    for (count, words) in [(1, "one word"), (2, "two words")] {
        let asked = asked(count, false);
        figures.push(figure(site, options, &format!("search, {words}, p95"), "/search/suggestions", &asked, 10.0)?);
        figures.push(figure(site, options, &format!("search, {words}, with facets, p95"), "/search", &asked, 25.0)?);
    }
    figures.push(figure(site, options, "search, mistyped, with facets, p95", "/search", &asked(1, true), 40.0)?);
    Ok(figures)
}

fn figure(site: &Site, options: &Options, what: &str, path: &str, asked: &[String], aim: f64) -> Result<Figure> {
    let client = super::guest()?;
    let mut times = vec![];
    for _ in 0..options.rounds {
        for words in asked {
            let url = format!("{}{path}?{}", site.url(), serde_urlencoded::to_string([("q", words)])?);
            let began = Instant::now();
            let answer = client.get(&url).header("accept", "text/html").send()?;
            ensure!(answer.status() == 200, "{url} answers {}", answer.status());
            answer.bytes()?;
            times.push(began.elapsed().as_secs_f64() * 1000.0);
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    Ok(Figure::within(what, "ms", at(95), aim).noted(format!("median {:.1} ms", at(50))).told())
}

fn titles(conn: &mut PgConnection) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Title {
        #[diesel(sql_type = Text)]
        title: String,
    }
    let some = "SELECT title FROM products TABLESAMPLE SYSTEM (1) UNION ALL (SELECT title FROM products LIMIT 500)";
    let titles: Vec<Title> = sql_query(some).load(conn)?;
    ensure!(!titles.is_empty(), "there are no products");
    Ok(titles.into_iter().map(|title| title.title).collect())
}

/// Two letters changed places.
fn mistyped(word: &str, rng: &mut StdRng) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = rng.random_range(1..letters.len() - 1);
    letters.swap(at, at + 1);
    letters.into_iter().collect()
}
