use pulldown_cmark::{Options, Parser, html};

/// Markdown as HTML that may stand on our pages; what is dangerous in it (scripts, `javascript:`) is taken out.
pub fn render(markdown: &str) -> String {
    let mut rendered = String::new();
    html::push_html(&mut rendered, Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_SMART_PUNCTUATION));
    ammonia::clean(&rendered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_rendered_without_anything_that_runs() {
        let shown = render("## Hours\n\n[x](javascript:alert(1)) <script>alert(1)</script> **Monday**");
        assert!(shown.contains("<h2>Hours</h2>") && shown.contains("<strong>Monday</strong>"));
        assert!(!shown.contains("javascript") && !shown.contains("<script"), "{shown}");
    }
}
