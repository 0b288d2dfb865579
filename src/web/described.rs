//! What a page says of itself to search engines and to whoever shares it: description, canonical address, Open Graph, JSON-LD.

use serde_json::Value;

use super::Shell;

/// The language of the shop's pages (BCP 47).
pub const LANGUAGE: &str = "en-GB";

/// Characters of a description: search engines show about so many.
const DESCRIPTION: usize = 300;

#[derive(Clone, Debug, Default)]
pub struct Described {
    pub title: String,
    pub description: String,
    /// The one address under which the page is to be found, whole.
    pub url: String,
    /// Open Graph's type.
    pub kind: &'static str,
    pub site_name: String,
    /// A picture's whole address.
    pub picture: Option<String>,
    /// JSON-LD, ready to stand in the page.
    pub data: Vec<String>,
}

impl Described {
    /// `path`: the page's address in its one right way of writing.
    pub fn new(shell: &Shell, title: &str, description: &str, path: &str) -> Self {
        let words = description.split_whitespace().collect::<Vec<_>>().join(" ");
        Self {
            title: title.to_owned(),
            description: words.chars().take(DESCRIPTION).collect(),
            url: shell.absolute(path),
            kind: "website",
            site_name: shell.shop.name.clone(),
            picture: None,
            data: vec![],
        }
    }

    #[must_use]
    pub fn of_kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    #[must_use]
    pub fn pictured(self, url: Option<String>) -> Self {
        Self { picture: url, ..self }
    }

    /// Adds a thing of schema.org.
    #[must_use]
    pub fn with(mut self, mut thing: Value) -> Self {
        thing["@context"] = "https://schema.org".into();
        self.data.push(in_script(&thing));
        self
    }

    pub fn language(&self) -> &'static str {
        LANGUAGE
    }
}

/// JSON that can't end the element in which it stands (HTML, 4.12.1.3).
fn in_script(thing: &Value) -> String {
    thing.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn data_can_t_end_the_script_and_stays_json() {
        let said = in_script(&json!({ "name": "</script><b>&amp;" }));
        assert!(!said.contains('<') && !said.contains('&'));
        assert_eq!(serde_json::from_str::<Value>(&said).unwrap()["name"], "</script><b>&amp;");
    }
}
