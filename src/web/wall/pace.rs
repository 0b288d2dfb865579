use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::{
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
};
use moka::sync::Cache;

use super::client;
use crate::{
    base::{Client, Error},
    web::App,
};

/// Addresses that are remembered; those who come seldom are forgotten first. Some 150 bytes each.
const REMEMBERED: u64 = 100_000;

/// How fast one address may be, on one server: so many at once, and then one in each gap.
struct Speed {
    burst: u32,
    gap: Duration,
}

/// Whatever is searched for.
const SEARCHES: Speed = Speed { burst: 30, gap: Duration::from_secs(1) };

/// Whatever changes something. Exact limits for the doors that matter are asked by their handlers.
const POSTS: Speed = Speed { burst: 120, gap: Duration::from_millis(500) };

/// Addresses that one searches at.
const SEARCH_PATHS: [&str; 2] = ["/search", "/search/suggestions"];

/// Counts in memory, so that it costs nothing to refuse a flood. Each server counts for itself.
pub struct Pace {
    began: Instant,
    searches: Cache<IpAddr, Arc<AtomicU64>>,
    posts: Cache<IpAddr, Arc<AtomicU64>>,
}

impl Default for Pace {
    fn default() -> Self {
        let counted = || Cache::builder().max_capacity(REMEMBERED).time_to_idle(Duration::from_secs(120)).build();
        Self { began: Instant::now(), searches: counted(), posts: counted() }
    }
}

impl Pace {
    /// # Errors
    /// `TooMany` with the seconds to wait.
    fn ask(&self, method: &Method, path: &str, who: Client) -> Result<(), Error> {
        let (counted, speed) = match *method {
            Method::GET | Method::HEAD if SEARCH_PATHS.contains(&path.trim_end_matches('/')) => (&self.searches, SEARCHES),
            Method::GET | Method::HEAD | Method::OPTIONS => return Ok(()),
            _ => (&self.posts, POSTS),
        };
        let free_at = counted.get_with(who.network(), Arc::default);
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        take(&free_at, now, &speed).map_err(|wait| Error::TooMany(u32::try_from(wait.div_ceil(1000)).unwrap_or(1).max(1)))
    }
}

/// The generic cell rate algorithm: `free_at` is when all that was taken will have been made good for. Times in milliseconds.
/// An error tells how long to wait.
fn take(free_at: &AtomicU64, now: u64, speed: &Speed) -> Result<(), u64> {
    let gap = u64::try_from(speed.gap.as_millis()).unwrap_or(u64::MAX);
    let ahead = gap * u64::from(speed.burst - 1);
    let taken = free_at.fetch_update(Ordering::AcqRel, Ordering::Acquire, |free| (free <= now + ahead).then(|| free.max(now) + gap));
    taken.map(|_| ()).map_err(|free| free - now - ahead)
}

/// Middleware: refuses who is too fast, before anything of the request is read. Pages that are kept are answered before it.
pub async fn keep_pace(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<BoxBody, impl MessageBody>>, actix_web::Error> {
    let who = client(request.request());
    let wall = request.app_data::<App>().map(|app| &app.wall).filter(|wall| wall.counts(who) && !is_for_programs(request.path()));
    let pace = wall.and_then(|wall| wall.pace.as_ref());
    match pace.map_or(Ok(()), |pace| pace.ask(request.method(), request.path(), who)) {
        Ok(()) => Ok(next.call(request).await?.map_into_right_body()),
        Err(refused) => {
            tracing::info!(event = "throttled", door = "pace", "an address is too fast");
            Ok(request.error_response(refused).map_into_left_body())
        }
    }
}

/// A payment provider tells much at once from one address.
fn is_for_programs(path: &str) -> bool {
    path.starts_with("/webhooks/") || path.starts_with("/sandbox/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> Client {
        Client { address: address.parse().unwrap() }
    }

    fn seconds(answer: Result<(), Error>) -> Option<u32> {
        match answer {
            Err(Error::TooMany(seconds)) => Some(seconds),
            _ => None,
        }
    }

    #[test]
    fn so_many_come_through_at_once_and_then_one_in_each_gap() {
        let (free_at, speed) = (AtomicU64::new(0), Speed { burst: 3, gap: Duration::from_secs(1) });
        let answers: Vec<bool> = [0, 0, 0, 0, 999, 1000, 1000, 2000, 9000, 9000, 9000, 9000]
            .iter()
            .map(|now| take(&free_at, 50_000 + now, &speed).is_ok())
            .collect();
        assert_eq!(answers, [true, true, true, false, false, true, false, true, true, true, true, false]);
        assert_eq!(take(&free_at, 59_400, &speed), Err(600), "the wait is told");
    }

    #[test]
    fn a_flood_of_one_address_leaves_others_served() {
        let pace = Pace::default();
        let searched = |who: &str| pace.ask(&Method::GET, "/search", from(who));
        let through = (0..10_000).filter(|_| searched("203.0.113.9").is_ok()).count();
        assert!((30..40).contains(&through), "{through}");
        assert!(searched("203.0.113.10").is_ok() && searched("2001:db8::1").is_ok());
        assert!(seconds(searched("203.0.113.9")).is_some());
    }

    #[test]
    fn one_who_changes_the_lower_half_of_an_address_is_still_one() {
        let pace = Pace::default();
        let posted = |at: u64| pace.ask(&Method::POST, "/cart/lines", from(&format!("2001:db8:1:2::{at:x}")));
        assert!((120..125).contains(&(0..1000).filter(|at| posted(*at).is_ok()).count()));
        assert!(pace.ask(&Method::POST, "/cart/lines", from("2001:db8:1:3::1")).is_ok());
    }

    #[test]
    fn reading_is_never_too_fast() {
        let pace = Pace::default();
        assert!((0..1000).all(|_| pace.ask(&Method::GET, "/products/claw-hammer", from("203.0.113.9")).is_ok()));
    }

    #[test]
    fn memory_is_bounded_whoever_comes() {
        let pace = Pace::default();
        for at in 0..(REMEMBERED as u32 + 20_000) {
            let _ = pace.ask(&Method::POST, "/", Client { address: IpAddr::from(at.to_be_bytes()) });
        }
        pace.posts.run_pending_tasks();
        assert!(pace.posts.entry_count() <= REMEMBERED);
    }
}
