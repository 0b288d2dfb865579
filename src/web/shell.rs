//! What surrounds every page: names, menu, cart count, message, form token.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use askama::Template;
use async_trait::async_trait;
use url::Url;

use super::{Account, App, Flash, FlashKind, LANGUAGE, Server, Session, SignIn, Staff, Used, Visitor, asset_url, wall::is_loopback};
use crate::base::{AccountId, CartId, Error, Permission, Problems, Result};

/// A link with its text.
#[derive(Clone, Debug)]
pub struct Link {
    pub url: String,
    pub text: String,
}

/// An entry of the shop's menu with the entries below it.
#[derive(Clone, Debug)]
pub struct MenuItem {
    pub link: Link,
    pub children: Vec<Link>,
}

/// What pages show of the shop everywhere.
#[derive(Clone, Debug, Default)]
pub struct ShopFacts {
    pub name: String,
    pub tagline: String,
    pub email: String,
    pub phone: String,
    pub address: String,
    pub menu: Vec<MenuItem>,
    pub pages: Vec<Link>,
    /// Codes of the currencies that one can pay in, the shop's own first.
    pub currencies: Vec<String>,
    /// See [`ShopFacts::departments`].
    pub departments: OnceLock<String>,
}

#[derive(Template)]
#[template(path = "parts/departments.html")]
struct Departments<'a> {
    menu: &'a [MenuItem],
}

impl ShopFacts {
    /// The menu with all departments, written once for all pages.
    ///
    /// # Errors
    /// The template can't be rendered.
    pub fn departments(&self) -> askama::Result<&str> {
        if let Some(written) = self.departments.get() {
            return Ok(written);
        }
        let written = Departments { menu: &self.menu }.render()?;
        Ok(self.departments.get_or_init(|| written))
    }

    /// The currency of the visitor's choice while the shop has it, else the shop's own.
    pub fn currency(&self, chosen: Option<String>) -> String {
        let chosen = chosen.filter(|code| self.currencies.contains(code));
        chosen.or_else(|| self.currencies.first().cloned()).unwrap_or_default()
    }
}

/// Answered by the rooms above, wired in `app`.
#[async_trait]
pub trait Frame: Send + Sync {
    /// The account of a sign-in that holds: it was not ended, is neither too old nor left unused too long, and the account is not
    /// disabled and still has its generation.
    async fn account(&self, sign_in: &SignIn) -> Result<Option<Account>>;

    /// Name, menu and all that is the same for everybody.
    async fn shop(&self) -> Result<ShopFacts>;

    /// Writes down that somebody of the staff used a door, or found it shut.
    async fn note(&self, used: Used) -> Result<()>;

    /// Things in the visitor's cart.
    async fn cart_count(&self, cart: Option<CartId>, account: Option<AccountId>) -> Result<i64>;
}

/// The shop's page around a template's content.
#[derive(Default)]
pub struct Shell {
    pub shop: Arc<ShopFacts>,
    pub account: Option<Account>,
    pub cart_count: i64,
    pub flash: Option<Flash>,
    /// The hidden field `csrf` of every form.
    pub token: String,
    pub path: String,
    pub query: String,
    /// The shop's address without a slash at its end.
    pub site: String,
    /// Code of the currency in which prices are shown; empty without a shop.
    pub currency: String,
    /// Whoever prices are shown to: an account or, for all who are shown the same, one of theirs.
    pub looker: Option<AccountId>,
    /// The page is rendered once for many: what is a visitor's own is left as a gap.
    pub is_for_all: bool,
}

impl Shell {
    pub async fn of(request: &HttpRequest) -> Result<Self> {
        let app = Server::of(request)?;
        let shop = Arc::new(app.frame.shop().await?);
        Ok(Self { token: app.token(&Session::of(request))?, ..Self::of_visitor(request, app, shop).await? })
    }

    /// Everything but the form token, for which a visitor needs a session.
    pub(super) async fn of_visitor(request: &HttpRequest, app: &App, shop: Arc<ShopFacts>) -> Result<Self> {
        let Visitor { session, account } = Visitor::of(request).await?;
        let looker = account.as_ref().map(|account| account.id);
        let cart_count = app.frame.cart_count(session.cart(), looker).await?;
        session.note_count(cart_count)?;
        Ok(Self {
            currency: shop.currency(session.currency()),
            shop,
            cart_count,
            flash: session.take_flash()?,
            account,
            looker,
            site: app.absolute(""),
            ..Self::bare(request)
        })
    }

    /// A shell that needs no database, for when that is what failed.
    pub fn bare(request: &HttpRequest) -> Self {
        Self { path: request.path().to_owned(), query: request.query_string().to_owned(), ..Self::default() }
    }

    /// Makes the refusal that another handler left the problem of a field on this page, rather than a message above it.
    pub fn take_problem(&mut self, field: &str) -> Problems {
        match self.flash.take_if(|flash| flash.kind == FlashKind::Error) {
            Some(flash) => Problems::of(field, flash.text),
            None => Problems::default(),
        }
    }

    /// The whole address of a page of the shop.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.site)
    }

    /// Whether `url` is where we are or above it.
    pub fn is_at(&self, url: &str) -> bool {
        self.path == url || (url != "/" && self.path.starts_with(&format!("{url}/")))
    }

    /// The address of this page.
    pub fn here(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    pub fn is_staff(&self) -> bool {
        self.account.as_ref().is_some_and(|account| account.role.is_some())
    }

    pub fn language(&self) -> &'static str {
        LANGUAGE
    }

    pub fn asset(&self, name: &str) -> String {
        asset_url(name)
    }
}

/// The back office's page around a template's content. Only staff get one.
pub struct Desk {
    pub shell: Shell,
    pub staff: Account,
}

impl Desk {
    pub async fn of(request: &HttpRequest) -> Result<Self> {
        let Staff(staff) = Staff::of(request)?;
        Ok(Self { shell: Shell::of(request).await?, staff })
    }

    /// Whether the page should offer it; the door asks again.
    pub fn may(&self, permission: Permission) -> bool {
        self.staff.may(permission)
    }

    /// Whether all who come are listened to: the shop is asked over a network without TLS.
    pub fn is_in_the_clear(&self) -> bool {
        Url::parse(&self.shell.site).is_ok_and(|site| site.scheme() != "https" && !is_loopback(&site))
    }

    /// Marks the section of the menu that we are in.
    pub fn is_in(&self, url: &str) -> bool {
        if url == "/admin" { self.shell.path == url } else { self.shell.is_at(url) }
    }
}

macro_rules! extracted {
    ($name:ident) => {
        impl FromRequest for $name {
            type Error = Error;
            type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let request = request.clone();
                Box::pin(async move { Self::of(&request).await })
            }
        }
    };
}

extracted!(Shell);
extracted!(Desk);
