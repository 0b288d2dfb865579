//! Providers of identities.

use diesel::{dsl::not, prelude::*};

use crate::{
    accounts::oidc::{NewProvider, Provider, ProviderRow},
    base::{Conn, Error, OnConstraint, Page, PageRequest, ProviderId, Result},
    schema::{accounts, identities, identity_providers},
};

/// Buttons at most on one page.
const MOST: i64 = 20;

/// Those that are switched on, by name.
pub fn active(conn: &mut Conn) -> Result<Vec<Provider>> {
    let active = identity_providers::table.filter(identity_providers::active);
    Ok(active.order((identity_providers::name, identity_providers::id)).limit(MOST).select(Provider::as_select()).load(conn)?)
}

pub fn list(conn: &mut Conn, page: PageRequest) -> Result<Page<ProviderRow>> {
    let rows: Vec<Provider> = identity_providers::table
        .order((identity_providers::name, identity_providers::id))
        .limit(page.limit())
        .offset(page.offset())
        .select(Provider::as_select())
        .load(conn)?;
    let rows = rows.into_iter().map(|provider| counted(conn, provider)).collect::<Result<Vec<_>>>()?;
    Ok(page.of(rows, identity_providers::table.count().get_result(conn)?))
}

/// With how many accounts are linked with it.
fn counted(conn: &mut Conn, provider: Provider) -> Result<ProviderRow> {
    let linked = || identities::table.inner_join(accounts::table).filter(identities::provider_id.eq(provider.id));
    let all = linked().count().get_result(conn)?;
    let without_password = linked().filter(not(accounts::has_password)).count().get_result(conn)?;
    Ok(ProviderRow { provider, linked: all, without_password })
}

pub fn find(conn: &mut Conn, id: ProviderId) -> Result<Provider> {
    Ok(identity_providers::table.find(id).select(Provider::as_select()).first(conn)?)
}

pub fn find_counted(conn: &mut Conn, id: ProviderId) -> Result<ProviderRow> {
    let provider = find(conn, id)?;
    counted(conn, provider)
}

/// # Errors
/// `NotFound` also for one that is switched off.
pub fn by_slug(conn: &mut Conn, slug: &str) -> Result<Provider> {
    let active = identity_providers::table.filter(identity_providers::slug.eq(slug)).filter(identity_providers::active);
    Ok(active.select(Provider::as_select()).first(conn)?)
}

/// # Errors
/// `Invalid` on `slug` or `issuer` when another has it.
pub fn insert(conn: &mut Conn, new: &NewProvider) -> Result<ProviderId> {
    let inserted = diesel::insert_into(identity_providers::table).values(new).returning(identity_providers::id).get_result(conn);
    let taken = || Error::invalid("issuer", "This provider is connected already");
    let inserted = inserted.on_constraint("identity_providers_issuer_key", taken);
    inserted.on_constraint("identity_providers_slug_key", || Error::invalid("slug", "Another provider has this address. Choose another"))
}

/// Issuer and slug stay: by the one it names people, and the provider knows the address that is made of the other.
///
/// # Errors
/// `NotFound`.
pub fn update(conn: &mut Conn, id: ProviderId, new: &NewProvider) -> Result<()> {
    let updated = diesel::update(identity_providers::table.find(id))
        .set((
            identity_providers::name.eq(&new.name),
            identity_providers::client_id.eq(&new.client_id),
            identity_providers::for_customers.eq(new.for_customers),
            identity_providers::for_staff.eq(new.for_staff),
            identity_providers::active.eq(new.active),
        ))
        .execute(conn)?;
    if updated == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// `secret_sealed`: empty: none.
pub fn set_secret(conn: &mut Conn, id: ProviderId, secret_sealed: &str) -> Result<()> {
    diesel::update(identity_providers::table.find(id)).set(identity_providers::secret_sealed.eq(secret_sealed)).execute(conn)?;
    Ok(())
}

/// Where it has people sign in, as it says now.
pub fn note_origin(conn: &mut Conn, id: ProviderId, origin: &str) -> Result<()> {
    let changed = identity_providers::table.find(id).filter(identity_providers::sign_in_origin.ne(origin));
    diesel::update(changed).set(identity_providers::sign_in_origin.eq(origin)).execute(conn)?;
    Ok(())
}

/// With it goes whatever was linked with it.
pub fn delete(conn: &mut Conn, id: ProviderId) -> Result<()> {
    if diesel::delete(identity_providers::table.find(id)).execute(conn)? == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// The secrets as they are stored, locked.
pub fn sealed(conn: &mut Conn) -> Result<Vec<(ProviderId, String)>> {
    let rows = identity_providers::table.filter(identity_providers::secret_sealed.ne("")).order(identity_providers::id);
    Ok(rows.select((identity_providers::id, identity_providers::secret_sealed)).for_update().load(conn)?)
}
