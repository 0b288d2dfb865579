use serde::{Deserialize, Serialize};

use super::ops::Mailer;
use crate::{
    base::{MailId, Result},
    jobs::Job,
};

#[derive(Serialize, Deserialize)]
pub struct DeliverMail {
    pub mail: MailId,
}

impl Job for DeliverMail {
    const KIND: &'static str = "deliver_mail";
    type Services = Mailer;

    async fn run(self, mailer: Mailer) -> Result<()> {
        mailer.deliver(self.mail).await
    }
}
