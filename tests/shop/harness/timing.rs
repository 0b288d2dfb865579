use std::time::Instant;

/// Fails when one takes longer than the other: the medians of so many tries each, asked in turn so that what else the machine does
/// falls on both, differ by 5 percent or more. `before`: not measured, before each try.
pub fn take_as_long(tries: usize, before: impl Fn(), one: impl Fn(), other: impl Fn()) {
    let mut medians = (0.0, 0.0);
    // A busy machine favours one side by chance now and then, but hardly three times.
    for _ in 0..3 {
        medians = compare(tries, &before, &one, &other);
        if (medians.0 / medians.1 - 1.0).abs() < 0.05 {
            return;
        }
    }
    panic!("one takes {:.2} ms, the other {:.2} ms", medians.0, medians.1);
}

fn compare(tries: usize, before: &dyn Fn(), one: &dyn Fn(), other: &dyn Fn()) -> (f64, f64) {
    let time = |work: &dyn Fn()| {
        before();
        let began = Instant::now();
        work();
        began.elapsed().as_secs_f64() * 1000.0
    };
    let (mut ones, mut others) = (vec![], vec![]);
    for turn in 0..tries {
        // Whoever comes first in one turn comes second in the next.
        if turn % 2 == 0 {
            ones.push(time(one));
        }
        others.push(time(other));
        if turn % 2 == 1 {
            ones.push(time(one));
        }
    }
    (median(ones), median(others))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
