//! Pictures that staff upload: what they really are counts, not what they are called.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

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
    let cases: [(&str, &[u8], &str); 6] = [
        ("letter.png", b"This is no picture but a letter.", "Choose a JPEG, PNG, WebP or GIF picture"),
        ("drawing.svg", svg, "Choose a JPEG, PNG, WebP or GIF picture"),
        ("drawing.png", svg, "Choose a JPEG, PNG, WebP or GIF picture"),
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
    assert_eq!(page.status, 200);
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
