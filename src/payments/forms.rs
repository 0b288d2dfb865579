use std::collections::HashMap;

use super::{
    gateway::CaptureAt,
    gateways::{Field, Kind},
    model::{GatewaySettings, Mode},
};
use crate::base::{Problems, typed};

/// The settings of a gateway as they were typed. Its own keys are fields too, and differ from gateway to gateway.
#[derive(Clone, Debug, Default)]
pub struct SettingsForm(HashMap<String, String>);

/// What was typed, checked. Secrets that were left empty stay as they are.
pub struct SettingsInput {
    pub active: bool,
    pub position: i32,
    pub mode: Mode,
    pub name: String,
    pub description: String,
    pub capture_at: CaptureAt,
    /// By field.
    pub public: Vec<(&'static str, String)>,
    pub secrets: Vec<(&'static str, String)>,
}

impl From<HashMap<String, String>> for SettingsForm {
    fn from(typed: HashMap<String, String>) -> Self {
        Self(typed)
    }
}

impl SettingsForm {
    /// With what is stored, but for secrets, which never leave the shop again.
    pub fn of(settings: &GatewaySettings, kind: &Kind) -> Self {
        let mut typed: HashMap<String, String> = [
            ("position", settings.position.to_string()),
            ("mode", settings.mode.to_string()),
            ("name", settings.name.clone()),
            ("description", settings.description.clone()),
            ("capture_at", settings.capture_at.to_string()),
        ]
        .into_iter()
        .map(|(field, value)| (field.to_owned(), value))
        .collect();
        if settings.active {
            typed.insert("active".to_owned(), "on".to_owned());
        }
        for field in kind.fields.iter().filter(|field| !field.is_secret) {
            typed.insert(field.name.to_owned(), settings.open(field.name).unwrap_or_default());
        }
        Self(typed)
    }

    pub fn get(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }

    pub fn is(&self, field: &str, value: &str) -> bool {
        self.get(field) == value
    }

    /// `is_set`: whether a secret is stored already.
    ///
    /// # Errors
    /// A message for each wrong field.
    pub fn parse(&self, kind: &Kind, is_set: impl Fn(&str) -> bool) -> Result<SettingsInput, Problems> {
        let mut problems = Problems::default();
        let active = self.is("active", "on");
        let position = problems.take("position", typed::whole(self.get("position"), 1..=99));
        let mode = self.get("mode").parse().unwrap_or(Mode::Test);
        let name = problems.take("name", typed::optional(self.get("name"), 60));
        let description = problems.take("description", typed::optional(self.get("description"), 200));
        let capture_at = if kind.captures_later { self.get("capture_at").parse().unwrap_or_default() } else { CaptureAt::Placing };
        let (mut public, mut secrets) = (vec![], vec![]);
        for field in kind.fields {
            let typed = problems.take(field.name, self.key(field, mode, active, &is_set)).unwrap_or_default();
            match field.is_secret {
                false => public.push((field.name, typed)),
                true if !typed.is_empty() => secrets.push((field.name, typed)),
                true => {}
            }
        }
        let input = || {
            Some(SettingsInput { active, position: position?, mode, name: name?, description: description?, capture_at, public, secrets })
        };
        if problems.is_empty() { input().ok_or(problems) } else { Err(problems) }
    }

    /// One key of the provider. An active gateway needs all of them.
    fn key(&self, field: &Field, mode: Mode, active: bool, is_set: impl Fn(&str) -> bool) -> Result<String, String> {
        let typed = typed::optional(self.get(field.name), 300)?;
        if typed.is_empty() {
            let is_missing = active && !(field.is_secret && is_set(field.name));
            return if is_missing {
                Err(format!("Enter the {}, or switch this way of paying off", lower_first(field.label)))
            } else {
                Ok(typed)
            };
        }
        if typed.chars().any(char::is_whitespace) {
            return Err("Take out the spaces: copy the key once more".to_owned());
        }
        let begins = if mode == Mode::Live { field.begins.1 } else { field.begins.0 };
        if !begins.is_empty() && !begins.iter().any(|begin| typed.starts_with(begin)) {
            let keys = if mode == Mode::Live { "live" } else { "test" };
            return Err(format!("This is no {keys} key: it begins with {}. Copy the right one, or change the mode", begins.join(" or ")));
        }
        Ok(typed)
    }
}

fn lower_first(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().map_or(String::new(), |first| {
        if label.starts_with("Client ID") { label.to_owned() } else { first.to_lowercase().chain(letters).collect() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripe(changed: &[(&str, &str)]) -> Result<SettingsInput, Problems> {
        let usual = [("position", "3"), ("mode", "test"), ("secret_key", "sk_test_1"), ("webhook_secret", "whsec_1"), ("active", "on")];
        let typed: HashMap<_, _> = usual.iter().chain(changed).map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect();
        SettingsForm::from(typed).parse(Kind::of("stripe").unwrap(), |field| field == "webhook_secret")
    }

    #[test]
    fn an_active_gateway_needs_its_keys_and_a_stored_one_may_stay() {
        let input = stripe(&[("webhook_secret", "")]).ok().unwrap();
        assert_eq!(input.secrets, [("secret_key", "sk_test_1".to_owned())]);
        assert!(stripe(&[("secret_key", "")]).err().unwrap().on("secret_key").unwrap().contains("Enter the secret key"));
        assert!(stripe(&[("secret_key", ""), ("active", "")]).is_ok(), "one that is off needs none");
    }

    #[test]
    fn a_live_key_is_not_taken_for_a_test_key() {
        assert!(stripe(&[("secret_key", "sk_live_1")]).err().unwrap().on("secret_key").unwrap().contains("no test key"));
        assert!(stripe(&[("secret_key", "sk_live_1"), ("mode", "live")]).is_ok());
        assert!(stripe(&[("secret_key", "sk_test_1 x")]).err().unwrap().on("secret_key").unwrap().contains("spaces"));
    }
}
