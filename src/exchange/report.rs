use std::fmt;

use serde::{Deserialize, Serialize};

/// Problems and notes kept of each; beyond that they are only counted, so that a broken file can't fill the memory.
const MOST: usize = 10_000;

/// Problems shown in the summary.
const SHOWN: usize = 50;

/// Characters of a message, and of a cell that one quotes. A broken file has cells of megabytes; nobody reads them.
const LONGEST: usize = 500;
const QUOTED: usize = 100;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Rows read, without the header and empty ones.
    pub rows: u64,
    pub products_created: u64,
    /// Something about the product differed: itself, its category, a variant, stock or a picture.
    pub products_changed: u64,
    pub products_unchanged: u64,
    /// Products of which nothing was kept; the problems tell why.
    pub products_refused: u64,
    pub variants_created: u64,
    pub variants_changed: u64,
    pub variants_unchanged: u64,
    /// Variants that were archived, or brought back.
    pub variants_archived: u64,
    /// Variants that got other rules of how they are sold beyond stock.
    pub policies_set: u64,
    /// Variants whose number on hand was set to another.
    pub stock_counted: u64,
    pub images_added: u64,
    /// Pictures that got another place or text.
    pub images_changed: u64,
    pub images_unchanged: u64,
    /// Pictures left out because they can't be read or are on the web.
    pub images_skipped: u64,
    /// Of the pictures left out, those on the web.
    pub images_on_web: u64,
    /// Products whose related ones were set anew.
    pub related_changed: u64,
    /// Variants whose parts were set anew: they are bundles, or are none any more.
    pub bundles_changed: u64,
    /// Former addresses that lead to where the product is now.
    pub redirects_put: u64,
    /// Customers, orders or redirects that are new; of stock none is.
    pub others_created: u64,
    /// Rows of stock, redirects or customers that said something new, and those that did not.
    pub others_changed: u64,
    pub others_unchanged: u64,
    /// Of which nothing was kept.
    pub others_refused: u64,
    /// Nothing was kept: this is what would have become of the file.
    pub dry_run: bool,
    /// What was left out, and why.
    #[serde(skip)]
    pub problems: Vec<RowProblem>,
    /// Problems that are not in the list because it is full.
    pub problems_beyond: u64,
    /// What came in, but perhaps not as meant.
    #[serde(skip)]
    pub notes: Vec<RowProblem>,
}

/// Something to mend in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// Line in the file where the row begins; the header is 1.
    pub row: u64,
    pub message: String,
}

impl Report {
    /// It is of something else than products.
    pub fn is_of_others(&self) -> bool {
        self.others_created + self.others_changed + self.others_unchanged + self.others_refused > 0
    }

    /// How many problems there were, listed or not.
    pub fn problem_count(&self) -> u64 {
        self.problems.len() as u64 + self.problems_beyond
    }

    /// Without what there is to tell of rows.
    pub(super) fn counts(&self) -> Self {
        let mut counts = Self { dry_run: self.dry_run, ..Self::default() };
        counts.count(self);
        counts.problems_beyond = self.problem_count();
        counts
    }

    pub(super) fn problem(&mut self, row: u64, message: impl Into<String>) {
        if self.problems.len() < MOST {
            self.problems.push(RowProblem { row, message: cut(message.into()) });
        } else {
            self.problems_beyond += 1;
        }
    }

    pub(super) fn note(&mut self, row: u64, message: impl Into<String>) {
        if self.notes.len() < MOST {
            self.notes.push(RowProblem { row, message: cut(message.into()) });
        }
    }

    /// Brings problems and notes into the order of the file.
    pub(super) fn sort(&mut self) {
        self.problems.sort_by_key(|problem| problem.row);
        self.notes.sort_by_key(|note| note.row);
    }

    /// Whether anything of a product was written.
    pub(super) fn wrote(&self) -> bool {
        let written = [
            self.variants_created,
            self.variants_changed,
            self.stock_counted,
            self.images_added,
            self.images_changed,
            self.variants_archived,
            self.policies_set,
            self.bundles_changed,
        ];
        written.iter().any(|count| *count > 0)
    }

    pub(super) fn absorb(&mut self, other: Self) {
        self.count(&other);
        other.problems.into_iter().for_each(|problem| self.problem(problem.row, problem.message));
        other.notes.into_iter().for_each(|note| self.note(note.row, note.message));
    }

    /// Adds the other's numbers.
    fn count(&mut self, other: &Self) {
        self.rows += other.rows;
        self.products_created += other.products_created;
        self.products_changed += other.products_changed;
        self.products_unchanged += other.products_unchanged;
        self.products_refused += other.products_refused;
        self.variants_created += other.variants_created;
        self.variants_changed += other.variants_changed;
        self.variants_unchanged += other.variants_unchanged;
        self.variants_archived += other.variants_archived;
        self.policies_set += other.policies_set;
        self.stock_counted += other.stock_counted;
        self.images_added += other.images_added;
        self.images_changed += other.images_changed;
        self.images_unchanged += other.images_unchanged;
        self.images_skipped += other.images_skipped;
        self.images_on_web += other.images_on_web;
        self.related_changed += other.related_changed;
        self.bundles_changed += other.bundles_changed;
        self.others_created += other.others_created;
        self.others_refused += other.others_refused;
        self.others_changed += other.others_changed;
        self.others_unchanged += other.others_unchanged;
        self.redirects_put += other.redirects_put;
        self.problems_beyond += other.problems_beyond;
    }
}

/// A cell as a message quotes it.
pub(super) fn quoted<T: AsRef<str> + ?Sized>(cell: &T) -> String {
    let cell = cell.as_ref();
    match cell.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{:?}…", &cell[..end]),
        None => format!("{cell:?}"),
    }
}

fn cut(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(LONGEST) {
        message.truncate(end);
        message.push('…');
        message.shrink_to_fit();
    }
    message
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dry_run {
            writeln!(f, "Nothing was written. This is what would become of the file:")?;
        }
        if self.is_of_others() {
            let (created, changed, unchanged) = (self.others_created, self.others_changed, self.others_unchanged);
            writeln!(f, "{} rows read", self.rows)?;
            writeln!(f, "{created} created, {changed} changed, {unchanged} unchanged, {} left out", self.others_refused)?;
            list(f, "notes", &self.notes, self.notes.len() as u64)?;
            return list(f, "problems", &self.problems, self.problem_count());
        }
        let (created, changed, unchanged) = (self.products_created, self.products_changed, self.products_unchanged);
        writeln!(f, "{} rows read", self.rows)?;
        writeln!(f, "Products: {created} created, {changed} changed, {unchanged} unchanged, {} left out", self.products_refused)?;
        let (created, changed, unchanged) = (self.variants_created, self.variants_changed, self.variants_unchanged);
        writeln!(f, "Variants: {created} created, {changed} changed, {unchanged} unchanged; {} counted anew", self.stock_counted)?;
        let (added, changed, unchanged) = (self.images_added, self.images_changed, self.images_unchanged);
        writeln!(f, "Pictures: {added} added, {changed} changed, {unchanged} unchanged, {} left out", self.images_skipped)?;
        if self.images_on_web > 0 {
            writeln!(f, "{} of the pictures are on the web; import again with --fetch-images to get them", self.images_on_web)?;
        }
        if self.related_changed > 0 {
            writeln!(f, "Related products: set for {} products", self.related_changed)?;
        }
        if self.bundles_changed > 0 {
            writeln!(f, "Bundles: parts set for {}", self.bundles_changed)?;
        }
        if self.redirects_put > 0 {
            writeln!(f, "Redirects: {} from former addresses", self.redirects_put)?;
        }
        list(f, "notes", &self.notes, self.notes.len() as u64)?;
        list(f, "problems", &self.problems, self.problem_count())
    }
}

fn list(f: &mut fmt::Formatter<'_>, name: &str, rows: &[RowProblem], count: u64) -> fmt::Result {
    if count == 0 {
        return Ok(());
    }
    writeln!(f, "{count} {name}:")?;
    for row in rows.iter().take(SHOWN) {
        writeln!(f, "  {row}")?;
    }
    let hidden = count.saturating_sub(SHOWN as u64);
    if hidden > 0 { writeln!(f, "  … and {hidden} more") } else { Ok(()) }
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: {}", self.row, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_problems_is_counted_and_not_kept() {
        let mut report = Report::default();
        (0..MOST as u64 + 5).for_each(|row| report.problem(row, "broken"));
        assert_eq!((report.problems.len(), report.problem_count()), (MOST, MOST as u64 + 5));
        let mut whole = Report::default();
        whole.absorb(report.clone());
        whole.absorb(report);
        assert_eq!((whole.problems.len(), whole.problem_count()), (MOST, 2 * (MOST as u64 + 5)));
    }

    #[test]
    fn a_huge_cell_is_quoted_by_its_beginning_and_no_message_is_endless() {
        assert_eq!(quoted("24,95"), "\"24,95\"");
        let told = quoted(&"ä".repeat(1_000_000));
        assert!(told.starts_with("\"ää") && told.ends_with("\"…") && told.chars().count() == 103, "{told}");
        let mut report = Report::default();
        report.problem(2, "x".repeat(1_000_000));
        report.note(2, "x".repeat(1_000_000));
        for told in [&report.problems[0], &report.notes[0]] {
            assert!(told.message.chars().count() == 501 && told.message.capacity() < 1000);
        }
    }

    #[test]
    fn counts_are_the_same_without_the_lists() {
        let mut report = Report { rows: 7, products_created: 3, others_refused: 1, dry_run: true, ..Report::default() };
        report.problem(2, "broken");
        report.note(3, "noted");
        let counts = report.counts();
        assert_eq!(counts, Report { problems_beyond: 1, problems: vec![], notes: vec![], ..report });
    }

    #[test]
    fn the_summary_tells_the_counts_and_the_first_problems() {
        let mut report = Report { rows: 60, products_created: 3, images_on_web: 2, images_skipped: 2, ..Report::default() };
        (2..62).for_each(|row| report.problem(row, "no price"));
        let text = report.to_string();
        assert!(text.contains("60 rows read\nProducts: 3 created"));
        assert!(text.contains("2 of the pictures are on the web"));
        assert!(text.contains("60 problems:\n  row 2: no price\n") && text.ends_with("… and 10 more\n"));
        assert!(!Report::default().to_string().contains("problems"));
    }
}
