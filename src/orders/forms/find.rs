use serde::Deserialize;

use crate::{
    base::{Email, Problems},
    orders::rules::read_order_number,
};

/// What a guest knows of an order.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct FindForm {
    pub number: String,
    pub email: String,
}

impl FindForm {
    /// The number in its written form, and the address.
    pub fn parse(&self) -> Result<(String, Email), Problems> {
        let mut problems = Problems::default();
        let number = read_order_number(&self.number);
        let number = if number.is_empty() { Err("Enter the number, such as 1A2B-3C4D") } else { Ok(number) };
        let number = problems.take("number", number);
        let email = problems.take("email", Email::parse(&self.email));
        number.zip(email).ok_or(problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_people_type_it_and_both_answers_are_needed() {
        let form = FindForm { number: " 1a2b 3c4d".into(), email: "Ann@Example.com".into() };
        let (number, email) = form.parse().unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!((number.as_str(), email.as_str()), ("1A2B-3C4D", "ann@example.com"));
        let problems = FindForm::default().parse().err().unwrap();
        assert!(problems.on("number").is_some() && problems.on("email").is_some());
    }
}
