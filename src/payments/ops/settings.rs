use serde_json::{Map, Value};

use crate::{
    base::{Conn, Error, Keys, Result},
    payments::{
        forms::{SettingsForm, SettingsInput},
        gateways::Kind,
        model::{GatewaySettings, SECRETS, SettingsChange, secret_context},
        store,
    },
};

/// Stores how a gateway is used. Secrets are sealed before they reach the database; one that was left empty stays.
///
/// # Errors
/// `Invalid` with a message for each wrong field.
pub fn save_settings(conn: &mut Conn, keys: &Keys, kind: &'static Kind, form: &SettingsForm) -> Result<()> {
    let before = store::lock_settings(conn, kind.code)?;
    let input = form.parse(kind, |field| before.secrets.get(field).is_some()).map_err(Error::Invalid)?;
    let change = SettingsChange {
        public: merged(&before.public, input.public.iter().map(|(field, value)| (*field, value.clone()))),
        secrets: merged(&before.secrets, sealed(keys, kind, &before, &input)?.into_iter()),
        active: input.active,
        position: input.position,
        mode: input.mode,
        name: input.name,
        description: input.description,
        capture_at: input.capture_at,
    };
    store::update_settings(conn, kind.code, &change)?;
    tracing::info!(event = "gateway_settings_saved", gateway = kind.code, gateway.active = change.active, "a way of paying was set up");
    Ok(())
}

/// The secrets to store: those typed now, and those stored before sealed anew, so that a new key of the ring takes over.
fn sealed(keys: &Keys, kind: &Kind, before: &GatewaySettings, input: &SettingsInput) -> Result<Vec<(&'static str, String)>> {
    let mut sealed = vec![];
    for field in kind.fields.iter().filter(|field| field.is_secret) {
        let typed = input.secrets.iter().find(|(name, _)| *name == field.name).map(|(_, secret)| secret.clone());
        // One that can't be opened any more stays as it is: putting its key back mends it.
        let secret = typed.or_else(|| before.secret(keys, field.name).ok().flatten());
        if let Some(secret) = secret {
            sealed.push((field.name, keys.seal(SECRETS, &secret_context(kind.code, field.name), &secret)?));
        }
    }
    Ok(sealed)
}

fn merged(before: &Value, changed: impl Iterator<Item = (&'static str, String)>) -> Value {
    let mut all: Map<String, Value> = before.as_object().cloned().unwrap_or_default();
    all.extend(changed.map(|(field, value)| (field.to_owned(), Value::String(value))));
    Value::Object(all)
}
