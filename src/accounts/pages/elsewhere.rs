//! By way of a provider of identities: somebody is sent there, and comes back.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{onward, sign_in::lead_on, sign_ins::sign_in as here, visit};
use crate::{
    accounts::{
        forms::{
            kept_return,
            providers::{AnswerQuery, AwayForm},
            safe_return,
        },
        model::AccountRow,
        oidc::{Partners, Provider},
        ops::elsewhere::{self, Abroad, Answer, Came, Vain},
    },
    base::{AccountId, Error, Result},
    web::{Access, App, Doors, Errand, FlashKind, Form, SignIn, Visitor, client, may_lead_to, see_other, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.post("/sign-in/with/{slug}", Access::Anybody, sign_in).get("/sign-in/with/{slug}/answer", Access::Anybody, answer).post(
        "/sign-in/proof/with/{slug}",
        Access::SignedIn,
        prove,
    );
}

/// Lets the page's forms lead to these providers.
pub fn with_ways(request: &HttpRequest, page: Result<HttpResponse>, providers: &[Provider]) -> Result<HttpResponse> {
    let mut page = page?;
    let mut origins: Vec<String> =
        providers.iter().map(|provider| provider.sign_in_origin.clone()).filter(|origin| !origin.is_empty()).collect();
    origins.sort();
    origins.dedup();
    may_lead_to(request, &mut page, &origins);
    Ok(page)
}

/// Providers of which there are buttons for people who are not signed in.
pub async fn offered(app: &App) -> Result<Vec<Provider>> {
    app.db.read(elsewhere::offered).await
}

async fn sign_in(
    visitor: Visitor,
    slug: web::Path<String>,
    form: Form<AwayForm>,
    request: HttpRequest,
    app: App,
    partners: web::Data<Partners>,
) -> Result<HttpResponse> {
    let way = Way { errand: Errand::SignIn, by: None, to: kept_return(&form.0.return_to) };
    leave(&visitor, &slug, way, &request, &app, &partners).await
}

async fn prove(
    visitor: Visitor,
    slug: web::Path<String>,
    form: Form<AwayForm>,
    request: HttpRequest,
    app: App,
    partners: web::Data<Partners>,
) -> Result<HttpResponse> {
    let way = Way { errand: Errand::Proof, by: Some(here(&visitor)?.account), to: kept_return(&form.0.return_to) };
    leave(&visitor, &slug, way, &request, &app, &partners).await
}

/// What somebody leaves for, who it is where they are signed in, and where they go on to afterwards.
pub struct Way {
    pub errand: Errand,
    pub by: Option<AccountId>,
    pub to: String,
}

/// Sends the visitor to the provider.
///
/// # Errors
/// As for [`elsewhere::begin`], but for a provider that can't be asked, which is told on the page that they came from.
pub async fn leave(visitor: &Visitor, slug: &str, way: Way, request: &HttpRequest, app: &App, partners: &Partners) -> Result<HttpResponse> {
    let site = app.absolute("");
    let abroad = Abroad { db: &app.db, keys: &app.keys, partners, site: &site };
    match elsewhere::begin(abroad, &client(request), slug, way.errand, way.by, &way.to).await {
        Ok((url, away)) => {
            visitor.session.set_away(away)?;
            Ok(see_other(&url))
        }
        Err(Error::Conflict(words)) => back(visitor, way.errand, &way.to, &words),
        Err(other) => Err(other),
    }
}

/// What was remembered of it is forgotten, whatever comes back.
async fn answer(
    visitor: Visitor,
    slug: web::Path<String>,
    query: web::Query<AnswerQuery>,
    request: HttpRequest,
    app: App,
    partners: web::Data<Partners>,
) -> Result<HttpResponse> {
    let away = visitor.session.take_away()?;
    let (errand, to) = away.as_ref().map_or((Errand::SignIn, String::new()), |away| (away.errand, away.return_to.clone()));
    let AnswerQuery { state, code, iss, error } = query.into_inner();
    let site = app.absolute("");
    let abroad = Abroad { db: &app.db, keys: &app.keys, partners: &partners, site: &site };
    let (visit, signed_in) = (visit(&request, &app, &visitor.session)?, visitor.session.signed_in());
    match elsewhere::finish(abroad, visit, &slug, away, Answer { state, code, iss, error }, signed_in).await {
        Ok(Ok(came)) => arrive(&visitor, came, &to, &request, &app).await,
        Ok(Err(vain)) => back(&visitor, errand, &to, in_words(vain, errand)),
        Err(Error::Conflict(words)) => back(&visitor, errand, &to, &words),
        Err(other) => Err(other),
    }
}

async fn arrive(visitor: &Visitor, came: Came, to: &str, request: &HttpRequest, app: &App) -> Result<HttpResponse> {
    let session = &visitor.session;
    match came {
        Came::Known(signed_in) => lead_on(visitor, signed_in, to, request, app).await,
        Came::New(account, sign_in) => {
            session.sign_in(sign_in)?;
            let welcome = format!("Welcome, {}. Your account is ready.", account.name);
            see_other_with(session, FlashKind::Success, &welcome, onward(to, None))
        }
        Came::LinkOwed(unlinked) => {
            session.set_unlinked(Some(unlinked))?;
            Ok(see_other(&sign_in_url(to)?))
        }
        Came::AddressOwed(unlinked) => {
            let told = format!(
                "Your provider does not say that {} is yours, so we have sent a mail there. Follow the link in it, in this browser.",
                unlinked.email
            );
            session.set_unlinked(Some(unlinked))?;
            see_other_with(session, FlashKind::Notice, &told, "/sign-in/mailed")
        }
        Came::Nobody => {
            let told = "No account here is linked with whom you are there. Sign in another way, then link it in your account.";
            see_other_with(session, FlashKind::Notice, told, &sign_in_url(to)?)
        }
        Came::Linked => {
            see_other_with(session, FlashKind::Success, "It is linked, and opens your account from now on.", "/account/identities")
        }
        Came::Proved => {
            session.renew()?;
            Ok(see_other(safe_return(to)))
        }
    }
}

/// Signs in, and links whom a provider vouched for a while ago, in the same browser, with the account of that address.
pub async fn enter(visitor: &Visitor, account: &AccountRow, sign_in: SignIn, request: &HttpRequest, app: &App) -> Result<()> {
    visitor.session.sign_in(sign_in)?;
    let Some(unlinked) = visitor.session.unlinked() else { return Ok(()) };
    visitor.session.set_unlinked(None)?;
    let visit = visit(request, app, &visitor.session)?;
    match elsewhere::link_owed(&app.db, visit, account.id, unlinked).await? {
        Some(name) => visitor.session.flash(FlashKind::Success, format!("{name} opens your account from now on.")),
        None => Ok(()),
    }
}

/// To the page that the visitor left.
fn back(visitor: &Visitor, errand: Errand, to: &str, words: &str) -> Result<HttpResponse> {
    let url = match errand {
        Errand::SignIn => sign_in_url(to)?,
        Errand::Link => "/account/identities".to_owned(),
        Errand::Proof => with_return("/sign-in/proof", to)?,
    };
    see_other_with(&visitor.session, FlashKind::Error, words, &url)
}

fn in_words(vain: Vain, errand: Errand) -> &'static str {
    match (vain, errand) {
        (Vain::Denied, _) => "Signing in there was not finished, so nothing was done here.",
        (Vain::Foreign, _) => "That took too long, or was begun in another browser. Begin again.",
        (Vain::Refused, Errand::Proof) => {
            "It did not show that you signed in anew there, as who you are linked with. Try again, or sign in by mail instead."
        }
        (Vain::Refused, _) => "What came back from there can’t be trusted, so nothing was done. Try again, or sign in another way.",
    }
}

fn sign_in_url(to: &str) -> Result<String> {
    with_return("/sign-in", to)
}

fn with_return(path: &str, to: &str) -> Result<String> {
    if to.is_empty() {
        return Ok(path.to_owned());
    }
    let query = serde_urlencoded::to_string([("return_to", to)]).map_err(|error| Error::Internal(error.into()))?;
    Ok(format!("{path}?{query}"))
}
