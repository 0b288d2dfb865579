mod files;

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{TryStreamExt, stream::BoxStream};
use object_store::{
    Attribute, Attributes, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutOptions, PutPayload, WriteMultipart,
    local::LocalFileSystem, path::Path, prefix::PrefixStore,
};
use url::Url;

use super::{
    jobs::PurgePicture,
    model::{Format, LONGEST_ALT, Media, key, widths_of},
    picture::{Prepared, make_avifs, prepare},
    store,
};
use crate::{
    base::{Conn, Db, Error, MediaId, OnConstraint, Problems, Result},
    jobs,
};

/// For how long after an upload its files are left alone: its row may not be there yet.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// Longest name of a file that is kept, in characters.
const LONGEST_NAME: usize = 200;

/// Bytes of a large file that are read at once, and how many such pieces are on their way to the store together.
const CHUNK: usize = 1 << 20;
const AT_ONCE: usize = 4;

/// A kept file's bytes, piece by piece.
pub type Content = BoxStream<'static, object_store::Result<bytes::Bytes>>;

/// Where a file lies that is not for everybody. The address of a picture begins with a hash, so none leads here. A bucket that is
/// open to the world must leave this prefix out.
fn private(content_hash: &str) -> Path {
    Path::from(format!("private/{content_hash}"))
}

/// Where pictures are kept: a folder, or a bucket of an S3-compatible store.
#[derive(Clone)]
pub struct MediaStore {
    objects: Arc<dyn ObjectStore>,
    folder: Option<PathBuf>,
}

impl MediaStore {
    /// Credentials, region and endpoint of a bucket come from the usual `AWS_…` variables.
    ///
    /// # Errors
    /// The folder can't be made, or the URL is not understood.
    pub fn open(media_url: Option<&str>, default_folder: PathBuf) -> anyhow::Result<Self> {
        Self::open_with(media_url, default_folder, std::env::vars())
    }

    /// The same with these variables.
    ///
    /// # Errors
    /// As [`MediaStore::open`].
    pub fn open_with(
        media_url: Option<&str>,
        default_folder: PathBuf,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> anyhow::Result<Self> {
        let url = media_url.map(Url::parse).transpose().context("MEDIA_URL is no URL; write it as file:///folder or s3://bucket/prefix")?;
        match url {
            Some(url) if url.scheme() != "file" => Self::remote(&url, variables),
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

    fn remote(url: &Url, variables: impl IntoIterator<Item = (String, String)>) -> anyhow::Result<Self> {
        let named = variables.into_iter().filter(|(name, _)| name.starts_with("AWS_"));
        let options: Vec<_> = named.map(|(name, value)| (name.to_lowercase(), value)).collect();
        if options.iter().any(|(name, value)| name == "aws_allow_http" && value == "true") {
            tracing::warn!("the bucket may be spoken to in the clear, as AWS_ALLOW_HTTP says: leave it out but for one on this machine");
        }
        let (objects, prefix) =
            object_store::parse_url_opts(url, options).context("MEDIA_URL is not understood; write it as s3://bucket/prefix")?;
        Ok(Self { objects: Arc::new(PrefixStore::new(objects, prefix)), folder: None })
    }

    /// Writes every size. Before the database knows of the picture, so that no page ever shows a missing one.
    ///
    /// # Errors
    /// The store can't be written.
    pub async fn put(&self, picture: &Prepared) -> Result<()> {
        self.put_sizes(&picture.content_hash, &picture.sizes, Format::WebP).await
    }

    async fn put_sizes(&self, content_hash: &str, sizes: &[(u32, Vec<u8>)], format: Format) -> Result<()> {
        for (width, bytes) in sizes {
            let at = Path::from(key(content_hash, *width, format));
            let put = self.objects.put_opts(&at, PutPayload::from(bytes.clone()), self.told(format));
            put.await.map_err(|error| Error::Internal(error.into()))?;
        }
        Ok(())
    }

    /// What a bucket shall say of a file to those who fetch it there. Files in a folder have no place for it.
    fn told(&self, format: Format) -> PutOptions {
        let mut attributes = Attributes::new();
        if self.folder.is_none() {
            attributes.insert(Attribute::ContentType, format.content_type().into());
            attributes.insert(Attribute::CacheControl, "public, max-age=31536000, immutable".into());
        }
        PutOptions { attributes, ..Default::default() }
    }

    /// Removes every file of a picture that was written before `fresh`. `false`: there are files written since.
    ///
    /// # Errors
    /// The store can't be read or written.
    async fn purge(&self, content_hash: &str, fresh: DateTime<Utc>) -> Result<bool> {
        let failed = |error: object_store::Error| Error::Internal(error.into());
        let files: Vec<_> = self.objects.list(Some(&Path::from(content_hash))).try_collect().await.map_err(failed)?;
        if files.iter().any(|file| file.last_modified > fresh) {
            return Ok(false);
        }
        for file in files {
            match self.objects.delete(&file.location).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        if let Some(folder) = &self.folder {
            // The empty folder is no file; whoever puts one in meanwhile keeps it.
            let _ = tokio::fs::remove_dir(folder.join(content_hash)).await;
        }
        Ok(true)
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

    /// Keeps a file that no address of the shop leads to, named by the SHA-256 of its content, however large it is. The same content
    /// again is written again, so that it counts as fresh.
    ///
    /// # Errors
    /// The file can't be read, or the store can't be written.
    pub async fn put_private(&self, content_hash: &str, from: &std::path::Path) -> Result<()> {
        let failed = |error: object_store::Error| Error::Internal(error.into());
        let broken = |error: std::io::Error| Error::Internal(error.into());
        let mut file = tokio::fs::File::open(from).await.map_err(broken)?;
        let upload = self.objects.put_multipart(&private(content_hash)).await.map_err(failed)?;
        let mut writer = WriteMultipart::new(upload);
        loop {
            let mut chunk = bytes::BytesMut::with_capacity(CHUNK);
            let read = tokio::io::AsyncReadExt::read_buf(&mut file, &mut chunk).await;
            match read {
                Ok(0) => break,
                Ok(_) => writer.put(chunk.freeze()),
                Err(error) => {
                    let _ = writer.abort().await;
                    return Err(broken(error));
                }
            }
            writer.wait_for_capacity(AT_ONCE).await.map_err(failed)?;
        }
        writer.finish().await.map(|_| ()).map_err(failed)
    }

    /// What `put_private` keeps, or a part of it, as it comes.
    ///
    /// # Errors
    /// `NotFound`, or the store can't be read.
    pub async fn read_private(&self, content_hash: &str, range: Option<std::ops::Range<u64>>) -> Result<Content> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        match self.objects.get_opts(&private(content_hash), options).await {
            Ok(object) => Ok(object.into_stream()),
            Err(object_store::Error::NotFound { .. }) => Err(Error::NotFound),
            Err(error) => Err(Error::Internal(error.into())),
        }
    }

    /// Removes what `put_private` keeps. `false`: it was written within these minutes.
    ///
    /// # Errors
    /// The store can't be read or written.
    pub async fn purge_private(&self, content_hash: &str, minutes: i32) -> Result<bool> {
        let at = private(content_hash);
        let gone = |error: &object_store::Error| matches!(error, object_store::Error::NotFound { .. });
        match self.objects.head(&at).await {
            Ok(found) if found.last_modified > Utc::now() - TimeDelta::minutes(minutes.into()) => return Ok(false),
            Err(error) if gone(&error) => return Ok(true),
            Err(error) => return Err(Error::Internal(error.into())),
            Ok(_) => {}
        }
        match self.objects.delete(&at).await {
            Err(error) if !gone(&error) => Err(Error::Internal(error.into())),
            _ => Ok(true),
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
    store::insert(conn, &picture.content_hash, (side(picture.width)?, side(picture.height)?), &picture.file_name)
}

/// Gives a picture words of its own, as many of them as it can have.
pub fn describe(conn: &mut Conn, id: MediaId, alt: &str) -> Result<()> {
    store::set_alt(conn, id, &alt.chars().take(LONGEST_ALT).collect::<String>())
}

/// What came of an upload.
#[derive(Default)]
pub struct Received {
    /// Their sizes are in the store; what is left is to [`add`] them.
    pub pictures: Vec<Prepared>,
    /// On the field `picture`: each file that was refused, by its name and with the reason.
    pub refusals: Problems,
}

/// Takes the files that are pictures and tells of those that are not. Each is a name and its bytes.
///
/// # Errors
/// The store can't be written. What a file is not is no error.
pub async fn receive(media: &MediaStore, files: Vec<(String, Vec<u8>)>) -> Result<Received> {
    let mut received = Received::default();
    if files.is_empty() {
        received.refusals.add("picture", "Choose a picture first.");
    }
    for (name, bytes) in files {
        let made = tokio::task::spawn_blocking(move || prepare(&bytes)).await;
        // A decoder that gives up says that the file is broken.
        match made.unwrap_or_else(|_| Err(Error::invalid("picture", "The picture is broken"))) {
            Ok(mut picture) => {
                media.put(&picture).await?;
                picture.sizes.clear();
                picture.file_name = kept_name(&name);
                received.pictures.push(picture);
            }
            Err(error) => {
                let name: String = name.chars().take(60).collect();
                for problem in error.into_problems()?.iter() {
                    received.refusals.add("picture", format!("{name}: {}.", problem.message));
                }
            }
        }
    }
    Ok(received)
}

/// Without the folder that some browsers send, and without what can't be printed.
pub fn kept_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}

/// Deletes a picture that nothing shows. Its files go once this is certain: by a job, some minutes later.
///
/// # Errors
/// `Conflict` where something shows it.
pub fn delete(conn: &mut Conn, id: MediaId) -> Result<()> {
    let used = || Error::Conflict("Something in the shop shows this picture meanwhile. Remove it there first".to_owned());
    let gone = ["product_images_media_id_fkey", "categories_media_fkey", "brands_media_fkey", "collections_media_fkey"]
        .into_iter()
        .fold(store::delete_unused(conn, id), |gone, constraint| gone.on_constraint(constraint, used))?;
    let content_hash = gone.ok_or_else(used)?;
    jobs::enqueue_in(conn, &PurgePicture { content_hash }, FRESH.to_std().unwrap_or_default())
}

/// Removes the files of a picture that the database no longer knows. `false`: somebody is just uploading it again; ask later.
///
/// # Errors
/// The database or the store can't be used.
pub async fn purge(db: &Db, media: &MediaStore, content_hash: &str, now: DateTime<Utc>) -> Result<bool> {
    let hash = content_hash.to_owned();
    let forgotten = db.write(move |conn| {
        let is_forgotten = store::find_by_hash(conn, &hash)?.is_none();
        if is_forgotten {
            store::forget_in_orders(conn, &hash)?;
        }
        Ok(is_forgotten)
    });
    if !forgotten.await? {
        return Ok(true);
    }
    media.purge(content_hash, now - FRESH).await
}

/// Makes the AVIFs of the next picture that has none. `false`: there is none.
///
/// # Errors
/// The database or the store can't be used. The picture's turn comes again.
pub async fn make_next_avif(db: &Db, media: &MediaStore) -> Result<bool> {
    let Some(next) = db.write(store::begin_avif).await? else { return Ok(false) };
    let id = next.id;
    match make_avif(media, &next).await {
        Ok(true) => db.write(move |conn| store::end_avif(conn, id)).await?,
        Ok(false) => tracing::warn!(media = %id, "no AVIFs can be made of this picture; WebP serves it"),
        Err(error) => {
            db.write(move |conn| store::put_off_avif(conn, id)).await?;
            return Err(error);
        }
    }
    Ok(true)
}

/// `false`: it can't be made of this picture.
async fn make_avif(media: &MediaStore, of: &Media) -> Result<bool> {
    let largest = widths_of(of.width.unsigned_abs()).last().copied().unwrap_or_default();
    let bytes = match media.get(&key(&of.content_hash, largest, Format::WebP)).await {
        Err(Error::NotFound) => return Ok(false),
        found => found?,
    };
    let made = tokio::task::spawn_blocking(move || make_avifs(&bytes)).await;
    let Ok(Ok(sizes)) = made else { return Ok(false) };
    media.put_sizes(&of.content_hash, &sizes, Format::Avif).await?;
    Ok(true)
}
