//! How often what may be tried. Right tries are given back, so these count the wrong ones.

use crate::{
    accounts::model::LinkKind,
    base::{AccountId, Client, Conn, Db, Email, Error, Result},
    limits::{self, Door, Limit, Who},
};

const MINUTES: u32 = 60;
const HOUR: u32 = 3600;

/// Sign-ins from one address of the network, where many people may sit.
const SIGN_INS_FROM: Limit = Limit { door: Door::SignIn, most: 20, within: 10 * MINUTES };
/// Sign-ins to one account. A browser that has signed in to it before is counted apart: whoever guesses elsewhere does not shut
/// its owner out.
const SIGN_INS_TO: Limit = Limit { door: Door::SignIn, most: 10, within: 10 * MINUTES };

const CODES_FROM: Limit = Limit { door: Door::Code, most: 20, within: 10 * MINUTES };
const CODES_OF: Limit = Limit { door: Door::Code, most: 5, within: 10 * MINUTES };
const PROOFS_OF: Limit = Limit { door: Door::Proof, most: 5, within: 10 * MINUTES };

/// Mailed links.
const LINKS_FROM: u32 = 10;
const LINKS_TO: u32 = 3;

/// What a sign-in was counted under.
#[derive(Clone, Debug)]
pub struct Counted(Vec<(Limit, Who)>);

impl Counted {
    async fn ask(db: &Db, counted: Vec<(Limit, Who)>) -> Result<Self> {
        for (limit, who) in &counted {
            limits::ask(db, limit, who).await.inspect_err(|error| {
                if matches!(error, Error::TooMany(_)) {
                    tracing::info!(event = "throttled", door = limit.door.as_str(), "tries were slowed");
                }
            })?;
        }
        Ok(Self(counted))
    }

    /// It was right.
    ///
    /// # Errors
    /// The database can't be written.
    pub fn give_back(&self, conn: &mut Conn) -> Result<()> {
        self.0.iter().try_for_each(|(limit, who)| limits::give_back(conn, limit, who))
    }
}

/// Before a password is compared. `known`: the account at which this browser, of this mark, has signed in before.
///
/// # Errors
/// `TooMany`.
pub async fn sign_in(db: &Db, client: &Client, email: &Email, known: Option<(AccountId, &str)>) -> Result<Counted> {
    let to = match known {
        Some((account, mark)) => Who::device(mark, account),
        None => Who::email(email),
    };
    Counted::ask(db, vec![(SIGN_INS_FROM, Who::address(client)), (SIGN_INS_TO, to)]).await
}

/// Before a code is compared.
///
/// # Errors
/// `TooMany`.
pub async fn code(db: &Db, client: &Client, account: AccountId) -> Result<Counted> {
    Counted::ask(db, vec![(CODES_FROM, Who::address(client)), (CODES_OF, Who::account(account))]).await
}

/// Before somebody who is signed in shows again who they are.
///
/// # Errors
/// `TooMany`.
pub async fn proof(db: &Db, account: AccountId) -> Result<Counted> {
    Counted::ask(db, vec![(PROOFS_OF, Who::account(account))]).await
}

/// Before a link is mailed. `false`: this address was written to often enough.
///
/// # Errors
/// `TooMany` from one address of the network.
pub async fn asking(db: &Db, kind: LinkKind, email: &Email, client: &Client) -> Result<bool> {
    let door = match kind {
        LinkKind::SignUp | LinkKind::EmailOld | LinkKind::EmailNew => Door::SignUp,
        LinkKind::Reset => Door::Reset,
        LinkKind::SignIn => Door::SignInLink,
    };
    let limit = |most| Limit { door, most, within: HOUR };
    Counted::ask(db, vec![(limit(LINKS_FROM), Who::address(client))]).await?;
    match Counted::ask(db, vec![(limit(LINKS_TO), Who::email(email))]).await {
        Ok(_) => Ok(true),
        Err(Error::TooMany(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
