//! Chance that comes out the same for the same seed, on every machine and for ever (SplitMix64).

pub struct Chance(u64);

impl Chance {
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        if limit == 0 { 0 } else { (self.next() % limit as u64) as usize }
    }

    pub fn units(&mut self, most: i32) -> i32 {
        1 + self.below(most.max(1) as usize) as i32
    }

    pub fn percent(&mut self, of_hundred: usize) -> bool {
        self.below(100) < of_hundred
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(from.len())).cloned()
    }
}

fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A roll from 0 to 99 that depends on nothing but these, so that it is the same in whatever order things are asked.
pub fn roll(parts: &[u64]) -> u64 {
    parts.iter().fold(0, |state, part| mixed(state ^ part.wrapping_add(0x9e37_79b9_7f4a_7c15))) % 100
}
