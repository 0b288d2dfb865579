//! Lists come in pages: every one has a limit.

use std::fmt::Write;

/// Which page is asked for; the first is 1.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest {
    number: i64,
    size: i64,
}

impl PageRequest {
    /// A page beyond reason is taken for the last reasonable one, so that no OFFSET overflows.
    pub fn new(number: Option<i64>, size: i64) -> Self {
        Self { number: number.unwrap_or(1).clamp(1, 100_000), size }
    }

    pub fn limit(self) -> i64 {
        self.size
    }

    pub fn offset(self) -> i64 {
        (self.number - 1) * self.size
    }

    pub fn of<T>(self, items: Vec<T>, total: i64) -> Page<T> {
        Page { items, total, number: self.number, size: self.size, more: false }
    }

    /// The same where nobody counted further than `most`: counting a million costs more than any page is worth.
    pub fn of_counted<T>(self, items: Vec<T>, counted: i64, most: i64) -> Page<T> {
        Page { items, total: counted.min(most), number: self.number, size: self.size, more: counted > most }
    }
}

/// One page of a list and where it stands in the whole.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub total: i64,
    pub number: i64,
    size: i64,
    /// There are more than `total`: the list is longer than its pages.
    pub more: bool,
}

impl<T> Page<T> {
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub fn pages(&self) -> i64 {
        ((self.total + self.size - 1) / self.size).max(1)
    }

    pub fn first(&self) -> i64 {
        (self.number - 1) * self.size + 1
    }

    pub fn last(&self) -> i64 {
        self.first() + self.items.len() as i64 - 1
    }

    pub fn previous(&self) -> Option<i64> {
        (self.number > 1).then(|| (self.number - 1).min(self.pages()))
    }

    pub fn next(&self) -> Option<i64> {
        (self.number < self.pages()).then(|| self.number + 1)
    }

    /// Page numbers worth a link: the ends and the neighbours; `None` stands for a gap.
    pub fn links(&self) -> Vec<Option<i64>> {
        let mut links = vec![];
        let mut before = 0;
        for number in 1..=self.pages() {
            if number == 1 || number == self.pages() || (number - self.number).abs() <= 1 {
                if number > before + 1 {
                    links.push(None);
                }
                links.push(Some(number));
                before = number;
            }
        }
        links
    }

    /// For the title of every page but the first: ` (page 2 of 7)`.
    pub fn title_suffix(&self) -> String {
        let mut suffix = String::new();
        if self.number > 1 && self.number <= self.pages() {
            let _ = write!(suffix, " (page {} of {})", self.number, self.pages());
        }
        suffix
    }

    /// The items, and the page without them for [`Page::with`].
    pub fn split(self) -> (Vec<T>, Page<()>) {
        (self.items, Page { items: vec![], total: self.total, number: self.number, size: self.size, more: self.more })
    }
}

impl Page<()> {
    /// The same page of other things.
    pub fn with<U>(self, items: Vec<U>) -> Page<U> {
        Page { items, total: self.total, number: self.number, size: self.size, more: self.more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_show_the_ends_the_neighbours_and_gaps() {
        let page = PageRequest::new(Some(6), 10).of(vec![0; 10], 115);
        assert_eq!(page.pages(), 12);
        assert_eq!(page.links(), [Some(1), None, Some(5), Some(6), Some(7), None, Some(12)]);
        assert_eq!((page.first(), page.last(), page.previous(), page.next()), (51, 60, Some(5), Some(7)));
    }

    #[test]
    fn a_list_that_is_counted_to_a_bound_says_that_there_are_more() {
        let page = PageRequest::new(None, 10).of_counted(vec![0; 10], 101, 100);
        assert_eq!((page.total, page.pages(), page.more), (100, 10, true));
        assert!(!PageRequest::new(None, 10).of_counted(vec![0; 10], 100, 100).more);
    }

    #[test]
    fn odd_page_numbers_are_taken_for_the_nearest_that_make_sense() {
        assert_eq!(PageRequest::new(Some(-3), 10).offset(), 0);
        assert_eq!(PageRequest::new(Some(i64::MAX), 10).offset(), 999_990);
    }
}
