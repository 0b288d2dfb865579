//! The owner opens a list to whoever has its link, and closes it.

use actix_web::{HttpResponse, web};

use crate::{
    base::{Result, WishlistId},
    web::{Access, App, Customer, Doors, FlashKind, Form, NoFields, Visitor, see_other_with},
    wishlists::{forms::SharingForm, ops},
};

pub fn routes(doors: &mut Doors) {
    doors.post("/account/wishlists/{id}/sharing", Access::SignedIn, share).post(
        "/account/wishlists/{id}/sharing/removal",
        Access::SignedIn,
        end,
    );
}

async fn share(
    Customer(account): Customer,
    visitor: Visitor,
    id: web::Path<WishlistId>,
    form: Form<SharingForm>,
    app: App,
) -> Result<HttpResponse> {
    let (id, shows_owner, keys) = (id.into_inner(), form.0.shows_owner.is_some(), app.keys.clone());
    app.db.write(move |conn| ops::share(conn, &keys, account.id, id, shows_owner)).await?;
    let words = "Whoever has the link can look at the list.";
    see_other_with(&visitor.session, FlashKind::Success, words, &format!("/account/wishlists/{id}?shared=yes#sharing"))
}

async fn end(
    Customer(account): Customer,
    visitor: Visitor,
    id: web::Path<WishlistId>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.write(move |conn| ops::end_sharing(conn, account.id, id)).await?;
    let words = "The link has ended. Only you see the list.";
    see_other_with(&visitor.session, FlashKind::Success, words, &format!("/account/wishlists/{id}?shared=no#sharing"))
}
