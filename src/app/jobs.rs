use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::demo;
use crate::{
    base::{Db, Result},
    jobs::Job,
    media::MediaStore,
};

/// What the demo shop is filled with and from.
#[derive(Clone)]
pub struct DemoServices {
    pub db: Db,
    pub media: MediaStore,
    pub data_dir: PathBuf,
}

/// Fills the demo shop. A job, so that a shop whose first start was cut short is filled all the same.
#[derive(Serialize, Deserialize)]
pub struct FillDemo {}

impl Job for FillDemo {
    const KIND: &'static str = "fill_demo";
    const MOST_SECONDS: u32 = 600;
    type Services = DemoServices;

    async fn run(self, services: DemoServices) -> Result<()> {
        demo::fill(&services.db, &services.media, &services.data_dir).await.map(|_| ())
    }
}
