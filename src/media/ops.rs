use std::{path::PathBuf, sync::Arc};

use anyhow::Context;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem, path::Path, prefix::PrefixStore};
use url::Url;

use super::{
    model::{Media, key},
    picture::Prepared,
    store,
};
use crate::base::{Conn, Error, Result};

/// Where pictures are kept: a folder, or a bucket of an S3-compatible store.
#[derive(Clone)]
pub struct MediaStore {
    objects: Arc<dyn ObjectStore>,
    folder: Option<PathBuf>,
}

impl MediaStore {
    /// # Errors
    /// The folder can't be made, or the URL is not understood.
    pub fn open(media_url: Option<&str>, default_folder: PathBuf) -> anyhow::Result<Self> {
        let url = media_url.map(Url::parse).transpose().context("MEDIA_URL is no URL; write it as file:///folder or s3://bucket/prefix")?;
        match url {
            Some(url) if url.scheme() != "file" => Self::remote(&url),
            Some(url) => {
                Self::local(url.to_file_path().map_err(|()| anyhow::anyhow!("MEDIA_URL must name a folder from the root: file:///folder"))?)
            }
            None => Self::local(default_folder),
        }
    }

    fn local(folder: PathBuf) -> anyhow::Result<Self> {
        let unusable = || format!("the folder for pictures, {}, can't be used", folder.display());
        std::fs::create_dir_all(&folder).with_context(unusable)?;
        let objects = LocalFileSystem::new_with_prefix(&folder).with_context(unusable)?;
        Ok(Self { objects: Arc::new(objects), folder: Some(folder) })
    }

    /// Credentials, region and endpoint come from the usual `AWS_…` variables.
    fn remote(url: &Url) -> anyhow::Result<Self> {
        let options = std::env::vars().filter(|(name, _)| name.starts_with("AWS_")).map(|(name, value)| (name.to_lowercase(), value));
        let (objects, prefix) =
            object_store::parse_url_opts(url, options).context("MEDIA_URL is not understood; write it as s3://bucket/prefix")?;
        Ok(Self { objects: Arc::new(PrefixStore::new(objects, prefix)), folder: None })
    }

    /// Writes every size. Before the database knows of the picture, so that no page ever shows a missing one.
    ///
    /// # Errors
    /// The store can't be written.
    pub async fn put(&self, picture: &Prepared) -> Result<()> {
        for (width, bytes) in &picture.sizes {
            let at = Path::from(key(&picture.content_hash, *width));
            self.objects.put(&at, PutPayload::from(bytes.clone())).await.map_err(|error| Error::Internal(error.into()))?;
        }
        Ok(())
    }

    /// # Errors
    /// `NotFound`, or the store can't be read.
    pub async fn get(&self, name: &str) -> Result<bytes::Bytes> {
        let found = self.objects.get(&Path::from(name)).await;
        match found {
            Ok(object) => object.bytes().await.map_err(|error| Error::Internal(error.into())),
            Err(object_store::Error::NotFound { .. }) => Err(Error::NotFound),
            Err(error) => Err(Error::Internal(error.into())),
        }
    }

    /// The folder when pictures are plain files.
    pub fn folder(&self) -> Option<&std::path::Path> {
        self.folder.as_deref()
    }

    /// Whether the store answers.
    pub async fn is_ready(&self) -> bool {
        matches!(self.get("readiness").await, Ok(_) | Err(Error::NotFound)) && self.folder().is_none_or(std::path::Path::is_dir)
    }
}

/// Notes a picture whose sizes are in the store. The same bytes again give the same row.
pub fn add(conn: &mut Conn, picture: &Prepared) -> Result<Media> {
    let side = |pixels: u32| i32::try_from(pixels).map_err(|_| Error::invalid("picture", "The picture is too large"));
    store::insert(conn, &picture.content_hash, side(picture.width)?, side(picture.height)?)
}
