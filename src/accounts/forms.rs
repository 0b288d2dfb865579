mod address;
pub mod customers;
mod proof;
pub mod providers;
pub mod staff;

use serde::Deserialize;

pub use self::{
    address::{BookForm, DetailsForm},
    proof::ProofForm,
};
use super::model::AccountRow;
use crate::base::{Email, GroupId, Problems, typed};

/// A password that somebody chose: 8 to 128 characters, exactly as typed (ASVS 5.0, 6.2.1, 6.2.5, 6.2.8, 6.2.9). Whether it is easy
/// to guess is measured apart, since that takes a moment.
#[derive(Clone, Debug)]
pub struct NewPassword(pub String);

impl NewPassword {
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        match text.chars().count() {
            0 => Err("Choose a password"),
            1..8 => Err("Choose a password of 8 characters or more"),
            129.. => Err("Choose a password of 128 characters at most"),
            _ if text.chars().any(char::is_control) => Err("Take out the characters that can't be printed"),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SignUpForm {
    pub name: String,
    pub email: String,
    pub return_to: String,
}

/// Who wants an account. The password is chosen behind a mailed link, so that nobody chooses one for another's address.
pub struct SignUp {
    pub name: String,
    pub email: Email,
    pub return_to: String,
}

impl SignUpForm {
    pub fn parse(&self) -> Result<SignUp, Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", typed::required(&self.name, 100, "Enter your name"));
        let email = problems.take("email", Email::parse(&self.email));
        let person = || Some(SignUp { name: name?, email: email?, return_to: kept_return(&self.return_to) });
        person().ok_or(problems)
    }
}

/// Somebody who becomes staff by an invitation's link.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct InvitationForm {
    pub name: String,
    pub email: String,
    pub password: String,
}

pub struct Invited {
    pub name: String,
    pub email: Email,
    pub password: NewPassword,
}

impl InvitationForm {
    pub fn parse(&self) -> Result<Invited, Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", typed::required(&self.name, 100, "Enter your name"));
        let email = problems.take("email", Email::parse(&self.email));
        let password = problems.take("password", NewPassword::parse(&self.password));
        let person = || Some(Invited { name: name?, email: email?, password: password? });
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
        let password = problems.take("password", given_password(&self.password));
        email.zip(password).ok_or(problems)
    }
}

/// A password that is compared with the one we know. Nobody's is longer, so nothing longer is worth a comparison.
fn given_password(text: &str) -> Result<String, &'static str> {
    match text.chars().count() {
        0 => Err("Enter your password"),
        513.. => Err("This is longer than a password can be"),
        _ => Ok(text.to_owned()),
    }
}

/// Where a mailed link should go.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AddressForm {
    pub email: String,
    pub return_to: String,
}

impl AddressForm {
    pub fn parse(&self) -> Result<(Email, String), Problems> {
        let email = Email::parse(&self.email).map_err(|message| Problems::of("email", message))?;
        Ok((email, kept_return(&self.return_to)))
    }
}

/// A password chosen behind a link.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChoiceForm {
    pub password: String,
}

impl ChoiceForm {
    pub fn parse(&self) -> Result<NewPassword, Problems> {
        NewPassword::parse(&self.password).map_err(|message| Problems::of("password", message))
    }
}

/// A new password in the place of the present one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PasswordForm {
    pub present: String,
    pub password: String,
}

impl PasswordForm {
    pub fn parse(&self) -> Result<(String, NewPassword), Problems> {
        let mut problems = Problems::default();
        let present = problems.take("present", given_password(&self.present).map_err(|_| "Enter your present password"));
        let password = problems.take("password", NewPassword::parse(&self.password));
        present.zip(password).ok_or(problems)
    }
}

/// A code of an app, or a recovery code.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CodeForm {
    pub code: String,
    pub return_to: String,
}

impl CodeForm {
    pub fn parse(&self) -> Result<String, Problems> {
        let code = self.code.trim();
        let told = match code.len() {
            0 => Err("Enter the code that your app shows"),
            65.. => Err("This is longer than a code can be"),
            _ => Ok(code.to_owned()),
        };
        told.map_err(|message| Problems::of("code", message))
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

/// A path to go on to as far as it is kept with a link: what is too long for that leads to the account.
pub fn kept_return(path: &str) -> String {
    if path.is_empty() || path.len() > 400 { String::new() } else { safe_return(path).to_owned() }
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
    fn a_password_has_a_length_and_nothing_else_is_asked_of_its_letters() {
        for wrong in ["", "short", &"x".repeat(129), "with a\u{7}bell"] {
            assert!(NewPassword::parse(wrong).is_err(), "{wrong:?}");
        }
        for right in
            ["x".repeat(8), "x".repeat(128), "alle meine entchen".to_owned(), "  blanks count  ".to_owned(), "пароль из слов".to_owned()]
        {
            assert_eq!(NewPassword::parse(&right).unwrap().0, right);
        }
    }

    #[test]
    fn a_sign_up_names_every_problem_at_once() {
        let problems = SignUpForm { name: "  ".into(), ..Default::default() }.parse().err().unwrap();
        for field in ["name", "email"] {
            assert!(problems.on(field).is_some(), "{field}");
        }
    }

    #[test]
    fn only_paths_of_our_own_are_kept_with_a_link() {
        let kept = |path: &str| {
            SignUpForm { name: "A".into(), email: "a@example.com".into(), return_to: path.into() }.parse().ok().unwrap().return_to
        };
        assert_eq!(kept("/checkout/address"), "/checkout/address");
        assert_eq!(kept("//evil.example"), "/account");
        assert_eq!((kept(""), kept(&format!("/{}", "x".repeat(400)))), (String::new(), String::new()));
    }
}
