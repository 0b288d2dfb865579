use serde_json::{Map, Value};

use crate::{
    base::{Conn, Error, Keys, Resealed, Result, SealedSecret},
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

/// The keys of all gateways as they are stored.
///
/// # Errors
/// The database can't be read.
pub fn sealed_secrets(conn: &mut Conn) -> Result<Vec<SealedSecret>> {
    let sealed = |settings: &GatewaySettings| {
        settings
            .secrets
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(_, sealed)| Some(SealedSecret { purpose: SECRETS, sealed: sealed.as_str()?.to_owned() }))
            .collect::<Vec<_>>()
    };
    Ok(store::all_settings(conn)?.iter().flat_map(sealed).collect())
}

/// Seals the keys of all gateways with the newest key of the ring.
///
/// # Errors
/// The database can't be written.
pub fn reseal(conn: &mut Conn, keys: &Keys) -> Result<Resealed> {
    let mut done = Resealed::default();
    for code in store::all_settings(conn)?.into_iter().map(|settings| settings.code) {
        let mut secrets = store::lock_settings(conn, &code)?.secrets;
        let before = done.anew;
        for (field, sealed) in secrets.as_object_mut().into_iter().flatten() {
            let renewed = sealed.as_str().and_then(|text| done.renew(keys, SECRETS, &secret_context(&code, field), text));
            if let Some(renewed) = renewed {
                *sealed = Value::String(renewed);
            }
        }
        if done.anew > before {
            store::set_secrets(conn, &code, &secrets)?;
        }
    }
    Ok(done)
}
