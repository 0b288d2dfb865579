/// What a shopper typed, tidied: at most 100 characters, single blanks, nothing unprintable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery(String);

impl SearchQuery {
    pub fn parse(text: &str) -> Self {
        let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(100).collect();
        Self(plain.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_tidied_before_it_is_looked_for() {
        assert_eq!(SearchQuery::parse("  claw \t\u{0}hammer ").as_str(), "claw hammer");
        assert!(SearchQuery::parse(" \n ").is_empty());
        assert_eq!(SearchQuery::parse(&"x".repeat(500)).as_str().len(), 100);
    }
}
