pub mod customers;
mod proof;
pub mod staff;

use serde::Deserialize;

pub use self::proof::ProofForm;
use super::model::AccountRow;
use crate::base::{Email, GroupId, Problems, typed};

/// A password that may be set: 8 to 128 characters, whatever they are (ASVS 6.2.1, 6.2.5, 6.2.9).
pub struct NewPassword(pub String);

impl NewPassword {
    fn parse(text: &str) -> Result<Self, &'static str> {
        match text.chars().count() {
            0 => Err("Choose a password"),
            1..8 => Err("Choose a password of 8 characters or more"),
            129.. => Err("Choose a password of 128 characters at most"),
            _ if COMMON.contains(&text.to_lowercase().as_str()) => {
                Err("This password is one of the first that others would try. Choose another")
            }
            _ => Ok(Self(text.to_owned())),
        }
    }
}

/// What guessing programs try first, of those with 8 characters or more.
const COMMON: [&str; 24] = [
    "password",
    "password1",
    "password123",
    "12345678",
    "123456789",
    "1234567890",
    "qwertyui",
    "qwertyuiop",
    "qwerty123",
    "iloveyou",
    "princess",
    "sunshine",
    "football",
    "baseball",
    "superman",
    "trustno1",
    "letmein1",
    "welcome1",
    "11111111",
    "00000000",
    "abcd1234",
    "1q2w3e4r",
    "administrator",
    "changeme",
];

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SignUpForm {
    pub name: String,
    pub email: String,
    pub password: String,
    pub return_to: String,
}

pub struct SignUp {
    pub name: String,
    pub email: Email,
    pub password: NewPassword,
}

impl SignUpForm {
    pub fn parse(&self) -> Result<SignUp, Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", typed::required(&self.name, 100, "Enter your name"));
        let email = problems.take("email", Email::parse(&self.email));
        let password = problems.take("password", NewPassword::parse(&self.password));
        let person = || Some(SignUp { name: name?, email: email?, password: password? });
        person().ok_or(problems)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SignInForm {
    pub email: String,
    pub password: String,
    pub return_to: String,
}

impl SignInForm {
    pub fn parse(&self) -> Result<(Email, String), Problems> {
        let mut problems = Problems::default();
        let email = problems.take("email", Email::parse(&self.email));
        let given = if self.password.is_empty() { Err("Enter your password") } else { Ok(self.password.clone()) };
        let password = problems.take("password", given);
        email.zip(password).ok_or(problems)
    }
}

/// A group of customers as the owner typed it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GroupForm {
    pub name: String,
}

impl GroupForm {
    pub fn parse(&self) -> Result<String, Problems> {
        typed::required(&self.name, 80, "Enter the group's name").map_err(|message| Problems::of("name", message))
    }
}

/// How a customer buys: the group, and why they pay no tax.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BuyerForm {
    pub group: String,
    pub tax_exemption: String,
}

impl BuyerForm {
    pub fn parse(&self) -> Result<(Option<GroupId>, String), Problems> {
        let mut problems = Problems::default();
        let group = if self.group.is_empty() { Ok(None) } else { self.group.parse().map(Some) };
        let group = problems.take("group", group.map_err(|_| "Choose a group from the list"));
        let exemption = problems.take("tax_exemption", typed::optional(&self.tax_exemption, 200));
        group.zip(exemption).ok_or(problems)
    }

    pub fn is_in(&self, group: &GroupId) -> bool {
        self.group == group.to_string()
    }
}

impl From<AccountRow> for BuyerForm {
    fn from(row: AccountRow) -> Self {
        Self { group: row.group_id.map(|group| group.to_string()).unwrap_or_default(), tax_exemption: row.tax_exemption }
    }
}

/// A path of our own to go on to, or `/account`. Anything that a browser could take for another site is refused.
pub fn safe_return(path: &str) -> &str {
    // A header takes visible ASCII only, and a browser takes a backslash for a slash.
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let ours = plain && path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/sign-");
    if ours { path } else { "/account" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_only_go_on_to_paths_of_our_own() {
        assert_eq!(safe_return("/checkout/address"), "/checkout/address");
        for foreign in ["", "//evil.example", "/\\evil.example", "https://evil.example", "evil", "/\t/evil.example", "/sign-out", "/é"] {
            assert_eq!(safe_return(foreign), "/account", "{foreign:?}");
        }
    }

    #[test]
    fn passwords_are_measured_by_length_and_fame_alone() {
        assert!(NewPassword::parse("short").is_err());
        assert!(NewPassword::parse("Password123").is_err());
        assert!(NewPassword::parse(&"x".repeat(64)).is_ok());
        assert!(NewPassword::parse("alle meine entchen").is_ok());
    }

    #[test]
    fn a_sign_up_names_every_problem_at_once() {
        let problems = SignUpForm { name: "  ".into(), ..Default::default() }.parse().err().unwrap();
        for field in ["name", "email", "password"] {
            assert!(problems.on(field).is_some(), "{field}");
        }
    }
}
