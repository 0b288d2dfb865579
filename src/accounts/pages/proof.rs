//! Before what is delicate: somebody who is signed in shows once more that it is them.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{elsewhere::with_ways, sign_ins::sign_in};
use crate::{
    accounts::{
        forms::{ProofForm, safe_return},
        oidc::Provider,
        ops::{elsewhere, second_factor, sign_ins},
        store,
    },
    base::{AccountId, Error, Problems, Result},
    web::{Access, Account, App, Customer, Doors, Form, Shell, Visitor, client, private_html, see_other},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/sign-in/proof", Access::SignedIn, page).post("/sign-in/proof", Access::SignedIn, prove);
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    return_to: String,
}

#[derive(Template)]
#[template(path = "accounts/proof.html")]
struct ProofPage {
    shell: Shell,
    email: String,
    ways: Ways,
    form: ProofForm,
    problems: Problems,
}

/// How an account can show who is there.
struct Ways {
    has_password: bool,
    /// A code of their app does as well.
    has_codes: bool,
    /// Signing in anew at one of these does as well.
    providers: Vec<Provider>,
}

impl Ways {
    async fn of(app: &App, id: AccountId) -> Result<Self> {
        let read = app.db.read(move |conn| {
            let has_password = store::find(conn, id)?.ok_or(Error::NotFound)?.has_password;
            let mut providers: Vec<Provider> = elsewhere::linked(conn, id)?.into_iter().map(|linked| linked.provider).collect();
            providers.retain(|provider| provider.active);
            providers.sort_by_key(|provider| provider.id);
            providers.dedup_by_key(|provider| provider.id);
            Ok(Self { has_password, has_codes: second_factor::is_set(conn, id)?, providers })
        });
        read.await
    }
}

impl ProofPage {
    async fn answer(
        request: &HttpRequest,
        app: &App,
        account: Account,
        status: StatusCode,
        form: ProofForm,
        problems: Problems,
    ) -> Result<HttpResponse> {
        let ways = Ways::of(app, account.id).await?;
        let page = Self { shell: Shell::of(request).await?, email: account.email, ways, form, problems };
        with_ways(request, private_html(status, &page), &page.ways.providers)
    }
}

async fn page(Customer(account): Customer, query: web::Query<Query>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let form = ProofForm { return_to: query.into_inner().return_to, ..Default::default() };
    ProofPage::answer(&request, &app, account, StatusCode::OK, form, Problems::default()).await
}

async fn prove(
    Customer(account): Customer,
    visitor: Visitor,
    form: Form<ProofForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (Form(form), here) = (form, sign_in(&visitor)?);
    let proved = match form.parse() {
        Ok(typed) => match second_factor::prove(&app.db, &app.keys, &client(&request), &here, &typed).await {
            Ok(false) => sign_ins::prove_by_password(&app.db, &client(&request), account.id, here.id, typed).await,
            proved => proved.map(|_| ()),
        },
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match proved {
        Ok(()) => {
            visitor.session.renew()?;
            Ok(see_other(safe_return(&form.return_to)))
        }
        Err(error) => {
            let problems = error.into_problems()?;
            ProofPage::answer(&request, &app, account, StatusCode::UNPROCESSABLE_ENTITY, form, problems).await
        }
    }
}
