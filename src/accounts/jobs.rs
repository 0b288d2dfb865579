use serde::{Deserialize, Serialize};

use super::{
    ops::{links, sign_ins},
    store,
};
use crate::{
    base::{Db, LinkId, Result},
    jobs::Job,
};

#[derive(Clone)]
pub struct AccountServices {
    pub db: Db,
    /// The shop's address without a slash at its end.
    pub site: String,
}

/// Answers who asked for a mailed link: a sign-up, a new password, a sign-in, a change of address.
#[derive(Serialize, Deserialize)]
pub struct MailLink {
    pub link: LinkId,
}

impl Job for MailLink {
    const KIND: &'static str = "mail_link";
    type Services = AccountServices;

    async fn run(self, services: AccountServices) -> Result<()> {
        let AccountServices { db, site } = services;
        db.write(move |conn| links::answer(conn, &site, self.link)).await
    }
}

/// Takes away links that ended a week ago.
#[derive(Serialize, Deserialize)]
pub struct SweepLinks {}

impl SweepLinks {
    /// Seconds from one round to the next.
    pub const EVERY: u32 = 3600;
}

impl Job for SweepLinks {
    const KIND: &'static str = "sweep_links";
    type Services = AccountServices;

    async fn run(self, services: AccountServices) -> Result<()> {
        services.db.write(store::links::delete_ended).await.map(|_| ())
    }
}

/// Deletes sign-ins that are long over.
#[derive(Serialize, Deserialize)]
pub struct SweepSignIns {}

impl SweepSignIns {
    /// Seconds.
    pub const EVERY: u32 = 3600;
}

impl Job for SweepSignIns {
    const KIND: &'static str = "sweep_sign_ins";
    type Services = Db;

    async fn run(self, db: Db) -> Result<()> {
        db.write(sign_ins::sweep).await.map(|_| ())
    }
}
