//! What people are told by mail.

mod people;
mod staff;

pub use people::{
    Changed, account_exists, confirm_address, email_change, email_changed, identity_changed, merged, new_device, password_changed,
    reset_password, second_factor_changed, sign_in_link,
};
pub use staff::{invitation, role_changed};
