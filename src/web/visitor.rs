//! Who asks: anybody, a customer, staff or the owner. A handler names the one it needs as an argument.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use super::{
    Server,
    session::{CUSTOMER_SIGN_IN, STAFF_SIGN_IN, Session},
};
use crate::base::{AccountId, Error, Result, text_enum};

text_enum! {
    /// What somebody of the shop's staff may do. Customers have none.
    pub enum Role {
        /// Everything, the shop's settings included.
        Owner = "owner",
        /// Orders, products, customers.
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
    /// Says which prices they are shown: the same to all who have the same here; empty: what a guest is shown.
    pub terms: String,
}

impl Account {
    /// Whether a sign-in so many seconds ago still holds.
    pub fn is_fresh(&self, age: i64) -> bool {
        age < if self.role.is_some() { STAFF_SIGN_IN } else { CUSTOMER_SIGN_IN }
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

/// Somebody of the staff.
pub struct Staff(pub Account);

/// The owner.
pub struct Owner(pub Account);

impl Visitor {
    /// Looks the account up at every request, so that a changed password or role counts at once.
    pub async fn of(request: &HttpRequest) -> Result<Self> {
        let session = Session::of(request);
        let Some((id, generation, age)) = session.signed_in() else { return Ok(Self { session, account: None }) };
        let account = Server::of(request)?.frame.account(id, generation).await?;
        let account = account.filter(|account| account.is_fresh(age));
        if account.is_none() {
            session.sign_out()?;
        }
        Ok(Self { session, account })
    }

    /// Tells visitors apart for counting their guesses: by account, else by the address they come from. A cookie would not do,
    /// since a guesser throws it away.
    pub fn key(&self, request: &HttpRequest) -> String {
        match (&self.account, request.peer_addr()) {
            (Some(account), _) => format!("account {}", account.id),
            (None, Some(address)) => format!("address {}", address.ip()),
            (None, None) => "unknown".to_owned(),
        }
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
extracted!(Staff, visitor => {
    let account = visitor.signed_in()?;
    if account.role.is_some() { Ok(Self(account)) } else { Err(Error::Forbidden) }
});
extracted!(Owner, visitor => {
    let account = visitor.signed_in()?;
    if account.role == Some(Role::Owner) { Ok(Self(account)) } else { Err(Error::Forbidden) }
});
