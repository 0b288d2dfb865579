//! What stands around a page, each part rendered by itself: what a template includes is compiled again with every page that has it,
//! and there are some three hundred.

use askama::Template;

use super::{Desk, Shell};

#[derive(Template)]
#[template(path = "parts/menu.html")]
struct Menu<'a> {
    shell: &'a Shell,
}

#[derive(Template)]
#[template(path = "parts/footer.html")]
struct Footer<'a> {
    shell: &'a Shell,
}

#[derive(Template)]
#[template(path = "parts/desk-menu.html")]
struct DeskMenu<'a> {
    desk: &'a Desk,
}

#[derive(Template)]
#[template(path = "parts/desk-bar.html")]
struct DeskBar<'a> {
    desk: &'a Desk,
}

#[derive(Template)]
#[template(path = "parts/desk-notes.html")]
struct DeskNotes<'a> {
    desk: &'a Desk,
}

/// For the layout's template; an error: a part can't be rendered.
impl Shell {
    pub fn menu(&self) -> askama::Result<String> {
        Menu { shell: self }.render()
    }

    pub fn footer(&self) -> askama::Result<String> {
        Footer { shell: self }.render()
    }
}

/// The same for the back office.
impl Desk {
    pub fn menu(&self) -> askama::Result<String> {
        DeskMenu { desk: self }.render()
    }

    pub fn bar(&self) -> askama::Result<String> {
        DeskBar { desk: self }.render()
    }

    /// What was just done, and what the owner must know wherever they are.
    pub fn notes(&self) -> askama::Result<String> {
        DeskNotes { desk: self }.render()
    }
}
