use serde::{Deserialize, Serialize};

use super::ops::links;
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
