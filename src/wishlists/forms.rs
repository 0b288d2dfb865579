use serde::Deserialize;

use crate::base::{Problems, ProductId, VariantId, WishlistId, typed};

/// What is put on a list.
#[derive(Clone, Debug, Deserialize)]
pub struct ItemForm {
    pub product: ProductId,
    #[serde(default)]
    pub variant: Option<VariantId>,
    /// `None`: the first list, which is made when there is none.
    #[serde(default)]
    pub list: Option<WishlistId>,
}

/// A list as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListForm {
    pub name: String,
    pub is_default: Option<String>,
}

impl ListForm {
    pub fn parse(&self) -> Result<String, Problems> {
        let name = typed::required(&self.name, 80, "Enter a name for the list, such as Birthday");
        name.map_err(|message| Problems::of("name", message))
    }
}

/// Who is told whose list it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SharingForm {
    pub shows_owner: Option<String>,
}

/// What is noted beside a thing, and on which list it is to be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NoteForm {
    pub note: String,
    pub list: Option<WishlistId>,
}

impl NoteForm {
    /// The message is for the field of this thing, of which the page knows the name.
    pub fn parse(&self, field: &str) -> Result<String, Problems> {
        typed::optional(&self.note, 200).map_err(|message| Problems::of(field, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_a_name_and_a_note_one_line() {
        assert!(ListForm { name: "  ".into(), is_default: None }.parse().unwrap_err().on("name").is_some());
        assert_eq!(ListForm { name: " Shed ".into(), is_default: None }.parse().unwrap(), "Shed");
        let note = |text: &str| NoteForm { note: text.into(), list: None }.parse("note-1");
        assert!(note(&"x".repeat(201)).unwrap_err().on("note-1").is_some());
        assert!(note("two\nlines").is_err() && note("").is_ok());
    }
}
