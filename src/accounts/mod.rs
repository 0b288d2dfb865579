//! People with a password: customers and staff. Sign-up, sign-in, sign-out and invitations, and the groups of customers.
//!
//! What a visitor may do is asked in `web`; this room answers who somebody is. Who may be somebody is shown by reading the mail of an
//! address: an account is made, its password reset and its address changed only behind mailed links, and no page tells whether
//! an address has an account.

mod admin;
mod forms;
mod jobs;
mod mails;
mod model;
mod oidc;
mod ops;
mod pages;
mod password;
mod rules;
mod store;

use crate::web::Doors;

pub use forms::{
    BuyerForm,
    customers::{ActingForm, BlockForm, NoteForm, TagForm},
    safe_return,
};
pub use jobs::{AccountServices, MailLink};
pub use model::{
    AccountRow, AddressUse, Blocking, Brought, BroughtCustomer, Buyer, Consent, CustomerNote, CustomerTag, Device, EndedBy, Group,
    Invitation, KeptAddress, SavedAddress, StaffRole, Way, customer_path,
};
pub use oidc::Partners;
pub use ops::acting::{act_for, end_acting};
pub use ops::addresses::keep as keep_address;
pub use ops::customers::{block_customer, delete_customer_note, note_on_customer, tag_customer, unblock_customer, untag_customer};
pub use ops::merging::{close_merged, hold_to_merge, merge_own, to_merge};
pub use ops::second_factor::remove_for as remove_second_factor;
pub use ops::sign_ins::{begin as begin_sign_in, current, end as end_sign_in, end_all as end_sign_ins, list as sign_ins};
pub use ops::staff::reset as reset_staff;
pub use ops::{
    bring, buyer, buyers, end_tax_exemption, invitation, invite, owner_exists, reseal, save_group, sealed_secrets, set_buyer,
    set_tax_exemption, unknown_password,
};
pub use store::customers::{blocking_of, notes_of, tags as customer_tags, tags_of};
pub use store::roles::all as roles;
pub use store::{
    addresses::{merge as merge_addresses, of as addresses},
    consents::note as note_consent,
    exempt, find, find_by_email,
    groups::all as groups,
    is_confirmed,
    merging::{kept as merged_into, shells_of as merged_from},
    phone,
};

pub fn routes(doors: &mut Doors) {
    pages::routes(doors);
    admin::routes(doors);
}
