//! What an import has learnt of the shop, so that it need not ask for every product.
//!
//! Any of it may be outdated. Then what refers to it is refused by the database, and whoever meets that asks anew.

use std::collections::{HashMap, hash_map::Entry};

use crate::{
    base::{AttributeId, CategoryId, ChoiceId, Conn, ProductTypeId, Result},
    catalog::{self, AttributeChange, AttributeKind},
    exchange::model::AttributeInFile,
};

/// Entries of each kind; beyond, everything is learnt again, so that no file fills the memory.
const MOST: usize = 10_000;

#[derive(Default)]
pub struct Known {
    categories: HashMap<Vec<String>, CategoryId>,
    declared: HashMap<ProductTypeId, HashMap<String, (AttributeId, AttributeKind)>>,
    choices: HashMap<(AttributeId, String), ChoiceId>,
}

impl Known {
    /// The categories at these paths, made where there are none.
    pub fn categories(&mut self, conn: &mut Conn, paths: &[Vec<String>]) -> Result<Vec<CategoryId>> {
        self.forget_much();
        let mut ids = vec![];
        for path in paths {
            if let Some(id) = self.categories.get(path) {
                ids.push(*id);
                continue;
            }
            let names: Vec<_> = path.iter().map(String::as_str).collect();
            if let Some(id) = catalog::save_category_path(conn, &names)? {
                self.categories.insert(path.clone(), id);
                ids.push(id);
            }
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// What the type calls the attribute, and what kind it is of: the shop's word counts, not the file's.
    pub fn attribute(&mut self, conn: &mut Conn, of: ProductTypeId, wanted: &AttributeInFile) -> Result<(AttributeId, AttributeKind)> {
        self.forget_much();
        let declared = match self.declared.entry(of) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let all = catalog::declared_by(conn, of)?.into_iter().map(|declared| declared.attribute);
                place.insert(all.map(|attribute| (attribute.code, (attribute.id, attribute.kind))).collect())
            }
        };
        if let Some(found) = declared.get(&wanted.code) {
            return Ok(*found);
        }
        let change = AttributeChange {
            code: wanted.code.clone(),
            name: wanted.name.clone(),
            kind: wanted.kind,
            unit: if wanted.kind == AttributeKind::Number { wanted.unit.clone() } else { String::new() },
            filterable: wanted.filterable,
            position: i32::try_from(declared.len()).unwrap_or(0) + 1,
        };
        let made = (catalog::save_attribute(conn, of, None, &change)?, wanted.kind);
        declared.insert(wanted.code.clone(), made);
        Ok(made)
    }

    pub fn choice(&mut self, conn: &mut Conn, of: AttributeId, word: &str) -> Result<ChoiceId> {
        let key = (of, word.to_owned());
        if let Some(found) = self.choices.get(&key) {
            return Ok(*found);
        }
        let found = catalog::choice_named(conn, of, word)?;
        self.choices.insert(key, found);
        Ok(found)
    }

    fn forget_much(&mut self) {
        if self.categories.len() > MOST || self.declared.len() > MOST || self.choices.len() > MOST {
            *self = Self::default();
        }
    }
}
