//! What staff do about a customer: tags, notes, blocking. All of it is kept with the account, so guests have none.

use actix_web::{HttpRequest, HttpResponse, web};

use super::customers::again;
use crate::{
    accounts::{self, ActingForm, BlockForm, NoteForm, TagForm, customer_path},
    base::{AccountId, Error, NoteId, Permission, Result, TagId},
    web::{Access, App, Doors, FlashKind, Form, NoFields, Staff, Visitor, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .post("/admin/customers/{id}/tags", Permission::CustomersChange, tag)
        .post("/admin/customers/{id}/tags/{tag}/removal", Permission::CustomersChange, untag)
        .post("/admin/customers/{id}/notes", Permission::CustomersChange, note)
        .post("/admin/customers/{id}/notes/{note}/removal", Permission::CustomersChange, delete_note)
        .post("/admin/customers/{id}/blocking", Permission::CustomersChange, block)
        .post("/admin/customers/{id}/unblocking", Permission::CustomersChange, unblock)
        .post("/admin/customers/{id}/acting", Permission::CustomersActFor, act)
        .post("/acting/end", Access::SignedIn, end_acting);
}

fn done(visitor: &Visitor, id: AccountId, words: &str) -> Result<HttpResponse> {
    see_other_with(&visitor.session, FlashKind::Success, words, &customer_path(id))
}

async fn tag(visitor: Visitor, id: web::Path<AccountId>, form: Form<TagForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (id, Form(form)) = (id.into_inner(), form);
    let tagged = match form.parse() {
        Ok(name) => app.db.write(move |conn| accounts::tag_customer(conn, id, &name)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match tagged {
        Ok(()) => done(&visitor, id, "The tag is added."),
        Err(error) => again(&request, &app, id, error.into_problems()?, |care| care.tag = form).await,
    }
}

async fn untag(visitor: Visitor, path: web::Path<(AccountId, TagId)>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let (id, tag) = path.into_inner();
    app.db.write(move |conn| accounts::untag_customer(conn, id, tag)).await?;
    done(&visitor, id, "The tag is taken away.")
}

async fn note(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<AccountId>,
    form: Form<NoteForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, Form(form)) = (id.into_inner(), form);
    let noted = match form.parse() {
        Ok(body) => app.db.write(move |conn| accounts::note_on_customer(conn, id, (staff.id, &staff.name), &body)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match noted {
        Ok(()) => done(&visitor, id, "The note is kept."),
        Err(error) => again(&request, &app, id, error.into_problems()?, |care| care.note = form).await,
    }
}

async fn delete_note(visitor: Visitor, path: web::Path<(AccountId, NoteId)>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let (id, note) = path.into_inner();
    app.db.write(move |conn| accounts::delete_customer_note(conn, id, note)).await?;
    done(&visitor, id, "The note is deleted.")
}

async fn block(visitor: Visitor, id: web::Path<AccountId>, form: Form<BlockForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (id, Form(form)) = (id.into_inner(), form);
    let blocked = match form.parse() {
        Ok(reason) => app.db.write(move |conn| accounts::block_customer(conn, id, &reason)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match blocked {
        Ok(()) => done(&visitor, id, "The customer can’t order from now on."),
        Err(error) => again(&request, &app, id, error.into_problems()?, |care| care.block = form).await,
    }
}

async fn unblock(visitor: Visitor, id: web::Path<AccountId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.write(move |conn| accounts::unblock_customer(conn, id)).await?;
    done(&visitor, id, "The customer can order again.")
}

/// The shop is the customer's from here on: their cart, their prices, their orders. The carts of both stay apart.
async fn act(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<AccountId>,
    form: Form<ActingForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, Form(form)) = (id.into_inner(), form);
    let sign_in = visitor.session.signed_in().ok_or(Error::SignInNeeded)?;
    let begun = match form.parse() {
        Ok(reason) => app.db.write(move |conn| accounts::act_for(conn, sign_in.id, staff.id, id, &reason)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match begun {
        Ok(name) => {
            visitor.session.set_cart(None)?;
            let told = format!("You act for {name} now, for an hour at most. All that you do is on record.");
            see_other_with(&visitor.session, FlashKind::Notice, &told, "/account")
        }
        Err(error) => again(&request, &app, id, error.into_problems()?, |care| care.acting = form).await,
    }
}

async fn end_acting(visitor: Visitor, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let sign_in = visitor.session.signed_in().ok_or(Error::SignInNeeded)?;
    app.db.write(move |conn| accounts::end_acting(conn, sign_in.id)).await?;
    visitor.session.set_cart(None)?;
    let acted = visitor.account.filter(|account| account.acted_by.is_some());
    let back = acted.map_or_else(|| "/".to_owned(), |account| customer_path(account.id));
    see_other_with(&visitor.session, FlashKind::Success, "You are yourself again.", &back)
}
