//! Who asks: anybody, a customer or staff. What staff may do is said where a route is declared, see `doors`.

use std::{
    future::{Future, Ready, ready},
    pin::Pin,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};

use super::{
    Server,
    doors::Admitted,
    session::{Session, SignIn, Standing},
};
use crate::base::{AccountId, Error, Permission, Result, Rights, text_enum};

text_enum! {
    /// Whether somebody is of the shop's staff. Customers have none. What of the shop's work they may do their rights say.
    pub enum Role {
        /// Everything, and nobody can take it away from the last one.
        Owner = "owner",
        /// What their role holds.
        Staff = "staff",
    }
}

/// Somebody who is signed in, as of this request.
#[derive(Clone, Debug)]
pub struct Account {
    pub id: AccountId,
    pub email: String,
    pub name: String,
    pub role: Option<Role>,
    pub rights: Rights,
    /// The address was confirmed by a mail.
    pub confirmed: bool,
    /// May look, but not order.
    pub blocked: bool,
    /// Their role, or what is asked of all owners, asks for a second factor, and they have none yet.
    pub needs_second_factor: bool,
    /// Says which prices they are shown: the same to all who have the same here; empty: what a guest is shown.
    pub terms: String,
    pub standing: Standing,
    /// Somebody of the staff who acts in this customer's place. `None`: it is the person themselves.
    pub acted_by: Option<Box<Account>>,
}

impl Account {
    pub fn may(&self, permission: Permission) -> bool {
        self.rights.may(permission)
    }
}

/// Stands among a request's extensions once its account was looked up.
#[derive(Clone)]
struct Known {
    sign_in: SignIn,
    account: Account,
}

/// Who asks, as far as it was looked up for this request, and the customer in whose place; for the log.
pub(super) fn known_actor(request: &HttpRequest) -> (Option<i64>, Option<i64>) {
    let extensions = request.extensions();
    match extensions.get::<Known>().map(|known| &known.account) {
        Some(Account { id, acted_by: Some(staff), .. }) => (Some(staff.id.0), Some(id.0)),
        Some(account) => (Some(account.id.0), None),
        None => (None, None),
    }
}

/// Anybody; `account` when signed in.
#[derive(Clone)]
pub struct Visitor {
    pub session: Session,
    pub account: Option<Account>,
}

/// Somebody signed in.
pub struct Customer(pub Account);

/// Somebody of the staff, let in by the door's guard. Behind a door that asks nobody, a handler that names this fails closed.
pub struct Staff(pub Account);

impl Visitor {
    /// Looks the account up at every request, so that a changed password or role counts at once; once in each.
    pub async fn of(request: &HttpRequest) -> Result<Self> {
        let session = Session::of(request);
        let Some(sign_in) = session.signed_in() else { return Ok(Self { session, account: None }) };
        let known = request.extensions().get::<Known>().filter(|known| known.sign_in == sign_in).cloned();
        if let Some(known) = known {
            return Ok(Self { session, account: Some(known.account) });
        }
        let account = Server::of(request)?.frame.account(&sign_in).await?;
        match &account {
            Some(account) => drop(request.extensions_mut().insert(Known { sign_in, account: account.clone() })),
            None => session.sign_out()?,
        }
        Ok(Self { session, account })
    }

    fn signed_in(self) -> Result<Account> {
        self.account.ok_or(Error::SignInNeeded)
    }
}

macro_rules! extracted {
    ($name:ident, $visitor:ident => $made:expr) => {
        impl FromRequest for $name {
            type Error = Error;
            type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let request = request.clone();
                Box::pin(async move {
                    let $visitor = Visitor::of(&request).await?;
                    $made
                })
            }
        }
    };
}

extracted!(Visitor, visitor => Ok(visitor));
extracted!(Customer, visitor => visitor.signed_in().map(Customer));

impl Staff {
    /// Whom the guard of the request's door let in.
    ///
    /// # Errors
    /// The door asks nobody, which is a fault of its declaration.
    pub(super) fn of(request: &HttpRequest) -> Result<Self> {
        let admitted = request.extensions().get::<Admitted>().cloned();
        let Admitted(account) = admitted.ok_or_else(|| Error::internal("a handler for staff stands behind a door for all"))?;
        if account.role.is_some() { Ok(Self(account)) } else { Err(Error::Forbidden) }
    }
}

impl FromRequest for Staff {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}
