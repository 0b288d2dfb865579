use super::model::{Item, Recipe, Shortage, Stock};
use crate::base::VariantId;

/// What is asked for with its bundles taken apart; what no recipe is of stays as it is.
pub fn taken_apart(items: &[Item], recipes: &[Recipe]) -> Vec<Item> {
    let parts_of = |item: &Item| recipes.iter().filter(|recipe| recipe.bundle == item.variant).copied().collect::<Vec<_>>();
    let apart = items.iter().flat_map(|item| match parts_of(item) {
        parts if parts.is_empty() => vec![*item],
        parts => parts.iter().map(|of| Item { variant: of.part, quantity: item.quantity.saturating_mul(of.quantity) }).collect(),
    });
    apart.collect()
}

/// Shortages in terms of what was asked for: a part that is short is told of the bundles that it is in, and of itself where it was
/// asked for as well. What is asked for first is served first, so whoever takes as few as is told finds that all of it goes together.
pub fn as_asked(short: &[Shortage], items: &[Item], recipes: &[Recipe]) -> Vec<Shortage> {
    let (wanted, mut left, mut told) = (each_once(items), short.to_vec(), vec![]);
    for item in &wanted {
        let takes = |of: VariantId| taken_of(of, item.variant, recipes);
        let fits = |short: &Shortage| {
            Some(Shortage { variant: item.variant, available: short.available.max(0) / takes(short.variant)?, ..*short })
        };
        let worst = left.iter().filter_map(fits).min_by_key(|short| short.available).filter(|short| short.available < item.quantity);
        let served = worst.map_or(item.quantity, |short| short.available);
        for short in &mut left {
            if let Some(each) = takes(short.variant) {
                short.available -= served.saturating_mul(each);
                short.is_shared = true;
            }
        }
        told.extend(worst);
    }
    if told.is_empty() { short.to_vec() } else { told }
}

/// Each variant once, where it was asked for first.
fn each_once(items: &[Item]) -> Vec<Item> {
    let mut wanted: Vec<Item> = vec![];
    for item in items {
        match wanted.iter_mut().find(|known| known.variant == item.variant) {
            Some(known) => known.quantity = known.quantity.saturating_add(item.quantity),
            None => wanted.push(*item),
        }
    }
    wanted
}

/// Units of `part` in one unit of what was asked for. `None`: it takes nothing of it.
fn taken_of(part: VariantId, asked: VariantId, recipes: &[Recipe]) -> Option<i32> {
    if part == asked {
        return Some(1);
    }
    recipes.iter().find(|recipe| recipe.bundle == asked && recipe.part == part).map(|recipe| recipe.quantity)
}

/// What is missing of an item as its stock stands; `freed`: units that are given up for it.
pub fn short_of(stock: &Stock, item: &Item, freed: i32) -> Option<Shortage> {
    match stock.available().map(|available| available.saturating_add(freed)) {
        Some(free) if free < item.quantity => {
            let available = stock.most_per_order.map_or(free, |most| free.min(most)).max(0);
            Some(Shortage { variant: item.variant, available, is_limit: false, is_shared: false })
        }
        _ => beyond_limit(stock, item),
    }
}

/// There may be enough, but no order gets so many.
pub fn beyond_limit(stock: &Stock, item: &Item) -> Option<Shortage> {
    let most = stock.most_per_order.filter(|most| item.quantity > *most)?;
    Some(Shortage { variant: item.variant, available: most, is_limit: true, is_shared: false })
}

/// A line of a receipt or a transfer as it was typed: a SKU and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedLine {
    pub sku: String,
    pub quantity: i32,
    /// The form's field that it came from, for a message beside it.
    pub field: String,
}

/// Most units in a line.
const MOST: i32 = 1_000_000;

/// Reads lines such as `CLAW-HAMMER 12`, as pasted from a delivery note or a spreadsheet: the last word is the quantity, what
/// stands before it is the SKU, between them blanks, a tab, a comma or a semicolon. Empty lines are passed over.
///
/// # Errors
/// A message that names the first line which can't be read.
pub fn pasted_lines(text: &str) -> Result<Vec<TypedLine>, String> {
    let filled = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    filled.map(|(at, line)| pasted_line(line).ok_or_else(|| unreadable(at, line))).collect()
}

fn pasted_line(line: &str) -> Option<TypedLine> {
    let separates = |c: char| c.is_whitespace() || c == ',' || c == ';';
    let line = line.trim_end_matches(separates);
    let (sku, quantity) = line.rsplit_once(separates)?;
    let sku = sku.trim_matches(separates).to_owned();
    (!sku.is_empty()).then_some(TypedLine { sku, quantity: quantity_of(quantity).ok()?, field: "pasted".to_owned() })
}

fn unreadable(at: i32, line: &str) -> String {
    let shown: String = line.trim().chars().take(40).collect();
    format!("Line {at}, “{shown}”, should be a SKU and a whole number, such as CLAW-HAMMER 12")
}

/// The rows of the form, where a row without any answer is passed over.
///
/// # Errors
/// Each is the field and its message.
pub fn typed_lines(skus: &[String], quantities: &[String]) -> Result<Vec<TypedLine>, Vec<(String, String)>> {
    let (mut lines, mut wrong) = (vec![], vec![]);
    for (at, sku) in (1..).zip(skus) {
        let (sku, quantity) = (sku.trim(), quantities.get(at - 1).map_or("", |quantity| quantity.trim()));
        match (sku.is_empty(), quantity.is_empty(), quantity_of(quantity)) {
            (true, true, _) => {}
            (true, false, _) => wrong.push((format!("sku-{at}"), format!("Enter the SKU of line {at}"))),
            (false, _, Ok(quantity)) => lines.push(TypedLine { sku: sku.to_owned(), quantity, field: format!("sku-{at}") }),
            (false, _, Err(message)) => wrong.push((format!("quantity-{at}"), message)),
        }
    }
    if wrong.is_empty() { Ok(lines) } else { Err(wrong) }
}

fn quantity_of(text: &str) -> Result<i32, String> {
    let quantity = text.trim().parse().ok().filter(|quantity| (1..=MOST).contains(quantity));
    quantity.ok_or_else(|| "Enter how many, such as 12".to_owned())
}

/// What to tell somebody whose count was made on a page that is not true any more.
pub fn stale(seen: i32, now: i32) -> String {
    let moved = if now < seen { format!("{} left", seen - now) } else { format!("{} came in", now - seen) };
    format!("Meanwhile {moved}: by the books {now} are on hand now, not {seen} as when you opened this page. Count again, then save")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(variant: i64, quantity: i32) -> Item {
        Item { variant: VariantId(variant), quantity }
    }

    fn short(variant: i64, available: i32) -> Shortage {
        Shortage { variant: VariantId(variant), available, is_limit: false, is_shared: false }
    }

    fn recipe(bundle: i64, part: i64, quantity: i32) -> Recipe {
        Recipe { bundle: VariantId(bundle), part: VariantId(part), quantity }
    }

    #[test]
    fn bundles_are_taken_apart_and_what_is_short_is_told_of_them() {
        let (items, recipes) = ([item(9, 2), item(1, 3)], [recipe(9, 1, 2), recipe(9, 2, 1)]);
        assert_eq!(taken_apart(&items, &recipes), [item(1, 4), item(2, 2), item(1, 3)]);
        assert_eq!(taken_apart(&items, &[]), items);
        assert_eq!(as_asked(&[short(2, 1)], &items, &recipes), [short(9, 1)]);
        assert_eq!(as_asked(&[short(1, 3)], &[item(1, 4)], &[]), [short(1, 3)]);
        assert_eq!(as_asked(&[short(1, 3)], &[item(1, 2), item(1, 2)], &[]), [short(1, 3)], "of one article by two lines");
    }

    #[test]
    fn what_a_bundle_takes_of_a_part_is_not_told_to_be_left_for_the_part() {
        let (items, recipes) = ([item(9, 2), item(1, 3)], [recipe(9, 1, 2), recipe(9, 2, 1)]);
        let beside = Shortage { is_shared: true, ..short(1, 1) };
        assert_eq!(as_asked(&[short(1, 5)], &items, &recipes), [beside]);
        assert_eq!(as_asked(&[short(1, 3)], &items, &recipes), [short(9, 1), beside], "one bundle leaves one of three");
        let limit = Shortage { is_limit: true, ..short(1, 5) };
        assert_eq!(as_asked(&[limit], &items, &recipes), [Shortage { is_limit: true, ..beside }]);
        assert_eq!(as_asked(&[short(9, 1)], &items, &recipes), [short(9, 1)], "the bundle's own limit");
    }

    fn line(sku: &str, quantity: i32, field: &str) -> TypedLine {
        TypedLine { sku: sku.to_owned(), quantity, field: field.to_owned() }
    }

    #[test]
    fn lines_are_pasted_from_anywhere() {
        let read = pasted_lines("CLAW-HAMMER 12\n\n  NAIL 2 IN\t500\r\nHINGE;4\nBOLT, 7,\n").unwrap();
        let wanted = [("CLAW-HAMMER", 12), ("NAIL 2 IN", 500), ("HINGE", 4), ("BOLT", 7)];
        assert_eq!(read, wanted.map(|(sku, quantity)| line(sku, quantity, "pasted")));
        for wrong in ["CLAW-HAMMER", "12", "CLAW-HAMMER twelve", "HINGE 0", "HINGE -3", "HINGE 1.5", "HINGE 99999999", "; 4"] {
            let message = pasted_lines(&format!("NAIL 1\n{wrong}")).unwrap_err();
            assert!(message.starts_with("Line 2"), "{wrong}: {message}");
        }
    }

    #[test]
    fn rows_without_an_answer_are_passed_over_and_half_ones_told() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let read = typed_lines(&words(&["HINGE", "", " NAIL "]), &words(&["4", "", "10"])).unwrap();
        assert_eq!(read, [line("HINGE", 4, "sku-1"), line("NAIL", 10, "sku-3")]);
        let wrong = typed_lines(&words(&["HINGE", ""]), &words(&["", "3"])).unwrap_err();
        assert_eq!(wrong.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(), ["quantity-1", "sku-2"]);
    }

    proptest! {
        /// Taking what is told, and the rest as it was asked for, needs no more of a part than there is.
        #[test]
        fn taking_what_is_told_is_enough(kits in 1..20_i32, loose in 1..20_i32, each in 1..4_i32, there in 0..60_i32) {
            let (items, recipes) = ([item(9, kits), item(1, loose)], [recipe(9, 1, each)]);
            prop_assume!(kits * each + loose > there);
            let told = as_asked(&[short(1, there)], &items, &recipes);
            let taken = |wanted: Item| told.iter().find(|short| short.variant == wanted.variant).map_or(wanted.quantity, |short| short.available);
            prop_assert!(taken(items[0]) * each + taken(items[1]) <= there);
        }
    }

    #[test]
    fn what_is_missing_is_told_with_what_is_given_up_for_it_and_with_the_limit() {
        let stock = Stock { on_hand: 3, most_per_order: Some(4), ..Stock::none(VariantId(1)) };
        assert_eq!(short_of(&stock, &item(1, 3), 0), None);
        assert_eq!(short_of(&stock, &item(1, 4), 0), Some(short(1, 3)));
        assert_eq!(short_of(&stock, &item(1, 4), 1), None);
        assert_eq!(short_of(&stock, &item(1, 9), 9), Some(Shortage { is_limit: true, ..short(1, 4) }));
        assert_eq!(short_of(&Stock { tracked: false, most_per_order: None, ..stock }, &item(1, 99), 0), None);
    }

    #[test]
    fn a_stale_count_is_told_what_changed() {
        assert!(stale(10, 8).starts_with("Meanwhile 2 left: by the books 8"));
        assert!(stale(10, 14).starts_with("Meanwhile 4 came in"));
    }

    proptest! {
        #[test]
        fn whatever_is_pasted_is_read_or_refused(text in "(?s).{0,200}") {
            if let Ok(lines) = pasted_lines(&text) {
                prop_assert!(lines.iter().all(|line| line.quantity > 0 && !line.sku.is_empty()));
            }
        }
    }
}
