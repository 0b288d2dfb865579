mod bulk;
mod categories;
mod collections;
mod products;
mod types;
mod variants;

pub use bulk::BulkForm;
pub use categories::{CategoryForm, CategoryInput};
pub use collections::{CollectionForm, RelationsForm, RuleRow, names};
pub use products::ProductForm;
pub use types::{AttributeForm, BrandForm, ProductTypeForm};
pub use variants::{GenerateForm, PageForm, ValuesForm, VariantForm, VariantRow};
