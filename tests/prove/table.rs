//! What was tried and what came of it, for people.

use std::{fmt, time::Duration};

pub struct Line {
    pub number: String,
    pub name: String,
    /// What was tried; or what went wrong.
    pub tried: Result<String, String>,
    pub took: Duration,
}

impl Line {
    fn word(&self) -> &'static str {
        if self.tried.is_ok() { "holds" } else { "FAILS" }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Ok(words) | Err(words)) = &self.tried;
        write!(f, "    {} after {:.1} s: {words}", self.word(), self.took.as_secs_f64())
    }
}

/// Letters of what went wrong that stand in the table; all of it stands further up.
const MOST: usize = 160;

pub fn print(lines: &[Line]) {
    let width = lines.iter().map(|line| line.name.chars().count()).max().unwrap_or_default();
    println!();
    for line in lines {
        let (Ok(words) | Err(words)) = &line.tried;
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let shown: String = if line.tried.is_ok() { words } else { words.chars().take(MOST).collect() };
        println!("{:>2}  {:width$}  {}  {:>7.1} s  {shown}", line.number, line.name, line.word(), line.took.as_secs_f64());
    }
    let failed = lines.iter().filter(|line| line.tried.is_err()).count();
    println!("\n{} hold, {failed} fail", lines.len() - failed);
}
