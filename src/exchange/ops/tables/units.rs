//! The rows of a file by what is written or refused as a whole: a row, or the rows of an order.

use std::{path::Path, sync::Arc};

use crate::{
    base::{Error, Result, bare_cell},
    exchange::{
        model::Subject,
        ops::{
            ahead::{Ahead, ahead},
            files,
        },
        own::{
            order,
            tables::{self, is_named},
        },
        table::{MOST_OF_ONE, Table, TableRow},
    },
};

/// Lines that an order can have here.
const MOST_LINES: usize = 2000;

/// Units that are read ahead.
const AHEAD: usize = 100;

#[derive(Clone, Debug)]
pub struct Unit {
    pub line: u64,
    /// Each with its line of the file and a cell for each of our columns, empty where the file has none.
    pub rows: Vec<(u64, Vec<String>)>,
    /// How many rows it has, also where they are not kept because it is refused.
    pub count: u64,
    /// About how much memory it takes.
    pub bytes: usize,
    /// Which of our columns the file has.
    given: Arc<[bool]>,
    /// Why it can't be read, and in which line.
    broken: Option<(u64, String)>,
}

/// The units of a file, read on a thread of its own.
///
/// # Errors
/// `Invalid` on `file` when it lacks a column.
pub async fn units_of(path: &Path, subject: Subject) -> Result<Ahead<Unit>> {
    let path = path.to_owned();
    let open = move || {
        let table = Table::new(files::text_of(&path)?)?;
        let at = |column: &tables::TableColumn| {
            let found = table.header.iter().position(|header| is_named(header, column));
            let missing = || format!("The file has no column {:?}. Choose one that was exported from here", column.name);
            if column.required && found.is_none() { Err(Error::invalid("file", missing())) } else { Ok(found) }
        };
        let columns = tables::columns(subject).iter().map(at).collect::<Result<Vec<_>>>()?;
        if columns.is_empty() {
            return Err(Error::invalid("file", format!("{} can't be imported this way", subject.label())));
        }
        Ok((table, columns))
    };
    let (table, columns) = tokio::task::spawn_blocking(open).await.map_err(|fault| Error::Internal(fault.into()))??;
    let (feeder, units) = ahead(AHEAD);
    tokio::task::spawn_blocking(move || {
        let given: Arc<[bool]> = columns.iter().map(Option::is_some).collect();
        let read = table.map(|row| Unit::of(row, &columns, given.clone()));
        let mut whole = Whole { of_orders: subject == Subject::Orders, open: None, doubt: None };
        for unit in read {
            if whole.take(unit).is_some_and(|unit| !give(&feeder, unit)) {
                return;
            }
        }
        if let Some(unit) = whole.open {
            give(&feeder, unit);
        }
    });
    Ok(units)
}

fn give(feeder: &crate::exchange::ops::ahead::Feeder<Unit>, unit: Unit) -> bool {
    let bytes = unit.bytes;
    feeder.give(unit, bytes)
}

/// Puts the rows of an order together.
struct Whole {
    of_orders: bool,
    open: Option<Unit>,
    /// A row that can't be read came last: it may belong to the order before it, or to the one after it.
    doubt: Option<u64>,
}

impl Whole {
    /// The unit before, when it is complete now.
    fn take(&mut self, mut unit: Unit) -> Option<Unit> {
        if !self.of_orders {
            return Some(unit);
        }
        let is_unread = unit.rows.is_empty();
        if let Some(open) = self.open.as_mut().filter(|open| !open.rows.is_empty()) {
            if is_unread {
                open.count += 1;
                self.doubt = Some(unit.line);
                open.broken = open.broken.take().or(unit.broken);
                return None;
            }
            if open.goes_on_with(&unit) {
                self.doubt = None;
                open.add(unit);
                return None;
            }
        }
        if is_unread {
            self.doubt = Some(unit.line);
        } else if let Some(line) = self.doubt.take() {
            unit.broken = Some((unit.line, format!("row {line} before it can't be read and may be of this order, so it was left out")));
        }
        self.open.replace(unit)
    }
}

impl Unit {
    fn of(row: std::result::Result<TableRow, (u64, String)>, columns: &[Option<usize>], given: Arc<[bool]>) -> Self {
        match row {
            Ok(row) => {
                let cells = columns.iter().map(|at| bare_cell(row.text(*at)).into_owned()).collect();
                Self { line: row.line, bytes: row.bytes(), rows: vec![(row.line, cells)], count: 1, given, broken: None }
            }
            Err((line, message)) => Self { line, rows: vec![], count: 1, bytes: 0, given, broken: Some((line, message)) },
        }
    }

    /// Whether the rows are of the same order.
    fn goes_on_with(&self, next: &Self) -> bool {
        let number = |unit: &Self| unit.rows.first().and_then(|(_, cells)| cells.first()).cloned();
        number(self).is_some() && number(self) == number(next)
    }

    /// Of what stands in each row of an order, the first one's is enough.
    fn add(&mut self, next: Self) {
        self.count += next.count;
        let of_order = |cells: &[String]| cells.iter().take(order::LINE).map(String::len).sum::<usize>();
        let bytes = next.rows.iter().map(|(_, cells)| next.bytes.saturating_sub(of_order(cells))).sum::<usize>();
        if self.rows.len() >= MOST_LINES || self.bytes + bytes > MOST_OF_ONE {
            let most = format!("the order has more than {MOST_LINES} lines, or its lines hold more than 8 MB");
            self.broken.get_or_insert((next.line, most));
        }
        if self.broken.is_some() {
            self.rows.truncate(1);
            return;
        }
        self.bytes += bytes;
        self.rows.extend(next.rows.into_iter().map(|(line, mut cells)| {
            cells.iter_mut().take(order::LINE).for_each(|cell| *cell = String::new());
            (line, cells)
        }));
    }

    /// Whether the file says anything of a column; what it does not say stays.
    pub fn says(&self, column: usize) -> bool {
        self.given.get(column).copied().unwrap_or(false)
    }

    /// # Errors
    /// `Invalid` when it can't be read.
    pub fn cells<const N: usize>(&self) -> Result<&[String; N]> {
        if let Some((line, broken)) = &self.broken {
            return Err(Error::invalid(&line.to_string(), broken.clone()));
        }
        let cells = self.rows.first().and_then(|(_, cells)| cells.as_slice().try_into().ok());
        cells.ok_or_else(|| Error::internal("a row without its cells"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: usize = 37;

    fn row(line: u64, number: &str, size: usize) -> Unit {
        let mut cells = vec![String::new(); COLUMNS];
        cells[0] = number.to_owned();
        cells[order::LINE] = "x".repeat(size);
        Unit { line, rows: vec![(line, cells)], count: 1, bytes: size + 500, given: Arc::new([]), broken: None }
    }

    fn unread(line: u64) -> Unit {
        Unit { line, rows: vec![], count: 1, bytes: 0, given: Arc::new([]), broken: Some((line, "not UTF-8".to_owned())) }
    }

    /// Of each order its first line, its rows and whether it can be read.
    fn together(rows: Vec<Unit>) -> Vec<(u64, u64, bool)> {
        let mut whole = Whole { of_orders: true, open: None, doubt: None };
        let mut units: Vec<_> = rows.into_iter().filter_map(|row| whole.take(row)).collect();
        units.extend(whole.open);
        units.iter().map(|unit| (unit.line, unit.count, unit.cells::<COLUMNS>().is_ok())).collect()
    }

    #[test]
    fn rows_of_a_number_are_one_order() {
        assert_eq!(together(vec![row(2, "1", 1), row(3, "1", 1), row(4, "2", 1)]), [(2, 2, true), (4, 1, true)]);
    }

    #[test]
    fn an_order_with_a_row_that_can_not_be_read_is_refused_whole() {
        assert_eq!(together(vec![row(2, "1", 1), unread(3), row(4, "1", 1), row(5, "2", 1)]), [(2, 3, false), (5, 1, true)]);
        // Whose it is can't be told between two orders.
        assert_eq!(
            together(vec![row(2, "1", 1), unread(3), row(4, "2", 1), row(5, "2", 1), row(6, "3", 1)]),
            [(2, 2, false), (4, 2, false), (6, 1, true)]
        );
        assert_eq!(together(vec![unread(2), row(3, "1", 1), row(4, "2", 1)]), [(2, 1, false), (3, 1, false), (4, 1, true)]);
    }

    #[test]
    fn an_order_beyond_all_bounds_is_refused_and_not_held() {
        let mut whole = Whole { of_orders: true, open: None, doubt: None };
        for line in 0..100 {
            assert!(whole.take(row(line, "1", 1_000_000)).is_none());
        }
        let unit = whole.open.unwrap();
        assert!((unit.rows.len(), unit.count) == (1, 100) && unit.bytes <= MOST_OF_ONE && unit.cells::<COLUMNS>().is_err());
        let lines = together((0..=MOST_LINES as u64).map(|line| row(line, "1", 1)).collect());
        assert_eq!(lines, [(0, MOST_LINES as u64 + 1, false)]);
    }
}
