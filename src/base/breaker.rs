//! Keeps the shop from asking, again and again, somebody outside who does not answer, such as a gateway or a carrier. Shoppers
//! don't wait for it then; they are shown what there is without it.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Failures in a row after which one is left alone.
const MOST_FAILURES: u32 = 3;

/// How long it is left alone; then one call tries whether it is back.
const REST: Duration = Duration::from_secs(30);

/// A trial that has not ended by then was dropped on its way.
const TRIAL: Duration = Duration::from_secs(15);

/// What a breaker lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// All is well.
    Closed,
    /// Nothing, for so many seconds more.
    Open { seconds: u64 },
    /// One call that tries whether the other is back.
    HalfOpen,
}

/// The breaker before one of them, as this server sees it.
#[derive(Default)]
pub struct Breaker(Mutex<State>);

#[derive(Clone, Copy, Default)]
struct State {
    failures: u32,
    opened: Option<Instant>,
    trial: Option<Instant>,
}

impl Breaker {
    pub fn door(&self) -> Door {
        self.lock().door(Instant::now())
    }

    /// Whether a call may go through now. In the half-open state only one may.
    pub fn enter(&self) -> bool {
        self.lock().enter(Instant::now())
    }

    pub fn succeeded(&self) {
        *self.lock() = State::default();
    }

    pub fn failed(&self) {
        self.lock().failed(Instant::now());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn door(&self, now: Instant) -> Door {
        match self.opened.map(|opened| REST.saturating_sub(now.duration_since(opened))) {
            None => Door::Closed,
            Some(Duration::ZERO) => Door::HalfOpen,
            Some(left) => Door::Open { seconds: left.as_secs().max(1) },
        }
    }

    fn enter(&mut self, now: Instant) -> bool {
        match self.door(now) {
            Door::Closed => true,
            Door::Open { .. } => false,
            Door::HalfOpen => {
                let free = self.trial.is_none_or(|begun| now.duration_since(begun) > TRIAL);
                if free {
                    self.trial = Some(now);
                }
                free
            }
        }
    }

    fn failed(&mut self, now: Instant) {
        self.failures += 1;
        self.trial = None;
        if self.failures >= MOST_FAILURES {
            self.opened = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_in_a_row_open_it_and_a_success_between_them_does_not() {
        let breaker = Breaker::default();
        breaker.failed();
        breaker.failed();
        breaker.succeeded();
        breaker.failed();
        breaker.failed();
        assert_eq!(breaker.door(), Door::Closed);
        breaker.failed();
        assert!(matches!(breaker.door(), Door::Open { .. }) && !breaker.enter());
    }

    #[test]
    fn after_a_rest_one_call_tries_whether_the_other_is_back() {
        let (mut state, start) = (State::default(), Instant::now());
        (0..3).for_each(|_| state.failed(start));
        assert!(!state.enter(start + REST / 2));
        let later = start + REST;
        assert_eq!(state.door(later), Door::HalfOpen);
        assert!(state.enter(later) && !state.enter(later), "one call, not two");
        assert!(state.enter(later + TRIAL * 2), "unless the one was dropped");
        state.failed(later);
        assert!(matches!(state.door(later), Door::Open { .. }), "one failure is enough now");
    }
}
