//! Connecting providers of identities.

use crate::{
    accounts::{
        oidc::{NewProvider, Partner, Partners, Provider},
        store::providers,
    },
    base::{Conn, Db, Error, Keys, ProviderId, Resealed, Result, SealedSecret},
};

/// What secrets are sealed for; their context is the provider.
const PURPOSE: &str = "identity provider";

/// Connects a provider, or changes one when `id` is given. One that is switched on is looked up before, so that nobody is sent to an
/// address that knows nothing. `secret`: `None` keeps the one that is set.
///
/// # Errors
/// `Invalid` on `issuer` when it can't be looked up or is connected already, on `slug` when another has it; `NotFound`.
pub async fn save(
    db: &Db,
    keys: &Keys,
    partners: &Partners,
    id: Option<ProviderId>,
    new: NewProvider,
    secret: Option<String>,
) -> Result<()> {
    partners.check(&new.issuer).map_err(|why| Error::invalid("issuer", why))?;
    let origin = if new.active { Some(look_up(partners, &new.issuer).await?) } else { None };
    let keys = keys.clone();
    db.write(move |conn| {
        let id = match id {
            Some(id) => providers::update(conn, id, &new).map(|()| id)?,
            None => providers::insert(conn, &new)?,
        };
        if let Some(secret) = secret {
            providers::set_secret(conn, id, &keys.seal(PURPOSE, &id.to_string(), &secret)?)?;
        }
        tracing::info!(event = "identity_provider_saved", provider.id = id.0, "a provider of identities was saved");
        origin.map_or(Ok(()), |origin| providers::note_origin(conn, id, &origin))
    })
    .await
}

/// Looks a provider up now. Gives the origin where it has people sign in.
///
/// # Errors
/// `Invalid` on `issuer` when that fails, with why; `NotFound`.
pub async fn test(db: &Db, partners: &Partners, id: ProviderId) -> Result<String> {
    let provider = db.read(move |conn| providers::find(conn, id)).await?;
    let origin = look_up(partners, &provider.issuer).await?;
    let noted = origin.clone();
    db.write(move |conn| providers::note_origin(conn, id, &noted)).await?;
    Ok(origin)
}

async fn look_up(partners: &Partners, issuer: &str) -> Result<String> {
    let known = partners.look_up(issuer).await.map_err(|trouble| {
        Error::invalid("issuer", format!("Its description can’t be read: {trouble}. Look whether this is the issuer’s whole address"))
    });
    Ok(known?.sign_in_origin())
}

/// Forgets a provider and whatever was linked with it.
///
/// # Errors
/// `NotFound`.
pub fn delete(conn: &mut Conn, id: ProviderId) -> Result<()> {
    providers::delete(conn, id)?;
    tracing::info!(event = "identity_provider_deleted", provider.id = id.0, "a provider of identities was deleted");
    Ok(())
}

/// What is needed to ask the provider. `site`: the shop's address without a slash at its end.
///
/// # Errors
/// The secret can't be opened any more.
pub fn partner(keys: &Keys, provider: &Provider, site: &str) -> Result<Partner> {
    let secret = match provider.secret_sealed.as_str() {
        "" => None,
        sealed => Some(keys.open(PURPOSE, &provider.id.to_string(), sealed)?),
    };
    let answer_url = answer_url(site, &provider.slug);
    Ok(Partner { issuer: provider.issuer.clone(), client_id: provider.client_id.clone(), secret, answer_url })
}

/// Where the provider sends people back to: one address for each, so that an answer of one can't pass for another's (RFC 9700, 4.4).
pub fn answer_url(site: &str, slug: &str) -> String {
    format!("{site}/sign-in/with/{slug}/answer")
}

/// The secrets of all providers as they are stored.
///
/// # Errors
/// The database can't be read.
pub fn sealed_secrets(conn: &mut Conn) -> Result<Vec<SealedSecret>> {
    let secrets = providers::sealed(conn)?.into_iter();
    Ok(secrets.map(|(_, sealed)| SealedSecret { purpose: PURPOSE, sealed }).collect())
}

/// Seals the secrets with the newest key of the ring.
///
/// # Errors
/// The database can't be written.
pub fn reseal(conn: &mut Conn, keys: &Keys) -> Result<Resealed> {
    let mut done = Resealed::default();
    for (id, sealed) in providers::sealed(conn)? {
        if let Some(renewed) = done.renew(keys, PURPOSE, &id.to_string(), &sealed) {
            providers::set_secret(conn, id, &renewed)?;
        }
    }
    Ok(done)
}
