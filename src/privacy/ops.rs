use std::collections::BTreeMap;

use askama::Template;
use chrono::Duration;

use super::{
    jobs::MakeExport,
    mails,
    model::{Dossier, Erasure, Export, Hindrances, Person, Rule, Section},
    rules, store,
};
use crate::{
    accounts,
    base::{AccountId, Conn, Currency, Email, ErasureId, Error, ExportId, Money, Result, db_now},
    jobs, settings,
};

/// What the page about somebody's own data shows.
pub struct Standing {
    pub exports: Vec<Export>,
    pub erasure: Option<Erasure>,
    pub rules: Vec<Rule>,
}

pub fn standing(conn: &mut Conn, account: AccountId) -> Result<Standing> {
    Ok(Standing { exports: store::list_exports(conn, account)?, erasure: store::open_of(conn, account)?, rules: store::rules(conn)? })
}

/// Has a copy of all that is known made by the worker. Asking again while one is being made changes nothing.
pub fn ask_export(conn: &mut Conn, account: AccountId) -> Result<()> {
    match store::begin_export(conn, account)? {
        Some(id) => jobs::enqueue(conn, &MakeExport { id }),
        None => Ok(()),
    }
}

#[derive(Template)]
#[template(path = "privacy/export.html")]
struct Readable<'a> {
    dossier: &'a Dossier,
}

impl Readable<'_> {
    fn lines(&self, row: &serde_json::Value) -> Vec<(String, String)> {
        rules::lines(row)
    }
}

/// Makes the copy and tells by mail that it is there. Does nothing when it was made already.
pub fn make_export(conn: &mut Conn, id: ExportId, site: &str) -> Result<()> {
    let Some(account) = store::waiting_export(conn, id)? else { return Ok(()) };
    let row = accounts::find(conn, account)?.ok_or(Error::NotFound)?;
    let dossier = dossier(conn, &Person { account: Some(account), email: row.email.clone() })?;
    let expires_at = dossier.made_at + Duration::days(store::days_of(conn, store::EXPORTS)?.into());
    let (json, html) = (serde_json::to_string_pretty(&dossier)?, Readable { dossier: &dossier }.render()?);
    store::set_made(conn, id, expires_at, &json, &html)?;
    mails::export_ready(conn, site, &row.email, expires_at)
}

/// The accounts that theirs took over, and then the person: what is left with those is theirs as well.
fn all_of(conn: &mut Conn, person: &Person) -> Result<Vec<Person>> {
    let shells = person.account.map(|account| accounts::merged_from(conn, account)).transpose()?.unwrap_or_default();
    let shells = shells.into_iter().map(|shell| Person { account: Some(shell.id), email: shell.email });
    Ok(shells.chain([person.clone()]).collect())
}

/// All that is known of the person.
pub fn dossier(conn: &mut Conn, person: &Person) -> Result<Dossier> {
    let mut sections: Vec<Section> = vec![];
    for one in all_of(conn, person)? {
        for section in store::known_of(conn, &one)? {
            match sections.iter_mut().find(|known| known.table == section.table) {
                Some(known) => known.rows.extend(section.rows),
                None => sections.push(section),
            }
        }
    }
    Ok(Dossier { shop: settings::store(conn)?.name, made_at: db_now(conn)?, email: person.email.clone(), sections })
}

/// What stands in the way of forgetting this person.
pub fn hindrances(conn: &mut Conn, person: &Person) -> Result<Hindrances> {
    let (mut found, mut credit) = store::hindrances(conn, person)?;
    for shell in all_of(conn, person)?.into_iter().filter(|one| one != person) {
        let (more, left) = store::hindrances(conn, &shell)?;
        found.open_orders.extend(more.open_orders);
        found.open_returns.extend(more.open_returns);
        credit.extend(left);
    }
    let money =
        |(currency, balance): (String, i64)| Ok(Money::new(balance, Currency::parse(&currency).map_err(Error::internal)?).to_string());
    Ok(Hindrances { credit: credit.into_iter().map(money).collect::<Result<_>>()?, ..found })
}

/// Notes that this person is to be forgotten, and tells them by mail on which day and how it is taken back.
///
/// # Errors
/// `Invalid` with what must be finished first; `Conflict` when it is noted already.
pub fn ask_erasure(conn: &mut Conn, person: &Person, gives_up_credit: bool, asked_by: &str, site: &str) -> Result<()> {
    rules::may_erase(&hindrances(conn, person)?, gives_up_credit).map_err(Error::Invalid)?;
    if !store::insert_erasure(conn, person, asked_by, rules::DAYS_TO_WITHDRAW)? {
        return Err(Error::Conflict("This was asked for already. It is done on the day that the mail names".into()));
    }
    let due = db_now(conn)? + Duration::days(rules::DAYS_TO_WITHDRAW.into());
    mails::erasure_asked(conn, site, person, due)
}

/// Whoever of this address bought here: an account, the one that took it over, or a guest.
pub fn person_of(conn: &mut Conn, email: &Email) -> Result<Person> {
    let found = accounts::find_by_email(conn, email)?;
    let found = match found.as_ref().and_then(|row| row.merged_into) {
        Some(kept) => accounts::find(conn, kept)?,
        None => found,
    };
    Ok(match found {
        Some(row) => Person { account: Some(row.id), email: row.email },
        None => Person { account: None, email: email.to_string() },
    })
}

/// # Errors
/// `Conflict` when it was done meanwhile.
pub fn withdraw(conn: &mut Conn, id: ErasureId) -> Result<()> {
    if store::withdraw(conn, id)? { Ok(()) } else { Err(Error::Conflict("This can't be taken back any more".into())) }
}

/// Forgets the next person whose day has come; `false` when there is none. What is not finished yet puts it off by a day: somebody
/// may have ordered meanwhile. All of it in one transaction, so that nobody is half forgotten.
pub fn erase_next(conn: &mut Conn) -> Result<bool> {
    let Some(erasure) = store::lock_due(conn)? else { return Ok(false) };
    let person = erasure.person();
    if rules::may_erase(&hindrances(conn, &person)?, true).is_err() {
        store::postpone(conn, erasure.id)?;
        return Ok(true);
    }
    let mut erased: BTreeMap<&str, usize> = BTreeMap::new();
    for one in all_of(conn, &person)? {
        store::erase(conn, &one)?.into_iter().for_each(|(table, rows)| *erased.entry(table).or_default() += rows);
    }
    let outcome = erased.into_iter().map(|(table, rows)| (table.to_owned(), rows.into())).collect();
    store::set_done(conn, erasure.id, &serde_json::Value::Object(outcome))?;
    tracing::info!(event = "erased", erasure.id = erasure.id.0, "somebody was forgotten");
    Ok(true)
}
