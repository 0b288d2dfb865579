//! Which accounts one may take over another.

use crate::accounts::model::AccountRow;

/// What hinders that `into` takes over `from`, in words for whoever wants it.
pub fn why_not_merge(from: &AccountRow, into: &AccountRow) -> Option<&'static str> {
    if from.id == into.id {
        Some("This is the same account. Enter the address of the other one")
    } else if from.role.is_some() || into.role.is_some() {
        Some("An account of the staff can’t be merged. Enter the address of a customer")
    } else if from.merged_into.is_some() || into.merged_into.is_some() {
        Some("One of the two was merged into another account already")
    } else if !from.is_open() || !into.is_open() {
        Some("One of the two is not in use any more, so they can’t be merged")
    } else {
        None
    }
}
