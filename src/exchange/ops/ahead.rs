//! What is read of a file on a thread of its own, never far ahead of what is written: neither in number nor in bytes.

use std::sync::Arc;

use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
};

/// KB that may be read ahead.
const ROOM: u32 = 4 * 1024;

/// Where the reader puts what it has read.
pub struct Feeder<T> {
    sender: mpsc::Sender<(T, OwnedSemaphorePermit)>,
    room: Arc<Semaphore>,
    runtime: Handle,
}

/// Where the writer takes it.
pub struct Ahead<T> {
    receiver: mpsc::Receiver<(T, OwnedSemaphorePermit)>,
}

/// Both ends; so many at most lie between them.
pub fn ahead<T>(most: usize) -> (Feeder<T>, Ahead<T>) {
    let (sender, receiver) = mpsc::channel(most);
    (Feeder { sender, room: Arc::new(Semaphore::new(ROOM as usize)), runtime: Handle::current() }, Ahead { receiver })
}

impl<T> Feeder<T> {
    /// Waits until there is room for so many bytes. `false`: nobody wants it any more. Not for asynchronous threads.
    pub fn give(&self, item: T, bytes: usize) -> bool {
        let kilobytes = u32::try_from(bytes / 1024).unwrap_or(ROOM).clamp(1, ROOM);
        let Ok(permit) = self.runtime.block_on(self.room.clone().acquire_many_owned(kilobytes)) else { return false };
        self.sender.blocking_send((item, permit)).is_ok()
    }
}

impl<T> Ahead<T> {
    /// `None` at the end of the file.
    pub async fn next(&mut self) -> Option<T> {
        self.receiver.recv().await.map(|(item, _)| item)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use super::*;

    #[tokio::test]
    async fn what_is_large_is_not_read_far_ahead_and_nothing_is_lost() {
        let (feeder, mut ahead) = ahead(500);
        let given = Arc::new(AtomicUsize::new(0));
        let told = given.clone();
        let reader = tokio::task::spawn_blocking(move || {
            for at in 0..100 {
                // More than there is room for is let through by itself.
                assert!(feeder.give(at, if at == 50 { usize::MAX } else { 1024 * 1024 }));
                told.fetch_add(1, Ordering::SeqCst);
            }
        });
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(given.load(Ordering::SeqCst) <= 4, "{given:?}");
        for at in 0..100 {
            assert_eq!(ahead.next().await, Some(at));
        }
        assert_eq!(ahead.next().await, None);
        reader.await.unwrap();
    }

    #[tokio::test]
    async fn a_reader_whose_file_nobody_wants_any_more_ends() {
        let (feeder, ahead) = ahead(500);
        let reader = tokio::task::spawn_blocking(move || (0..100).all(|at| feeder.give(at, 1024 * 1024)));
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(ahead);
        assert!(!reader.await.unwrap());
    }
}
