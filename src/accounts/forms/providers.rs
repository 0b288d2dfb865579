//! What is typed about providers of identities.

use serde::Deserialize;

use crate::{
    accounts::oidc::{NewProvider, Provider},
    base::{Problems, typed},
};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProviderForm {
    pub name: String,
    /// Asked for once: it stays.
    pub issuer: String,
    /// As for the issuer; empty: made of the name.
    pub slug: String,
    pub client_id: String,
    /// Never sent back to the page; empty: the one that is set stays.
    pub secret: String,
    pub for_customers: Option<String>,
    pub for_staff: Option<String>,
    pub active: Option<String>,
}

impl ProviderForm {
    /// For one that is new: for customers, and switched on.
    pub fn fresh() -> Self {
        let ticked = || Some("on".to_owned());
        Self { for_customers: ticked(), active: ticked(), ..Self::default() }
    }

    /// The provider and its secret, where one was typed. `kept`: as it is so far.
    ///
    /// # Errors
    /// A message for each field.
    pub fn parse(&self, kept: Option<&Provider>) -> Result<(NewProvider, Option<String>), Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", typed::required(&self.name, 60, "Enter the name that stands on the button"));
        let issuer = match kept {
            Some(kept) => Some(kept.issuer.clone()),
            None => problems.take("issuer", typed::required(&self.issuer, 400, "Enter the issuer’s address")),
        };
        let slug = match kept {
            Some(kept) => Some(kept.slug.clone()),
            None => problems.take("slug", slug(&self.slug, &self.name)),
        };
        let client_id = problems.take("client_id", typed::required(&self.client_id, 255, "Enter the client id that the provider gave you"));
        let secret = problems.take("secret", typed::optional(&self.secret, 1000));
        let (for_customers, for_staff) = (self.for_customers.is_some(), self.for_staff.is_some());
        if !for_customers && !for_staff {
            problems.add("for_customers", "Choose for whom it is: customers, staff or both");
        }
        let active = self.active.is_some();
        let provider = || {
            let new = NewProvider { slug: slug?, name: name?, issuer: issuer?, client_id: client_id?, for_customers, for_staff, active };
            Some((new, secret?))
        };
        let parsed = if problems.is_empty() { provider() } else { None };
        parsed.map(|(new, secret)| (new, Some(secret).filter(|secret| !secret.is_empty()))).ok_or(problems)
    }
}

fn slug(typed: &str, name: &str) -> Result<String, String> {
    let slug = typed::slug(typed, name)?;
    if slug.len() > 40 { Err("Enter 40 letters, digits and hyphens at most, such as example-id".to_owned()) } else { Ok(slug) }
}

impl From<&Provider> for ProviderForm {
    fn from(provider: &Provider) -> Self {
        let ticked = |is: bool| is.then(|| "on".to_owned());
        Self {
            name: provider.name.clone(),
            issuer: provider.issuer.clone(),
            slug: provider.slug.clone(),
            client_id: provider.client_id.clone(),
            secret: String::new(),
            for_customers: ticked(provider.for_customers),
            for_staff: ticked(provider.for_staff),
            active: ticked(provider.active),
        }
    }
}

/// With which provider an account is to be linked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LinkForm {
    pub provider: String,
}

/// Where to go on to after having been at a provider.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AwayForm {
    pub return_to: String,
}

/// What a provider sends back by way of the browser (RFC 6749, 4.1.2; RFC 9207, 2).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AnswerQuery {
    pub state: String,
    pub code: String,
    pub iss: Option<String>,
    pub error: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_s_form_names_every_problem_at_once() {
        let problems = ProviderForm { slug: "x".repeat(41), ..ProviderForm::default() }.parse(None).unwrap_err();
        for field in ["name", "issuer", "slug", "client_id", "for_customers"] {
            assert!(problems.on(field).is_some(), "{field}");
        }
    }

    #[test]
    fn the_address_is_made_of_the_name_and_an_empty_secret_is_none() {
        let form = ProviderForm {
            name: "Example ID".into(),
            issuer: "https://id.example".into(),
            client_id: "shop".into(),
            ..ProviderForm::fresh()
        };
        let (new, secret) = form.parse(None).unwrap();
        assert_eq!((new.slug.as_str(), new.active, new.for_customers, new.for_staff, secret), ("example-id", true, true, false, None));
    }
}
