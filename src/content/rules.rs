use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

/// Markdown as HTML that may stand on our pages; what is dangerous in it (scripts, `javascript:`) is taken out.
pub fn render(markdown: &str) -> String {
    let mut rendered = String::new();
    html::push_html(&mut rendered, Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_SMART_PUNCTUATION));
    ammonia::clean(&rendered)
}

/// What it says, without its headings: for a description of the page.
pub fn words(markdown: &str) -> String {
    let (mut words, mut is_heading) = (String::new(), false);
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_SMART_PUNCTUATION) {
        match event {
            Event::Start(Tag::Heading { .. }) => is_heading = true,
            Event::End(TagEnd::Heading(_)) => is_heading = false,
            Event::Text(text) | Event::Code(text) if !is_heading => words.push_str(&text),
            Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell) => words.push(' '),
            _ => {}
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_says_is_told_without_headings_and_marks() {
        let said = words("## Hours\n\nWe are **open**\non Monday.\n\n- `8` to 5\n- not [Sunday](/x)<b>!</b>");
        assert_eq!(said.split_whitespace().collect::<Vec<_>>().join(" "), "We are open on Monday. 8 to 5 not Sunday!");
    }

    #[test]
    fn markdown_is_rendered_without_anything_that_runs() {
        let shown = render("## Hours\n\n[x](javascript:alert(1)) <script>alert(1)</script> **Monday**");
        assert!(shown.contains("<h2>Hours</h2>") && shown.contains("<strong>Monday</strong>"));
        assert!(!shown.contains("javascript") && !shown.contains("<script"), "{shown}");
    }
}
