#![no_main]

use ironmonger::content::render;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|markdown: &str| {
    let shown = render(markdown).to_lowercase();
    for runs in ["<script", "<iframe", "<style", "<svg", "<form", "href=\"javascript:", "src=\"javascript:", "href=\"data:"] {
        assert!(!shown.contains(runs), "{runs} in {shown}");
    }
    assert!(shown.len() <= 200 * markdown.len() + 10_000_000, "{} bytes of {}", shown.len(), markdown.len());
});
