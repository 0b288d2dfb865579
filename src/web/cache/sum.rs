//! Check sums of texts that are put together: gzip ends with the CRC-32 of all that is in it (RFC 1952, 2.3.1), and a page's parts are
//! summed once, however many visitors they are sent to.

use std::sync::LazyLock;

/// The polynomial of RFC 1952, 8: the highest power is the lowest bit, and x^32 goes without saying.
const POLYNOMIAL: u32 = 0xedb8_8320;

/// x^0.
const ONE: u32 = 1 << 31;

/// Of a text that may stand behind any other.
#[derive(Clone, Copy, Debug)]
pub struct Sum {
    crc: u32,
    /// x to the power of the text's bits, modulo the polynomial: what a text makes of the sum of all before it.
    shift: u32,
}

impl Sum {
    pub fn of(text: &[u8]) -> Self {
        Self { crc: crc32fast::hash(text), shift: shift(text.len()) }
    }

    /// The sum of both texts, where that of the first is `before`; nothing sums up to zero.
    pub fn after(self, before: u32) -> u32 {
        product(self.shift, before) ^ self.crc
    }
}

/// Modulo the polynomial, bit by bit.
fn product(a: u32, b: u32) -> u32 {
    let (mut left, mut power, mut sum) = (a, b, 0);
    while left != 0 {
        if left & ONE != 0 {
            sum ^= power;
        }
        left <<= 1;
        power = if power & 1 == 0 { power >> 1 } else { (power >> 1) ^ POLYNOMIAL };
    }
    sum
}

/// x to the power of eight times so many.
fn shift(bytes: usize) -> u32 {
    /// x^8, and each the square of the one before.
    static SQUARES: LazyLock<[u32; usize::BITS as usize]> = LazyLock::new(|| {
        let mut square = ONE >> 8;
        std::array::from_fn(|_| {
            let this = square;
            square = product(this, this);
            this
        })
    });
    let bits = SQUARES.iter().enumerate().filter(|(at, _)| (bytes >> at) & 1 == 1);
    bits.fold(ONE, |power, (_, square)| product(power, *square))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_text_behind_another_sums_up_as_one() {
        let (first, second) = (vec![7; 70_001], vec![0; 300_000]);
        let both = crc32fast::hash(&[first.clone(), second.clone()].concat());
        assert_eq!(Sum::of(&second).after(Sum::of(&first).after(0)), both);
    }

    proptest! {
        #[test]
        fn texts_sum_up_as_one(texts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 0..6)) {
            let sum = texts.iter().fold(0, |before, text| Sum::of(text).after(before));
            prop_assert_eq!(sum, crc32fast::hash(&texts.concat()));
        }
    }
}
