use crate::{
    accounts::model::Member,
    base::{Conn, Email, Result},
    mail::{self, Envelope, letter},
    settings::{self, Store},
};

letter!(
    /// `inviter`: the name of who invites.
    InvitationLetter { store: &'a Store, inviter: &'a str, url: &'a str },
    "mail/invitation/body.txt",
    "mail/invitation/body.html"
);

/// Tells the link by which somebody joins the staff: the only place where it stands.
pub fn invitation(conn: &mut Conn, site: &str, email: &Email, inviter: &str, token: &str) -> Result<()> {
    let store = settings::store(conn)?;
    let url = format!("{site}/invitations/{token}");
    let letter = InvitationLetter { store: &store, inviter, url: &url };
    let subject = format!("You are invited to the back office of {}", store.name);
    let envelope = Envelope { kind: "invitation", about: String::new(), sender: store.sender(), recipient: email.as_str(), subject };
    mail::post_private(conn, &letter, envelope).map(|_| ())
}

letter!(
    RoleChanged { store: &'a Store, name: &'a str, role: &'a str },
    "mail/role_changed/body.txt",
    "mail/role_changed/body.html"
);

/// Tells somebody of the staff that they may something else from now on.
pub fn role_changed(conn: &mut Conn, member: &Member) -> Result<()> {
    let store = settings::store(conn)?;
    let letter = RoleChanged { store: &store, name: &member.row.name, role: member.role_name() };
    let subject = format!("Your role at {} has changed", store.name);
    let envelope = Envelope { kind: "role_changed", about: String::new(), sender: store.sender(), recipient: &member.row.email, subject };
    mail::post(conn, &letter, envelope).map(|_| ())
}
