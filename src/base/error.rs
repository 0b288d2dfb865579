//! The one error of the application, small enough that handlers read as `?`.

use std::fmt;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// What a caller can do something about; everything else is `Internal`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing there, or nothing that this visitor may know of.
    #[error("not found")]
    NotFound,
    /// Only for people who are signed in.
    #[error("sign-in needed")]
    SignInNeeded,
    /// Signed in, but not allowed.
    #[error("forbidden")]
    Forbidden,
    /// The form's token is of another session, or of none: it ended, or the form is foreign.
    #[error("session ended")]
    SessionEnded,
    /// The person can mend it: a message for each field.
    #[error("invalid: {0}")]
    Invalid(Problems),
    /// The world changed meanwhile; the message says what to do.
    #[error("conflict: {0}")]
    Conflict(String),
    /// Asked too often; so many seconds from now it is answered again.
    #[error("too many tries")]
    TooMany(u32),
    /// Signed in, but must say again who they are before this.
    #[error("proof needed")]
    ProofNeeded,
    /// Of the staff, and must set a second factor before the shop's work.
    #[error("second factor needed")]
    SecondFactorNeeded,
    /// More bytes than this door takes.
    #[error("too large")]
    TooLarge,
    /// The database or a gateway can't be reached now; trying again later helps.
    #[error("unavailable")]
    Unavailable,
    /// A fault of ours. The text goes to the log, never to the visitor.
    #[error("internal: {0:#}")]
    Internal(anyhow::Error),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// One problem with one field.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(Problems::of(field, message))
    }

    /// A fault of ours, told in words.
    pub fn internal(message: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self::Internal(anyhow::Error::msg(message))
    }

    /// Splits off what the person can mend, so that a handler can show the form again.
    pub fn into_problems(self) -> Result<Problems> {
        match self {
            Self::Invalid(problems) => Ok(problems),
            Self::Conflict(message) => Ok(Problems::of("", message)),
            other => Err(other),
        }
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) | DieselError::BrokenTransactionManager => {
                tracing::warn!(error = %error, "the database connection was lost");
                Self::Unavailable
            }
            // Another transaction was in the way; the same request may succeed a moment later.
            DieselError::DatabaseError(ref kind, ref told) if is_contention(kind, told.message()) => {
                tracing::warn!(error = told.message(), "the database was too busy for this");
                Self::Unavailable
            }
            other => Self::Internal(other.into()),
        }
    }
}

fn is_contention(kind: &DatabaseErrorKind, told: &str) -> bool {
    let patience_ended = ["deadlock detected", "due to lock timeout", "due to statement timeout"];
    matches!(kind, DatabaseErrorKind::SerializationFailure) || patience_ended.iter().any(|text| told.contains(text))
}

impl From<askama::Error> for Error {
    fn from(error: askama::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(error.into())
    }
}

/// A field of a form and what to do about it, in words for the person who typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Name of the form's field; empty when it concerns the form as a whole.
    pub field: String,
    pub message: String,
}

/// The problems of one form, in the order of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub fn of(field: &str, message: impl Into<String>) -> Self {
        let mut problems = Self::default();
        problems.add(field, message);
        problems
    }

    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(Problem { field: field.to_owned(), message: message.into() });
    }

    /// Keeps the value, or notes the message for `field`.
    pub fn take<T, E: fmt::Display>(&mut self, field: &str, parsed: std::result::Result<T, E>) -> Option<T> {
        parsed.map_err(|message| self.add(field, message.to_string())).ok()
    }

    /// Others, told after these.
    pub fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// Keeps the value, or adds the problems that stood in its way, so that they are told with others.
    ///
    /// # Errors
    /// What is no problem of the input.
    pub fn gather<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Error::Invalid(more)) => {
                self.extend(more);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// The first message for `field`, for the line beside it.
    pub fn on(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|problem| problem.field == field).map(|problem| problem.message.as_str())
    }

    /// `Err` when there is any.
    pub fn check(self) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(Error::Invalid(self)) }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<_> = self.0.iter().map(|problem| format!("{}: {}", problem.field, problem.message)).collect();
        f.write_str(&texts.join("; "))
    }
}

impl From<validator::ValidationErrors> for Problems {
    fn from(errors: validator::ValidationErrors) -> Self {
        let mut problems = Self::default();
        for (field, found) in errors.field_errors() {
            for error in found {
                let message = error.message.clone().unwrap_or_else(|| "Check this answer".into());
                problems.add(&field, message);
            }
        }
        problems.0.sort_by(|a, b| a.field.cmp(&b.field));
        problems
    }
}

/// Turns a named database constraint into the message of a field, so that no SELECT has to look beforehand.
pub trait OnConstraint<T> {
    fn on_constraint(self, constraint: &str, otherwise: impl FnOnce() -> Error) -> Result<T>;
}

impl<T, E: Into<Error> + ConstraintName> OnConstraint<T> for std::result::Result<T, E> {
    fn on_constraint(self, constraint: &str, otherwise: impl FnOnce() -> Error) -> Result<T> {
        self.map_err(|error| if error.constraint() == Some(constraint) { otherwise() } else { error.into() })
    }
}

/// An error that may carry the name of the constraint it broke.
pub trait ConstraintName {
    fn constraint(&self) -> Option<&str>;
}

impl ConstraintName for DieselError {
    fn constraint(&self) -> Option<&str> {
        match self {
            DieselError::DatabaseError(_, information) => information.constraint_name(),
            _ => None,
        }
    }
}

impl ConstraintName for Error {
    fn constraint(&self) -> Option<&str> {
        match self {
            Self::Internal(inner) => inner.downcast_ref::<DieselError>().and_then(ConstraintName::constraint),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_constraint_becomes_the_message_of_its_field_and_others_stay_faults() {
        let broken = |name: &str| {
            let information = Box::new(Named(name.to_owned()));
            Err::<(), _>(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, information))
        };
        let mended = |name| broken(name).on_constraint("variants_sku_key", || Error::invalid("sku", "Taken"));
        assert!(matches!(mended("variants_sku_key"), Err(Error::Invalid(p)) if p.on("sku") == Some("Taken")));
        assert!(matches!(mended("another"), Err(Error::Internal(_))));
    }

    struct Named(String);

    impl diesel::result::DatabaseErrorInformation for Named {
        fn message(&self) -> &str {
            "broken"
        }
        fn details(&self) -> Option<&str> {
            None
        }
        fn hint(&self) -> Option<&str> {
            None
        }
        fn table_name(&self) -> Option<&str> {
            None
        }
        fn column_name(&self) -> Option<&str> {
            None
        }
        fn constraint_name(&self) -> Option<&str> {
            Some(&self.0)
        }
        fn statement_position(&self) -> Option<i32> {
            None
        }
    }
}
