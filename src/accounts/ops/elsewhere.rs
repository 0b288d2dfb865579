//! Signing in, linking and proving by way of a provider of identities: somebody is sent there, and comes back vouched for.
//!
//! An account is opened only to whom it is linked with, never to who merely brings its address: links are made by who has shown both
//! sides, that they are who the provider says and that the account is theirs.

use chrono::{DateTime, Utc};

use super::{
    providers, second_factor,
    sign_in::{self, SignedIn, Visit},
    sign_ins, sign_up,
};
use crate::{
    accounts::{
        mails,
        model::{AccountRow, Asked, EndedBy, LinkKind, Way},
        oidc::{Linked, NewIdentity, Partner, Partners, Provider, Told, Trouble, is_answer_in_time, is_proof, shortened},
        store::{self, identities, providers as kept},
    },
    base::{AccountId, Client, Conn, Db, Email, Error, IdentityId, Keys, Result, db_now, random_token},
    limits::{self, Door, Who},
    web::{Away, Errand, SignIn, Unlinked},
};

/// Seconds for which somebody who was vouched for is waited for to sign in to the account of their address.
const PATIENCE: i64 = 1800;

/// Longest path to go on to that travels along in the cookie.
const LONGEST_RETURN: usize = 200;

/// What is needed to ask providers. `site`: the shop's address without a slash at its end.
#[derive(Clone, Copy)]
pub struct Abroad<'a> {
    pub db: &'a Db,
    pub keys: &'a Keys,
    pub partners: &'a Partners,
    pub site: &'a str,
}

/// What a provider sent back by way of the browser.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub state: String,
    pub code: String,
    /// The issuer, where it says so.
    pub iss: Option<String>,
    /// Why it vouches for nobody, such as `access_denied`; empty: it does.
    pub error: String,
}

/// What became of somebody who came back.
#[derive(Debug)]
pub enum Came {
    /// They are known here. Of the second factor they may owe the code.
    Known(SignedIn),
    /// They have an account from now on.
    New(Box<AccountRow>, SignIn),
    /// Their address, confirmed over there, has an account, which is linked when they sign in to it.
    LinkOwed(Unlinked),
    /// Their address is to be confirmed by a mail of ours first, which is on its way.
    AddressOwed(Unlinked),
    /// They have no account, and get none by this provider.
    Nobody,
    Linked,
    Proved,
}

/// Why somebody came back in vain, in words for them. The log knows more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vain {
    /// They broke it off there, or it refused them.
    Denied,
    /// It took too long, was begun elsewhere, or is no answer to what was asked.
    Foreign,
    /// The provider can't be asked, or what it says is not believed.
    Refused,
}

/// Providers by which somebody of this account, or who is not signed in, may come.
///
/// # Errors
/// The database can't be read.
pub fn offered(conn: &mut Conn) -> Result<Vec<Provider>> {
    kept::active(conn)
}

/// What the account is linked with.
///
/// # Errors
/// The database can't be read.
pub fn linked(conn: &mut Conn, account: AccountId) -> Result<Vec<Linked>> {
    identities::of(conn, account)
}

/// Begins an errand at a provider. `by`: who is signed in, for a link or a proof. Gives where to go, and what is to be remembered.
///
/// # Errors
/// `NotFound` for a provider that there is not, or is not for them; `Conflict` when it can't be asked now; `TooMany`.
pub async fn begin(
    abroad: Abroad<'_>,
    client: &Client,
    slug: &str,
    errand: Errand,
    by: Option<AccountId>,
    to: &str,
) -> Result<(String, Away)> {
    limits::knock(abroad.db, Door::SignIn, client, None).await?;
    let slug = slug.to_owned();
    let read = abroad.db.read(move |conn| {
        let provider = kept::by_slug(conn, &slug)?;
        let is_theirs = may_go(conn, &provider, errand, by)?;
        Ok((provider, is_theirs, db_now(conn)?))
    });
    let (provider, is_theirs, now) = read.await?;
    if !is_theirs {
        return Err(Error::NotFound);
    }
    let away = Away {
        provider: provider.id,
        errand,
        state: random_token(32),
        nonce: random_token(32),
        verifier: random_token(64),
        return_to: if to.len() > LONGEST_RETURN { String::new() } else { to.to_owned() },
        at: now.timestamp(),
    };
    let known = abroad.partners.describe(&provider.issuer).await.map_err(|trouble| unasked(&provider, &trouble))?;
    let url = known.way_to(&providers::partner(abroad.keys, &provider, abroad.site)?, &away)?;
    let origin = known.sign_in_origin();
    if origin != provider.sign_in_origin {
        abroad.db.write(move |conn| kept::note_origin(conn, provider.id, &origin)).await?;
    }
    Ok((url.into(), away))
}

fn unasked(provider: &Provider, trouble: &Trouble) -> Error {
    tracing::warn!(event = "identity_provider_away", provider.id = provider.id.0, error = %trouble, "a provider of identities can't be asked");
    Error::Conflict(format!("{} can’t be asked at the moment. Try again later, or sign in another way.", provider.name))
}

/// Whether this account may be linked with the provider, or prove itself by it. Whoever is not signed in may try.
fn may_go(conn: &mut Conn, provider: &Provider, errand: Errand, by: Option<AccountId>) -> Result<bool> {
    match (errand, by) {
        (Errand::SignIn, _) => Ok(true),
        (_, None) => Err(Error::SignInNeeded),
        (Errand::Link, Some(id)) => Ok(store::find(conn, id)?.is_some_and(|row| provider.serves(row.role))),
        (Errand::Proof, Some(id)) => Ok(identities::of(conn, id)?.iter().any(|linked| linked.provider.id == provider.id)),
    }
}

/// Looks at what somebody brings back, and does what they went for. `away`: what was remembered, and is forgotten by now. `slug`: of the
/// address that they came back to. `here`: their sign-in, where they have one.
///
/// # Errors
/// `TooMany`; `Conflict` with words when the link can't be made.
pub async fn finish(
    abroad: Abroad<'_>,
    visit: Visit,
    slug: &str,
    away: Option<Away>,
    answer: Answer,
    here: Option<SignIn>,
) -> Result<Result<Came, Vain>> {
    let Some(away) = away.filter(|away| away.state == answer.state) else { return Ok(Err(vain("it was not asked for", Vain::Foreign))) };
    let id = away.provider;
    let (provider, now) = abroad.db.read(move |conn| Ok((kept::find(conn, id)?, db_now(conn)?))).await?;
    if provider.slug != slug || !provider.active || !is_answer_in_time(away.at, now) {
        return Ok(Err(vain("it is of another provider, or came too late", Vain::Foreign)));
    }
    if !answer.error.is_empty() {
        return Ok(Err(vain("the provider refused", Vain::Denied)));
    }
    let counted = limits::knock(abroad.db, Door::SignIn, &visit.client, None).await?;
    let partner = providers::partner(abroad.keys, &provider, abroad.site)?;
    let told = match ask(abroad.partners, &partner, &away, &answer, now).await {
        Ok(told) => told,
        Err(trouble) => return Ok(Err(vain(&trouble.to_string(), Vain::Refused))),
    };
    let hash = new_hash(abroad.db, &provider, &told).await?;
    let (name, to, client) = (name_of(&told), away.return_to.clone(), visit.client);
    let done = abroad.db.write(move |conn| {
        counted.give_back(conn)?;
        limits::give_back(conn, &Door::SignIn.by_address(), &Who::address(&visit.client))?;
        settle(conn, &visit, &Vouched { provider, told, now }, &away, here, hash)
    });
    let done = done.await?;
    if let Ok(Came::AddressOwed(unlinked)) = &done {
        ask_address(abroad.db, unlinked, &name, &to, &client).await?;
    }
    Ok(done)
}

/// Somebody says by a provider that an address is theirs, and the provider does not vouch for that: whether it is, a mail shows. The same
/// is said and done whether the address has an account or not.
async fn ask_address(db: &Db, unlinked: &Unlinked, name: &str, to: &str, client: &Client) -> Result<()> {
    let email = Email::parse(&unlinked.email).map_err(Error::internal)?;
    let asked = Asked { name: name.to_owned(), ..Asked::by(LinkKind::SignUp, email.as_str(), to) };
    sign_up::ask(db, asked, &email, client).await
}

/// Tells the log why.
fn vain(why: &str, vain: Vain) -> Vain {
    tracing::info!(event = "sign_in_elsewhere_failed", why, "an answer of a provider of identities led to nothing");
    vain
}

async fn ask(partners: &Partners, partner: &Partner, away: &Away, answer: &Answer, now: DateTime<Utc>) -> Result<Told, Trouble> {
    let known = partners.describe(&partner.issuer).await?;
    if !known.may_have_answered(answer.iss.as_deref()) {
        return Err(Trouble::Refused("the answer names another issuer".to_owned()));
    }
    partners.redeem(partner, away, &answer.code, now).await
}

/// The hash of a password that nobody knows, for who is to get an account; `None`: nobody is.
async fn new_hash(db: &Db, provider: &Provider, told: &Told) -> Result<Option<String>> {
    let (id, subject, email) = (provider.id, told.subject.clone(), verified(told));
    let Some(email) = email.filter(|_| provider.for_customers) else { return Ok(None) };
    let is_new =
        move |conn: &mut Conn| Ok(identities::account_of(conn, id, &subject)?.is_none() && store::find_by_email(conn, &email)?.is_none());
    if db.read(is_new).await? { super::unknown_password().await.map(Some) } else { Ok(None) }
}

/// Somebody for whom a provider has vouched.
struct Vouched {
    provider: Provider,
    told: Told,
    now: DateTime<Utc>,
}

impl Vouched {
    fn unlinked(&self, email: &str) -> Unlinked {
        Unlinked { provider: self.provider.id, subject: self.told.subject.clone(), email: email.to_owned(), at: self.now.timestamp() }
    }
}

fn settle(
    conn: &mut Conn,
    visit: &Visit,
    vouched: &Vouched,
    away: &Away,
    here: Option<SignIn>,
    hash: Option<String>,
) -> Result<Result<Came, Vain>> {
    let Vouched { provider, told, .. } = vouched;
    match (away.errand, here) {
        (Errand::SignIn, _) => sign_in(conn, visit, vouched, &away.return_to, hash),
        (_, None) => Err(Error::SignInNeeded),
        (Errand::Link, Some(here)) => {
            let email = told.email.as_deref().unwrap_or_default();
            link(conn, visit, provider, here.account, &told.subject, email)?;
            Ok(Ok(Came::Linked))
        }
        (Errand::Proof, Some(here)) => {
            let theirs = identities::account_of(conn, provider.id, &told.subject)?.filter(|(_, row)| row.id == here.account);
            let Some((id, _)) = theirs.filter(|_| is_proof(told, away.at)) else {
                tracing::info!(event = "proof_failed", account.id = here.account.0, "a provider's proof was refused");
                return Ok(Err(Vain::Refused));
            };
            identities::note_use(conn, id)?;
            sign_ins::prove(conn, here.id)?;
            Ok(Ok(Came::Proved))
        }
    }
}

fn sign_in(conn: &mut Conn, visit: &Visit, vouched: &Vouched, to: &str, hash: Option<String>) -> Result<Result<Came, Vain>> {
    let Vouched { provider, told, .. } = vouched;
    if let Some((id, account)) = identities::account_of(conn, provider.id, &told.subject)? {
        if !account.is_open() || !provider.serves(account.role) {
            return Ok(Ok(Came::Nobody));
        }
        identities::note_use(conn, id)?;
        return Ok(Ok(Came::Known(enter(conn, visit, vouched, account, to)?)));
    }
    match (verified(told), hash) {
        (Some(email), _) if store::find_by_email(conn, &email)?.is_some() => Ok(Ok(Came::LinkOwed(vouched.unlinked(email.as_str())))),
        (Some(email), Some(hash)) => create(conn, visit, vouched, &email, &hash).map(Ok),
        (None, _) if provider.for_customers => {
            let email = told.email.as_deref().and_then(|email| Email::parse(email).ok());
            Ok(Ok(email.map_or(Came::Nobody, |email| Came::AddressOwed(vouched.unlinked(email.as_str())))))
        }
        _ => Ok(Ok(Came::Nobody)),
    }
}

/// Signs in whoever is known. The second factor is asked for, unless they showed one over there. That counts as a proof of who they are
/// only if they showed it there just now: a provider keeps people signed in for weeks.
fn enter(conn: &mut Conn, visit: &Visit, vouched: &Vouched, account: AccountRow, to: &str) -> Result<SignedIn> {
    let told = &vouched.told;
    let owes_code = !told.is_strong && second_factor::is_set(conn, account.id)?;
    if account.confirmed_at.is_none() || owes_code {
        return sign_in::go_on(conn, visit, account, Way::Oidc, to);
    }
    let signed_in = sign_in::whole(conn, visit, account, Way::Oidc)?;
    if let SignedIn::Whole(_, here) = &signed_in
        && is_proof(told, vouched.now.timestamp())
    {
        sign_ins::prove(conn, here.id)?;
    }
    Ok(signed_in)
}

/// The provider says that they read the address's mail, so nothing else has to show it.
fn create(conn: &mut Conn, visit: &Visit, vouched: &Vouched, email: &Email, hash: &str) -> Result<Came> {
    let Vouched { provider, told, .. } = vouched;
    let account = store::insert_vouched(conn, email, &name_of(told), hash)?;
    identities::insert(
        conn,
        &NewIdentity { provider_id: provider.id, subject: &told.subject, account_id: account.id, known_as: email.as_str() },
    )?;
    tracing::info!(event = "signed_up", account.id = account.id.0, way = Way::Oidc.as_str(), "an account was made by a provider's word");
    match enter(conn, visit, vouched, account, "")? {
        SignedIn::Whole(account, sign_in) => Ok(Came::New(account, sign_in)),
        SignedIn::CodeOwed(_) | SignedIn::LinkOwed => Err(Error::internal("a new account owes nothing")),
    }
}

/// What a new account is called: as the provider says, or as the address begins.
fn name_of(told: &Told) -> String {
    let email = told.email.as_deref().unwrap_or_default();
    if told.name.is_empty() { shortened(email.split('@').next().unwrap_or_default()) } else { told.name.clone() }
}

/// The address for which the provider vouches, if it is one.
fn verified(told: &Told) -> Option<Email> {
    told.email.as_deref().filter(|_| told.is_email_verified).and_then(|email| Email::parse(email).ok())
}

/// Links whoever has just signed in with whom a provider vouched for a while ago in the same browser, if it is the account of that
/// address. Gives the provider's name when that is done.
///
/// # Errors
/// The database can't be written.
pub async fn link_owed(db: &Db, visit: Visit, account: AccountId, unlinked: Unlinked) -> Result<Option<String>> {
    let done = db.write(move |conn| {
        let row = store::find(conn, account)?.filter(|row| row.email == unlinked.email);
        let is_young = (0..=PATIENCE).contains(&(db_now(conn)?.timestamp() - unlinked.at));
        let provider = match kept::find(conn, unlinked.provider) {
            Ok(provider) => Some(provider),
            Err(Error::NotFound) => None,
            Err(other) => return Err(other),
        };
        let (Some(row), Some(provider)) = (row.filter(|_| is_young), provider) else { return Ok(None) };
        if !provider.serves(row.role) {
            return Ok(None);
        }
        link(conn, &visit, &provider, row.id, &unlinked.subject, &unlinked.email)?;
        Ok(Some(provider.name))
    });
    match done.await {
        // Linked meanwhile.
        Err(Error::Conflict(_)) => Ok(None),
        done => done,
    }
}

fn link(conn: &mut Conn, visit: &Visit, provider: &Provider, id: AccountId, subject: &str, known_as: &str) -> Result<()> {
    let account = store::lock(conn, id)?.filter(|row| row.is_open() && provider.serves(row.role)).ok_or(Error::NotFound)?;
    let known_as = if known_as.len() > 254 { "" } else { known_as };
    identities::insert(conn, &NewIdentity { provider_id: provider.id, subject, account_id: id, known_as })?;
    tracing::info!(event = "identity_linked", account.id = id.0, provider.id = provider.id.0, "an account was linked with a provider");
    mails::identity_changed(conn, &visit.site, &account, &provider.name, true)
}

/// Takes a link away. Whoever is signed in elsewhere is signed out, since it may have been by it. Gives the provider's name, and the
/// generation that this browser's cookie has to have.
///
/// # Errors
/// `NotFound` for another's; `Conflict` when nothing else would let its owner in.
pub async fn unlink(db: &Db, site: String, here: SignIn, id: IdentityId) -> Result<(String, i32)> {
    db.write(move |conn| {
        let account = store::lock(conn, here.account)?.ok_or(Error::NotFound)?;
        let all = identities::of(conn, account.id)?;
        let going = all.iter().find(|linked| linked.id == id).ok_or(Error::NotFound)?;
        let has_another = all.iter().any(|linked| linked.id != id && linked.provider.serves(account.role));
        if !account.has_password && !has_another {
            return Err(Error::Conflict("This is your only way in. Choose a password first, then take the link away.".to_owned()));
        }
        identities::delete(conn, account.id, id)?;
        let (name, provider) = (going.provider.name.clone(), going.provider.id.0);
        tracing::info!(
            event = "identity_unlinked",
            account.id = account.id.0,
            provider.id = provider,
            "a link with a provider was taken away"
        );
        mails::identity_changed(conn, &site, &account, &name, false)?;
        Ok((name, sign_ins::end_others(conn, account.id, here.id, EndedBy::Password)?))
    })
    .await
}
