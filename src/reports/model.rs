use chrono::NaiveDate;

use crate::base::{Currency, Money};

/// Sales of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    pub date: NaiveDate,
    pub orders: i64,
    pub total: Money,
}

/// A bar chart in the units of its own drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    pub bars: Vec<Bar>,
    pub width: i64,
    pub height: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    pub day: Day,
    pub x: i64,
    pub y: i64,
    pub width: i64,
    pub height: i64,
    pub is_last: bool,
}

impl Bar {
    /// Middle of the bar, for its label.
    pub fn middle(&self) -> i64 {
        self.x + self.width / 2
    }
}

/// Bars for these days, the highest as high as the drawing; a day with sales shows at least a line.
pub fn chart(days: &[Day]) -> Chart {
    const HEIGHT: i64 = 140;
    const STEP: i64 = 72;
    const BAR: i64 = 48;
    let most = days.iter().map(|day| day.total.minor).max().unwrap_or(0).max(1);
    let bar = |(at, day): (i64, &Day)| {
        let height = if day.total.minor > 0 { (day.total.minor * HEIGHT / most).max(2) } else { 0 };
        let x = at * STEP + (STEP - BAR) / 2;
        Bar { day: day.clone(), x, y: HEIGHT - height, width: BAR, height, is_last: at + 1 == days.len() as i64 }
    };
    Chart { bars: (0..).zip(days).map(bar).collect(), width: STEP * days.len() as i64, height: HEIGHT }
}

/// The sum over days.
pub fn sum(days: &[Day], currency: Currency) -> (i64, Money) {
    (days.iter().map(|day| day.orders).sum(), Money::new(days.iter().map(|day| day.total.minor).sum(), currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_day_is_as_high_as_the_chart_and_others_in_proportion() {
        let currency = Currency::parse("GBP").unwrap();
        let day = |minor| Day { date: NaiveDate::MIN, orders: 1, total: Money::new(minor, currency) };
        let chart = chart(&[day(0), day(500), day(1000), day(1)]);
        assert_eq!(chart.bars.iter().map(|bar| bar.height).collect::<Vec<_>>(), [0, 70, 140, 2]);
        assert!(chart.bars[3].is_last && !chart.bars[2].is_last);
        assert!(chart.bars.iter().all(|bar| bar.y + bar.height == chart.height));
    }
}
