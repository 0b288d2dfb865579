use std::{
    collections::HashMap,
    sync::{Barrier, LazyLock, Mutex},
    thread,
    time::Duration,
};

use ironmonger::{
    base::Db,
    web::{PageCache, Tag},
};
use reqwest::{
    Url,
    blocking::{Client, RequestBuilder, multipart},
    header::{ACCEPT, HeaderMap, ORIGIN},
    redirect::Policy,
};

use super::page::Page;

/// Filled in for a checkbox: takes its tick out.
pub const UNTICKED: &str = "\u{2610}";

/// A browser without scripting: it keeps cookies, follows redirects, and can do only what a page offers.
pub struct Browser {
    client: Client,
    base: String,
    page: Option<Page>,
}

impl Browser {
    pub fn new(base: &str) -> Self {
        Self { client: client(), base: base.to_owned(), page: None }
    }

    /// Changes the shop's world by SQL before going there.
    pub fn meddle(&self, sql: &str) {
        let (db, _) = SERVERS.lock().unwrap().get(&self.base).cloned().expect("a shop of this process");
        let sql = sql.to_owned();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(db.write(move |conn| Ok(diesel::connection::SimpleConnection::batch_execute(conn, &sql)?))).unwrap();
    }

    /// Types an address.
    pub fn get(&mut self, path: &str) -> &Page {
        let url = self.absolute(path);
        self.go(self.client.get(url))
    }

    /// The page that is open.
    pub fn page(&self) -> &Page {
        self.page.as_ref().expect("no page is open yet")
    }

    /// Follows the link with this text.
    pub fn follow(&mut self, text: &str) -> &Page {
        let target = self.page().link(text);
        self.get(&target)
    }

    /// Fills the form that has this button and presses it. The fields must be on the page.
    pub fn submit(&mut self, button: &str, filled: &[(&str, &str)]) -> &Page {
        // As every browser says where a form stood.
        let request = self.prepare(button, filled).header(ORIGIN, &self.base);
        self.go(request)
    }

    /// The request that pressing this button would send, for sending it more than once.
    pub fn prepare(&self, button: &str, filled: &[(&str, &str)]) -> RequestBuilder {
        let mut form = self.page().form(button);
        for (name, value) in filled {
            assert!(form.names.iter().any(|known| known == name), "the form of {button:?} has no field {name:?}, only {:?}", form.names);
            form.fields.retain(|(known, _)| known != name);
            if *value != UNTICKED {
                form.fields.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        let url = self.absolute(&form.action);
        match form.method.as_str() {
            "post" => self.client.post(url).form(&form.fields),
            _ => self.client.get(Url::parse_with_params(&url, &form.fields).unwrap()),
        }
    }

    /// Chooses a file and presses the button.
    pub fn upload(&mut self, button: &str, field: &str, file_name: &str, bytes: &[u8], filled: &[(&str, &str)]) -> &Page {
        self.upload_all(button, field, &[(file_name, bytes)], filled)
    }

    /// Chooses several files and presses the button.
    pub fn upload_all(&mut self, button: &str, field: &str, files: &[(&str, &[u8])], filled: &[(&str, &str)]) -> &Page {
        let form = self.page().form(button);
        let mut parts = multipart::Form::new();
        for (name, value) in form.fields.into_iter().filter(|(name, _)| !filled.iter().any(|(given, _)| given == name)) {
            parts = parts.text(name, value);
        }
        for (name, value) in filled {
            parts = parts.text((*name).to_owned(), (*value).to_owned());
        }
        for (name, bytes) in files {
            parts = parts.part(field.to_owned(), multipart::Part::bytes(bytes.to_vec()).file_name((*name).to_owned()));
        }
        let request = self.client.post(self.absolute(&form.action)).multipart(parts);
        self.go(request)
    }

    /// Sends a request that no page offers, as an attacker would.
    pub fn forge(&mut self, path: &str, fields: &[(&str, &str)]) -> &Page {
        let request = self.client.post(self.absolute(path)).form(fields);
        self.go(request)
    }

    /// A request of any kind with this browser's cookies, for looking at what a page does not show.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.client.request(method.parse().unwrap(), self.absolute(path))
    }

    /// Sends a request that was prepared before, and opens what comes.
    pub fn sends(&mut self, request: RequestBuilder) -> &Page {
        self.go(request)
    }

    /// Forgets all cookies, as when a session ends.
    pub fn forget(&mut self) {
        self.client = client();
    }

    fn go(&mut self, request: RequestBuilder) -> &Page {
        settle(&self.base);
        self.page.insert(arrived(load(request)))
    }

    fn absolute(&self, target: &str) -> String {
        let here = self.page.as_ref().map_or_else(|| Url::parse(&self.base).unwrap(), |page| page.url.clone());
        here.join(target).unwrap().to_string()
    }
}

/// Sends all of them at the same time and gives the pages that they lead to, in the same order.
pub fn at_once(requests: Vec<RequestBuilder>) -> Vec<Page> {
    let start = Barrier::new(requests.len());
    let send = |request| {
        start.wait();
        load(request)
    };
    let loaded: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = requests.into_iter().map(|request| scope.spawn(|| send(request))).collect();
        running.into_iter().map(|request| request.join().unwrap()).collect()
    });
    loaded.into_iter().map(arrived).collect()
}

/// Servers of this process keep pages until the database tells them of a change, some milliseconds later. Whoever looks at a page
/// after changing something by hand waits for that first.
fn settle(base: &str) {
    let shop = SERVERS.lock().unwrap().get(base).cloned();
    let Some((db, pages)) = shop else { return };
    if pages.is_empty() {
        return;
    }
    let mark = format!("mark:{}", uuid::Uuid::now_v7());
    let told = format!("SELECT pg_notify('pages', '{mark}')");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(db.write(move |conn| Ok(diesel::connection::SimpleConnection::batch_execute(conn, &told)?))).ok();
    let heard = || pages.has_heard(&Tag::named(&mark));
    for _ in 0..200 {
        if heard() {
            return;
        }
        thread::sleep(Duration::from_millis(3));
    }
}

/// By address: the database and the pages of each server.
pub static SERVERS: LazyLock<Mutex<HashMap<String, (Db, PageCache)>>> = LazyLock::new(Mutex::default);

type Loaded = (Url, u16, HeaderMap, String);

fn load(request: RequestBuilder) -> Loaded {
    let response = request.header(ACCEPT, "text/html").send().unwrap();
    let (url, status, headers) = (response.url().clone(), response.status().as_u16(), response.headers().clone());
    (url, status, headers, response.text().unwrap())
}

fn arrived((url, status, headers, body): Loaded) -> Page {
    assert!(!body.contains("/assets/missing/"), "{url} asks for an asset that does not exist");
    Page::new(url, status, headers, body)
}

fn client() -> Client {
    rustls::crypto::ring::default_provider().install_default().ok();
    // A connection on which nothing was sent for a while may be closed by the server in the very moment of the next request.
    // Browsers then send it again on a new one; this takes a new one at once.
    Client::builder().pool_idle_timeout(Duration::from_secs(1)).cookie_store(true).redirect(Policy::limited(10)).no_proxy().build().unwrap()
}
