//! Pictures on their way in: read or fetched, recognised if the shop has them, else made ready on threads of their own.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use reqwest::Method;
use tokio::{io::AsyncReadExt, sync::Semaphore};

use crate::{
    base::{Conn, Db, Error, Outside, Reach, Result, sha256_hex},
    exchange::{
        model::{ImageInFile, ImportOptions},
        report::{Report, quoted},
    },
    media::{self, Media, MediaStore, Prepared},
};

/// Bytes of a picture that are read. One more than `media` takes, so that the refusal is its own.
const MOST_BYTES: u64 = 12 * 1024 * 1024 + 1;

/// Pictures that are in memory at once, fetched and not made ready yet.
const HELD: usize = 6;

const FETCH_TIME: Duration = Duration::from_secs(30);

/// A picture that only needs its row in the database.
pub struct ReadyImage {
    pub image: ImageInFile,
    content: Content,
}

enum Content {
    /// The shop has a picture of the same bytes.
    Known(Media),
    /// Its files are in the store.
    New(Prepared),
}

impl ReadyImage {
    /// The picture's row, made if there is none.
    pub fn media(&self, conn: &mut Conn) -> Result<Media> {
        match &self.content {
            Content::Known(media) => Ok(media.clone()),
            Content::New(prepared) => {
                let media = media::add(conn, prepared)?;
                if media.alt.is_empty() && !self.image.alt.is_empty() {
                    media::describe(conn, media.id, &self.image.alt)?;
                }
                Ok(media)
            }
        }
    }
}

/// The pictures of one product, and what there is to report of those that can't be had.
#[derive(Default)]
pub struct ReadyImages {
    pub images: Vec<ReadyImage>,
    pub report: Report,
}

/// Where pictures come from and go to. Cheap to clone.
#[derive(Clone)]
pub struct Pictures {
    db: Db,
    store: MediaStore,
    /// The folder of the file, where relative paths begin.
    folder: PathBuf,
    /// `None`: pictures on the web are left out.
    client: Option<Outside>,
    /// The file came from a browser: nothing beside it is read.
    from_afar: bool,
    /// One for each picture whose bytes are in memory.
    held: Arc<Semaphore>,
    /// One for each core; making the sizes is work for the processor.
    workers: Arc<Semaphore>,
}

impl Pictures {
    pub fn new(db: &Db, store: &MediaStore, file: &Path, options: ImportOptions) -> Result<Self> {
        let reach = match options {
            ImportOptions { from_afar: true, .. } => Reach::Public,
            ImportOptions { allow_private: true, .. } => Reach::Anywhere,
            _ => Reach::PublicUnsealed,
        };
        let client = options.fetch_images.then(|| Outside::new(reach, FETCH_TIME)).transpose()?;
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            db: db.clone(),
            store: store.clone(),
            folder,
            client,
            held: Arc::new(Semaphore::new(HELD)),
            workers: Arc::new(Semaphore::new(cores)),
            from_afar: options.from_afar,
        })
    }

    /// # Errors
    /// The database or the store can't be used.
    pub async fn ready_all(self, images: Vec<ImageInFile>) -> Result<ReadyImages> {
        let ReadyImages { images: mut ready, mut report } = ReadyImages::default();
        for image in images {
            if is_on_web(&image.source) && self.client.is_none() {
                report.images_skipped += 1;
                report.images_on_web += 1;
                continue;
            }
            match self.content(&image.source).await {
                Ok(content) => ready.push(ReadyImage { image, content }),
                Err(Error::Invalid(problems)) => {
                    report.images_skipped += 1;
                    let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
                    report.problem(image.row, format!("the picture {} was left out: {}", quoted(&image.source), messages.join("; ")));
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(ReadyImages { images: ready, report })
    }

    async fn content(&self, source: &str) -> Result<Content> {
        if let Some(hash) = source.strip_prefix("media:") {
            let hash = hash.to_owned();
            let known = self.db.read(move |conn| media::find_by_hash(conn, &hash)).await?;
            return known.map(Content::Known).ok_or_else(|| unreadable("the shop has no picture of this content"));
        }
        let _held = self.held.acquire().await.map_err(|closed| Error::Internal(closed.into()))?;
        let bytes = match &self.client {
            _ if self.from_afar && !is_on_web(source) => {
                return Err(unreadable("a file's name means nothing here; give an https:// address"));
            }
            Some(client) if is_on_web(source) => fetch(client, source).await?,
            _ => read(&self.folder.join(source)).await?,
        };
        // As `media` names a picture's content.
        let hash = sha256_hex(&bytes)[..32].to_owned();
        match self.db.read(move |conn| media::find_by_hash(conn, &hash)).await? {
            Some(known) => Ok(Content::Known(known)),
            None => self.prepare(bytes, &name_in(source)).await.map(Content::New),
        }
    }

    async fn prepare(&self, bytes: Vec<u8>, name: &str) -> Result<Prepared> {
        let _turn = self.workers.acquire().await.map_err(|closed| Error::Internal(closed.into()))?;
        let made = tokio::task::spawn_blocking(move || media::prepare(&bytes)).await;
        let mut prepared = made.unwrap_or_else(|_| Err(unreadable("it is broken")))?;
        self.store.put(&prepared).await?;
        // They are in the store now; products that wait need not hold them.
        prepared.sizes.clear();
        prepared.file_name = media::kept_name(name);
        Ok(prepared)
    }
}

fn is_on_web(source: &str) -> bool {
    let starts = |scheme: &str| source.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    starts("http://") || starts("https://")
}

/// What a picture is called where it comes from: `hammer.jpg` of `https://cdn.example/1/hammer.jpg?v=3`.
fn name_in(source: &str) -> String {
    let path = if is_on_web(source) { source.split(['?', '#']).next().unwrap_or_default() } else { source };
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    if !is_on_web(source) {
        return name.to_owned();
    }
    // As a field of a form, in which these three would mean something.
    let field = format!("name={}", name.replace('+', "%2B").replace('&', "%26").replace('=', "%3D"));
    let decoded = serde_urlencoded::from_str::<Vec<(String, String)>>(&field).unwrap_or_default().into_iter().next();
    decoded.map_or_else(|| name.to_owned(), |(_, name)| name)
}

async fn read(path: &Path) -> Result<Vec<u8>> {
    let missing = |error: std::io::Error| unreadable(&format!("{} can't be read: {error}", path.display()));
    // A pipe or a device could be read for ever.
    if !tokio::fs::metadata(path).await.map_err(missing)?.is_file() {
        return Err(unreadable(&format!("{} is no file", path.display())));
    }
    let mut bytes = vec![];
    tokio::fs::File::open(path).await.map_err(missing)?.take(MOST_BYTES).read_to_end(&mut bytes).await.map_err(missing)?;
    Ok(bytes)
}

async fn fetch(client: &Outside, address: &str) -> Result<Vec<u8>> {
    let failed = |error: reqwest::Error| unreadable(&format!("it can't be fetched: {}", anyhow::Error::new(error.without_url())));
    let asked = client.request(Method::GET, address);
    let asked =
        asked.map_err(|_| unreadable("only addresses on the public internet are fetched, those of an uploaded file by https://, and where OUTSIDE_HOSTS is set, only those"))?;
    let mut response = asked.send().await.and_then(reqwest::Response::error_for_status).map_err(failed)?;
    if response.status().is_redirection() {
        return Err(unreadable("the address leads on to another one; name that one"));
    }
    let mut bytes = vec![];
    while (bytes.len() as u64) < MOST_BYTES
        && let Some(chunk) = response.chunk().await.map_err(failed)?
    {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn unreadable(message: &str) -> Error {
    Error::invalid("picture", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_on_the_web_are_told_from_paths() {
        assert!(is_on_web("https://cdn.shopify.com/s/files/1/hammer.jpg?v=1"));
        assert!(is_on_web("HTTP://example.com/a.png"));
        assert!(!is_on_web("images/http.webp") && !is_on_web("/srv/a.png") && !is_on_web("häm"));
    }

    #[test]
    fn pictures_are_called_by_the_end_of_their_address() {
        assert_eq!(name_in("https://cdn.shopify.com/s/files/1/claw-hammer.jpg?v=1"), "claw-hammer.jpg");
        assert_eq!(name_in("https://shop.example/up/H%C3%A4mmer%20klein.png#x"), "Hämmer klein.png");
        assert_eq!(name_in("https://shop.example/a+b=c&d.png"), "a+b=c&d.png");
        assert_eq!(name_in("pictures/hinge?%20.png"), "hinge?%20.png");
        assert_eq!(name_in("https://shop.example/"), "shop.example");
    }

    #[tokio::test]
    async fn only_a_regular_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read(folder.path()).await, Err(Error::Invalid(_))));
        assert!(matches!(read(&folder.path().join("missing.webp")).await, Err(Error::Invalid(_))));
        std::fs::write(folder.path().join("a.webp"), b"abc").unwrap();
        assert_eq!(read(&folder.path().join("a.webp")).await.unwrap(), b"abc");
    }
}
