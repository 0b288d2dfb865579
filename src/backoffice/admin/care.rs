//! What staff do about a customer: tags, notes, blocking. All of it is kept with the account, so guests have none.

use actix_web::{HttpRequest, HttpResponse, web};

use super::customers::{again, customer_url};
use crate::{
    accounts::{self, ActingForm, BlockForm, NoteForm, TagForm},
    base::{Error, NoteId, Permission, Result, TagId},
    web::{Access, App, Doors, FlashKind, Form, NoFields, Staff, Visitor, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .post("/admin/customers/{email}/tags", Permission::CustomersChange, tag)
        .post("/admin/customers/{email}/tags/{id}/removal", Permission::CustomersChange, untag)
        .post("/admin/customers/{email}/notes", Permission::CustomersChange, note)
        .post("/admin/customers/{email}/notes/{id}/removal", Permission::CustomersChange, delete_note)
        .post("/admin/customers/{email}/blocking", Permission::CustomersChange, block)
        .post("/admin/customers/{email}/unblocking", Permission::CustomersChange, unblock)
        .post("/admin/customers/{email}/acting", Permission::CustomersActFor, act)
        .post("/acting/end", Access::SignedIn, end_acting);
}

fn done(visitor: &Visitor, email: &str, words: &str) -> Result<HttpResponse> {
    see_other_with(&visitor.session, FlashKind::Success, words, &customer_url(email))
}

async fn tag(visitor: Visitor, email: web::Path<String>, form: Form<TagForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (email, Form(form), of) = (email.to_lowercase(), form, email.to_lowercase());
    let tagged = match form.parse() {
        Ok(name) => app.db.write(move |conn| accounts::tag_customer(conn, &of, &name)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match tagged {
        Ok(()) => done(&visitor, &email, "The tag is added."),
        Err(error) => again(&request, &app, email, error.into_problems()?, |care| care.tag = form).await,
    }
}

async fn untag(visitor: Visitor, path: web::Path<(String, TagId)>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let (email, tag) = path.into_inner();
    let (email, of) = (email.to_lowercase(), email.to_lowercase());
    app.db.write(move |conn| accounts::untag_customer(conn, &of, tag)).await?;
    done(&visitor, &email, "The tag is taken away.")
}

async fn note(
    Staff(staff): Staff,
    visitor: Visitor,
    email: web::Path<String>,
    form: Form<NoteForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (email, Form(form), of) = (email.to_lowercase(), form, email.to_lowercase());
    let noted = match form.parse() {
        Ok(body) => app.db.write(move |conn| accounts::note_on_customer(conn, &of, (staff.id, &staff.name), &body)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match noted {
        Ok(()) => done(&visitor, &email, "The note is kept."),
        Err(error) => again(&request, &app, email, error.into_problems()?, |care| care.note = form).await,
    }
}

async fn delete_note(visitor: Visitor, path: web::Path<(String, NoteId)>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let (email, note) = path.into_inner();
    let (email, of) = (email.to_lowercase(), email.to_lowercase());
    app.db.write(move |conn| accounts::delete_customer_note(conn, &of, note)).await?;
    done(&visitor, &email, "The note is deleted.")
}

async fn block(visitor: Visitor, email: web::Path<String>, form: Form<BlockForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (email, Form(form), of) = (email.to_lowercase(), form, email.to_lowercase());
    let blocked = match form.parse() {
        Ok(reason) => app.db.write(move |conn| accounts::block_customer(conn, &of, &reason)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match blocked {
        Ok(()) => done(&visitor, &email, "The customer can’t order from now on."),
        Err(error) => again(&request, &app, email, error.into_problems()?, |care| care.block = form).await,
    }
}

async fn unblock(visitor: Visitor, email: web::Path<String>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let (email, of) = (email.to_lowercase(), email.to_lowercase());
    app.db.write(move |conn| accounts::unblock_customer(conn, &of)).await?;
    done(&visitor, &email, "The customer can order again.")
}

/// The shop is the customer's from here on: their cart, their prices, their orders. The carts of both stay apart.
async fn act(
    Staff(staff): Staff,
    visitor: Visitor,
    email: web::Path<String>,
    form: Form<ActingForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (email, Form(form), of) = (email.to_lowercase(), form, email.to_lowercase());
    let sign_in = visitor.session.signed_in().ok_or(Error::SignInNeeded)?;
    let begun = match form.parse() {
        Ok(reason) => app.db.write(move |conn| accounts::act_for(conn, sign_in.id, staff.id, &of, &reason)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match begun {
        Ok(name) => {
            visitor.session.set_cart(None)?;
            let told = format!("You act for {name} now, for an hour at most. All that you do is on record.");
            see_other_with(&visitor.session, FlashKind::Notice, &told, "/account")
        }
        Err(error) => again(&request, &app, email, error.into_problems()?, |care| care.acting = form).await,
    }
}

async fn end_acting(visitor: Visitor, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let sign_in = visitor.session.signed_in().ok_or(Error::SignInNeeded)?;
    app.db.write(move |conn| accounts::end_acting(conn, sign_in.id)).await?;
    visitor.session.set_cart(None)?;
    let acted = visitor.account.filter(|account| account.acted_by.is_some());
    let back = acted.map_or_else(|| "/".to_owned(), |account| customer_url(&account.email));
    see_other_with(&visitor.session, FlashKind::Success, "You are yourself again.", &back)
}
