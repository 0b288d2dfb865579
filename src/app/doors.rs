//! The table of all doors: which address lets in whom.

use std::fmt::Write;

use crate::{
    accounts::StaffRole,
    base::Rights,
    web::{Access, Door},
};

/// Somebody who comes to a door.
struct Comer {
    name: String,
    is_signed_in: bool,
    /// `None`: not of the staff.
    rights: Option<Rights>,
}

impl Comer {
    fn is_let_in(&self, access: Access) -> bool {
        match access {
            Access::Anybody => true,
            Access::SignedIn | Access::Proved => self.is_signed_in,
            Access::Staff(permission) | Access::StaffProved(permission) => self.rights.is_some_and(|rights| rights.may(permission)),
            Access::AnyStaff => self.rights.is_some(),
            Access::OwnKey => false,
        }
    }
}

/// Guests, customers, each role and owners.
fn comers(roles: &[StaffRole]) -> Vec<Comer> {
    let comer = |name: &str, is_signed_in, rights| Comer { name: name.to_owned(), is_signed_in, rights };
    let mut all = vec![comer("Guest", false, None), comer("Customer", true, None)];
    all.extend(roles.iter().map(|role| comer(&role.name, true, Some(role.rights()))));
    all.push(comer("Owner", true, Some(Rights::all())));
    all
}

/// One line for each door: what it demands, and a `+` under everybody whom it lets in. What opens to a program's own key or
/// signature lets in no person.
pub fn table_of_doors(doors: &[Door], roles: &[StaffRole]) -> String {
    let comers = comers(roles);
    let longest = doors.iter().map(|door| door.path.len()).max().unwrap_or(0);
    let mut table = String::new();
    let names: Vec<&str> = comers.iter().map(|comer| comer.name.as_str()).collect();
    let _ = writeln!(table, "{:<4} {:<longest$} {:<27} {}", "", "Address", "Demands", names.join(" | "));
    for door in doors {
        let marks: Vec<String> = comers.iter().map(|comer| mark(comer, door.access)).collect();
        let _ = writeln!(table, "{:<4} {:<longest$} {:<27} {}", door.method.as_str(), door.path, demand(door.access), marks.join(" | "));
    }
    let _ = writeln!(table, "{} doors", doors.len());
    table
}

fn mark(comer: &Comer, access: Access) -> String {
    let sign = if comer.is_let_in(access) { "+" } else { "-" };
    format!("{sign:^width$}", width = comer.name.chars().count())
}

fn demand(access: Access) -> String {
    match access {
        Access::Anybody => "nothing".to_owned(),
        Access::SignedIn => "a sign-in".to_owned(),
        Access::Proved => "a fresh proof".to_owned(),
        Access::Staff(permission) => permission.to_string(),
        Access::StaffProved(permission) => format!("{permission}, fresh proof"),
        Access::AnyStaff => "staff".to_owned(),
        Access::OwnKey => "a key of its own".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Permission;

    #[test]
    fn a_door_of_the_staff_is_shut_to_guests_and_customers_and_open_to_owners() {
        let everybody = comers(&[]);
        let open = |access: Access| everybody.iter().map(|comer| comer.is_let_in(access)).collect::<Vec<_>>();
        assert_eq!(open(Access::Anybody), [true, true, true]);
        assert_eq!(open(Access::SignedIn), [false, true, true]);
        assert_eq!(open(Permission::OrdersSee.into()), [false, false, true]);
        assert_eq!(open(Access::OwnKey), [false, false, false]);
    }
}
