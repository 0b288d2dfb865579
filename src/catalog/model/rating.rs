use serde::Deserialize;

/// What buyers think of a product: the sum of its published reviews, kept by the database (migration `reviews`).
#[derive(Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rating {
    pub reviews: i32,
    /// Of all of them together.
    pub stars: i32,
}

/// Nobody asks for five stars and up: one buyer who gave four would leave the best product out.
const HIGHEST_LEVEL: i64 = 4;

impl Rating {
    /// The mean in tenths of a star, rounded half up; 0 without reviews.
    fn tenths(self) -> i64 {
        let (reviews, stars) = (i64::from(self.reviews), i64::from(self.stars));
        if reviews == 0 { 0 } else { (stars * 20 + reviews) / (reviews * 2) }
    }

    /// The mean with one decimal: `4.3`.
    pub fn mean(self) -> String {
        let tenths = self.tenths();
        format!("{}.{}", tenths / 10, tenths % 10)
    }

    /// So many stars and up: as the mean is shown, so that what says 4.0 is among those of four. The same as `rating_level` in SQL.
    pub fn level(self) -> i64 {
        (self.tenths() / 10).min(HIGHEST_LEVEL)
    }

    /// The mean drawn as five stars: those that are full, and the rest.
    pub fn drawn(self) -> (&'static str, &'static str) {
        drawn((self.tenths() + 5) / 10)
    }

    /// `12 reviews`.
    pub fn count(self) -> String {
        if self.reviews == 1 { "1 review".to_owned() } else { format!("{} reviews", self.reviews) }
    }
}

/// Five stars, so many of them full.
pub fn drawn(stars: i64) -> (&'static str, &'static str) {
    const FIVE: &str = "★★★★★";
    const ONE: usize = "★".len();
    FIVE.split_at(usize::try_from(stars.clamp(0, 5)).unwrap_or(0) * ONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rating(reviews: i32, stars: i32) -> Rating {
        Rating { reviews, stars }
    }

    #[test]
    fn a_mean_has_one_decimal_rounded_half_up() {
        assert_eq!(rating(3, 13).mean(), "4.3");
        assert_eq!(rating(20, 87).mean(), "4.4", "4.35");
        assert_eq!((rating(1, 5).mean(), rating(0, 0).mean()), ("5.0".to_owned(), "0.0".to_owned()));
        assert_eq!(rating(i32::MAX, i32::MAX).mean(), "1.0");
    }

    #[test]
    fn what_says_four_is_among_those_of_four_and_up() {
        assert_eq!((rating(20, 79).mean(), rating(20, 79).level()), ("4.0".to_owned(), 4));
        assert_eq!((rating(10, 39).mean(), rating(10, 39).level()), ("3.9".to_owned(), 3));
        assert_eq!((rating(1, 5).level(), rating(0, 0).level()), (4, 0));
    }

    #[test]
    fn five_stars_are_always_five() {
        for stars in -1..=6 {
            let (full, rest) = drawn(stars);
            assert_eq!(full.chars().count() + rest.chars().count(), 5);
        }
        assert_eq!(rating(3, 13).drawn(), ("★★★★", "★"));
    }
}
