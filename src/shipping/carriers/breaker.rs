use std::time::{Duration, Instant};

/// Failures in a row after which a carrier is left alone.
const PATIENCE: u32 = 3;

/// For how long.
const PAUSE: Duration = Duration::from_secs(60);

/// Keeps shoppers from waiting for a carrier that does not answer anyway.
#[derive(Debug, Default)]
pub struct Breaker {
    failures: u32,
    left_alone_until: Option<Instant>,
}

impl Breaker {
    /// Whether to ask. After the pause one question goes through; until it is answered, others don't.
    pub fn lets_through(&mut self, now: Instant) -> bool {
        match self.left_alone_until {
            Some(until) if now < until => false,
            Some(_) => {
                self.left_alone_until = Some(now + PAUSE);
                true
            }
            None => true,
        }
    }

    pub fn note(&mut self, succeeded: bool, now: Instant) {
        if succeeded {
            *self = Self::default();
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures >= PATIENCE {
            self.left_alone_until = Some(now + PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_three_failures_in_a_row_nobody_is_asked_for_a_minute() {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..3 {
            assert!(breaker.lets_through(start));
            breaker.note(false, start);
        }
        assert!(!breaker.lets_through(start + Duration::from_secs(59)));
        let later = start + Duration::from_secs(60);
        assert!(breaker.lets_through(later), "one is let through to see");
        assert!(!breaker.lets_through(later), "and only one");
        breaker.note(true, later);
        assert!(breaker.lets_through(later));
    }

    #[test]
    fn a_success_between_makes_the_failures_forgotten() {
        let (mut breaker, now) = (Breaker::default(), Instant::now());
        for succeeded in [false, false, true, false, false] {
            breaker.note(succeeded, now);
        }
        assert!(breaker.lets_through(now));
    }
}
