//! A category as staff typed it.

use serde::Deserialize;

use crate::{
    base::{
        CategoryId, Problems,
        meanwhile::{self, Fields},
        typed,
    },
    catalog::model::Category,
};

/// A category as staff typed it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CategoryForm {
    pub name: String,
    pub slug: String,
    pub description: String,
    pub parent_id: String,
    pub position: String,
    /// What it showed when it was opened.
    pub was: String,
}

pub struct CategoryInput {
    pub parent_id: Option<CategoryId>,
    pub slug: String,
    pub name: String,
    pub description: String,
    pub position: i32,
}

impl CategoryForm {
    pub fn fields(&self) -> Fields<'_> {
        let Self { name, slug, description, parent_id, position, .. } = self;
        vec![
            ("name", name.as_str()),
            ("slug", slug.as_str()),
            ("description", description.as_str()),
            ("parent_id", parent_id.as_str()),
            ("position", position.as_str()),
        ]
    }

    pub fn parse(&self) -> Result<CategoryInput, Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", typed::required(&self.name, 80, "Enter the category's name"));
        let slug = problems.take("slug", typed::slug(&self.slug, &self.name));
        let description = problems.take("description", typed::long(&self.description, 2000));
        let parent = if self.parent_id.is_empty() { Ok(None) } else { self.parent_id.parse().map(|id| Some(CategoryId(id))) };
        let parent_id = problems.take("parent_id", parent.map_err(|_| "Choose a category from the list"));
        let position = problems.take("position", typed::whole_or_none(&self.position, 0..=10_000_000));
        let input =
            || Some(CategoryInput { parent_id: parent_id?, slug: slug?, name: name?, description: description?, position: position? });
        input().ok_or(problems)
    }

    pub fn is_in(&self, id: &CategoryId) -> bool {
        self.parent_id == id.to_string()
    }
}

impl From<Category> for CategoryForm {
    fn from(category: Category) -> Self {
        let form = Self {
            name: category.name,
            slug: category.slug,
            description: category.description,
            parent_id: category.parent_id.map(|id| id.to_string()).unwrap_or_default(),
            position: category.position.to_string(),
            was: String::new(),
        };
        Self { was: meanwhile::shown(&form.fields()), ..form }
    }
}
