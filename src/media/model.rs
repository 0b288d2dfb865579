use diesel::prelude::*;

use crate::{base::MediaId, schema::media};

/// Widths in pixels that pages ask for. Wider pictures are kept at the last one.
pub const WIDTHS: [u32; 5] = [160, 320, 480, 800, 1200];

#[derive(Queryable, Selectable, Insertable, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = media)]
pub struct Media {
    pub id: MediaId,
    pub content_hash: String,
    pub width: i32,
    pub height: i32,
}

/// The widths made of a picture that is `width` pixels wide: the smaller ones, and its own up to the largest.
pub fn widths_of(width: u32) -> Vec<u32> {
    let largest = width.min(WIDTHS[WIDTHS.len() - 1]);
    let mut widths: Vec<u32> = WIDTHS.iter().copied().filter(|smaller| *smaller < largest).collect();
    widths.push(largest);
    widths
}

/// Where the store keeps one size.
pub fn key(content_hash: &str, width: u32) -> String {
    format!("{content_hash}/{width}.webp")
}

/// A picture as pages show it.
#[derive(Clone, Debug)]
pub struct Picture {
    pub media: Media,
    pub alt: String,
}

impl Picture {
    /// The size that suits a place `width` CSS pixels wide.
    pub fn url(&self, width: u32) -> String {
        let widths = self.widths();
        let fitting = widths.iter().copied().find(|made| *made >= width).or(widths.last().copied()).unwrap_or(width);
        format!("/media/{}", key(&self.media.content_hash, fitting))
    }

    /// The `srcset` attribute: every size with its width.
    pub fn srcset(&self) -> String {
        let sizes = self.widths().into_iter().map(|width| format!("/media/{} {width}w", key(&self.media.content_hash, width)));
        sizes.collect::<Vec<_>>().join(", ")
    }

    fn widths(&self) -> Vec<u32> {
        widths_of(self.media.width.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: i32) -> Picture {
        let media = Media { id: MediaId::new(), content_hash: "ab".into(), width, height: width };
        Picture { media, alt: String::new() }
    }

    #[test]
    fn a_picture_is_never_blown_up() {
        assert_eq!(widths_of(400), [160, 320, 400]);
        assert_eq!(widths_of(320), [160, 320]);
        assert_eq!(widths_of(5000), [160, 320, 480, 800, 1200]);
    }

    #[test]
    fn a_place_gets_the_smallest_size_that_fills_it() {
        assert_eq!(picture(960).url(300), "/media/ab/320.webp");
        assert_eq!(picture(960).url(4000), "/media/ab/960.webp");
        assert_eq!(picture(200).srcset(), "/media/ab/160.webp 160w, /media/ab/200.webp 200w");
    }
}
