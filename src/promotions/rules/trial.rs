//! Carts as staff writes them down to try a promotion.

/// Lines of a cart on trial at most.
const MOST_LINES: usize = 50;

/// Reads one SKU a line with its quantity behind it: `HAM-16 × 2`, `HAM-16 x2`, `HAM-16 2` or `HAM-16` for one.
///
/// # Errors
/// Which line can't be read.
pub fn read_lines(text: &str) -> Result<Vec<(String, i32)>, String> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.len() > MOST_LINES {
        return Err(format!("Try {MOST_LINES} lines at most"));
    }
    lines.into_iter().map(read_line).collect()
}

fn read_line(line: &str) -> Result<(String, i32), String> {
    let (sku, quantity) = line.rsplit_once(|c: char| c == '×' || c.is_whitespace()).unwrap_or((line, ""));
    let digits = quantity.trim().trim_start_matches(['x', 'X']);
    let sku = sku.trim_end_matches(|c: char| c == '×' || c.is_whitespace());
    let sku = sku.strip_suffix(" x").or_else(|| sku.strip_suffix(" X")).unwrap_or(sku).trim();
    if quantity.is_empty() {
        return Ok((line.to_owned(), 1));
    }
    let number = digits.parse().ok().filter(|number| (1..=999).contains(number));
    number.map(|number| (sku.to_owned(), number)).ok_or_else(|| format!("Write “{line}” as a SKU and a quantity from 1 to 999"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cart_is_written_with_or_without_quantities() {
        let read = read_lines("HAM-16 × 2\nHAM-16×3\n\n BOX-2 x 4\nBOX-2 x5\nBOX-2 6\nNAIL").unwrap();
        let expected = [("HAM-16", 2), ("HAM-16", 3), ("BOX-2", 4), ("BOX-2", 5), ("BOX-2", 6), ("NAIL", 1)];
        assert_eq!(read, expected.map(|(sku, number)| (sku.to_owned(), number)));
        assert!(read_lines("HAM-16 many").unwrap_err().contains("HAM-16 many"));
        assert!(read_lines("HAM-16 × 0").is_err());
        assert!(read_lines(&"A\n".repeat(51)).is_err());
    }
}
