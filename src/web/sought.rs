//! What staff search for among people, sealed where it stands in an address.
//!
//! A list that is narrowed has an address, so that its pages can be turned, gone back to and kept. An e-mail address, a name or a
//! gift card's code that somebody typed into it would stand in the browser's history and on the screen (ASVS 14.2.1).

use super::Server;
use crate::base::Result;

/// Begins a search that is sealed. One that was typed into an address by hand is taken as it is.
const SEALED: char = '~';

/// What a search is sealed for.
const PURPOSE: &str = "search of staff";

/// Characters of a search at most.
const LONGEST: usize = 100;

impl Server {
    /// What was searched for, as it may stand in an address.
    ///
    /// # Errors
    /// It can't be sealed.
    pub fn sealed_search(&self, text: &str) -> Result<String> {
        let text: String = text.trim().chars().take(LONGEST).collect();
        Ok(format!("{SEALED}{}", self.keys.seal_short(PURPOSE, "q", &text)?))
    }

    /// What was searched for, from an address. Empty: it was sealed with a key that has gone.
    pub fn opened_search(&self, asked: &str) -> String {
        match asked.strip_prefix(SEALED) {
            Some(sealed) => self.keys.open_short(PURPOSE, "q", sealed).unwrap_or_default(),
            None => asked.to_owned(),
        }
    }
}
