use askama::Template;

use crate::web::Desk;

/// Asks once more before something is deleted.
#[derive(Template)]
#[template(path = "admin/catalog/deletion.html")]
pub struct DeletionPage {
    pub desk: Desk,
    /// The list that it is in: address and name.
    pub list: (&'static str, &'static str),
    /// Where it is edited, and whither whoever keeps it goes.
    pub edit: String,
    pub action: String,
    /// What it is and is called: `the brand Bosch`.
    pub what: String,
    pub said: String,
}
