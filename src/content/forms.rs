use diesel::prelude::*;
use serde::Deserialize;
use validator::Validate;

use super::model::ContentPage;
use crate::{base::Problems, schema::pages};

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
}

#[derive(Insertable, AsChangeset, Clone, Debug)]
#[diesel(table_name = pages)]
pub struct PageInput {
    pub slug: String,
    pub title: String,
    pub body: String,
    pub position: i32,
}

impl PageForm {
    pub fn parse(&self) -> Result<PageInput, Problems> {
        let mut problems = self.validate().err().map(Problems::from).unwrap_or_default();
        let slug = slug::slugify(if self.slug.trim().is_empty() { &self.title } else { &self.slug });
        if slug.is_empty() && !self.title.is_empty() {
            problems.add("slug", "Enter an address of letters, digits and hyphens, such as opening-hours");
        }
        let typed = self.position.trim();
        let position = if typed.is_empty() { Ok(0) } else { typed.parse().map_err(|_| "Enter a whole number, such as 1") };
        match problems.take("position", position) {
            Some(position) if problems.is_empty() => {
                Ok(PageInput { slug, title: self.title.trim().to_owned(), body: self.body.replace("\r\n", "\n"), position })
            }
            _ => Err(problems),
        }
    }
}

impl From<ContentPage> for PageForm {
    fn from(page: ContentPage) -> Self {
        Self { title: page.title, slug: page.slug, body: page.body, position: page.position.to_string() }
    }
}
