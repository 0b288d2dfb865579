use serde::Deserialize;
use validator::Validate;

use super::model::{ContentPage, PageInput};
use crate::base::{
    Problems,
    meanwhile::{self, Fields},
    typed,
};

/// A page as staff typed it.
#[derive(Clone, Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct PageForm {
    #[validate(length(min = 1, max = 120, message = "Enter a title of 120 characters at most"))]
    pub title: String,
    pub slug: String,
    #[validate(length(max = 50000, message = "Shorten the text to 50,000 characters"))]
    pub body: String,
    pub position: String,
    /// What it showed when it was opened.
    pub was: String,
}

impl PageForm {
    pub fn fields(&self) -> Fields<'_> {
        vec![
            ("title", self.title.as_str()),
            ("slug", self.slug.as_str()),
            ("body", self.body.as_str()),
            ("position", self.position.as_str()),
        ]
    }

    pub fn parse(&self) -> Result<PageInput, Problems> {
        let mut problems =
            Self { title: self.title.trim().to_owned(), ..self.clone() }.validate().err().map(Problems::from).unwrap_or_default();
        let slug = problems.take("slug", typed::slug(&self.slug, &self.title));
        let position = problems.take("position", typed::whole_or_none(&self.position, 0..=10_000));
        match slug.zip(position) {
            Some((slug, position)) if problems.is_empty() => {
                Ok(PageInput { slug, title: self.title.trim().to_owned(), body: self.body.replace("\r\n", "\n"), position })
            }
            _ => Err(problems),
        }
    }
}

impl From<ContentPage> for PageForm {
    fn from(page: ContentPage) -> Self {
        let form = Self { title: page.title, slug: page.slug, body: page.body, position: page.position.to_string(), was: String::new() };
        Self { was: meanwhile::shown(&form.fields()), ..form }
    }
}
