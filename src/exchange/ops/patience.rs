//! An import of hours meets moments in which others hold what it needs, or the database is away: it waits, rather than end.

use std::time::Duration;

/// Seconds to wait before each further try.
const PAUSES: [u64; 4] = [1, 3, 9, 27];

/// For one thing that is tried.
#[derive(Default)]
pub struct Patience {
    tries: usize,
}

impl Patience {
    /// Returns when it is time to try again; `false` when there was waiting enough.
    pub async fn waits(&mut self) -> bool {
        let Some(seconds) = PAUSES.get(self.tries) else { return false };
        self.tries += 1;
        tracing::info!(seconds, "an import waits until what it needs is free");
        tokio::time::sleep(Duration::from_secs(*seconds)).await;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn patience_comes_to_an_end() {
        assert!(Patience::default().waits().await);
        assert!(!Patience { tries: PAUSES.len() }.waits().await);
    }
}
