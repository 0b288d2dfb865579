//! The web as such: session, forms, page shell, errors as pages, assets and headers. Knows no noun of the trade.
//!
//! What a page shows of the shop (its name, the menu, the number of things in the cart) is plain data that `app`
//! supplies through [`Frame`], so that nothing here has to look upward.

mod around;
mod assets;
mod cache;
mod described;
mod doors;
mod errors;
mod forms;
mod gaps;
mod headers;
mod mailed;
mod pages;
mod session;
mod shape;
mod shell;
mod sought;
mod trace;
mod visitor;
mod wall;

pub use assets::{asset_url, routes};
pub use cache::{Ask, Fresh, PageCache, Tag, serve_kept};
pub use described::{Described, LANGUAGE};
pub use doors::{Access, Door, Doors, Used};
pub use errors::show_errors;
pub use forms::{Form, NoFields, ReceivedFile, Upload, UploadedFile, check_same_origin, receive_file};
pub use headers::{SecurityHeaders, may_lead_to, request_id, secure};
pub use mailed::{MailedToken, mailed_token};
pub use pages::{html, moved_permanently, private_html, see_other, see_other_with};
pub use session::{
    Away, Errand, Flash, FlashKind, Half, Opened, SESSION_DAYS, Session, Sessions, SignIn, Standing, Unlinked, layer as session_layer,
};
pub use shape::form_fields;
pub use shell::{Desk, Frame, Link, MenuItem, Shell, ShopFacts};
pub use trace::RequestSpan;
pub use visitor::{Account, Customer, Role, Staff, Visitor};
pub use wall::{Patient, Wall, check_host, client, keep_pace};

use actix_web::{HttpRequest, web::Data};

use crate::base::{Db, Error, Keys, Result};

/// What every handler may ask of the server.
pub struct Server {
    pub db: Db,
    pub keys: Keys,
    pub base_url: url::Url,
    pub frame: std::sync::Arc<dyn Frame>,
    pub pages: PageCache,
    pub sessions: Sessions,
    pub wall: Wall,
}

pub type App = Data<Server>;

/// Stands among a request's extensions where only the head of the answer was asked for, which is made as for GET.
pub struct HeadOnly;

impl Server {
    /// The server that answers this request.
    ///
    /// # Errors
    /// The request came by no server, which is a fault of the wiring.
    pub fn of(request: &HttpRequest) -> Result<&App> {
        request.app_data::<App>().ok_or_else(|| Error::internal("no server in the request"))
    }

    /// The token of this session's forms.
    fn token(&self, session: &Session) -> Result<String> {
        Ok(forms::token_for(&self.keys, &session.secret()?))
    }

    /// An absolute URL of this shop, built from the setting and never from the request's Host.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.as_str().trim_end_matches('/'))
    }

    pub fn is_https(&self) -> bool {
        self.base_url.scheme() == "https"
    }
}
