use diesel::prelude::*;
use serde::Deserialize;

use crate::{
    base::{MediaId, text_enum},
    schema::media,
};

/// What stands above every field for pictures.
pub const UPLOAD_HINT: &str =
    "JPEG, PNG, WebP or GIF, up to 12 MB each and 40 MB together. What a camera noted of place and device is left out.";

/// Longest words of a picture, in characters.
pub const LONGEST_ALT: usize = 200;

/// Widths in pixels that pages ask for. Wider pictures are kept at the last one.
pub const WIDTHS: [u32; 5] = [160, 320, 480, 800, 1200];

#[derive(Queryable, Selectable, Deserialize, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = media)]
pub struct Media {
    pub id: MediaId,
    pub content_hash: String,
    pub width: i32,
    pub height: i32,
    /// What it shows, in words; empty until somebody says it.
    pub alt: String,
    /// Every width is there as AVIF too.
    pub avif: bool,
}

#[derive(Insertable)]
#[diesel(table_name = media)]
pub struct NewMedia<'a> {
    pub id: MediaId,
    pub content_hash: &'a str,
    pub width: i32,
    pub height: i32,
    pub file_name: &'a str,
}

/// A picture in the library.
#[derive(Clone, Debug)]
pub struct Listed {
    pub media: Media,
    /// What the file was called when it came; empty where nobody knows.
    pub file_name: String,
    /// In how many places it is shown.
    pub uses: i64,
}

impl Listed {
    pub fn picture(&self) -> Picture {
        Picture::of(self.media.clone(), "")
    }

    /// By what staff know it.
    pub fn name(&self) -> &str {
        match (self.media.alt.as_str(), self.file_name.as_str()) {
            ("", "") => "A picture without a name",
            ("", file_name) => file_name,
            (alt, _) => alt,
        }
    }
}

text_enum! {
    /// Which pictures of the library are asked for.
    pub enum Shelf {
        All = "all",
        Wordless = "wordless",
        Unused = "unused",
    }
}

/// A place that shows a picture.
#[derive(QueryableByName, Clone, Debug)]
pub struct Use {
    #[diesel(sql_type = diesel::sql_types::Text)]
    kind: String,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    of_id: i64,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub name: String,
}

impl Use {
    pub fn kind(&self) -> &'static str {
        match self.kind.as_str() {
            "product" => "Product",
            "category" => "Category",
            "brand" => "Brand",
            "collection" => "Collection",
            _ => "Page",
        }
    }

    /// Where staff change it.
    pub fn url(&self) -> String {
        match self.kind.as_str() {
            "product" => format!("/admin/products/{}#pictures", self.of_id),
            "category" => format!("/admin/categories/{}/edit#picture-title", self.of_id),
            "brand" => format!("/admin/brands/{}/edit#picture-title", self.of_id),
            "collection" => format!("/admin/collections/{}/edit#picture-title", self.of_id),
            _ => format!("/admin/pages/{}/edit", self.of_id),
        }
    }
}

/// The widths made of a picture that is `width` pixels wide: the smaller ones, and its own up to the largest.
pub fn widths_of(width: u32) -> Vec<u32> {
    let largest = width.min(WIDTHS[WIDTHS.len() - 1]);
    let mut widths: Vec<u32> = WIDTHS.iter().copied().filter(|smaller| *smaller < largest).collect();
    widths.push(largest);
    widths
}

/// In which format a size is kept. WebP from the first moment on; AVIF, which is smaller, once the worker has made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    WebP,
    Avif,
}

impl Format {
    pub fn suffix(self) -> &'static str {
        match self {
            Self::WebP => "webp",
            Self::Avif => "avif",
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::WebP => "image/webp",
            Self::Avif => "image/avif",
        }
    }
}

/// Where the store keeps one size.
pub fn key(content_hash: &str, width: u32, format: Format) -> String {
    format!("{content_hash}/{width}.{}", format.suffix())
}

/// A picture as pages show it.
#[derive(Clone, Debug)]
pub struct Picture {
    pub media: Media,
    pub alt: String,
}

impl Picture {
    /// The picture with the words that stand with it here, or its own where there are none.
    pub fn of(media: Media, alt: &str) -> Self {
        let alt = if alt.is_empty() { media.alt.clone() } else { alt.to_owned() };
        Self { media, alt }
    }

    /// The size that suits a place `width` CSS pixels wide.
    pub fn url(&self, width: u32) -> String {
        let widths = self.widths();
        let fitting = widths.iter().copied().find(|made| *made >= width).or(widths.last().copied()).unwrap_or(width);
        format!("/media/{}", key(&self.media.content_hash, fitting, Format::WebP))
    }

    /// The `srcset` attribute: every size with its width.
    pub fn srcset(&self) -> String {
        self.sizes(Format::WebP)
    }

    /// The same of AVIFs, once they are there.
    pub fn avif_srcset(&self) -> Option<String> {
        self.media.avif.then(|| self.sizes(Format::Avif))
    }

    fn sizes(&self, format: Format) -> String {
        let sizes = self.widths().into_iter().map(|width| format!("/media/{} {width}w", key(&self.media.content_hash, width, format)));
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
        let media = Media { id: MediaId::new(), content_hash: "ab".into(), width, height: width, alt: "A vice".into(), avif: false };
        Picture::of(media, "")
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

    #[test]
    fn avifs_are_offered_once_they_are_there() {
        let mut picture = picture(200);
        assert_eq!(picture.avif_srcset(), None);
        picture.media.avif = true;
        assert_eq!(picture.avif_srcset().as_deref(), Some("/media/ab/160.avif 160w, /media/ab/200.avif 200w"));
    }

    #[test]
    fn the_words_of_the_place_go_before_the_picture_s_own() {
        let picture = picture(200);
        assert_eq!(picture.alt, "A vice");
        assert_eq!(Picture::of(picture.media, "Its jaws").alt, "Its jaws");
    }
}
