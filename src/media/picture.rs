//! From uploaded bytes to the sizes that pages use.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, codecs::avif::AvifEncoder, imageops::FilterType, metadata::Orientation,
};
use webp::WebPConfig;

use super::model::widths_of;
use crate::base::{Error, Result, sha256_hex};

/// Bytes of one uploaded picture at most.
const MOST_BYTES: usize = 12 * 1024 * 1024;

/// Pixels along one side at most.
const MOST_PIXELS: u32 = 10_000;

/// Memory that decoding one picture may take. A small file can unpack to gigabytes.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;

/// WebP quality, of 100.
const QUALITY: f32 = 82.0;

/// WebP effort, of 6: files a few percent larger than with 4, in half the time.
const EFFORT: i32 = 2;

/// AVIF quality, of 100: to the eye about what the WebPs have.
const AVIF_QUALITY: u8 = 68;

/// AVIF speed, of 10. Slower ones take several times as long for a few percent.
const AVIF_SPEED: u8 = 8;

/// A picture in all its sizes, ready for the store.
pub struct Prepared {
    pub content_hash: String,
    pub width: u32,
    pub height: u32,
    /// What the file was called; empty where nobody knows.
    pub file_name: String,
    /// Width and WebP bytes of each size.
    pub sizes: Vec<(u32, Vec<u8>)>,
}

/// Checks what the bytes really are, whatever their name says, and makes every size. Takes CPU time: call it on a
/// blocking thread. What a camera wrote beside the picture (place, device) is lost on the way, as it should be.
///
/// # Errors
/// `Invalid` on the field `picture`: too large, not a picture of a known kind, or broken.
pub fn prepare(bytes: &[u8]) -> Result<Prepared> {
    let refuse = |message: &str| Error::invalid("picture", message);
    if bytes.len() > MOST_BYTES {
        return Err(refuse("Choose a picture of 12 MB at most"));
    }
    let decoded = decode(bytes)?;
    let (width, height) = (decoded.width(), decoded.height());
    let sizes = make_sizes(plain(decoded), encode)?;
    Ok(Prepared { content_hash: sha256_hex(bytes)[..32].to_owned(), width, height, file_name: String::new(), sizes })
}

/// What the bytes are that people take for a picture too, with the reason why it is none here.
fn foreign(bytes: &[u8]) -> Option<&'static str> {
    let head = &bytes[..bytes.len().min(1024)];
    let brand = head.get(4..8).filter(|kind| *kind == b"ftyp").and_then(|_| head.get(8..12));
    match brand {
        Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => {
            return Some("This is a HEIC picture, as iPhones take them, which few browsers show");
        }
        Some(b"avif" | b"avis") => return Some("This is an AVIF picture; the shop makes AVIFs by itself"),
        Some(_) => return Some("This is a film"),
        None => {}
    }
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let kinds = [
        (text.starts_with("%pdf"), "This is a PDF document"),
        (text.contains("<svg"), "This is an SVG drawing, which can carry programs"),
        (head.starts_with(b"II*\0") || head.starts_with(b"MM\0*"), "This is a TIFF picture, which browsers don’t show"),
        (head.starts_with(b"BM"), "This is a BMP picture, which is not made for the web"),
        (head.starts_with(b"PK\x03\x04"), "This is an archive"),
    ];
    kinds.into_iter().find(|(fits, _)| *fits).map(|(_, what)| what)
}

/// The AVIFs of a picture, made of its largest WebP: what was uploaded is not kept. Takes seconds: call it on a blocking thread.
///
/// # Errors
/// The bytes are no picture, or the encoder fails.
pub fn make_avifs(largest: &[u8]) -> Result<Vec<(u32, Vec<u8>)>> {
    make_sizes(plain(decode(largest)?), encode_avif)
}

/// With eight bits a channel, as pages have them.
fn plain(image: DynamicImage) -> DynamicImage {
    if image.color().has_alpha() { DynamicImage::ImageRgba8(image.into_rgba8()) } else { DynamicImage::ImageRgb8(image.into_rgb8()) }
}

/// From the largest down, each made of the one before, which costs a fraction of making all of them from the original.
fn make_sizes(mut image: DynamicImage, encode: fn(&DynamicImage) -> Result<Vec<u8>>) -> Result<Vec<(u32, Vec<u8>)>> {
    let mut sizes = vec![];
    for width in widths_of(image.width()).into_iter().rev() {
        if width < image.width() {
            image = resize(&image, width)?;
        }
        sizes.push((width, encode(&image)?));
    }
    sizes.reverse();
    Ok(sizes)
}

fn decode(bytes: &[u8]) -> Result<DynamicImage> {
    let refuse = |message: &str| Error::invalid("picture", message);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| refuse("The file can't be read"))?;
    let known = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif];
    if !reader.format().is_some_and(|format| known.contains(&format)) {
        let what = foreign(bytes).map(|what| format!("{what}. ")).unwrap_or_default();
        return Err(refuse(&format!("{what}Choose a JPEG, PNG, WebP or GIF picture")));
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_PIXELS);
    limits.max_image_height = Some(MOST_PIXELS);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let unreadable = |_| refuse("The picture is broken or larger than 10,000 pixels along a side");
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Smaller, with the same proportions.
fn resize(source: &DynamicImage, width: u32) -> Result<DynamicImage> {
    let height = (u64::from(source.height()) * u64::from(width)).div_ceil(u64::from(source.width())).max(1);
    let height = u32::try_from(height).map_err(|_| Error::invalid("picture", "The picture is too tall for its width"))?;
    Ok(source.resize_exact(width, height, FilterType::CatmullRom))
}

fn settings() -> Result<WebPConfig> {
    let mut settings = WebPConfig::new().map_err(|()| Error::internal("WebP gives no settings"))?;
    settings.quality = QUALITY;
    settings.method = EFFORT;
    Ok(settings)
}

/// On one thread: the others serve pages.
fn encode_avif(image: &DynamicImage) -> Result<Vec<u8>> {
    let mut encoded = vec![];
    let encoder = AvifEncoder::new_with_speed_quality(&mut encoded, AVIF_SPEED, AVIF_QUALITY).with_num_threads(Some(1));
    image.write_with_encoder(encoder).map_err(|error| Error::Internal(error.into()))?;
    Ok(encoded)
}

fn encode(image: &DynamicImage) -> Result<Vec<u8>> {
    let (width, height, pixels) = (image.width(), image.height(), image.as_bytes());
    let encoder = if image.color().has_alpha() {
        webp::Encoder::from_rgba(pixels, width, height)
    } else {
        webp::Encoder::from_rgb(pixels, width, height)
    };
    let encoded = encoder.encode_advanced(&settings()?).map_err(|error| Error::internal(format!("WebP: {error:?}")))?;
    Ok(encoded.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(vec![]);
        DynamicImage::new_rgb8(width, height).write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_picture_becomes_webp_in_each_width_up_to_its_own() {
        let prepared = prepare(&png(500, 250)).unwrap();
        let widths: Vec<_> = prepared.sizes.iter().map(|(width, _)| *width).collect();
        assert_eq!(widths, [160, 320, 480, 500]);
        let small = image::load_from_memory_with_format(&prepared.sizes[0].1, ImageFormat::WebP).unwrap();
        assert_eq!((small.width(), small.height()), (160, 80));
    }

    #[test]
    fn the_content_counts_and_not_the_name() {
        for bytes in [&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], b"MZ\x90\0", b"", b"GIF89a"] {
            assert!(matches!(prepare(bytes), Err(Error::Invalid(_))));
        }
    }

    #[test]
    fn what_is_taken_for_a_picture_is_refused_by_its_name() {
        let said = |bytes: &[u8]| prepare(bytes).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said(b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>").contains("SVG drawing"));
        assert!(said(b"\0\0\0\x18ftypheic\0\0\0\0").contains("HEIC picture"));
        assert!(said(b"%PDF-1.7\n").contains("PDF document"));
        assert!(said(b"II*\0\x08\0\0\0").contains("TIFF picture"));
    }

    #[test]
    fn avifs_come_in_the_same_widths() {
        let prepared = prepare(&png(200, 100)).unwrap();
        let made = make_avifs(&prepared.sizes[1].1).unwrap();
        assert_eq!(made.iter().map(|(width, _)| *width).collect::<Vec<_>>(), [160, 200]);
        assert!(made.iter().all(|(_, bytes)| &bytes[4..12] == b"ftypavif"));
    }

    #[test]
    fn a_flood_of_pixels_is_refused_before_it_is_unpacked() {
        // A PNG header that announces 30,000 × 30,000 pixels.
        let mut bytes = png(1, 1);
        bytes[16..20].copy_from_slice(&30_000_u32.to_be_bytes());
        bytes[20..24].copy_from_slice(&30_000_u32.to_be_bytes());
        assert!(matches!(prepare(&bytes), Err(Error::Invalid(_))));
    }

    #[test]
    fn half_a_picture_is_refused() {
        let whole = png(300, 300);
        assert!(matches!(prepare(&whole[..whole.len() / 2]), Err(Error::Invalid(_))));
    }
}
