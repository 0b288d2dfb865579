pub mod changes;
pub mod fulltext;
pub mod goods;
pub mod places;
pub mod terms;
pub mod words;
