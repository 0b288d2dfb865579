//! Searching the lists of people and of what is theirs. What is typed is posted and leads to the list with it sealed in the address.

use actix_web::{HttpResponse, web};

use crate::{
    base::{Error, Result},
    web::{Access, App, Doors, Form, see_other},
};

/// The lists, each under `/admin`. Who may see one the list itself asks.
const LISTS: &[&str] = &["customers", "gift-cards", "new-order", "orders", "reviews"];

pub fn routes(doors: &mut Doors) {
    doors.post("/admin/searches/{list}", Access::AnyStaff, seek);
}

async fn seek(list: web::Path<String>, form: Form<Vec<(String, String)>>, app: App) -> Result<HttpResponse> {
    let list = LISTS.iter().find(|known| **known == list.as_str()).ok_or(Error::NotFound)?;
    let mut kept = vec![];
    for (name, value) in form.0.into_iter().filter(|(name, value)| name != "csrf" && !value.trim().is_empty()) {
        let value = if name == "q" { app.sealed_search(&value)? } else { value };
        kept.push((name, value));
    }
    let query = serde_urlencoded::to_string(&kept).map_err(|error| Error::Internal(error.into()))?;
    Ok(see_other(&if query.is_empty() { format!("/admin/{list}") } else { format!("/admin/{list}?{query}") }))
}
