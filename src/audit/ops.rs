use super::{
    model::Kind,
    store::{self, NewEntry},
};
use crate::base::{Act, Client, Conn, Result};

/// Characters of an address on record.
const LONGEST: usize = 300;

/// Writes down that somebody used a door of the staff, or found it shut.
///
/// # Errors
/// The database fails.
pub fn note(conn: &mut Conn, act: &Act, path: &str, is_refused: bool) -> Result<()> {
    let known = act.client != Client::default();
    let path: String = path.chars().take(LONGEST).collect();
    store::insert(
        conn,
        &NewEntry {
            kind: if is_refused { Kind::Refusal } else { Kind::Act },
            actor_id: Some(act.account.0),
            actor: &act.name,
            acting_for: act.acting_for.map(|account| account.0),
            address: known.then(|| act.client.address.to_string()),
            request_id: &act.request_id,
            door: &act.door,
            path: &path,
            subject: "",
            about: "",
        },
    )
}

/// Writes down what the command line does, about whom or what.
///
/// # Errors
/// The database fails.
pub fn note_program(conn: &mut Conn, command: &str, subject: &str, about: &str) -> Result<()> {
    store::insert(
        conn,
        &NewEntry {
            kind: Kind::Program,
            actor_id: None,
            actor: "command line",
            acting_for: None,
            address: None,
            request_id: "",
            door: command,
            path: "",
            subject,
            about,
        },
    )
}
