use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use sha2::{Digest, Sha256};

use super::{
    mails,
    model::{Bought, Buyer, Download, File, Intake, NewFile},
    rules,
    store::{self, Leftover},
};
use crate::{
    base::{Conn, Db, DownloadFileId, DownloadId, Error, OrderLineId, Result, VariantId},
    catalog, inventory,
    media::MediaStore,
};

/// For how many minutes content that no file has is left alone: its file may be on its way in.
const FRESH: i32 = 15;

/// For how many minutes somebody may be removing content from the store, and for how long they try: so nobody is at it any more when
/// others may be.
const AT_IT: i32 = 15;
const PATIENCE: Duration = Duration::from_secs(300);

/// How often a file is brought in that is removed at the same time.
const TRIES: u32 = 3;

/// How old a file is of which nothing more arrives.
const CUT_OFF: Duration = Duration::from_secs(24 * 3600);

/// Files and contents that are given up in one go.
const AT_ONCE: i64 = 100;

/// Takes a file that has arrived at `path` into the media store. Should it be refused afterwards, its content is swept.
///
/// # Errors
/// `Invalid` on `file` where its content is not what its name says; the disk can't be read, or the store can't be written.
pub async fn keep(db: &Db, intake: &Intake, name: &str, bytes: u64, path: &Path) -> Result<NewFile> {
    let (of, name) = (path.to_owned(), rules::kept_name(name));
    let looked = tokio::task::spawn_blocking(move || Ok::<_, std::io::Error>((beginning_of(&of)?, hash_of(&of)?)));
    let looked = looked.await.map_err(|error| Error::Internal(error.into()))?;
    let (beginning, content_hash) = looked.map_err(|error| Error::Internal(error.into()))?;
    if let Some(message) = rules::misfit(&name, &beginning) {
        return Err(Error::invalid("file", message));
    }
    let bytes = i64::try_from(bytes).map_err(|_| Error::TooLarge)?;
    for _ in 0..TRIES {
        arrives(db, &content_hash).await?;
        intake.media.put_private(&content_hash, path).await?;
        // It may have taken longer than content that no file has is left alone. From here on it is again, so what is there stays.
        arrives(db, &content_hash).await?;
        if intake.media.has_file(&content_hash).await? {
            return Ok(NewFile { name, content_hash, bytes });
        }
    }
    Err(taken_away())
}

async fn arrives(db: &Db, content_hash: &str) -> Result<()> {
    let arriving = content_hash.to_owned();
    if db.write(move |conn| store::arrives(conn, &arriving, AT_IT)).await? { Ok(()) } else { Err(taken_away()) }
}

fn taken_away() -> Error {
    Error::invalid("file", "The same file was removed from the shop and is just being cleared away. Send it again in a few minutes")
}

/// SHA-256 in hex, however large the file is.
fn beginning_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut beginning = vec![];
    let mut file = std::io::Read::take(std::fs::File::open(path)?, rules::BEGINNING as u64);
    std::io::Read::read_to_end(&mut file, &mut beginning)?;
    Ok(beginning)
}

fn hash_of(path: &Path) -> std::io::Result<String> {
    let (mut file, mut digest) = (std::fs::File::open(path)?, Sha256::new());
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = std::io::Read::read(&mut file, &mut buffer)?;
        if read == 0 {
            return Ok(hex::encode(digest.finalize()));
        }
        digest.update(buffer.get(..read).unwrap_or_default());
    }
}

/// From now on the variant's buyers get this file. With its first one it becomes digital, and is sold without counting unless
/// somebody counts it.
///
/// # Errors
/// `Invalid` on `file` when it has another of this name; `Conflict` for a gift card.
pub fn add(conn: &mut Conn, variant: VariantId, new: &NewFile, by: &str) -> Result<DownloadFileId> {
    let was_digital = lock(conn, variant)?;
    check_here(conn, new)?;
    let id = store::insert(conn, variant, new, by)?;
    if !was_digital {
        begin(conn, variant, by)?;
    }
    tracing::info!(event = "download_file_added", variant.id = variant.0, "a file was added to a variant");
    Ok(id)
}

/// The variant is sold as files, which are still to be added: whoever buys it till then gets links when they are.
///
/// # Errors
/// `Conflict` where it can't be a download.
pub fn expect(conn: &mut Conn, variant: VariantId, by: &str) -> Result<()> {
    if lock(conn, variant)? { Ok(()) } else { begin(conn, variant, by) }
}

/// Locks the variant, and tells whether it is sold as files already.
///
/// # Errors
/// `Conflict` where it can't be.
fn lock(conn: &mut Conn, variant: VariantId) -> Result<bool> {
    let item = catalog::for_sale(conn, &[variant])?.pop().ok_or(Error::NotFound)?;
    if item.is_gift_card {
        return Err(Error::Conflict("A gift card is sent by itself and has no files.".to_owned()));
    }
    let is_digital = store::lock_variant(conn, variant)?;
    // Once it is locked nobody makes a bundle of it.
    if inventory::is_bundled(conn, variant)? {
        let words = "A bundle, or a part of one, can't be a download. Make a new variant for the file.";
        return Err(Error::Conflict(words.to_owned()));
    }
    Ok(is_digital)
}

fn begin(conn: &mut Conn, variant: VariantId, by: &str) -> Result<()> {
    store::set_digital(conn, variant, true)?;
    let stock = inventory::stock_of(conn, &[variant])?.remove(&variant);
    if stock.is_none_or(|stock| stock.tracked && stock.on_hand == 0 && stock.allocated == 0) {
        inventory::count_untracked(conn, variant, by)?;
    }
    Ok(())
}

/// # Errors
/// `Invalid` on `file` when its content was cleared away since it arrived.
fn check_here(conn: &mut Conn, new: &NewFile) -> Result<()> {
    if store::is_here(conn, &new.content_hash)? { Ok(()) } else { Err(taken_away()) }
}

/// Changes a file for all who have bought it.
///
/// # Errors
/// As for `add`; `NotFound` when it was removed meanwhile.
pub fn replace(conn: &mut Conn, id: DownloadFileId, new: &NewFile, by: &str) -> Result<()> {
    check_here(conn, new)?;
    store::replace(conn, id, new, by)?;
    tracing::info!(event = "download_file_replaced", "a file was replaced");
    Ok(())
}

/// New buyers don't get it any more; who has a link keeps it.
///
/// # Errors
/// `Conflict` for the only file of a variant, whose buyers would get nothing.
pub fn remove(conn: &mut Conn, id: DownloadFileId) -> Result<File> {
    let file = store::file(conn, id)?;
    if let Some(variant) = file.variant_id {
        let is_digital = store::lock_variant(conn, variant)?;
        if is_digital && store::of_variant(conn, variant)?.len() <= 1 {
            let words = "It is the only file, so buyers would get nothing. Replace it, or add another one first.";
            return Err(Error::Conflict(words.to_owned()));
        }
    }
    store::remove(conn, &[id])?;
    Ok(file)
}

/// The variant is sold as goods from now on, which go into parcels, and its files are removed.
///
/// # Errors
/// `Conflict` while orders wait for its files.
pub fn end(conn: &mut Conn, variant: VariantId) -> Result<()> {
    if !store::lock_variant(conn, variant)? {
        return Ok(());
    }
    let waiting = store::waiting_orders(conn, variant)?;
    if waiting > 0 {
        let words = format!("Orders that are not paid yet wait for its files ({waiting}). Cancel them, or wait until they are paid.");
        return Err(Error::Conflict(words));
    }
    let files: Vec<_> = store::of_variant(conn, variant)?.iter().map(|file| file.id).collect();
    store::remove(conn, &files)?;
    store::set_digital(conn, variant, false)
}

/// Gives the lines of a paid order their links and mails them. Tells which lines got any: one whose variant has no file waits. The
/// caller holds the order and grants each unit once.
pub fn grant(conn: &mut Conn, buyer: &Buyer<'_>, bought: &[Bought]) -> Result<Vec<OrderLineId>> {
    let lines = store::grant(conn, buyer.order, bought)?;
    if !lines.is_empty() {
        let open: Vec<_> = store::of_order(conn, buyer.order)?.into_iter().filter(|of| lines.contains(&of.order_line_id)).collect();
        mails::links(conn, buyer, &open, false)?;
    }
    Ok(lines)
}

/// Another link for another time, which is mailed; the former one opens nothing any more. `seen`: the renewals that the page knew
/// of, so that a second click renews nothing.
///
/// # Errors
/// `NotFound` for another order's; `Conflict` when it can't be renewed (any more).
pub fn renew(conn: &mut Conn, buyer: &Buyer<'_>, id: DownloadId, seen: i32) -> Result<Download> {
    let before = of_order(conn, buyer, id, seen)?;
    if !before.can_be_renewed() {
        return Err(Error::Conflict("This download can't be renewed: the order is refunded or cancelled, or its file is gone.".to_owned()));
    }
    if !store::renew(conn, &before)? {
        return Err(changed());
    }
    let after = store::find(conn, id)?;
    mails::links(conn, buyer, std::slice::from_ref(&after), true)?;
    Ok(after)
}

/// The link opens nothing any more.
///
/// # Errors
/// As for `renew`.
pub fn withdraw(conn: &mut Conn, buyer: &Buyer<'_>, id: DownloadId, seen: i32) -> Result<Download> {
    let before = of_order(conn, buyer, id, seen)?;
    if store::withdraw(conn, &before)? { Ok(before) } else { Err(changed()) }
}

fn of_order(conn: &mut Conn, buyer: &Buyer<'_>, id: DownloadId, seen: i32) -> Result<Download> {
    let found = store::find(conn, id)?;
    match () {
        () if found.order_id != buyer.order => Err(Error::NotFound),
        () if found.renewals != seen => Err(changed()),
        () => Ok(found),
    }
}

fn changed() -> Error {
    Error::Conflict("The download has changed meanwhile. Look at it again; what you wanted may be done.".to_owned())
}

/// Gives up what nobody can download any more, and the contents that no file has.
///
/// # Errors
/// The database or the store can't be used.
pub async fn purge(db: &Db, media: &MediaStore) -> Result<()> {
    db.write(|conn| store::give_up(conn, AT_ONCE)).await?;
    for leftover in db.read(|conn| store::leftovers(conn, FRESH, AT_ONCE)).await? {
        purge_one(db, media, leftover).await?;
    }
    Ok(())
}

/// The store is asked with no transaction open: that somebody is at it is written down instead.
async fn purge_one(db: &Db, media: &MediaStore, leftover: Leftover) -> Result<()> {
    let of = leftover.clone();
    if !db.write(move |conn| store::begin_purge(conn, &of, AT_IT)).await? {
        return Ok(());
    }
    let purged = tokio::time::timeout(PATIENCE, media.purge_private(&leftover.content_hash, FRESH)).await;
    let is_gone = purged.map_err(|_| Error::internal("the media store does not answer"))??;
    db.write(move |conn| store::end_purge(conn, &leftover, is_gone)).await
}

/// Removes what uploads left behind in `folder` when the program was killed.
///
/// # Errors
/// The folder can't be read.
pub async fn sweep(folder: &Path) -> Result<()> {
    let failed = |error: std::io::Error| Error::Internal(error.into());
    let mut files = match tokio::fs::read_dir(folder).await {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        found => found.map_err(failed)?,
    };
    let before = SystemTime::now() - CUT_OFF;
    while let Some(file) = files.next_entry().await.map_err(failed)? {
        let written = file.metadata().await.and_then(|about| about.modified());
        // One that is gone by now has ended well.
        if written.is_ok_and(|written| written < before) {
            let _ = tokio::fs::remove_file(file.path()).await;
        }
    }
    Ok(())
}
