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
    use proptest::prelude::*;
    use scraper::Html;

    use super::*;

    /// Pieces of Markdown and HTML, of which most would run if they came through.
    const PIECES: &[&str] = &[
        "<script>",
        "</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<a href=\"",
        "javascript:alert(1)",
        "\">",
        "'>",
        "](",
        "[x](javascript:alert(1))",
        "[x](JaVa\tScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html,<script>)",
        "[x](vbscript:x)",
        "![x](javascript:alert(1))",
        "<javascript:alert(1)>",
        "[x]: javascript:alert(1)\n",
        "[x]",
        "<iframe src=//e>",
        "<style>@import'//e'</style>",
        "<math><mtext></mtext><script>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<form action=//e>",
        "<base href=//e>",
        "|a|b|\n|-|-|\n|",
        "\n",
        "\n\n",
        "> ",
        "* ",
        "`",
        "**",
        "&lt;script&gt;",
    ];

    fn markdown() -> impl Strategy<Value = String> {
        let piece = prop_oneof![3 => prop::sample::select(PIECES).prop_map(str::to_owned), 1 => "\\PC{0,12}"];
        prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
    }

    /// What in this HTML would run, load or lead astray when a browser reads it.
    fn running(html: &str) -> Option<String> {
        let elements =
            ["script", "style", "iframe", "object", "embed", "form", "input", "button", "base", "link", "meta", "svg", "math", "noscript"];
        let read = Html::parse_fragment(html);
        for element in read.tree.nodes().filter_map(|node| node.value().as_element()) {
            if elements.contains(&element.name()) {
                return Some(element.name().to_owned());
            }
            for (name, value) in element.attrs() {
                let address: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect::<String>().to_lowercase();
                let leads = matches!(name, "href" | "src" | "cite")
                    && ["javascript:", "vbscript:", "data:"].iter().any(|scheme| address.starts_with(scheme));
                if name.starts_with("on") || matches!(name, "style" | "srcdoc" | "formaction") || leads {
                    return Some(format!("{name}={value}"));
                }
            }
        }
        None
    }

    #[test]
    fn what_runs_is_known_when_it_is_seen() {
        for wrong in ["<script>", "<img src=x onerror=alert(1)>", "<a href='java\tscript:x'>", "<svg>", "<p style='x'>", "<iframe>"] {
            assert!(running(wrong).is_some(), "{wrong}");
        }
        assert_eq!(running("<p>a <a href='/pages/javascript:'>b</a> &lt;script&gt;</p>"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn no_markdown_makes_a_page_that_runs_anything_or_is_without_bounds(markdown in markdown()) {
            let shown = render(&markdown);
            prop_assert_eq!(running(&shown), None, "{} of {}", shown, markdown);
            prop_assert!(shown.len() <= 200 * markdown.len() + 1000, "{} bytes of {}", shown.len(), markdown.len());
            prop_assert!(words(&markdown).len() <= 4 * markdown.len() + 10);
        }
    }

    #[test]
    fn a_page_that_swells_is_held_within_bounds() {
        let wide = format!("{}|\n{}|\n{}", "|a".repeat(20_000), "|-".repeat(20_000), "|\n".repeat(20_000));
        let led = format!("[a]: /{}\n\n{}", "x".repeat(20_000), "[a] ".repeat(20_000));
        for swelling in [wide, led, "> ".repeat(2000), "* ".repeat(2000), "[".repeat(20_000), "*a ".repeat(20_000)] {
            let shown = render(&swelling);
            assert!(shown.len() < 20_000_000, "{} bytes of {}", shown.len(), swelling.len());
        }
    }

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
