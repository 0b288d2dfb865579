use std::time::{Duration, Instant};

use chrono::Utc;
use serde::{Deserialize, Serialize};

use super::ops::{self, MediaStore};
use crate::{
    base::{Db, Result},
    jobs::{self, Job},
};

/// What the jobs work with.
#[derive(Clone)]
pub struct MediaServices {
    pub db: Db,
    pub media: MediaStore,
}

/// How long a round begins with further pictures. The last may take some seconds more.
const ROUND: Duration = Duration::from_secs(3);

/// Makes the AVIFs of pictures that have none yet, the newest first, for some seconds. It comes round rather than being enqueued
/// with each picture: a great import then costs one job at a time, and leaves most of the machine to the shop.
#[derive(Serialize, Deserialize)]
pub struct MakeAvifs {}

impl MakeAvifs {
    /// Seconds from one round to the next.
    pub const EVERY: u32 = 15;
}

impl Job for MakeAvifs {
    const KIND: &'static str = "make_avifs";
    const MOST_SECONDS: u32 = 180;
    type Services = MediaServices;

    async fn run(self, services: MediaServices) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < ROUND && ops::make_next_avif(&services.db, &services.media).await? {}
        Ok(())
    }
}

/// Removes the files of a deleted picture from the store.
#[derive(Serialize, Deserialize)]
pub struct PurgePicture {
    pub content_hash: String,
}

impl PurgePicture {
    /// Until it looks again where somebody was uploading the same picture.
    const LATER: Duration = Duration::from_secs(900);
}

impl Job for PurgePicture {
    const KIND: &'static str = "purge_picture";
    type Services = MediaServices;

    async fn run(self, services: MediaServices) -> Result<()> {
        if !ops::purge(&services.db, &services.media, &self.content_hash, Utc::now()).await? {
            services.db.write(move |conn| jobs::enqueue_in(conn, &self, Self::LATER)).await?;
        }
        Ok(())
    }
}
