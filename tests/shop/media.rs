//! Pictures that staff upload: what they really are counts, not what they are called.

use std::{
    io::Cursor,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, SystemTime},
};

use chrono::{TimeDelta, Utc};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use ironmonger::media::{self, MediaStore};

use crate::harness::{Page, Shop, Staff};

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(vec![]);
    let drawn = RgbImage::from_fn(width, height, |x, y| Rgb([(x % 256) as u8, (y % 256) as u8, 90]));
    DynamicImage::ImageRgb8(drawn).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Staff on the page of a product that has no picture yet.
fn at_the_product(shop: &Shop) -> Staff {
    shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    owner.visits("/admin/products");
    owner.browser.follow("Claw hammer");
    owner
}

fn adds_picture<'a>(owner: &'a mut Staff, name: &str, bytes: &[u8]) -> &'a Page {
    owner.browser.upload("Add pictures", "picture", name, bytes, &[("alt", "A hammer")])
}

#[test]
fn a_picture_is_shown_in_the_shop_in_several_sizes() {
    let shop = Shop::open();
    let mut owner = at_the_product(&shop);
    adds_picture(&mut owner, "hammer.png", &png(1000, 1000)).must_say("The picture is added");

    let mut annie = shop.shopper();
    let page = annie.visits("/products/claw-hammer");
    let srcset = page.attribute(".gallery img", "srcset").unwrap();
    for width in ["160w", "320w", "480w", "800w"] {
        assert!(srcset.contains(width), "{srcset}");
    }
    assert_eq!(page.attribute(".gallery img", "alt").as_deref(), Some("A hammer"));
    assert!(page.attribute(".gallery img", "width").is_some() && page.attribute(".gallery img", "height").is_some());

    let source = page.attribute(".gallery img", "src").unwrap();
    let answer = annie.browser.request("GET", &source).send().unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.headers()["content-type"], "image/webp");
    assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    let bytes = answer.bytes().unwrap();
    assert_eq!(image::load_from_memory_with_format(&bytes, ImageFormat::WebP).unwrap().width(), 800);
}

#[test]
fn what_is_no_picture_is_refused_with_words_and_nothing_is_kept() {
    let shop = Shop::open();
    let mut owner = at_the_product(&shop);
    let mut flood = png(1, 1);
    flood[16..20].copy_from_slice(&30_000_u32.to_be_bytes());
    flood[20..24].copy_from_slice(&30_000_u32.to_be_bytes());
    let whole = png(300, 300);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let cases: [(&str, &[u8], &str); 9] = [
        ("letter.png", b"This is no picture but a letter.", "Choose a JPEG, PNG, WebP or GIF picture"),
        ("drawing.svg", svg, "Choose a JPEG, PNG, WebP or GIF picture"),
        ("drawing.png", svg, "This is an SVG drawing"),
        ("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "This is a HEIC picture"),
        ("leaflet.pdf", b"%PDF-1.7\n1 0 obj", "This is a PDF document"),
        ("phone.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "This is a HEIC picture"),
        ("header.gif", b"GIF89a\x10\x27\x10\x27\x00\x00\x00", "broken"),
        ("flood.png", &flood, "10,000 pixels"),
        ("half.png", &whole[..whole.len() / 2], "broken"),
    ];
    for (name, bytes, said) in cases {
        adds_picture(&mut owner, name, bytes).must_say(name).must_say(said);
    }
    assert_eq!(shop.count("SELECT count(*) FROM media"), 0);
    assert_eq!(std::fs::read_dir(shop.folder().join("media")).unwrap().count(), 0);
}

#[test]
fn a_file_with_a_very_long_name_is_refused_like_any_other() {
    let shop = Shop::open();
    let mut owner = at_the_product(&shop);
    let page = adds_picture(&mut owner, &format!("{}.png", "a very long name ".repeat(300)), b"no picture");
    assert_eq!(page.status, 422);
    page.must_say("Choose a JPEG, PNG, WebP or GIF picture");
}

#[test]
fn choosing_no_file_says_what_to_do() {
    let shop = Shop::open();
    let mut owner = at_the_product(&shop);
    adds_picture(&mut owner, "", b"").must_say("Choose a picture first");
}

#[test]
fn the_same_picture_twice_is_kept_once_and_can_be_renamed_and_removed() {
    let shop = Shop::open();
    let mut owner = at_the_product(&shop);
    for name in ["hammer.png", "again.png"] {
        adds_picture(&mut owner, name, &png(200, 100));
    }
    assert_eq!(shop.count("SELECT count(*) FROM media"), 1);
    assert_eq!(shop.count("SELECT count(*) FROM product_images"), 1);
    owner.browser.submit("Save picture 1", &[("alt", "An ash handle"), ("position", "3")]).must_say("The picture is changed");
    assert_eq!(owner.page().attribute("#alt-1", "value").as_deref(), Some("An ash handle"));
    owner.browser.follow("Remove");
    owner.browser.submit("Remove the picture", &[]).must_say("The picture is removed");
    assert!(!shop.shopper().visits("/products/claw-hammer").has(".gallery img[srcset]"));
}

#[test]
fn an_upload_without_the_right_token_or_by_a_stranger_is_refused() {
    let shop = Shop::open();
    let mut owner = at_the_product(&shop);
    let page = owner.browser.upload("Add pictures", "picture", "hammer.png", &png(10, 10), &[("csrf", "wrong")]);
    assert_eq!(page.status, 403);
    assert_eq!(shop.count("SELECT count(*) FROM media"), 0);
}

#[test]
fn a_file_of_the_shop_s_folder_can_not_be_fetched_as_a_picture() {
    let shop = Shop::open();
    std::fs::write(shop.folder().join("secret.webp"), "secret").unwrap();
    let mut annie = shop.shopper();
    for path in
        ["/media/../secret.webp", "/media/%2e%2e/secret.webp", "/media/..%2f/secret.webp", "/media/abc/160.webp", "/media/abc/x.webp"]
    {
        let page = annie.visits(path);
        assert_eq!(page.status, 404, "{path}");
        assert!(!page.body.contains("secret"), "{path}");
    }
}

/// A JPEG, twice as wide as high, that its camera noted to be turned by 90° and taken at a secret place.
fn jpeg_with_exif() -> Vec<u8> {
    let mut jpeg = Cursor::new(vec![]);
    let drawn = RgbImage::from_fn(400, 200, |x, _| if x < 200 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) });
    DynamicImage::ImageRgb8(drawn).write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x02".to_vec();
    // Orientation (0x0112), one short: 6, the camera was turned to the right.
    exif.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0");
    // Description (0x010e), text of 13 bytes at 38.
    exif.extend(b"\x01\x0e\0\x02\0\0\0\x0d\0\0\0\x26\0\0\0\0");
    exif.extend(b"SECRET PLACE\0");
    let mut bytes = jpeg.into_inner();
    let mut segment = vec![0xff, 0xe1];
    segment.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    segment.extend(exif);
    bytes.splice(2..2, segment);
    bytes
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_of(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn a_photograph_stands_upright_and_says_nothing_of_where_it_was_taken() {
    let shop = Shop::open();
    let mut owner = at_the_product(&shop);
    adds_picture(&mut owner, "phone.jpg", &jpeg_with_exif()).must_say("The picture is added");
    assert_eq!(shop.first("SELECT width || 'x' || height FROM media"), "200x400");
    for file in files_of(&shop.folder().join("media")) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(6).any(|six| six == b"SECRET" || six == b"Exif\0\0"), "{file:?}");
        let picture = image::load_from_memory(&bytes).unwrap().into_rgb8();
        assert!(picture.height() > picture.width());
        // What was left is above.
        let (above, below) = (picture.get_pixel(picture.width() / 2, 10), picture.get_pixel(picture.width() / 2, picture.height() - 10));
        assert!(above[0] > 150 && above[2] < 100 && below[2] > 150 && below[0] < 100, "{above:?} {below:?}");
    }
}

#[test]
fn of_many_files_the_pictures_are_kept_and_each_other_is_named_with_the_reason() {
    let shop = Shop::open();
    let mut owner = at_the_product(&shop);
    let (first, second) = (png(40, 40), png(50, 40));
    let files: [(&str, &[u8]); 4] = [
        ("first.png", &first),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("second.png", &second),
        ("x.pdf", b"%PDF-1.4"),
    ];
    let page = owner.browser.upload_all("Add pictures", "picture", &files, &[]);
    assert_eq!(page.status, 422);
    page.must_say("2 pictures are added").must_say("drawing.svg: This is an SVG drawing").must_say("x.pdf: This is a PDF document");
    assert_eq!(page.texts_of(".field .error").len(), 2);
    assert_eq!(shop.count("SELECT count(*) FROM product_images"), 2);
    assert_eq!(shop.first("SELECT string_agg(file_name, ' ' ORDER BY file_name) FROM media"), "first.png second.png");
}

#[test]
fn the_library_asks_for_words_finds_by_them_and_lends_its_pictures() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    owner.visits("/admin/media").must_say("No pictures yet");
    let (vice, saw) = (png(60, 40), png(70, 40));
    let files: [(&str, &[u8]); 2] = [("IMG_1.png", &vice), ("IMG_2.png", &saw)];
    owner.browser.upload_all("Add pictures", "picture", &files, &[]).must_say("2 pictures are added").must_say("IMG_1.png");
    let id = shop.first("SELECT id FROM media WHERE file_name = 'IMG_1.png'");
    owner.visits(&format!("/admin/media/{id}")).must_say("Nothing yet");
    owner.browser.submit("Save the words", &[("alt", "A bench vice")]).must_say("The words are saved");
    owner.visits("/admin/media?show=wordless").must_say("IMG_2.png");
    assert!(!owner.page().says("IMG_1.png"));
    owner.visits("/admin/media?q=VICE").must_say("A bench vice");
    assert!(!owner.page().says("IMG_2.png"));

    owner.visits("/admin/products");
    owner.browser.follow("Claw hammer");
    owner.browser.follow("Choose from the library");
    owner.browser.submit("Add what is chosen", &[("media", &id)]).must_say("The pictures are added");
    owner.visits("/admin/media?show=unused").must_say("IMG_2.png");
    assert!(!owner.page().says("A bench vice"));
    owner.visits("/admin/media").must_say("shown in 1 place");
    let page = shop.shopper().visits("/products/claw-hammer").attribute(".gallery img", "alt");
    assert_eq!(page.as_deref(), Some("A bench vice"));
}

#[test]
fn a_picture_that_is_shown_is_not_deleted_and_one_that_is_not_is_purged_by_the_worker() {
    let shop = Shop::open();
    let mut owner = at_the_product(&shop);
    adds_picture(&mut owner, "hammer.png", &png(200, 200));
    let id = shop.first("SELECT id FROM media");
    owner.visits(&format!("/admin/media/{id}/deletion")).must_say("The picture is shown").must_say("Claw hammer");
    // Whoever had the page open before the picture was taken up is told so.
    shop.meddle("CREATE TABLE aside AS SELECT * FROM product_images; DELETE FROM product_images");
    owner.visits(&format!("/admin/media/{id}/deletion"));
    shop.meddle("INSERT INTO product_images SELECT * FROM aside");
    owner.browser.submit("Delete the picture", &[]).must_say("shows this picture meanwhile");
    assert_eq!(owner.page().status, 409);
    assert_eq!(shop.count("SELECT count(*) FROM media"), 1);

    shop.meddle("DELETE FROM product_images");
    owner.visits(&format!("/admin/media/{id}/deletion"));
    owner.browser.submit("Delete the picture", &[]).must_say("The picture is deleted");
    assert_eq!(shop.count("SELECT count(*) FROM media"), 0);
    let folder = shop.folder().join("media");
    shop.works();
    assert!(!files_of(&folder).is_empty(), "the files wait some minutes");
    // Files that were written just now may be of somebody who adds the picture again.
    shop.jobs_become_due();
    shop.works();
    assert!(!files_of(&folder).is_empty());
    an_hour_goes_by(&folder);
    shop.jobs_become_due();
    shop.works();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    assert_eq!(shop.count("SELECT count(*) FROM jobs WHERE kind = 'purge_picture'"), 0);
}

fn an_hour_goes_by(folder: &Path) {
    for file in files_of(folder) {
        let file = std::fs::File::options().write(true).open(file).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
    }
}

#[test]
fn a_picture_that_is_added_again_keeps_its_files() {
    let shop = Shop::open();
    let mut owner = at_the_product(&shop);
    let folder = shop.folder().join("media");
    owner.visits("/admin/media");
    adds_picture(&mut owner, "hammer.png", &png(200, 200));
    let id = shop.first("SELECT id FROM media");
    owner.visits(&format!("/admin/media/{id}/deletion"));
    owner.browser.submit("Delete the picture", &[]);
    owner.visits("/admin/media");
    adds_picture(&mut owner, "hammer.png", &png(200, 200));
    an_hour_goes_by(&folder);
    shop.jobs_become_due();
    shop.works();
    assert_eq!(files_of(&folder).len(), 2);
}

#[test]
fn the_worker_makes_avifs_and_pages_offer_them_from_then_on() {
    let shop = Shop::open();
    let mut owner = at_the_product(&shop);
    adds_picture(&mut owner, "hammer.png", &png(200, 200));
    let mut annie = shop.shopper();
    assert!(!annie.visits("/products/claw-hammer").has(".gallery source"));
    shop.block_on(shop.wired.worker().schedule()).unwrap();
    shop.meddle("UPDATE jobs SET run_at = now() - interval '1 second' WHERE kind = 'make_avifs'");
    shop.works_within(60);
    assert_eq!(shop.count("SELECT count(*) FROM media WHERE avif AND avif_tries = 1"), 1);
    let mut srcset = None;
    for _ in 0..50 {
        srcset = annie.visits("/products/claw-hammer").attribute(".gallery source[type='image/avif']", "srcset");
        if srcset.is_some() {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let srcset = srcset.expect("pages that show the picture are told");
    let first = srcset.split(' ').next().unwrap().to_owned();
    let answer = annie.browser.request("GET", &first).send().unwrap();
    assert_eq!(answer.headers()["content-type"], "image/avif");
    assert_eq!(&answer.bytes().unwrap()[4..12], b"ftypavif");
}

/// An S3 server, ended when it is dropped.
struct Bucket {
    server: Child,
    port: u16,
}

impl Bucket {
    /// `None` where there is no such program, for who runs single tests without it. bin/test installs it and wants it (`S3_WANTED`).
    fn open() -> Option<Self> {
        let program = std::env::var_os("MOTO_SERVER").map_or_else(|| PathBuf::from("target/moto/bin/moto_server"), PathBuf::from);
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
        let started = command.spawn();
        assert!(started.is_ok() || std::env::var_os("S3_WANTED").is_none(), "there is no S3 server: {:?}", started.err());
        let bucket = Self { server: started.ok()?, port };
        for _ in 0..300 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(bucket);
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("the S3 server does not answer on port {port}");
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn store(&self) -> MediaStore {
        let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        assert!(client.put(format!("{}/pictures", self.endpoint())).send().unwrap().status().is_success());
        let endpoint = self.endpoint();
        let variables = [
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_ENDPOINT", &endpoint),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        MediaStore::open_with(Some("s3://pictures/shop"), PathBuf::new(), variables).unwrap()
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn a_bucket_is_not_spoken_to_in_the_clear_unless_that_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let variables =
        [("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_REGION", "us-east-1"), ("AWS_ENDPOINT", &endpoint)];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let store = MediaStore::open_with(Some("s3://pictures/shop"), PathBuf::new(), variables).unwrap();
    let shop = Shop::keeping_pictures_in(&store);
    assert!(!shop.block_on(store.is_ready()));
    assert!(listener.accept().is_err(), "nobody so much as knocked");
}

#[test]
fn pictures_may_be_kept_in_a_bucket() {
    let Some(bucket) = Bucket::open() else {
        eprintln!("passed over: there is no S3 server (moto_server); bin/test installs it");
        return;
    };
    let shop = Shop::keeping_pictures_in(&bucket.store());
    let mut owner = at_the_product(&shop);
    adds_picture(&mut owner, "hammer.png", &png(200, 200)).must_say("The picture is added");
    let mut annie = shop.shopper();
    let source = annie.visits("/products/claw-hammer").attribute(".gallery img", "src").unwrap();
    let answer = annie.browser.request("GET", &source).send().unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["content-type"]), (200, &"image/webp".parse().unwrap()));
    assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable");
    let tag = answer.headers()["etag"].clone();
    let whole = answer.bytes().unwrap();
    assert_eq!(image::load_from_memory(&whole).unwrap().width(), 200);
    let again = annie.browser.request("GET", &source).header("if-none-match", tag).send().unwrap();
    assert_eq!(again.status().as_u16(), 304);
    let part = annie.browser.request("GET", &source).header("range", "bytes=4-9").send().unwrap();
    assert_eq!(
        (part.status().as_u16(), part.headers()["content-range"].clone()),
        (206, format!("bytes 4-9/{}", whole.len()).parse().unwrap())
    );
    assert_eq!(part.bytes().unwrap(), whole.slice(4..10));
    let beyond = annie.browser.request("GET", &source).header("range", "bytes=99999999-").send().unwrap();
    assert_eq!(beyond.status().as_u16(), 416);

    // Deleted: the files go, though not those that were written just now.
    let id = shop.first("SELECT id FROM media");
    shop.meddle("DELETE FROM product_images");
    owner.visits(&format!("/admin/media/{id}/deletion"));
    owner.browser.submit("Delete the picture", &[]).must_say("The picture is deleted");
    shop.jobs_become_due();
    shop.works();
    assert_eq!(annie.browser.request("GET", &source).send().unwrap().status().as_u16(), 200, "written just now");
    let hash = source.split('/').nth(2).unwrap();
    assert!(shop.block_on(media::purge(&shop.db, &shop.wired.media, hash, Utc::now() + TimeDelta::hours(1))).unwrap());
    assert_eq!(annie.browser.request("GET", &source).send().unwrap().status().as_u16(), 404);
}

#[test]
fn files_that_are_sold_come_from_a_bucket_as_well() {
    let Some(bucket) = Bucket::open() else {
        eprintln!("passed over: there is no S3 server (moto_server); bin/test installs it");
        return;
    };
    let shop = Shop::keeping_pictures_in(&bucket.store());
    let book = shop.product("Hammer book").stock(0).put_up();
    let mut owner = shop.owner();
    owner.visits(&format!("/admin/variants/{}/downloads", shop.count("SELECT id FROM variants")));
    // More than one part of an upload.
    let content: Vec<u8> = (0..7_000_000_u32).map(|at| (at % 251) as u8).collect();
    owner.browser.upload("Add the file", "file", "hammers.bin", &content, &[]).must_say("hammers.bin is added");
    let mut annie = shop.shopper();
    annie.adds_to_cart(&book, 1);
    let number = annie.buys();
    shop.works();
    annie.visits(&shop.first(&format!("SELECT '/orders/' || number || '?token=' || token FROM orders WHERE number = '{number}'")));
    let link = annie.page().link("hammers.bin");
    assert_eq!(annie.browser.request("GET", &link).send().unwrap().bytes().unwrap(), content);
    let part = annie.browser.request("GET", &link).header("range", "bytes=6999990-").send().unwrap();
    assert_eq!((part.status().as_u16(), part.bytes().unwrap().as_ref()), (206, &content[6_999_990..]));
}

#[test]
fn a_product_without_pictures_shows_one_that_browsers_can_draw_by_itself() {
    let shop = Shop::open();
    let nail = shop.product("Nail").put_up();
    let source = shop.browser().get(&nail).attribute(".gallery img", "src").expect("something in its place");
    let drawing = shop.browser().get(&source).body.clone();
    // Without its name space a drawing is nothing to a browser, unless it stands within the page.
    assert!(drawing.contains("xmlns=\"http://www.w3.org/2000/svg\""), "{drawing}");
}
