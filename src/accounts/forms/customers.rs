//! What staff type about a customer.

use serde::Deserialize;

use crate::base::{Problems, typed};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TagForm {
    pub tag: String,
}

impl TagForm {
    pub fn parse(&self) -> Result<String, Problems> {
        typed::required(&self.tag, 40, "Enter a tag").map_err(|message| Problems::of("tag", message))
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NoteForm {
    pub note: String,
}

impl NoteForm {
    pub fn parse(&self) -> Result<String, Problems> {
        let read = typed::long(&self.note, 2000);
        let read = read.and_then(|text| if text.is_empty() { Err("Write the note".to_owned()) } else { Ok(text) });
        read.map_err(|message| Problems::of("note", message))
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BlockForm {
    pub reason: String,
}

impl BlockForm {
    pub fn parse(&self) -> Result<String, Problems> {
        typed::required(&self.reason, 200, "Say why, for your colleagues").map_err(|message| Problems::of("reason", message))
    }
}

/// Why somebody of the staff acts for a customer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ActingForm {
    pub acting_reason: String,
}

impl ActingForm {
    pub fn parse(&self) -> Result<String, Problems> {
        let read = typed::required(&self.acting_reason, 200, "Say why: it goes on record");
        read.map_err(|message| Problems::of("acting_reason", message))
    }
}
