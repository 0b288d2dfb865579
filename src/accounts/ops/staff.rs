//! Who comes to the staff, as what, and who leaves it. Each verb looks up who does it in its own transaction, so that a right that
//! was taken away a moment ago is gone.

use super::{hash_of, second_factor, sign_ins};
use crate::{
    accounts::{
        mails,
        model::{EndedBy, Invitation, Member, RoleChoice},
        rules::{self, Standing},
        store::{self, roles, staff},
    },
    base::{AccountId, Conn, Email, Error, InvitationId, Result, Rights, RoleId, SignInId, db_now, random_token},
    web::Role,
};

/// Hours that an invitation works.
const HOURS: f64 = 48.0;

impl From<&Member> for Standing {
    fn from(member: &Member) -> Self {
        Self {
            id: member.row.id,
            is_owner: member.is_owner(),
            role: member.role.as_ref().map(|role| role.id),
            // Who is shut out may nothing, but whoever lets them in again gives them all of this.
            rights: member.rights(),
        }
    }
}

/// Whoever acts, as they are now.
///
/// # Errors
/// `Forbidden` when they don't work here any more.
pub(super) fn hand(conn: &mut Conn, by: AccountId) -> Result<Standing> {
    let found = staff::find(conn, by).map_err(|error| if matches!(error, Error::NotFound) { Error::Forbidden } else { error })?;
    if found.row.disabled_at.is_some() { Err(Error::Forbidden) } else { Ok(Standing::from(&found)) }
}

/// Both, held as they are until the transaction ends, when the one may change the other.
fn both(conn: &mut Conn, by: AccountId, of: AccountId) -> Result<(Standing, Member)> {
    staff::hold(conn, &[by, of])?;
    let (hand, member) = (hand(conn, by)?, staff::find(conn, of)?);
    rules::may_change(&hand, &Standing::from(&member))?;
    Ok((hand, member))
}

/// What a choice gives.
fn rights_of(conn: &mut Conn, choice: RoleChoice) -> Result<(bool, Rights)> {
    match choice {
        RoleChoice::Owner => Ok((true, Rights::all())),
        RoleChoice::Of(id) => Ok((false, role_held(conn, id)?)),
    }
}

fn role_held(conn: &mut Conn, id: RoleId) -> Result<Rights> {
    let gone = || Error::invalid("role", "This role has been deleted meanwhile. Choose another");
    let found = roles::hold(conn, id);
    found.map(|role| role.rights()).map_err(|error| if matches!(error, Error::NotFound) { gone() } else { error })
}

/// Mails somebody a link by which they join the staff. A newer link replaces those before it.
///
/// # Errors
/// `Forbidden` when the role may more than `by`; `Invalid` on `email` when somebody of this address works here already.
pub fn invite_staff(conn: &mut Conn, by: AccountId, email: &Email, choice: RoleChoice, site: &str) -> Result<()> {
    staff::hold(conn, &[by])?;
    let hand = hand(conn, by)?;
    let (as_owner, rights) = rights_of(conn, choice)?;
    rules::may_give(&hand, as_owner, rights)?;
    if store::find_by_email(conn, email)?.is_some_and(|account| account.role.is_some()) {
        return Err(Error::invalid("email", "Somebody of this address works here already. Change their role on their own page"));
    }
    staff::withdraw_for(conn, email)?;
    let token = link(conn, email, choice, Some(by))?;
    let inviter = staff::find(conn, by)?.row.name;
    mails::invitation(conn, site, email, &inviter, &token)?;
    tracing::info!(event = "invitation_made", account.id = by.0, role = choice.columns().0.as_str(), "somebody was invited to the staff");
    Ok(())
}

fn link(conn: &mut Conn, email: &Email, choice: RoleChoice, by: Option<AccountId>) -> Result<String> {
    let (token, (role, role_id)) = (random_token(40), choice.columns());
    let hash = hash_of(&token);
    store::insert_invitation(conn, &hash, Some(email), role, HOURS)?;
    staff::complete_invitation(conn, &hash, role_id, by)?;
    Ok(token)
}

/// A link that colleagues sent makes nobody else of who works here already; one from the command line does, since it is also the
/// way back in.
pub(super) fn may_join(conn: &mut Conn, email: &Email, invitation: &Invitation) -> Result<()> {
    let works_here = store::find_by_email(conn, email)?.is_some_and(|account| account.role.is_some());
    if works_here && invitation.invited_by.is_some() {
        return Err(Error::Conflict("You work here already. Sign in with your password.".to_owned()));
    }
    Ok(())
}

/// Ends a link that nobody has used.
///
/// # Errors
/// `Forbidden` when it leads to more than `by` may; `NotFound` when it was used meanwhile.
pub fn withdraw_invitation(conn: &mut Conn, by: AccountId, id: InvitationId) -> Result<()> {
    let hand = hand(conn, by)?;
    let (role, role_id) = staff::invitation(conn, id)?;
    let rights = match role_id {
        Some(id) => roles::find(conn, id)?.rights(),
        None => Rights::NONE,
    };
    rules::may_give(&hand, role == Role::Owner, rights)?;
    tracing::info!(event = "invitation_withdrawn", account.id = by.0, invitation.id = id.0, "an invitation was withdrawn");
    staff::delete_invitation(conn, id)
}

/// Gives somebody of the staff another role. Their sign-ins end, and with them the links that they sent.
///
/// # Errors
/// `Forbidden` when `by` may not change them or not give this; `Conflict` when the shop would have no owner.
pub fn set_role(conn: &mut Conn, by: AccountId, id: AccountId, choice: RoleChoice) -> Result<Member> {
    let (hand, _) = both(conn, by, id)?;
    let (as_owner, rights) = rights_of(conn, choice)?;
    rules::may_give(&hand, as_owner, rights)?;
    staff::set_role(conn, id, choice)?;
    sign_ins::end_all(conn, id, EndedBy::Role)?;
    staff::withdraw_by(conn, id)?;
    let member = staff::find(conn, id)?;
    mails::role_changed(conn, &member)?;
    tracing::info!(event = "role_changed", account.id = id.0, by = by.0, "somebody of the staff got another role");
    Ok(member)
}

/// Shuts somebody of the staff out, at once.
///
/// # Errors
/// As for [`set_role`].
pub fn disable(conn: &mut Conn, by: AccountId, id: AccountId) -> Result<Member> {
    let (_, member) = both(conn, by, id)?;
    let at = db_now(conn)?;
    staff::set_disabled(conn, id, Some(at))?;
    sign_ins::end_all(conn, id, EndedBy::Disabled)?;
    staff::withdraw_by(conn, id)?;
    tracing::info!(event = "staff_disabled", account.id = id.0, by = by.0, "somebody of the staff was shut out");
    Ok(member)
}

/// Lets them in again, with the role that they had.
///
/// # Errors
/// `Forbidden` when `by` may not give them what they had.
pub fn enable(conn: &mut Conn, by: AccountId, id: AccountId) -> Result<Member> {
    let (_, member) = both(conn, by, id)?;
    staff::set_disabled(conn, id, None)?;
    tracing::info!(event = "staff_enabled", account.id = id.0, by = by.0, "somebody of the staff was let in again");
    Ok(member)
}

/// Signs somebody of the staff out everywhere.
///
/// # Errors
/// `Forbidden` when `by` may not change them.
pub fn end_sign_ins(conn: &mut Conn, by: AccountId, id: AccountId) -> Result<Member> {
    let (_, member) = both(conn, by, id)?;
    sign_ins::end_all(conn, id, EndedBy::Staff)?;
    Ok(member)
}

/// Ends one of their sign-ins.
///
/// # Errors
/// `Forbidden` when `by` may not change them; `NotFound` when it is over already.
pub fn end_sign_in(conn: &mut Conn, by: AccountId, id: AccountId, sign_in: SignInId) -> Result<Member> {
    let (_, member) = both(conn, by, id)?;
    sign_ins::end(conn, id, sign_in, EndedBy::Staff)?;
    Ok(member)
}

/// Takes the second factor of somebody of the staff away, who has lost app and codes. They are told by mail.
///
/// # Errors
/// `Forbidden` when `by` may not change them; `Conflict` when they have none.
pub fn remove_second_factor(conn: &mut Conn, by: AccountId, id: AccountId, site: &str) -> Result<Member> {
    let (_, member) = both(conn, by, id)?;
    if !second_factor::remove_for(conn, site, id)? {
        return Err(Error::Conflict("They have no second factor.".to_owned()));
    }
    tracing::info!(event = "second_factor_taken", account.id = id.0, by = by.0, "staff took a second factor away");
    Ok(member)
}

/// What stands in the way of `by` changing anything about `of`, in words.
///
/// # Errors
/// The database fails, or `by` does not work here any more.
pub fn hindrance(conn: &mut Conn, by: AccountId, of: &Member) -> Result<Option<&'static str>> {
    Ok(rules::hindrance(&hand(conn, by)?, &Standing::from(of)))
}

/// The way back in for who is locked out, by whoever has the machine: lets them in, ends all sign-ins, takes the second factor
/// away and makes the token of a link by which they choose a new password. What they may stays as it was.
///
/// # Errors
/// `NotFound` when nobody of this address works here.
pub fn reset(conn: &mut Conn, email: &Email) -> Result<String> {
    let found = store::find_by_email(conn, email)?.filter(|account| account.role.is_some()).ok_or(Error::NotFound)?;
    staff::hold(conn, &[found.id])?;
    let member = staff::find(conn, found.id)?;
    staff::set_disabled(conn, found.id, None)?;
    sign_ins::end_all(conn, found.id, EndedBy::Staff)?;
    second_factor::take_away(conn, found.id)?;
    staff::withdraw_for(conn, email)?;
    let choice = member.role.as_ref().map_or(RoleChoice::Owner, |role| RoleChoice::Of(role.id));
    tracing::info!(event = "staff_reset", account.id = found.id.0, "a new way in was made at the command line");
    link(conn, email, choice, None)
}
