//! The web as such: session, forms, page shell, errors as pages, assets and headers. Knows no noun of the trade.
//!
//! What a page shows of the shop (its name, the menu, the number of things in the cart) is plain data that `app`
//! supplies through [`Frame`], so that nothing here has to look upward.

mod assets;
mod errors;
mod forms;
mod headers;
mod pages;
mod session;
mod shell;
mod trace;
mod visitor;

pub use assets::{asset_url, routes};
pub use errors::show_errors;
pub use forms::{Form, NoFields, Upload, UploadedFile, check_same_origin};
pub use headers::{SecurityHeaders, request_id, secure};
pub use pages::{html, moved_permanently, private_html, see_other, see_other_with};
pub use session::{Flash, FlashKind, Session, layer as session_layer};
pub use shell::{Desk, Frame, Link, MenuItem, Shell, ShopFacts};
pub use trace::RequestSpan;
pub use visitor::{Account, Customer, Owner, Role, Staff, Visitor};

use actix_web::web::Data;

use crate::base::{Db, Keys};

/// What every handler may ask of the server.
pub struct Server {
    pub db: Db,
    pub keys: Keys,
    pub base_url: url::Url,
    pub frame: std::sync::Arc<dyn Frame>,
}

pub type App = Data<Server>;

impl Server {
    /// An absolute URL of this shop, built from the setting and never from the request's Host.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.as_str().trim_end_matches('/'))
    }

    pub fn is_https(&self) -> bool {
        self.base_url.scheme() == "https"
    }
}
