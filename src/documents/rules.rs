//! Code 128 (ISO/IEC 15417), by its set B: printable ASCII.

/// The widths of bars and spaces for each value, bar first; each is 11 modules wide but for the stop at the end.
const PATTERNS: [&str; 107] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312", "231212", "112232",
    "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212", "223112", "312131", "311222", "321122",
    "321221", "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321", "112313", "132113", "132311",
    "211313", "231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121", "313121", "211331", "231131", "213113",
    "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111", "111224", "111422",
    "121124", "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114", "413111",
    "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141", "214121",
    "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311", "113141", "114131", "311141", "411131", "211412",
    "211214", "211232", "2331112",
];

const START_B: usize = 104;
const STOP: usize = 106;

/// The bars of a text as (distance from the left, width), in modules; `None` when it can't be coded. The quiet zones of ten
/// modules on both sides are left to whoever draws it.
pub fn bars(text: &str) -> Option<Vec<(u32, u32)>> {
    let values: Option<Vec<usize>> = text.bytes().map(|byte| (32..127).contains(&byte).then(|| usize::from(byte) - 32)).collect();
    let values = values.filter(|values| (1..=80).contains(&values.len()))?;
    let weighted: usize = values.iter().enumerate().map(|(at, value)| (at + 1) * value).sum();
    let check = (START_B + weighted) % 103;
    let (mut bars, mut at) = (vec![], 0);
    for value in std::iter::once(START_B).chain(values).chain([check, STOP]) {
        for (nth, width) in PATTERNS[value].bytes().map(|digit| u32::from(digit - b'0')).enumerate() {
            if nth.is_multiple_of(2) {
                bars.push((at, width));
            }
            at += width;
        }
    }
    Some(bars)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_coded_with_its_check_digit() {
        let coded = bars("PJJ123C").unwrap();
        // Start, 7 letters, check: 3 bars each; stop: 4. The example of the standard's literature has the check value 54.
        assert_eq!(coded.len(), 9 * 3 + 4);
        let check: Vec<u32> = coded[8 * 3..9 * 3].iter().map(|(_, width)| *width).collect();
        assert_eq!(check, [3, 1, 2], "the bars of value 54, 311123");
        assert_eq!(coded.last(), Some(&(9 * 11 + 11, 2)));
    }

    #[test]
    fn every_pattern_has_its_due_width() {
        let width = |pattern: &str| pattern.bytes().map(|digit| u32::from(digit - b'0')).sum::<u32>();
        assert!(PATTERNS[..106].iter().all(|pattern| width(pattern) == 11 && pattern.len() == 6));
        assert_eq!(width(PATTERNS[106]), 13);
    }

    #[test]
    fn what_is_not_printable_ascii_is_not_coded() {
        for text in ["", "Ж", "a\nb", "é"] {
            assert_eq!(bars(text), None);
        }
    }
}
