use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{
    forms::{DecisionForm, ReplyForm},
    model::{Queued, ReviewFilter, ReviewState},
    ops, rules, store,
};
use crate::{
    base::{Error, Page, PageRequest, Permission, Problems, Result, ReviewId},
    web::{App, Desk, Doors, FlashKind, Form, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/reviews", Permission::ReviewsSee, list)
        .post("/admin/reviews/decisions", Permission::ReviewsChange, decide)
        .get("/admin/reviews/{id}", Permission::ReviewsSee, show)
        .post("/admin/reviews/{id}/reply", Permission::ReviewsChange, reply);
}

/// On one page of the queue, and at once.
const PAGE: i64 = 25;

/// Waiting ones are counted up to here.
const MOST_COUNTED: i64 = 1000;

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Query {
    state: String,
    q: String,
    page: Option<i64>,
}

impl Query {
    /// Without a word: those that wait. `all`: all.
    fn filter(&self) -> ReviewFilter {
        let state = if self.state.is_empty() { Some(ReviewState::Waiting) } else { self.state.parse().ok() };
        let text = self.q.trim().chars().filter(|c| !c.is_control()).take(100).collect();
        ReviewFilter { state, text }
    }
}

#[derive(Template)]
#[template(path = "admin/reviews/list.html")]
struct ListPage {
    desk: Desk,
    page: Page<Queued>,
    filter: ReviewFilter,
    /// What was searched for, as it stands in the address.
    q: String,
    waiting: i64,
}

impl ListPage {
    fn tabs(&self) -> &'static [ReviewState] {
        ReviewState::ALL
    }

    fn is_open(&self, state: &ReviewState) -> bool {
        self.filter.state == Some(*state)
    }

    fn state(&self) -> &'static str {
        self.filter.state.map_or("all", ReviewState::as_str)
    }

    fn counted(&self) -> String {
        if self.waiting > MOST_COUNTED { format!("{MOST_COUNTED}+") } else { self.waiting.to_string() }
    }

    fn page_base(&self) -> String {
        let query = [("state", self.state()), ("q", self.q.as_str())];
        format!("/admin/reviews?{}&", serde_urlencoded::to_string(query).unwrap_or_default())
    }
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let Query { state, q, page } = query.into_inner();
    let (filter, request) = (Query { state, q: app.opened_search(&q), page }.filter(), PageRequest::new(page, PAGE));
    let found = app.db.read(move |conn| Ok((store::list(conn, &filter, request)?, store::waiting(conn, MOST_COUNTED + 1)?, filter)));
    let (page, waiting, filter) = found.await?;
    private_html(StatusCode::OK, &ListPage { desk, page, filter, q, waiting })
}

/// What a decision's button says, as a state.
fn decided(decision: &str) -> Option<ReviewState> {
    match decision {
        "publish" => Some(ReviewState::Published),
        "refuse" => Some(ReviewState::Refused),
        _ => None,
    }
}

async fn decide(Staff(staff): Staff, visitor: Visitor, form: Form<DecisionForm>, app: App) -> Result<HttpResponse> {
    let reason = form.0.reason().map_err(Error::Invalid)?;
    let DecisionForm { review, decision, state: from, .. } = form.0;
    let state = decided(&decision).ok_or_else(|| Error::invalid("", "Choose whether to publish or to refuse"))?;
    let from: ReviewFilter = Query { state: from, ..Query::default() }.filter();
    let back = format!("/admin/reviews?state={}&decided=yes", from.state.map_or("all", ReviewState::as_str));
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let wordings: Vec<_> = review.iter().filter_map(|text| rules::wording(text)).take(most).map(|(id, at)| (ReviewId(id), at)).collect();
    if wordings.is_empty() {
        return see_other_with(&visitor.session, FlashKind::Error, "Select at least one review first.", &back);
    }
    let (asked, site) = (wordings.len(), app.absolute(""));
    let decision = ops::Decision { wordings, state, reason, by: staff.id };
    let done = app.db.write(move |conn| ops::decide(conn, &site, &decision)).await?;
    let (kind, words) = told(state, done, asked);
    see_other_with(&visitor.session, kind, &words, &back)
}

/// What became of so many, in words.
fn told(state: ReviewState, done: usize, asked: usize) -> (FlashKind, String) {
    let word = if state == ReviewState::Published { "published" } else { "refused" };
    let what = match done {
        0 => format!("None is {word}."),
        1 => format!("1 review is {word}."),
        many => format!("{many} reviews are {word}."),
    };
    match asked - done.min(asked) {
        0 => (FlashKind::Success, what),
        left => {
            let rest = if left == 1 { "1 was".to_owned() } else { format!("{left} were") };
            (FlashKind::Error, format!("{what} {rest} changed or decided since you opened the page: look again."))
        }
    }
}

#[derive(Template)]
#[template(path = "admin/reviews/show.html")]
struct ShowPage {
    desk: Desk,
    queued: Queued,
    form: ReplyForm,
    problems: Problems,
}

async fn show(desk: Desk, id: web::Path<ReviewId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let queued = app.db.read(move |conn| store::find(conn, id)).await?;
    let form = ReplyForm { reply: queued.review.reply.clone() };
    private_html(StatusCode::OK, &ShowPage { desk, queued, form, problems: Problems::default() })
}

async fn reply(visitor: Visitor, id: web::Path<ReviewId>, form: Form<ReplyForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (Form(form), id) = (form, id.into_inner());
    match form.parse() {
        Ok(text) => {
            let words = if text.is_empty() { "The answer is taken away." } else { "The answer is saved." };
            app.db.write(move |conn| ops::reply(conn, id, &text)).await?;
            see_other_with(&visitor.session, FlashKind::Success, words, &format!("/admin/reviews/{id}?saved=yes"))
        }
        Err(problems) => {
            let queued = app.db.read(move |conn| store::find(conn, id)).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &ShowPage { desk: Desk::of(&request).await?, queued, form, problems })
        }
    }
}
