use super::model::ReviewState;

/// What becomes of a review with a new wording. What staff have refused once they look at again, whatever the settings say.
pub fn state_of_wording(former: Option<ReviewState>, is_moderated: bool) -> ReviewState {
    match former {
        _ if is_moderated => ReviewState::Waiting,
        Some(ReviewState::Refused) => ReviewState::Waiting,
        _ => ReviewState::Published,
    }
}

/// Reads `12-3`: which wording of which review.
pub fn wording(text: &str) -> Option<(i64, i32)> {
    let (id, revision) = text.split_once('-')?;
    Some((id.parse().ok()?, revision.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_wording_waits_for_staff_unless_the_shop_leaves_that_out() {
        for former in [None, Some(ReviewState::Waiting), Some(ReviewState::Published), Some(ReviewState::Refused)] {
            assert_eq!(state_of_wording(former, true), ReviewState::Waiting);
        }
        assert_eq!(state_of_wording(None, false), ReviewState::Published);
        assert_eq!(state_of_wording(Some(ReviewState::Published), false), ReviewState::Published);
        assert_eq!(state_of_wording(Some(ReviewState::Refused), false), ReviewState::Waiting, "staff said no before");
    }

    #[test]
    fn a_wording_is_named_by_two_numbers_and_by_nothing_else() {
        assert_eq!(wording("12-3"), Some((12, 3)));
        for odd in ["", "12", "-3", "12-", "a-b", "12-3-4", "99999999999999999999-1"] {
            assert_eq!(wording(odd), None, "{odd}");
        }
    }
}
