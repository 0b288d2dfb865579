//! Two people with the same form: whoever saves second is told what the first has changed, and saves over it only knowingly.

use super::{Problems, Result, sha256_hex};

/// A form's fields with what stands in them, always in the same order.
pub type Fields<'a> = Vec<(&'static str, &'a str)>;

/// The same where a field is put together of several.
pub type Parts = Vec<(&'static str, String)>;

/// How saving ended.
#[derive(Debug)]
pub enum Meanwhile<T> {
    Saved(T),
    /// Nothing was saved. `was` is what the form is to send along from now on, so that sending it again is knowing.
    Changed {
        told: Problems,
        was: String,
    },
}

/// What a form shows, as sums of its fields, to be sent along with it in a hidden field.
pub fn shown<V: AsRef<str>>(fields: &[(&'static str, V)]) -> String {
    fields.iter().map(|(_, value)| sum(value.as_ref())).collect::<Vec<_>>().join(".")
}

/// A box to tick, as it is told.
pub fn ticked(field: &Option<String>) -> &'static str {
    if field.is_some() { "yes" } else { "no" }
}

/// Saves, unless a field is another `now` than when the form was opened, and than what was typed. To be called while the row that is
/// saved over is locked. A form that does not say what it was (`was` is empty) is saved.
///
/// # Errors
/// What `save` says.
pub fn unless_changed<T, V: AsRef<str>>(
    was: &str,
    now: &[(&'static str, V)],
    typed: &[(&'static str, V)],
    save: impl FnOnce() -> Result<T>,
) -> Result<Meanwhile<T>> {
    let mut told = Problems::default();
    for ((was, (field, now)), (_, typed)) in was.split('.').filter(|_| !was.is_empty()).zip(now).zip(typed) {
        let (now, typed) = (now.as_ref(), typed.as_ref());
        if was != sum(now) && plain(now) != plain(typed) {
            told.add(field, words(now));
        }
    }
    if told.is_empty() { save().map(Meanwhile::Saved) } else { Ok(Meanwhile::Changed { told, was: shown(now) }) }
}

/// Browsers send line ends of their own.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

fn sum(text: &str) -> String {
    sha256_hex(plain(text).as_bytes()).chars().take(12).collect()
}

fn words(now: &str) -> String {
    /// Characters that a message repeats.
    const SHORT: usize = 100;
    let is = match now.trim() {
        "" => "It is empty now.".to_owned(),
        now if now.chars().count() <= SHORT => format!("It is now “{now}”."),
        now => format!("It now begins with “{}…”.", now.chars().take(SHORT).collect::<String>()),
    };
    format!("Somebody else has changed this meanwhile. {is} Save again to have what you typed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields<'a>(name: &'a str, text: &'a str) -> Fields<'a> {
        vec![("name", name), ("text", text)]
    }

    fn saves(was: &str, now: &Fields<'_>, typed: &Fields<'_>) -> bool {
        matches!(unless_changed(was, now, typed, || Ok(())).unwrap(), Meanwhile::Saved(()))
    }

    #[test]
    fn what_nobody_else_has_changed_is_saved() {
        let before = fields("Saws", "one\ntwo");
        assert!(saves(&shown(&before), &before, &fields("Hand saws", "one\r\ntwo")));
        assert!(saves("", &fields("Axes", ""), &before), "a new form, or one of before this was asked");
    }

    #[test]
    fn who_types_the_same_as_somebody_else_is_in_nobodys_way() {
        let before = fields("Saws", "");
        assert!(saves(&shown(&before), &fields("Hand saws", ""), &fields("Hand saws ", "")));
    }

    #[test]
    fn a_field_that_somebody_else_has_changed_is_told_even_when_it_was_not_touched_and_the_second_time_is_knowing() {
        let (before, now, typed) = (fields("Saws", "old"), fields("Saws", "new"), fields("Hand saws", "old"));
        let Meanwhile::Changed { told, was } = unless_changed(&shown(&before), &now, &typed, || Ok(())).unwrap() else {
            panic!("it is saved over")
        };
        assert!(told.on("text").unwrap().contains("It is now “new”"));
        assert!(told.on("name").is_none(), "only this one has changed the name");
        assert!(saves(&was, &now, &typed));
    }
}
