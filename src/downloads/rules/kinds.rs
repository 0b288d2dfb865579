//! What files that are sold must begin with, by the ending of their name.
//!
//! A merchant may sell files of any kind, so an ending that is not known here is taken as it is; buyers' browsers open none of them
//! either way. But what is called a PDF is one: who opens it trusts the name (OWASP ASVS 5.0, 5.2.2).

/// So many bytes of a file tell its kind.
pub const BEGINNING: usize = 1024;

/// A place in the file, and what stands there.
type Mark = (usize, &'static [u8]);

/// Endings of one kind, and the marks of which such a file has one. From the formats' own specifications.
const KINDS: &[(&[&str], &[Mark])] = &[
    (
        &["zip", "epub", "docx", "xlsx", "pptx", "odt", "ods", "odp", "jar", "apk", "cbz", "3mf", "kmz"],
        &[(0, b"PK\x03\x04"), (0, b"PK\x05\x06"), (0, b"PK\x07\x08")],
    ),
    (&["7z"], &[(0, b"7z\xbc\xaf\x27\x1c")]),
    (&["rar", "cbr"], &[(0, b"Rar!\x1a\x07")]),
    (&["gz", "tgz"], &[(0, b"\x1f\x8b")]),
    (&["bz2"], &[(0, b"BZh")]),
    (&["xz"], &[(0, b"\xfd7zXZ\0")]),
    (&["tar"], &[(257, b"ustar")]),
    (&["jpg", "jpeg"], &[(0, b"\xff\xd8\xff")]),
    (&["png"], &[(0, b"\x89PNG\r\n\x1a\n")]),
    (&["gif"], &[(0, b"GIF87a"), (0, b"GIF89a")]),
    (&["webp"], &[(8, b"WEBP")]),
    (&["avif", "heic", "mp4", "m4a", "m4b", "m4v"], &[(4, b"ftyp")]),
    (&["mov"], &[(4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (4, b"wide"), (4, b"free"), (4, b"skip")]),
    (&["tif", "tiff"], &[(0, b"II*\0"), (0, b"MM\0*")]),
    (&["psd"], &[(0, b"8BPS")]),
    (&["mp3"], &[(0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xfa"), (0, b"\xff\xf3"), (0, b"\xff\xf2"), (0, b"\xff\xe3"), (0, b"\xff\xe2")]),
    (&["wav"], &[(8, b"WAVE")]),
    (&["avi"], &[(8, b"AVI ")]),
    (&["flac"], &[(0, b"fLaC"), (0, b"ID3")]),
    (&["ogg", "oga", "ogv", "opus"], &[(0, b"OggS")]),
    (&["webm", "mkv", "mka"], &[(0, b"\x1aE\xdf\xa3")]),
    (&["ttf"], &[(0, b"\0\x01\0\0"), (0, b"true")]),
    (&["otf"], &[(0, b"OTTO")]),
    (&["woff"], &[(0, b"wOFF")]),
    (&["woff2"], &[(0, b"wOF2")]),
    (&["doc", "xls", "ppt", "msi"], &[(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")]),
    (&["exe", "dll"], &[(0, b"MZ")]),
    (&["mobi", "azw3"], &[(60, b"BOOKMOBI")]),
];

/// Endings of plain text, which holds no zero bytes but in UTF-16.
const TEXTS: &[&str] = &["txt", "md", "csv", "json", "xml", "html", "htm", "svg", "srt", "vtt", "gpx", "ics", "vcf"];

/// What is wrong with a file of this name that begins so; `None`: it may well be what it is called.
pub fn misfit(name: &str, beginning: &[u8]) -> Option<String> {
    let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
    let fits = match &*ending {
        // Readers take what stands before it as well, up to here.
        "pdf" => beginning.windows(5).any(|five| five == b"%PDF-"),
        text if TEXTS.contains(&text) => is_text(beginning),
        other => KINDS.iter().find(|(endings, _)| endings.contains(&other))?.1.iter().any(|mark| bears(beginning, *mark)),
    };
    (!fits).then(|| format!("It is called .{ending}, but there is something else in it. Choose the right file, or name it by what it is"))
}

fn bears(beginning: &[u8], (at, mark): Mark) -> bool {
    beginning.get(at..).is_some_and(|rest| rest.starts_with(mark))
}

fn is_text(beginning: &[u8]) -> bool {
    let is_utf_16 = beginning.starts_with(b"\xff\xfe") || beginning.starts_with(b"\xfe\xff");
    is_utf_16 || !beginning.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_name_says_or_is_refused_with_the_mend() {
        let zip = b"PK\x03\x04\x14\0";
        for (name, beginning) in [
            ("book.pdf", &b"%PDF-1.7\n"[..]),
            ("book.PDF", b"\xef\xbb\xbf%PDF-1.4"),
            ("book.epub", zip),
            ("plans.zip", zip),
            ("song.mp3", b"ID3\x04"),
            ("film.mp4", b"\0\0\0\x20ftypisom"),
            ("photo.webp", b"RIFF\x10\0\0\0WEBPVP8 "),
            ("read me.txt", b"Hold it at the end."),
            ("wide.txt", b"\xff\xfeH\0i\0"),
            ("part.stl", b"solid hammer"),
            ("drawing", b"\x7fELF"),
        ] {
            assert_eq!(misfit(name, beginning), None, "{name}");
        }
        let program = b"MZ\x90\0\x03\0\0\0";
        for (name, beginning) in [
            ("book.pdf", &program[..]),
            ("book.epub", b"%PDF-1.7"),
            ("photo.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            ("song.mp3", zip),
            ("read me.txt", program),
            ("film.mp4", b"ftyp"),
            ("empty.png", b""),
        ] {
            let said = misfit(name, beginning).unwrap_or_else(|| panic!("{name} was taken"));
            assert!(said.contains("Choose the right file"), "{said}");
        }
    }
}
