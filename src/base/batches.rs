//! Work that waits is done together: what one transaction costs is paid once for all of it.
//!
//! Nobody waits for company. Who finds nobody at work begins at once, alone; whatever comes meanwhile is the next batch. So a
//! lone request is as quick as without batches, and the more come, the more are done together. While one batch waits for the disk,
//! the next is at work already; and when as many wait as are worth a batch, a second one is at work beside the first, so that
//! neither the program nor the database waits for the other.
//!
//! `checkout` places orders so; what that gains is measured by `bin/bench orders` and told in `docs/bench.md`.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::oneshot, time::timeout};

use super::{
    Conn, Db, Error, Result,
    db::{commit_swiftly, wait_for_disk},
};

/// A batch at most, so that no row is locked for long.
const MOST: usize = 32;

/// So long somebody waits to be led, as long as for a connection. Then they try alone, and learn there what is the matter.
const PATIENCE: Duration = Duration::from_secs(3);

/// Batches that are at work at once. Each keeps about one processor busy, now here, now in the database; with more, rows that all
/// want are waited for in vain.
const AT_ONCE: usize = 2;

/// So many that wait are worth a batch beside the one that is at work.
const COMPANY: usize = 4;

/// Wishes that wait to be done together, and who does them. Cheap to clone.
#[derive(Debug)]
pub struct Batches<W, D>(Arc<Mutex<Waiting<W, D>>>);

#[derive(Debug)]
struct Waiting<W, D> {
    wishes: VecDeque<(W, Tell<D>)>,
    /// Threads that are at work, and will come back for what waits.
    leaders: usize,
}

/// Where the answer goes. Dropped: what was asked for was not done here.
type Tell<D> = oneshot::Sender<Option<D>>;

impl<W, D> Clone for Batches<W, D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<W, D> Default for Batches<W, D> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Waiting { wishes: VecDeque::new(), leaders: 0 })))
    }
}

impl<W: Send + 'static, D: Send + 'static> Batches<W, D> {
    /// Does this together with what others wish at the same time, by `work`, in one transaction like [`Db::write_swiftly`]'s.
    ///
    /// `work` answers each wish in its order: done, or `None` where it is better done alone. An error undoes the whole batch.
    ///
    /// `None`: do it alone. It was not done here, or, where the database's answer to the COMMIT was lost, perhaps it was: as with
    /// every lost answer, doing it again must find out.
    pub async fn join(&self, db: &Db, wish: W, work: impl Fn(&mut Conn, &[W]) -> Result<Vec<Option<D>>> + Send + 'static) -> Option<D> {
        let (tell, told) = oneshot::channel();
        if self.wait(wish, tell) {
            let leader = Leader { of: self.clone(), db: db.clone(), has_ended: false };
            let db = db.clone();
            // Not of this request, whose client may go away.
            tokio::spawn(async move {
                if let Err(error) = db.read(move |conn| leader.lead(conn, work)).await {
                    tracing::warn!(error = %error, "nothing could be done together");
                }
            });
        }
        timeout(PATIENCE, told).await.ok()?.ok().flatten()
    }

    /// Whether nobody is at work, or too few are, so that this one leads.
    fn wait(&self, wish: W, tell: Tell<D>) -> bool {
        let mut waiting = self.waiting();
        waiting.wishes.push_back((wish, tell));
        let leads = waiting.leaders == 0 || (waiting.leaders < AT_ONCE && waiting.wishes.len() >= COMPANY);
        waiting.leaders += usize::from(leads);
        leads
    }
}

impl<W, D> Batches<W, D> {
    fn waiting(&self) -> MutexGuard<'_, Waiting<W, D>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who does what waits. Whatever ends it early, those that wait are led by another, or sent to do it alone; the next who comes leads.
struct Leader<W, D> {
    of: Batches<W, D>,
    db: Db,
    has_ended: bool,
}

impl<W, D> Drop for Leader<W, D> {
    fn drop(&mut self) {
        if !self.has_ended {
            let mut waiting = self.of.waiting();
            waiting.leaders -= 1;
            // Another leader comes back for them.
            if waiting.leaders == 0 {
                waiting.wishes.clear();
            }
        }
    }
}

impl<W, D: Send + 'static> Leader<W, D> {
    /// Does one batch after the other on this connection, until nothing waits.
    fn lead(mut self, conn: &mut Conn, work: impl Fn(&mut Conn, &[W]) -> Result<Vec<Option<D>>>) -> Result<()> {
        while let Some((wishes, tells)) = self.take() {
            match commit_swiftly(conn, |conn| work(conn, &wishes)) {
                Ok(done) if done.iter().all(Option::is_none) => drop(tells),
                Ok(done) => self.answer(conn, tells.into_iter().zip(done).collect())?,
                // The connection may be lost. Another one leads on.
                Err(Error::Unavailable) => return Err(Error::Unavailable),
                Err(error) => tracing::info!(error = %error, together = wishes.len(), "a batch is done one by one"),
            }
        }
        Ok(())
    }

    /// Answers as soon as the disk has it. Where others wait, another connection sees to that, and the next batch begins meanwhile.
    fn answer(&mut self, conn: &mut Conn, answers: Vec<(Tell<D>, Option<D>)>) -> Result<()> {
        let tell = move || answers.into_iter().for_each(|(tell, done)| drop(tell.send(done)));
        if self.is_at_the_end() {
            wait_for_disk(conn)?;
            tell();
            return Ok(());
        }
        let db = self.db.clone();
        tokio::spawn(async move {
            match db.read(wait_for_disk).await {
                Ok(()) => tell(),
                Err(error) => tracing::warn!(error = %error, "whether a batch is on disk is unknown"),
            }
        });
        Ok(())
    }

    /// What waits, but for those who have gone away. `None`: nothing does.
    fn take(&mut self) -> Option<(Vec<W>, Vec<Tell<D>>)> {
        if self.is_at_the_end() {
            return None;
        }
        let mut waiting = self.of.waiting();
        let many = waiting.wishes.len().min(MOST);
        Some(waiting.wishes.drain(..many).unzip())
    }

    /// Whether nothing waits. Whoever comes from then on leads, or is led by another.
    fn is_at_the_end(&mut self) -> bool {
        if !self.has_ended {
            let mut waiting = self.of.waiting();
            waiting.wishes.retain(|(_, tell)| !tell.is_closed());
            self.has_ended = waiting.wishes.is_empty();
            waiting.leaders -= usize::from(self.has_ended);
        }
        self.has_ended
    }
}
