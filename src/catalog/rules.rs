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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_lose_scripts_and_keep_lists() {
        let cleaned = clean_html("<p onclick=x>Ash</p><script>alert(1)</script><ul><li>one</li></ul><a href='javascript:x'>y</a>");
        assert!(cleaned.contains("<p>Ash</p>") && cleaned.contains("<li>one</li>"));
        assert!(!cleaned.contains("script") && !cleaned.contains("onclick"), "{cleaned}");
    }
}
