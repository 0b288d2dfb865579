//! Gaps: places of a page that everybody sees at which something stands that is one visitor's own.

use std::sync::{LazyLock, OnceLock};

use askama::Template;
use bytes::Bytes;

use super::{Flash, Shell};
use crate::base::{Result, random_token};

/// What is a visitor's own on a page that is kept for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// The hidden field of forms.
    Token,
    /// Name and number of things in the cart, in the bar at the top.
    Tools,
    /// Account links at the foot.
    Links,
    /// A message from the page before.
    Flash,
}

const ALL: [Gap; 4] = [Gap::Token, Gap::Tools, Gap::Links, Gap::Flash];

/// Stands in every marker of this process. Nobody can guess it, so nobody can write a gap into a text of the shop and have
/// another's token put there.
static NONCE: LazyLock<String> = LazyLock::new(|| format!("gap{}", random_token(22)));

pub fn nonce() -> &'static str {
    &NONCE
}

impl Gap {
    fn letter(self) -> char {
        match self {
            Self::Token => 't',
            Self::Tools => 'b',
            Self::Links => 'l',
            Self::Flash => 'f',
        }
    }
}

/// What a template writes where the gap is: letters, digits and such that need no escaping anywhere.
pub fn marker(gap: Gap) -> String {
    format!("{}{}", *NONCE, gap.letter())
}

/// The texts of a page, each with the gap that follows it.
pub fn split(page: &str) -> impl Iterator<Item = (&str, Option<Gap>)> {
    let mut rest = Some(page);
    std::iter::from_fn(move || {
        let here = rest.take()?;
        let Some((text, after)) = here.split_once(NONCE.as_str()) else { return Some((here, None)) };
        let gap = after.chars().next().and_then(|letter| ALL.into_iter().find(|gap| gap.letter() == letter));
        rest = after.get(1..);
        Some((text, gap))
    })
}

/// What comes into a visitor's gaps.
#[derive(Clone, Debug, Default)]
pub struct Filling {
    pub token: Bytes,
    pub tools: Bytes,
    pub links: Bytes,
    pub flash: Bytes,
    /// See [`Filling::sum`].
    pub(super) sum: OnceLock<u32>,
}

impl Filling {
    /// # Errors
    /// A template can't be rendered.
    pub fn of(shell: &Shell) -> Result<Self> {
        Ok(Self {
            token: shell.token.clone().into(),
            tools: Tools { shell }.render()?.into(),
            links: Links { shell }.render()?.into(),
            flash: FlashNote { flash: &shell.flash }.render()?.into(),
            sum: OnceLock::new(),
        })
    }

    pub fn at(&self, gap: Gap) -> &Bytes {
        match gap {
            Gap::Token => &self.token,
            Gap::Tools => &self.tools,
            Gap::Links => &self.links,
            Gap::Flash => &self.flash,
        }
    }

    /// Tells two fillings apart, for `ETag`.
    pub fn sum(&self) -> u32 {
        *self.sum.get_or_init(|| {
            let mut sum = crc32fast::Hasher::new();
            ALL.into_iter().for_each(|gap| sum.update(self.at(gap)));
            sum.finalize()
        })
    }
}

#[derive(Template)]
#[template(path = "parts/tools.html")]
struct Tools<'a> {
    shell: &'a Shell,
}

#[derive(Template)]
#[template(path = "parts/account-links.html")]
struct Links<'a> {
    shell: &'a Shell,
}

#[derive(Template)]
#[template(path = "parts/flash.html")]
struct FlashNote<'a> {
    flash: &'a Option<Flash>,
}

impl Shell {
    /// Writes the gap where this page is rendered for all, and what comes into it where it is for one.
    fn own(&self, gap: Gap, filled: impl Template) -> askama::Result<String> {
        if self.is_for_all { Ok(marker(gap)) } else { filled.render() }
    }

    pub fn tools(&self) -> askama::Result<String> {
        self.own(Gap::Tools, Tools { shell: self })
    }

    pub fn links(&self) -> askama::Result<String> {
        self.own(Gap::Links, Links { shell: self })
    }

    pub fn flash_note(&self) -> askama::Result<String> {
        self.own(Gap::Flash, FlashNote { flash: &self.flash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_taken_apart_at_its_gaps() {
        let page = format!("a{}b{}{}", marker(Gap::Token), marker(Gap::Tools), marker(Gap::Flash));
        let pieces: Vec<_> = split(&page).collect();
        assert_eq!(pieces, [("a", Some(Gap::Token)), ("b", Some(Gap::Tools)), ("", Some(Gap::Flash)), ("", None)]);
    }

    #[test]
    fn a_page_without_gaps_is_one_piece() {
        assert_eq!(split("Naïve café").collect::<Vec<_>>(), [("Naïve café", None)]);
    }
}
