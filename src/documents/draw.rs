use super::model::Document;
use crate::base::Result;

pub fn pdf(_document: &Document) -> Result<Vec<u8>> {
    Ok(vec![])
}
