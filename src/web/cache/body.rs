//! A rendered page with gaps, kept in every form in which it is sent.

use std::sync::OnceLock;

use actix_web::http::header::HeaderValue;
use bytes::{Bytes, BytesMut};

use super::{
    coding::Coding,
    joined::Joined,
    packed::{Packed, brotli, deflate, gzip, zstd},
    sum::Sum,
};
use crate::{
    base::{Result, sha256_hex},
    web::gaps::{self, Filling, Gap},
};

/// What stands between two gaps.
struct Part {
    plain: Bytes,
    /// As deflate blocks (RFC 1951) that end at a byte and refer to nothing before them, with the sum of what is in them.
    deflated: Packed<(Bytes, Sum)>,
}

enum Piece {
    Part(Part),
    Gap(Gap),
}

/// A rendered page.
pub struct Body {
    pieces: Vec<Piece>,
    /// Names this rendering.
    sum: String,
    /// `ETag` for who has no session.
    pub tag: HeaderValue,
    public: OnceLock<Public>,
    size: usize,
}

/// The page as a visitor without a session gets it.
struct Public {
    plain: Bytes,
    /// `None`: it could not be compressed, and goes out plain.
    gzip: Packed<Option<Bytes>>,
    brotli: Packed<Option<Bytes>>,
    zstd: Packed<Option<Bytes>>,
}

impl Public {
    fn new(plain: Bytes) -> Self {
        Self { plain, gzip: Packed::default(), brotli: Packed::default(), zstd: Packed::default() }
    }
}

impl Body {
    /// Takes a page apart at its gaps.
    pub fn new(page: &str) -> Self {
        let mut pieces = vec![];
        for (text, gap) in gaps::split(page) {
            if !text.is_empty() {
                pieces.push(Piece::Part(Part::new(text)));
            }
            pieces.extend(gap.map(Piece::Gap));
        }
        let sum = sha256_hex(page.replace(gaps::nonce(), "").as_bytes());
        let sum = sum[..16].to_owned();
        Self { pieces, tag: weak(&sum), sum, public: OnceLock::new(), size: page.len() }
    }

    /// Bytes of memory that it takes, about: plain, deflated, and as everybody gets it, which is compressed to a quarter or less.
    pub fn weight(&self) -> usize {
        self.size * 3
    }

    /// The body for one visitor.
    pub fn filled(&self, filling: &Filling, coding: Coding) -> Joined {
        if coding == Coding::Gzip { self.gzipped(filling) } else { self.plain(filling) }
    }

    /// `ETag` of this rendering with these fillings.
    pub fn tag_for(&self, filling: &Filling) -> HeaderValue {
        weak(&format!("{}-{:08x}", self.sum, filling.sum()))
    }

    /// The body for everybody who has no session, and how it is coded after all. The first who asks tells what comes into the gaps.
    ///
    /// # Errors
    /// What `filling` says.
    pub fn public(&self, filling: impl FnOnce() -> Result<Filling>, coding: Coding) -> Result<(Bytes, Coding)> {
        let public = match self.public.get() {
            Some(public) => public,
            None => {
                let plain = self.plain(&filling()?).whole();
                self.public.get_or_init(|| Public::new(plain))
            }
        };
        let coded = match coding {
            Coding::Identity => None,
            Coding::Gzip => public.gzip.get(|effort| gzip(&public.plain, effort)),
            Coding::Brotli => public.brotli.get(|effort| brotli(&public.plain, effort)),
            Coding::Zstd => public.zstd.get(|effort| zstd(&public.plain, effort)),
        };
        Ok(coded.map_or_else(|| (public.plain.clone(), Coding::Identity), |coded| (coded, coding)))
    }

    fn plain(&self, filling: &Filling) -> Joined {
        let mut whole = Joined::with_room(self.pieces.len());
        for piece in &self.pieces {
            whole.push(match piece {
                Piece::Part(part) => part.plain.clone(),
                Piece::Gap(gap) => filling.at(*gap).clone(),
            });
        }
        whole
    }

    /// One gzip member (RFC 1952) of the parts as they were deflated, and the fillings as stored blocks between them.
    fn gzipped(&self, filling: &Filling) -> Joined {
        let mut whole = Joined::with_room(self.pieces.len() + 2);
        whole.push(Bytes::from_static(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]));
        let (mut crc, mut length) = (0, 0);
        for piece in &self.pieces {
            let (packed, sum) = match piece {
                Piece::Part(part) => part.deflated(),
                Piece::Gap(gap) => stored(filling.at(*gap)),
            };
            crc = sum.after(crc);
            length += piece.len(filling);
            whole.push(packed);
        }
        whole.push(end(crc, length));
        whole
    }
}

/// What a gzip member ends with: an empty last block with the fixed codes, the sum and the length modulo 2^32, as the format asks for.
fn end(crc: u32, length: usize) -> Bytes {
    let mut end = [0; 10];
    end[0] = 0x03;
    end[2..6].copy_from_slice(&crc.to_le_bytes());
    end[6..].copy_from_slice(&(length as u32).to_le_bytes());
    Bytes::copy_from_slice(&end)
}

impl Piece {
    fn len(&self, filling: &Filling) -> usize {
        match self {
            Self::Part(part) => part.plain.len(),
            Self::Gap(gap) => filling.at(*gap).len(),
        }
    }
}

impl Part {
    fn new(text: &str) -> Self {
        Self { plain: Bytes::copy_from_slice(text.as_bytes()), deflated: Packed::default() }
    }

    fn deflated(&self) -> (Bytes, Sum) {
        self.deflated.get(|effort| (deflate(&self.plain, effort), Sum::of(&self.plain)))
    }
}

/// Stored blocks of at most 65,535 bytes each, none for nothing, with the sum of what is in them.
fn stored(text: &[u8]) -> (Bytes, Sum) {
    let mut out = BytesMut::with_capacity(text.len() + text.len().div_ceil(0xffff) * 5);
    for block in text.chunks(0xffff) {
        let length = block.len() as u16;
        out.extend_from_slice(&[0]);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    (out.freeze(), Sum::of(text))
}

/// An `ETag` that says the same text, not the same bytes: codings differ (RFC 9110, 8.8.1).
fn weak(sum: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("W/\"{sum}\"")).unwrap_or(HeaderValue::from_static("W/\"\""))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::*;

    fn page(parts: &[String]) -> String {
        parts.join(&gaps::marker(Gap::Token))
    }

    fn gunzip(bytes: &[u8]) -> String {
        let mut text = String::new();
        flate2::read::GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn every_coding_gives_the_same_text() {
        let body = Body::new(&page(&["<p>one</p>".repeat(900), "two".to_owned(), String::new(), "three".repeat(20_000)]));
        let filling = Filling { token: "secret".into(), ..Filling::default() };
        let plain = String::from_utf8(body.filled(&filling, Coding::Identity).whole().to_vec()).unwrap();
        assert_eq!(plain.matches("secret").count(), 3);
        let public = |coding| body.public(|| Ok(filling.clone()), coding).unwrap().0;
        for _of in ["the first who asks", "the second", "all others"] {
            assert_eq!(gunzip(&body.filled(&filling, Coding::Gzip).whole()), plain);
            assert_eq!(gunzip(&public(Coding::Gzip)), plain);
            let mut unpacked = vec![];
            brotli::BrotliDecompress(&mut public(Coding::Brotli).as_ref(), &mut unpacked).unwrap();
            assert_eq!(unpacked, plain.as_bytes());
            assert_eq!(zstd::bulk::decompress(&public(Coding::Zstd), plain.len()).unwrap(), plain.as_bytes());
        }
    }

    #[test]
    fn one_rendering_has_one_tag_and_another_has_another() {
        let tag = |text: &str| Body::new(&page(&[text.to_owned(), String::new()])).tag;
        assert_eq!(tag("a"), tag("a"));
        assert_ne!(tag("a"), tag("b"));
    }

    #[test]
    fn who_comes_later_gets_less_to_load() {
        let prose: String = (0..2000).map(|at| format!("<p>Hammer {} of {} ash</p>", at * 7919 % 1009, at % 13)).collect();
        let body = Body::new(&prose);
        let size = || body.public(|| Ok(Filling::default()), Coding::Brotli).unwrap().0.len();
        assert!(size() > size());
    }

    proptest! {
        #[test]
        fn any_text_with_any_filling_comes_out_of_gzip_as_it_went_in(parts in prop::collection::vec(".{0,300}", 1..6), token in ".{0,80}") {
            let body = Body::new(&page(&parts));
            let filling = Filling { token: token.clone().into(), ..Filling::default() };
            prop_assert_eq!(gunzip(&body.filled(&filling, Coding::Gzip).whole()), parts.join(&token));
        }
    }
}
