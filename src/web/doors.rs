//! Doors: a route together with what it demands of whoever comes. Rooms can declare none without saying so, since they are given
//! this and never actix's own configuration.
//!
//! What a door demands is asked before its handler's arguments are made: before a form is read and before its token is checked.

use actix_web::{
    FromRequest, Handler, HttpMessage, HttpRequest, HttpResponse, Responder, Route, Scope,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::{Next, from_fn},
    web::{self, PayloadConfig, ServiceConfig},
};
use chrono::TimeDelta;

use super::{Account, Server, Visitor, client, headers::request_id};
use crate::base::{Act, Error, Permission, Result};

/// For so long a proof of who one is opens a door that asks for one.
const PROOF: TimeDelta = TimeDelta::minutes(10);

/// For so long it lets what was filled in behind such a door be sent: one writes for a while.
const PROOF_OF_A_FORM: TimeDelta = TimeDelta::minutes(30);

/// Whom a door lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody; what belongs to somebody is the handler's to check.
    Anybody,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever is signed in and said again lately who they are.
    Proved,
    /// Whoever is of the staff, whatever they may.
    AnyStaff,
    /// Staff who hold the permission.
    Staff(Permission),
    /// Staff who hold the permission and said again lately who they are.
    StaffProved(Permission),
    /// Programs, by a key or a signature that the handler checks.
    OwnKey,
}

impl From<Permission> for Access {
    fn from(permission: Permission) -> Self {
        Self::Staff(permission)
    }
}

impl Access {
    /// The permission without which nobody gets in.
    pub fn permission(self) -> Option<Permission> {
        match self {
            Self::Staff(permission) | Self::StaffProved(permission) => Some(permission),
            _ => None,
        }
    }

    /// Whether only staff get in.
    pub fn is_of_staff(self) -> bool {
        matches!(self, Self::AnyStaff | Self::Staff(_) | Self::StaffProved(_))
    }

    /// Whether using the door is noted: where something is changed, and where much is carried away at once.
    fn is_on_record(self, method: &Method) -> bool {
        self.permission().is_some_and(|permission| *method != Method::GET || permission.is_export())
    }

    fn is_guarded(self) -> bool {
        !matches!(self, Self::Anybody | Self::OwnKey)
    }

    /// How old a proof of who one is may be; `None`: none is asked for.
    fn proof(self, method: &Method) -> Option<TimeDelta> {
        let oldest = if *method == Method::GET { PROOF } else { PROOF_OF_A_FORM };
        matches!(self, Self::Proved | Self::StaffProved(_)).then_some(oldest)
    }

    fn admits(self, visitor: &Visitor, method: &Method) -> Result<Account> {
        let account = visitor.account.clone().ok_or(Error::SignInNeeded)?;
        // Whoever acts for a customer goes through the doors of the staff as themselves.
        let account = match account.acted_by.clone().filter(|_| self.is_of_staff()) {
            Some(staff) => *staff,
            None => account,
        };
        if self.is_of_staff() {
            if account.role.is_none() || self.permission().is_some_and(|permission| !account.may(permission)) {
                return Err(Error::Forbidden);
            }
            if account.needs_second_factor {
                return Err(Error::SecondFactorNeeded);
            }
        }
        match self.proof(method) {
            Some(oldest) if account.standing.proved > oldest => Err(Error::ProofNeeded),
            _ => Ok(account),
        }
    }
}

/// One route as it was declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
}

/// Takes the routes of the rooms.
pub struct Doors<'a> {
    table: &'a mut Vec<Door>,
    places: Vec<Place>,
}

/// A route and where it stands; `limit`: bytes of a body that its handler reads whole.
struct Place {
    path: &'static str,
    limit: Option<usize>,
    route: Route,
}

impl Place {
    /// The address's first part, and what follows it; the home page has none.
    fn parts(&self) -> Option<(&'static str, &'static str)> {
        let end = self.path[1..].find('/').map_or(self.path.len(), |at| at + 1);
        let (first, rest) = self.path.split_at(end);
        (first.len() > 1 && !first.contains('{')).then_some((first, rest))
    }

    fn stand_in(self, scope: Scope, rest: &str) -> Scope {
        match self.limit {
            Some(bytes) => scope.service(web::resource(rest).app_data(PayloadConfig::new(bytes)).route(self.route)),
            None => scope.route(rest, self.route),
        }
    }
}

impl<'a> Doors<'a> {
    pub fn new(table: &'a mut Vec<Door>) -> Self {
        Self { table, places: vec![] }
    }

    /// Opens them all. Addresses are compared with one pattern after the other, so those that begin alike stand behind what they have
    /// in common: on the way to the cart none of the four hundred patterns of the back office is looked at.
    pub fn declare(self, config: &mut ServiceConfig) {
        let mut groups: Vec<(&str, Scope)> = vec![];
        for place in self.places {
            let Some((first, rest)) = place.parts() else {
                config.route(place.path, place.route);
                continue;
            };
            let known = groups.iter().position(|(other, _)| *other == first);
            let (_, scope) = known.map_or_else(|| (first, web::scope(first)), |at| groups.remove(at));
            groups.insert(known.unwrap_or(groups.len()), (first, place.stand_in(scope, rest)));
        }
        for (_, scope) in groups {
            config.service(scope);
        }
    }

    pub fn get<F, A>(&mut self, path: &'static str, access: impl Into<Access>, handler: F) -> &mut Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.open(Method::GET, path, access.into(), None, handler)
    }

    pub fn post<F, A>(&mut self, path: &'static str, access: impl Into<Access>, handler: F) -> &mut Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.open(Method::POST, path, access.into(), None, handler)
    }

    /// As `post`, for a body of so many bytes at most that the handler reads whole.
    pub fn post_limited<F, A>(&mut self, path: &'static str, access: impl Into<Access>, bytes: usize, handler: F) -> &mut Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.open(Method::POST, path, access.into(), Some(bytes), handler)
    }

    fn open<F, A>(&mut self, method: Method, path: &'static str, access: Access, limit: Option<usize>, handler: F) -> &mut Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.table.push(Door { method: method.clone(), path, access });
        self.places.push(Place { path, limit, route: guarded(method, access, handler) });
        self
    }
}

fn guarded<F, A>(method: Method, access: Access, handler: F) -> Route
where
    F: Handler<A>,
    A: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let is_post = method == Method::POST;
    behind(access, is_post, web::method(method).to(handler))
}

/// Apart from `guarded`, whose types differ with each handler: there the guards would be compiled anew for each of some five hundred
/// doors, which took gigabytes.
fn behind(access: Access, is_post: bool, route: Route) -> Route {
    match access {
        _ if access.is_guarded() => route.wrap(from_fn(move |request, next| guard(access, request, next))),
        Access::Anybody if is_post => route.wrap(from_fn(watch)),
        _ => route,
    }
}

/// Stands among a request's extensions when a guard let somebody in.
#[derive(Clone)]
pub(super) struct Admitted(pub Account);

/// A refusal is answered, not given on as an error: an error would pass by the layers that make it a page and write the cookie.
async fn guard(access: Access, request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let visitor = match Visitor::of(request.request()).await {
        Ok(visitor) => visitor,
        Err(error) => return Ok(refused(request, error)),
    };
    let account = match access.admits(&visitor, request.method()) {
        Ok(account) => account,
        Err(error) => {
            if matches!(error, Error::Forbidden) {
                note_refusal(&visitor, request.request()).await;
            }
            return Ok(refused(request, error));
        }
    };
    if account.acted_by.is_some() && is_the_customer_s_alone(access, request.path()) {
        note_refusal(&visitor, request.request()).await;
        return Ok(refused(request, Error::Forbidden));
    }
    let act = is_on_record(access, &account, request.method()).then(|| act_of(&account, request.request()));
    request.extensions_mut().insert(Admitted(account));
    match act {
        Some(act) => on_record(act, request, next).await,
        None => next.call(request).await,
    }
}

/// Around the doors that are open to all: what is done there in a customer's place is on record like what is done at others.
async fn watch(request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let account = Visitor::of(request.request()).await.ok().and_then(|visitor| visitor.account);
    match account.filter(|account| account.acted_by.is_some()) {
        Some(account) => on_record(act_of(&account, request.request()), request, next).await,
        None => next.call(request).await,
    }
}

async fn on_record(act: Act, request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let response = act.clone().during(next.call(request)).await?;
    if response.status().as_u16() < 400 {
        note(act, response.request(), false).await;
    }
    Ok(response)
}

/// Whether what is done behind the door is noted: by staff, or by staff in a customer's place.
fn is_on_record(access: Access, account: &Account, method: &Method) -> bool {
    access.is_on_record(method) || (account.acted_by.is_some() && *method != Method::GET)
}

/// What only the customer does, whoever acts for them: how they sign in, and what is known of them.
fn is_the_customer_s_alone(access: Access, path: &str) -> bool {
    let alone =
        ["/account/password", "/account/email", "/account/sign-ins", "/account/second-factor", "/account/identities", "/account/data"];
    access == Access::Proved || alone.iter().any(|door| path.starts_with(door))
}

/// Not `into_response`, which would leave out of which error this is.
fn refused(request: ServiceRequest, error: Error) -> ServiceResponse<BoxBody> {
    ServiceResponse::new(request.into_parts().0, HttpResponse::from_error(error))
}

fn act_of(account: &Account, request: &HttpRequest) -> Act {
    let actor = account.acted_by.as_deref().unwrap_or(account);
    Act {
        account: actor.id,
        name: actor.name.clone(),
        client: client(request),
        request_id: request_id(request),
        door: format!("{} {}", request.method(), request.match_pattern().unwrap_or_default()),
        acting_for: account.acted_by.is_some().then_some(account.id),
    }
}

/// A door of the staff that was used, or stayed shut, for the record.
pub struct Used {
    pub act: Act,
    /// The address that was asked, without query; empty where it names a customer.
    pub path: String,
    pub is_refused: bool,
}

/// What the act changed is on record already, in the transactions that changed it; a failure here undoes nothing of it.
async fn note(act: Act, request: &HttpRequest, is_refused: bool) {
    // An address of a customer in a path, as it once was, could never be forgotten.
    let names_somebody = ["@", "%40"].iter().any(|at| request.path().contains(at));
    let path = if names_somebody { String::new() } else { request.path().to_owned() };
    if !is_refused {
        let (account, acting_for) = (act.account.0, act.acting_for.map(|id| id.0));
        tracing::info!(event = "staff_act", account.id = account, acting_for, door = act.door, "somebody of the staff did something");
    }
    let used = Used { act, path, is_refused };
    let noted = match Server::of(request) {
        Ok(server) => server.frame.note(used).await,
        Err(error) => Err(error),
    };
    if let Err(error) = noted {
        tracing::error!(error = %error, "what somebody of the staff did could not be put on record");
    }
}

/// Customers who try doors of the staff are told in the log alone, as every refusal is (see `errors`): they could fill the record.
async fn note_refusal(visitor: &Visitor, request: &HttpRequest) {
    if let Some(account) = visitor.account.as_ref().filter(|account| account.role.is_some() || account.acted_by.is_some()) {
        note(act_of(account, request), request, true).await;
    }
}
