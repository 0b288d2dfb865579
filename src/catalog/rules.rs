//! Decisions about products that need nothing but the product.

mod bulk;
mod choice;
mod combinations;
mod difference;
mod readable;

pub use bulk::apply;
pub use choice::{Choice, Option_, OptionState, OptionValue, chosen, lay_out, neighbours, wishes};
pub use combinations::{missing, sku};
pub use difference::{difference, is_none, lay_over, take_back};
pub use readable::{Names, part, readable};

/// HTML that may stand on our pages: text, lists, tables, links; no scripts, styles, forms or frames.
pub fn clean_html(html: &str) -> String {
    ammonia::Builder::default().link_rel(Some("noopener nofollow")).clean(html).to_string()
}

/// Elements that a word may have in its middle.
const WITHIN_WORDS: [&str; 16] =
    ["a", "abbr", "b", "cite", "code", "em", "i", "kbd", "mark", "q", "s", "small", "span", "strong", "sub", "sup"];

/// The words of such HTML.
pub fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut parts = html.split('<');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (tag, words) = part.split_once('>').unwrap_or((part, ""));
        let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if !WITHIN_WORDS.contains(&name) {
            text.push(' ');
        }
        text.push_str(words);
    }
    [("&nbsp;", " "), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
        .iter()
        .fold(text, |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_lose_scripts_and_keep_lists() {
        let cleaned = clean_html("<p onclick=x>Ash</p><script>alert(1)</script><ul><li>one</li></ul><a href='javascript:x'>y</a>");
        assert!(cleaned.contains("<p>Ash</p>") && cleaned.contains("<li>one</li>"));
        assert!(!cleaned.contains("script") && !cleaned.contains("onclick"), "{cleaned}");
    }

    #[test]
    fn plain_text_keeps_words_apart_and_decodes_entities_once() {
        let words = |html| plain_text(html).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words("<p>Forged &amp; <b>ground</b></p>"), ["Forged", "&", "ground"]);
        assert_eq!(words("for<br>iron<p>H<sub>2</sub>O</p>"), ["for", "iron", "H2O"]);
        assert_eq!(words("Forged in <b>Ludlow</b>."), ["Forged", "in", "Ludlow."]);
        assert_eq!(words("type &amp;lt;b&amp;gt;"), ["type", "&lt;b&gt;"]);
    }
}
