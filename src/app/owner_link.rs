//! The link by which somebody becomes the first owner. Whoever reads it can take the shop, and logs are read by many: so it is shown
//! to a person at a terminal, and elsewhere waits in a file that the shop's own user alone reads.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    accounts,
    base::{Conn, Db},
    web::Role,
};

/// In the data directory.
const FILE: &str = "owner-link";

/// What every such link has before its token.
const DOOR: &str = "/invitations/";

/// Where the link went.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    OnTerminal,
    In(PathBuf),
}

/// Tells where the shop can be taken, as long as nobody owns it; afterwards takes the file away. Links from before still work, so
/// that of several servers that start none ends another's, and this server's own is told again.
///
/// # Errors
/// The database can't be reached.
pub async fn tell(db: &Db, base_url: &str, data_dir: &Path) -> Result<()> {
    let kept = data_dir.join(FILE);
    let former = fs::read_to_string(&kept).ok().and_then(|link| token_in(&link));
    let Some(token) = db.write(move |conn| owner_token(conn, former)).await? else {
        let _ = fs::remove_file(kept);
        return Ok(());
    };
    let link = format!("{}{DOOR}{token}", base_url.trim_end_matches('/'));
    match give(&link, io::stdout().is_terminal(), &mut io::stdout(), kept) {
        Ok(Told::OnTerminal) => {}
        Ok(Told::In(file)) => tracing::info!(
            "nobody owns this shop yet; the link in {} is good for two days, and lets whoever opens it set the owner's password",
            file.display()
        ),
        // The shop can be open without an owner, and there is another way to one.
        Err(error) => tracing::error!(
            error = format!("{error:#}"),
            "nobody owns this shop yet, and the link could not be told; `ironmonger staff add --role owner` prints one"
        ),
    }
    Ok(())
}

/// The token of a link that works: the former one, while it does. `None`: somebody owns the shop.
fn owner_token(conn: &mut Conn, former: Option<String>) -> crate::base::Result<Option<String>> {
    if accounts::owner_exists(conn)? {
        return Ok(None);
    }
    match former {
        Some(token) if accounts::invitation(conn, &token).is_ok() => Ok(Some(token)),
        _ => accounts::invite(conn, None, Role::Owner).map(Some),
    }
}

fn token_in(link: &str) -> Option<String> {
    let (_, token) = link.trim().split_once(DOOR)?;
    Some(token.to_owned())
}

fn give(link: &str, to_person: bool, terminal: &mut impl Write, kept: PathBuf) -> Result<Told> {
    if to_person {
        writeln!(terminal, "Nobody owns this shop yet. Open this link within two days to set the owner's password:\n{link}")?;
        return Ok(Told::OnTerminal);
    }
    keep(link, &kept).with_context(|| format!("{} can't be written", kept.display()))?;
    Ok(Told::In(kept))
}

/// Written anew and moved to its place, so that the file was never readable for others.
fn keep(link: &str, file: &Path) -> io::Result<()> {
    let new = file.with_extension(std::process::id().to_string());
    let _ = fs::remove_file(&new);
    let mut written = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    writeln!(written, "{link}").and_then(|()| written.sync_all()).and_then(|()| fs::rename(&new, file))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const LINK: &str = "https://shop.example/invitations/abc123";

    #[test]
    fn a_person_at_a_terminal_reads_the_link_and_no_file_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let (mut shown, file) = (vec![], folder.path().join(FILE));
        assert_eq!(give(LINK, true, &mut shown, file.clone()).unwrap(), Told::OnTerminal);
        assert!(String::from_utf8(shown).unwrap().contains(LINK) && !file.exists());
    }

    #[test]
    fn elsewhere_a_file_has_it_that_nobody_else_reads_and_nothing_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let (mut shown, file) = (vec![], folder.path().join(FILE));
        fs::write(&file, "a former one, readable for all").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(give(LINK, false, &mut shown, file.clone()).unwrap(), Told::In(file.clone()));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(token_in(&fs::read_to_string(&file).unwrap()).as_deref(), Some("abc123"));
        assert!(shown.is_empty() && fs::read_dir(folder.path()).unwrap().count() == 1);
    }

    #[test]
    fn a_folder_that_takes_no_file_is_told_and_the_link_is_not() {
        let mut shown = vec![];
        let error = give(LINK, false, &mut shown, "/nonexistent/owner-link".into()).unwrap_err();
        assert!(format!("{error:#}").contains("/nonexistent/owner-link") && !format!("{error:#}").contains("abc123"));
    }
}
