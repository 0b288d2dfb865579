//! Passwords: argon2id on a few threads of their own, which yield to everything else, so that no flood of sign-ins stops the shop.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash};
use tokio::sync::oneshot;

use crate::base::{Error, Result};

/// Who waits for a turn at most. The next one is told at once to come again: with a tenth of a second for each, whoever waits
/// longer than these would rather hear it now.
const WAITING: usize = 32;

/// Added to the niceness of the threads, so that pages go first.
const NICENESS: i32 = 10;

/// OWASP's Password Storage Cheat Sheet: m = 19456 KiB, t = 2, p = 1.
static ARGON: LazyLock<Argon2<'static>> = LazyLock::new(|| Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default()));

/// Compared against when an address has no account, so that the answer takes as long as for one that has.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody's password").unwrap_or_default());

/// Half of the processors at most, so the memory taken is 19 MiB for each of a few threads, whatever comes.
static POOL: LazyLock<Pool> = LazyLock::new(|| Pool::open(thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))));

/// The PHC string to store.
///
/// # Errors
/// `Unavailable` when too many wait already.
pub async fn hash(password: String) -> Result<String> {
    POOL.run(move || hash_now(&password)).await?
}

/// Whether `password` is the one behind `stored`. `None` (no account) takes as long and is never right.
///
/// # Errors
/// `Unavailable` when too many wait already.
pub async fn verify(password: String, stored: Option<String>) -> Result<bool> {
    POOL.run(move || {
        let known = stored.is_some();
        let text = stored.unwrap_or_else(|| NOBODY.clone());
        let hash = PasswordHash::new(&text).map_err(|error| Error::internal(format!("a stored password hash: {error}")))?;
        Ok(ARGON.verify_password(password.as_bytes(), &hash).is_ok() && known)
    })
    .await?
}

fn hash_now(password: &str) -> Result<String> {
    let hash = ARGON.hash_password(password.as_bytes()).map_err(|error| Error::internal(format!("argon2: {error}")))?;
    Ok(hash.to_string())
}

type Task = Box<dyn FnOnce() + Send>;

/// Threads that take tasks in the order in which they came.
struct Pool(SyncSender<Task>);

impl Pool {
    fn open(threads: usize) -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..threads {
            let tasks = receiver.clone();
            if let Err(error) = thread::Builder::new().name("passwords".to_owned()).spawn(move || work(&tasks)) {
                tracing::error!(error = %error, "no thread for passwords");
            }
        }
        Self(sender)
    }

    /// # Errors
    /// `Unavailable` when too many wait already.
    async fn run<T: Send + 'static>(&self, task: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let task = move || {
            // Whoever asked may have gone away meanwhile: then it need not be done.
            if !answer.is_closed() {
                let _ = answer.send(task());
            }
        };
        self.0.try_send(Box::new(task)).map_err(|_| Error::Unavailable)?;
        answered.await.map_err(|_| Error::internal("a thread for passwords broke"))
    }
}

fn work(tasks: &Mutex<Receiver<Task>>) {
    // On Linux this holds for the calling thread alone; where it fails, the thread is as eager as others.
    let _ = rustix::process::nice(NICENESS);
    loop {
        let next = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(task) = next else { return };
        // A fault in one task is told to who asked for it, and ends nobody else's.
        let _ = catch_unwind(AssertUnwindSafe(task));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn only_the_right_password_opens_and_nobody_s_never_does() {
        let stored = hash("correct horse".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify("correct horse".into(), Some(stored.clone())).await.unwrap());
        assert!(!verify("wrong horse".into(), Some(stored)).await.unwrap());
        assert!(!verify("nobody's password".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_flood_is_refused_at_once_beyond_those_who_wait() {
        let pool = Arc::new(Pool::open(1));
        let (began, begun) = std::sync::mpsc::channel();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let busy = tokio::spawn({
            let pool = pool.clone();
            async move {
                pool.run(move || {
                    began.send(()).unwrap();
                    released.recv().unwrap();
                })
                .await
            }
        });
        tokio::task::spawn_blocking(move || begun.recv().unwrap()).await.unwrap();
        for _ in 0..WAITING {
            pool.0.try_send(Box::new(|| ())).unwrap();
        }
        assert!(matches!(pool.run(|| ()).await, Err(Error::Unavailable)));
        release.send(()).unwrap();
        busy.await.unwrap().unwrap();
        while pool.run(|| ()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn a_task_that_breaks_ends_no_other_and_one_that_nobody_waits_for_is_not_done() {
        let pool = Pool::open(1);
        let broken: Result<()> = pool.run(|| panic!("as it should")).await;
        assert!(matches!(broken, Err(Error::Internal(_))));
        let (done, was_done) = std::sync::mpsc::channel();
        let slow = pool.run(|| std::thread::sleep(Duration::from_millis(50)));
        let given_up = pool.run(move || done.send(()).unwrap());
        let mut given_up = Box::pin(given_up);
        let (_, ()) = tokio::join!(slow, async {
            let _ = tokio::time::timeout(Duration::from_millis(1), &mut given_up).await;
            drop(given_up);
        });
        assert_eq!(pool.run(|| 3).await.unwrap(), 3);
        assert!(was_done.try_recv().is_err());
    }
}
