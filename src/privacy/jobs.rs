use serde::{Deserialize, Serialize};

use super::{ops, store};
use crate::{
    base::{Db, ExportId, Result},
    jobs::Job,
};

#[derive(Clone)]
pub struct PrivacyServices {
    pub db: Db,
    /// The shop's address without a slash at its end.
    pub site: String,
}

/// Makes a copy that somebody asked for.
#[derive(Serialize, Deserialize)]
pub struct MakeExport {
    pub id: ExportId,
}

impl Job for MakeExport {
    const KIND: &'static str = "make_privacy_export";
    type Services = PrivacyServices;

    async fn run(self, PrivacyServices { db, site }: PrivacyServices) -> Result<()> {
        db.write(move |conn| ops::make_export(conn, self.id, &site)).await
    }
}

/// Forgets those whose day has come.
#[derive(Serialize, Deserialize)]
pub struct EraseDue {}

impl EraseDue {
    /// Seconds from one round to the next.
    pub const EVERY: u32 = 600;

    /// People in one round at most, so that it ends within its time.
    const MOST: usize = 50;
}

impl Job for EraseDue {
    const KIND: &'static str = "erase_due";
    const MOST_SECONDS: u32 = 300;
    type Services = PrivacyServices;

    async fn run(self, services: PrivacyServices) -> Result<()> {
        for _ in 0..Self::MOST {
            if !services.db.write(ops::erase_next).await? {
                break;
            }
        }
        Ok(())
    }
}

/// Forgets by itself what is kept no longer than its days.
#[derive(Serialize, Deserialize)]
pub struct ApplyRetention {}

impl ApplyRetention {
    /// Seconds from one round to the next: a day.
    pub const EVERY: u32 = 86_400;

    /// Portions in one round at most; what is left goes on the next day.
    const MOST: usize = 200;
}

impl Job for ApplyRetention {
    const KIND: &'static str = "apply_retention";
    const MOST_SECONDS: u32 = 900;
    type Services = PrivacyServices;

    async fn run(self, services: PrivacyServices) -> Result<()> {
        for _ in 0..Self::MOST {
            if services.db.write(store::apply).await? == 0 {
                break;
            }
        }
        Ok(())
    }
}
