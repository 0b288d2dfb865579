//! Files that only the shop itself reads, kept beside the pictures so that every server has them. No address leads to them: a
//! picture's folder is a hash, and theirs is not.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart, path::Path};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::MediaStore;
use crate::base::{Error, Result};

const FOLDER: &str = "private";

/// Bytes that are read at once, and parts that are on their way at once.
const CHUNK: usize = 1024 * 1024;
const PARTS: usize = 4;

fn key(name: &str) -> Path {
    Path::from(format!("{FOLDER}/{name}"))
}

fn failed(error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => Error::NotFound,
        other => Error::Internal(other.into()),
    }
}

fn broken(error: std::io::Error) -> Error {
    Error::Internal(error.into())
}

impl MediaStore {
    /// Keeps a copy of a file under this name. It is there whole or not at all.
    ///
    /// # Errors
    /// The file can't be read, or the store not be written.
    pub async fn keep_file(&self, name: &str, from: &std::path::Path) -> Result<()> {
        let mut file = tokio::fs::File::open(from).await.map_err(broken)?;
        let mut upload = WriteMultipart::new(self.objects.put_multipart(&key(name)).await.map_err(failed)?);
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = match file.read(&mut chunk).await {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) => {
                    let _ = upload.abort().await;
                    return Err(broken(error));
                }
            };
            upload.wait_for_capacity(PARTS).await.map_err(failed)?;
            upload.write(&chunk[..read]);
        }
        upload.finish().await.map_err(failed)?;
        Ok(())
    }

    /// Brings a copy to this path, whole or not at all.
    ///
    /// # Errors
    /// `NotFound`; the store can't be read, or the path not be written.
    pub async fn fetch_file(&self, name: &str, to: &std::path::Path) -> Result<()> {
        let (_, mut chunks) = self.open_file(name).await?;
        let unfinished = to.with_extension("part");
        let mut file = tokio::fs::File::create(&unfinished).await.map_err(broken)?;
        while let Some(chunk) = chunks.next().await {
            file.write_all(&chunk?).await.map_err(broken)?;
        }
        file.flush().await.map_err(broken)?;
        tokio::fs::rename(&unfinished, to).await.map_err(broken)
    }

    /// How many bytes it has, and these as they come.
    ///
    /// # Errors
    /// `NotFound`, or the store can't be read.
    pub async fn open_file(&self, name: &str) -> Result<(u64, BoxStream<'static, Result<Bytes>>)> {
        let found = self.objects.get(&key(name)).await.map_err(failed)?;
        Ok((found.meta.size, found.into_stream().map_err(failed).boxed()))
    }

    /// # Errors
    /// The store can't be read.
    pub async fn has_file(&self, name: &str) -> Result<bool> {
        match self.objects.head(&key(name)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    /// The names below one, each with when it was written.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn files(&self, below: &str) -> Result<Vec<(String, DateTime<Utc>)>> {
        let found: Vec<_> = self.objects.list(Some(&key(below))).try_collect().await.map_err(failed)?;
        let name = |at: &Path| at.to_string().strip_prefix(FOLDER).map(|rest| rest.trim_start_matches('/').to_owned());
        Ok(found.into_iter().filter_map(|file| Some((name(&file.location)?, file.last_modified))).collect())
    }

    /// # Errors
    /// The store can't be written. That it is gone already is none.
    pub async fn forget_file(&self, name: &str) -> Result<()> {
        match self.objects.delete(&key(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}
