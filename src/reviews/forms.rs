use serde::Deserialize;

use super::model::{Review, Wording};
use crate::base::{Problems, typed};

/// A review as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReviewForm {
    pub stars: String,
    pub title: String,
    pub body: String,
    pub name: String,
}

impl ReviewForm {
    /// Empty but for the name: the first of somebody's own, since a whole name is more than most want to show.
    pub fn of(name: &str) -> Self {
        Self { name: name.split_whitespace().next().unwrap_or_default().chars().take(60).collect(), ..Self::default() }
    }

    pub fn has(&self, stars: &i16) -> bool {
        self.stars == stars.to_string()
    }

    pub fn parse(&self) -> Result<Wording, Problems> {
        let mut problems = Problems::default();
        let stars = self.stars.trim().parse::<i16>().ok().filter(|stars| (1..=5).contains(stars));
        let stars = problems.take("stars", stars.ok_or("Choose from 1 to 5 stars"));
        let title = problems.take("title", typed::optional(&self.title, 120));
        let body = typed::long(&self.body.replace("\r\n", "\n"), 4000);
        let body =
            body.and_then(|body| if body.is_empty() { Err("Write a few words on what you think of it".to_owned()) } else { Ok(body) });
        let body = problems.take("body", body);
        let name = problems.take("name", typed::required(&self.name, 60, "Enter a name to stand beside it; a first name will do"));
        let wording = || Some(Wording { stars: stars?, title: title?, body: body?, name: name? });
        wording().ok_or(problems)
    }
}

impl From<&Review> for ReviewForm {
    fn from(review: &Review) -> Self {
        let Review { stars, title, body, name, .. } = review.clone();
        Self { stars: stars.to_string(), title, body, name }
    }
}

/// What staff ticked, and what they want done with it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DecisionForm {
    /// Wordings, each as `12-3`.
    pub review: Vec<String>,
    pub decision: String,
    /// Why, for the authors of what is refused.
    pub reason: String,
    /// The list that they came from.
    pub state: String,
}

impl DecisionForm {
    /// What the authors of what is refused are told.
    pub fn reason(&self) -> Result<String, Problems> {
        typed::long(&self.reason.replace("\r\n", "\n"), 1000).map_err(|message| Problems::of("reason", message))
    }
}

/// The shop's answer as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReplyForm {
    pub reply: String,
}

impl ReplyForm {
    pub fn parse(&self) -> Result<String, Problems> {
        typed::long(&self.reply.replace("\r\n", "\n"), 2000).map_err(|message| Problems::of("reply", message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_missing_answer_is_named_at_once() {
        let problems = ReviewForm { stars: "6".into(), ..Default::default() }.parse().unwrap_err();
        for field in ["stars", "body", "name"] {
            assert!(problems.on(field).is_some(), "{field}");
        }
        assert!(problems.on("title").is_none(), "a title may be left out");
    }

    #[test]
    fn only_the_first_name_is_proposed() {
        assert_eq!(ReviewForm::of("Annie Preece").name, "Annie");
        assert_eq!(ReviewForm::of("  ").name, "");
    }
}
