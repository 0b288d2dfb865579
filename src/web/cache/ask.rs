use std::{future::Ready, sync::Arc, time::Instant};

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload};
use askama::Template;

use super::{
    pages::{Rendered, Tag},
    serve::{Answer, Whose, key},
};
use crate::{
    base::{Error, Result},
    web::{
        Server, Session, Shell,
        gaps::{Filling, Gap, marker},
    },
};

/// Asks for a page that is kept for all. Where a handler takes it as an argument, its page must show nothing that is a visitor's
/// own but what `Shell` leaves as gaps.
pub struct Ask(HttpRequest);

impl FromRequest for Ask {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(request.clone())))
    }
}

/// A page as it is just now.
pub struct Fresh<T> {
    pub page: T,
    /// All that it shows and that can change.
    pub tags: Vec<Tag>,
    /// Until then it shows the same by the clock; `None`: for ever.
    pub until: Option<Instant>,
}

impl Ask {
    /// A shell for a page that is this visitor's alone.
    ///
    /// # Errors
    /// As for `Shell::of`.
    pub async fn shell(&self) -> Result<Shell> {
        Shell::of(&self.0).await
    }

    /// The page at `url`, which is the address in its one right way of writing: what is asked in another way is the same page.
    ///
    /// # Errors
    /// What `render` says.
    pub async fn page<T, F>(&self, url: &str, render: impl FnOnce(Shell) -> F) -> Result<HttpResponse>
    where
        T: Template,
        F: Future<Output = Result<Fresh<T>>>,
    {
        let (request, app) = (&self.0, Server::of(&self.0)?);
        let known = app.pages.changes();
        let shop = app.pages.shop(&*app.frame).await?;
        let session = Session::of(request);
        let mut own = Shell::of_visitor(request, app, shop.clone()).await?;
        // Who acts for a customer is asked for anew each time.
        if let (Some(account), Some(sign_in)) = (own.account.as_ref().filter(|account| account.acted_by.is_none()), session.signed_in()) {
            app.pages.note_face(account, &sign_in, known);
        }
        let has_session = session.has_secret();
        if has_session {
            own.token = app.token(&session)?;
        }
        let terms = own.account.as_ref().map_or("", |account| account.terms.as_str());
        let key = key(&own.currency, terms, url);
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let for_all = Shell {
            shop: Arc::clone(&shop),
            currency: own.currency.clone(),
            path: path.to_owned(),
            query: query.to_owned(),
            looker: own.looker,
            token: marker(Gap::Token),
            site: own.site.clone(),
            is_for_all: true,
            ..Shell::default()
        };
        let rendering = async {
            let Fresh { page, mut tags, until } = render(for_all).await?;
            tags.push(Tag::named(Tag::SHOP));
            Ok(Rendered { html: page.render()?, tags, until })
        };
        let page = app.pages.get_or_render(key, known, rendering).await?;
        let filling = if has_session { Some(Filling::of(&own)?) } else { None };
        let whose = filling.as_ref().map_or(Whose::All(&own), Whose::One);
        Answer { page: &page, whose }.to(request.headers())
    }
}
