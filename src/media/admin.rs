use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{
    model::{Format, LONGEST_ALT, Listed, Shelf, Use, key, widths_of},
    ops::{self, MediaStore},
    store,
};
use crate::{
    base::{Error, MediaId, Page, PageRequest, Permission, Problems, Result, typed},
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Upload, Visitor, private_html, see_other_with},
};

/// Pictures on a page of the library: rows of 2, 3, 4 and 6 are full.
const PAGE: i64 = 24;

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/media", Permission::ContentSee, list)
        .post("/admin/media", Permission::ContentChange, upload)
        .post("/admin/media/words", Permission::ContentChange, save_words)
        .get("/admin/media/{id}", Permission::ContentSee, show)
        .post("/admin/media/{id}", Permission::ContentChange, save)
        .get("/admin/media/{id}/deletion", Permission::ContentChange, confirm_deletion)
        .post("/admin/media/{id}/deletion", Permission::ContentChange, delete);
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ListQuery {
    q: String,
    show: String,
    page: Option<i64>,
}

impl ListQuery {
    fn shelf(&self) -> Shelf {
        self.show.parse().unwrap_or(Shelf::All)
    }

    fn text(&self) -> String {
        self.q.trim().chars().filter(|c| !c.is_control()).take(100).collect()
    }
}

#[derive(Template)]
#[template(path = "admin/media/list.html")]
struct ListPage {
    desk: Desk,
    text: String,
    shelf: Shelf,
    page: Page<Listed>,
    problems: Problems,
}

impl ListPage {
    fn shelves(&self) -> [(Shelf, &'static str); 3] {
        [(Shelf::All, "All"), (Shelf::Wordless, "Without words"), (Shelf::Unused, "Shown nowhere")]
    }

    fn asks_words(&self) -> bool {
        self.shelf == Shelf::Wordless
    }

    fn page_base(&self) -> String {
        let pairs = [("q", self.text.as_str()), ("show", self.shelf.as_str())];
        format!("/admin/media?{}&", serde_urlencoded::to_string(pairs).unwrap_or_default())
    }
}

async fn list(desk: Desk, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let (shelf, request, text) = (query.shelf(), PageRequest::new(query.page, PAGE), query.text());
    let asked = text.clone();
    let page = app.db.read(move |conn| store::list(conn, &asked, shelf, request)).await?;
    private_html(StatusCode::OK, &ListPage { desk, text, shelf, page, problems: Problems::default() })
}

/// Keeps the files that are pictures, and says of each other why it is none.
async fn upload(visitor: Visitor, upload: Upload, request: HttpRequest, app: App, media: web::Data<MediaStore>) -> Result<HttpResponse> {
    let received = ops::receive(&media, upload.into_named()).await?;
    let (count, pictures) = (received.pictures.len(), received.pictures);
    app.db.write(move |conn| pictures.iter().try_for_each(|picture| ops::add(conn, picture).map(|_| ()))).await?;
    if received.refusals.is_empty() {
        let said = if count == 1 { "The picture is added.".to_owned() } else { format!("{count} pictures are added.") };
        let said = format!("{said} Say in words what each shows.");
        return see_other_with(&visitor.session, FlashKind::Success, &said, "/admin/media?show=wordless&added=yes");
    }
    let page = app.db.read(|conn| store::list(conn, "", Shelf::Wordless, PageRequest::new(None, PAGE))).await?;
    let desk = Desk::of(&request).await?;
    let page = ListPage { desk, text: String::new(), shelf: Shelf::Wordless, page, problems: received.refusals };
    private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// A picture beside a field for its words, of several.
#[derive(Deserialize)]
struct WordsForm {
    #[serde(default)]
    id: Vec<MediaId>,
    #[serde(default)]
    alt: Vec<String>,
}

/// Takes the words of many at once. Fields that are left empty change nothing.
async fn save_words(visitor: Visitor, form: Form<WordsForm>, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let mut told: Vec<_> = form.id.into_iter().zip(form.alt).take(PAGE as usize).collect();
    // Rows are locked in one order.
    told.sort_by_key(|(id, _)| id.0);
    let told: Vec<_> = told.into_iter().map(|(id, alt)| (id, cut(&alt))).filter(|(_, alt)| !alt.is_empty()).collect();
    let said = if told.len() == 1 { "The words are saved.".to_owned() } else { format!("The words of {} pictures are saved.", told.len()) };
    app.db.write(move |conn| told.iter().try_for_each(|(id, alt)| store::set_alt(conn, *id, alt))).await?;
    see_other_with(&visitor.session, FlashKind::Success, &said, "/admin/media?show=wordless&saved=yes")
}

/// Browsers keep to the field's length; whoever does not gets as much as fits.
fn cut(alt: &str) -> String {
    let line: String = alt.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.chars().take(LONGEST_ALT).collect()
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct AltForm {
    alt: String,
}

#[derive(Template)]
#[template(path = "admin/media/show.html")]
struct ShowPage {
    desk: Desk,
    listed: Listed,
    uses: Vec<Use>,
    form: AltForm,
    problems: Problems,
}

impl ShowPage {
    /// Places beyond those that are told.
    fn further(&self) -> i64 {
        self.listed.uses - self.uses.len() as i64
    }

    /// What one writes into a page's text to show the picture there.
    fn markdown(&self) -> String {
        let media = &self.listed.media;
        let widths = widths_of(media.width.unsigned_abs());
        let width = widths.iter().copied().find(|width| *width >= 800).or(widths.last().copied()).unwrap_or_default();
        format!("![{}](/media/{})", media.alt, key(&media.content_hash, width, Format::WebP))
    }
}

async fn show(desk: Desk, id: web::Path<MediaId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (listed, uses) = app.db.read(move |conn| Ok((store::listed(conn, id)?, store::uses(conn, id)?))).await?;
    let form = AltForm { alt: listed.media.alt.clone() };
    private_html(StatusCode::OK, &ShowPage { desk, listed, uses, form, problems: Problems::default() })
}

async fn save(visitor: Visitor, id: web::Path<MediaId>, form: Form<AltForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (id, Form(form)) = (id.into_inner(), form);
    match typed::optional(&form.alt, LONGEST_ALT) {
        Ok(alt) => {
            app.db.write(move |conn| store::set_alt(conn, id, &alt)).await?;
            see_other_with(&visitor.session, FlashKind::Success, "The words are saved.", &format!("/admin/media/{id}?saved=yes"))
        }
        Err(message) => {
            let (listed, uses) = app.db.read(move |conn| Ok((store::listed(conn, id)?, store::uses(conn, id)?))).await?;
            let page = ShowPage { desk: Desk::of(&request).await?, listed, uses, form, problems: Problems::of("alt", message) };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Template)]
#[template(path = "admin/media/deletion.html")]
struct DeletionPage {
    desk: Desk,
    listed: Listed,
    uses: Vec<Use>,
    /// What came between, when it could not be deleted.
    problem: Option<String>,
}

async fn confirm_deletion(desk: Desk, id: web::Path<MediaId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (listed, uses) = app.db.read(move |conn| Ok((store::listed(conn, id)?, store::uses(conn, id)?))).await?;
    private_html(StatusCode::OK, &DeletionPage { desk, listed, uses, problem: None })
}

async fn delete(visitor: Visitor, id: web::Path<MediaId>, _form: Form<NoFields>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    match app.db.write(move |conn| ops::delete(conn, id)).await {
        Ok(()) => {
            let said = "The picture is deleted. Its files are removed within minutes.";
            see_other_with(&visitor.session, FlashKind::Success, said, "/admin/media?deleted=yes")
        }
        Err(Error::Conflict(message)) => {
            let (listed, uses) = app.db.read(move |conn| Ok((store::listed(conn, id)?, store::uses(conn, id)?))).await?;
            let page = DeletionPage { desk: Desk::of(&request).await?, listed, uses, problem: Some(message) };
            private_html(StatusCode::CONFLICT, &page)
        }
        Err(error) => Err(error),
    }
}
