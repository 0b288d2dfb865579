//! Places at which a test can have the program killed, to show that nothing is lost or done twice whenever it dies.
//!
//! They are compiled in only with the feature `failpoints`. Then `IRONMONGER_FAILPOINT=place.committed` kills the process the
//! first time it comes there, `place.committed:3` the third time, by SIGKILL: no destructor runs, no answer is sent, no
//! connection is closed in words. `commit.before` and `commit.after` are every transaction's, so counting them up reaches each
//! place where anything becomes a fact.

/// One of those places. Without the feature it is nothing.
macro_rules! failpoint {
    ($name:literal) => {
        #[cfg(feature = "failpoints")]
        $crate::base::reached($name);
    };
}
pub(crate) use failpoint;

/// The one that is set, and how often it is still to be passed unharmed.
#[cfg(feature = "failpoints")]
static SET: std::sync::LazyLock<Option<(String, std::sync::atomic::AtomicU32)>> = std::sync::LazyLock::new(|| {
    let set = std::env::var("IRONMONGER_FAILPOINT").ok().filter(|set| !set.is_empty())?;
    let (name, nth) = set.split_once(':').unwrap_or((&set, "1"));
    Some((name.to_owned(), nth.parse().unwrap_or(1).into()))
});

/// Dies here if this is where to die.
#[cfg(feature = "failpoints")]
pub fn reached(name: &str) {
    use nix::{sys::signal, unistd::Pid};
    let Some((_, left)) = SET.as_ref().filter(|(set, _)| set == name) else { return };
    if left.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) == 1 {
        let _ = signal::kill(Pid::this(), signal::Signal::SIGKILL);
        // The signal comes at once, and nothing more may happen until then.
        loop {
            std::thread::park();
        }
    }
}
