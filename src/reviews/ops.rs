use super::{
    mails,
    model::{Author, BroughtReview, ReviewState, Reviewed, Standing, Wording},
    rules, store,
};
use crate::{
    base::{AccountId, Conn, Error, ProductId, Result, ReviewId},
    orders, settings,
};

/// Whether somebody may write about a product, and by which line they bought it.
pub fn standing(conn: &mut Conn, author: &Author, product: ProductId) -> Result<Standing> {
    if author.is_acted_for {
        return Ok(Standing::ActedFor);
    }
    if author.is_blocked {
        return Ok(Standing::Blocked);
    }
    if !author.is_confirmed {
        return Ok(Standing::NotConfirmed);
    }
    // What they bought before they had an account counts, too.
    orders::claim(conn, author.account)?;
    let line = store::bought(conn, author.account, product)?;
    Ok(line.map_or(Standing::NotBought, Standing::Buyer))
}

/// What they bought and said nothing of yet, as far as they may.
pub fn unreviewed(conn: &mut Conn, author: &Author, most: i64) -> Result<Vec<Reviewed>> {
    if author.is_acted_for || author.is_blocked || !author.is_confirmed {
        return Ok(vec![]);
    }
    orders::claim(conn, author.account)?;
    store::unreviewed(conn, author.account, most)
}

/// What they say of the product is theirs alone, or takes the place of what they said before. Tells what becomes of it.
///
/// # Errors
/// `Invalid` without a field when they may not write.
pub fn write(conn: &mut Conn, author: &Author, product: ProductId, said: &Wording) -> Result<ReviewState> {
    let line = match standing(conn, author, product)? {
        Standing::Buyer(line) => line,
        other => return Err(Error::invalid("", other.words())),
    };
    let is_moderated = settings::store(conn)?.reviews_moderated;
    store::hold_product(conn, product)?;
    let former = store::own(conn, product, author.account)?.map(|review| review.state);
    store::put(conn, product, author.account, line, said, rules::state_of_wording(former, is_moderated))?;
    // The same words once more leave it as it was.
    Ok(store::own(conn, product, author.account)?.map_or(ReviewState::Waiting, |review| review.state))
}

/// # Errors
/// `NotFound` when it is not theirs, or gone already.
pub fn remove(conn: &mut Conn, id: ReviewId, account: AccountId) -> Result<()> {
    store::hold_products_of(conn, &[id])?;
    if store::remove(conn, id, account)? { Ok(()) } else { Err(Error::NotFound) }
}

/// What staff decide of wordings that they have read.
#[derive(Clone, Debug)]
pub struct Decision {
    pub wordings: Vec<(ReviewId, i32)>,
    pub state: ReviewState,
    /// Why, for the authors of what is refused; may be empty.
    pub reason: String,
    pub by: AccountId,
}

/// Publishes or refuses wordings, and tells their authors by mail. Tells how many: what its author changed meanwhile is another
/// wording, and waits. `site`: the shop's address without a slash at its end.
pub fn decide(conn: &mut Conn, site: &str, decision: &Decision) -> Result<usize> {
    let Decision { wordings, state, reason, by } = decision;
    let is_published = *state == ReviewState::Published;
    let ids: Vec<_> = wordings.iter().map(|(id, _)| *id).collect();
    store::hold_products_of(conn, &ids)?;
    let decided = store::decide(conn, wordings, *state, if is_published { "" } else { reason }, *by)?;
    for queued in &decided {
        if is_published { mails::published(conn, site, queued)? } else { mails::refused(conn, site, queued)? }
    }
    Ok(decided.len())
}

/// The shop's answer, which stands below the review; empty: none any more.
///
/// # Errors
/// `NotFound`.
pub fn reply(conn: &mut Conn, id: ReviewId, text: &str) -> Result<()> {
    store::hold_products_of(conn, &[id])?;
    store::set_reply(conn, id, text)
}

/// Reviews from elsewhere, published as they are.
///
/// # Errors
/// As for `Review`'s constraints.
pub fn bring(conn: &mut Conn, reviews: &[BroughtReview]) -> Result<()> {
    reviews.iter().try_for_each(|review| store::bring(conn, review))
}
