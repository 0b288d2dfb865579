//! Events of security, counted where they are told: in the log. Whatever is logged with one of these names as its field `event`,
//! as information or worse, counts, whether or not the log is set to be so fine that anybody reads it there. So no room has to write a thing twice,
//! and a flood of them costs an addition each.

use std::{
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, filter_fn},
    layer::Context,
    registry::LookupSpan,
};

/// Names that a burst of may be an attack. `docs/security.md` tells each.
pub const WATCHED: [&str; 8] =
    ["sign_in_failed", "throttled", "refused", "proof_failed", "second_factor_failed", "webhook_refused", "csrf_refused", "host_refused"];

/// How many of each there were since they were last taken.
#[derive(Debug, Default)]
pub struct Tally([AtomicU64; WATCHED.len()]);

impl Tally {
    /// What there was since the last time, and begins anew.
    pub fn take(&self) -> Vec<(&'static str, i64)> {
        let taken = WATCHED.iter().zip(&self.0).map(|(name, count)| (*name, count.swap(0, Ordering::Relaxed)));
        taken.filter_map(|(name, count)| Some((name, i64::try_from(count).ok().filter(|count| *count > 0)?))).collect()
    }

    /// Takes part in the log of the program.
    pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(self: &Arc<Self>) -> impl Layer<S> + use<S> {
        let told = filter_fn(|about| about.is_event() && about.fields().field("event").is_some()).with_max_level_hint(LevelFilter::INFO);
        Counting(self.clone()).with_filter(told)
    }

    fn count(&self, name: &str) {
        if let Some(at) = WATCHED.iter().position(|known| *known == name) {
            self.0[at].fetch_add(1, Ordering::Relaxed);
        }
    }
}

struct Counting(Arc<Tally>);

impl<S: Subscriber> Layer<S> for Counting {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut Named(&self.0));
    }
}

struct Named<'a>(&'a Tally);

impl Visit for Named<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "event" {
            self.0.count(value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::{EnvFilter, Registry, layer::SubscriberExt};

    use super::*;

    #[test]
    fn what_the_log_tells_is_counted_even_where_it_is_too_fine_to_be_written() {
        let tally = Arc::new(Tally::default());
        let written = tracing_subscriber::fmt::layer().with_writer(std::io::sink).with_filter(EnvFilter::new("error"));
        let log = Registry::default().with(written).with(tally.layer());
        tracing::subscriber::with_default(log, || {
            for _ in 0..3 {
                tracing::info!(event = "csrf_refused", "a form was refused");
            }
            tracing::info!(event = "host_refused", "a name was refused");
            tracing::warn!(event = "order_placed", "nobody watches that");
            tracing::warn!("without a name");
        });
        assert_eq!(tally.take(), [("csrf_refused", 3), ("host_refused", 1)]);
        assert!(tally.take().is_empty(), "what was taken is not counted again");
    }
}
