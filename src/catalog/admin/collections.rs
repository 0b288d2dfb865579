use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{ListQuery, deleted, deletion::DeletionPage};
use crate::{
    base::{CollectionId, Conn, Currency, Error, Meanwhile, Page, PageRequest, Permission, Problems, ProductId, Result, meanwhile},
    catalog::{
        forms::{CollectionForm, RuleRow},
        model::{Attribute, Brand, Collection, CollectionListed, Place, Preview, ProductType, Sort, Subject},
        ops,
        store::{attributes, brands, categories, collections, products},
    },
    media::Picture,
    settings,
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/collections", Permission::CatalogSee, list)
        .post("/admin/collections", Permission::CatalogChange, create)
        .get("/admin/collections/new", Permission::CatalogChange, new)
        .get("/admin/collections/{id}/edit", Permission::CatalogChange, edit)
        .post("/admin/collections/{id}/edit", Permission::CatalogChange, update)
        .get("/admin/collections/{id}/deletion", Permission::CatalogChange, confirm_deletion)
        .post("/admin/collections/{id}/deletion", Permission::CatalogChange, delete);
}

#[derive(Template)]
#[template(path = "admin/catalog/collections.html")]
struct ListPage {
    desk: Desk,
    text: String,
    page: Page<CollectionListed>,
}

impl ListPage {
    fn page_base(&self) -> String {
        format!("/admin/collections?{}&", serde_urlencoded::to_string([("q", &self.text)]).unwrap_or_default())
    }
}

async fn list(desk: Desk, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let (text, request) = (query.text(), PageRequest::new(query.page, 50));
    let sought = text.clone();
    let page = app.db.read(move |conn| collections::list(conn, &sought, request)).await?;
    private_html(StatusCode::OK, &ListPage { desk, text, page })
}

/// What rules can name.
struct Offer {
    places: Vec<Place>,
    brands: Vec<Brand>,
    types: Vec<ProductType>,
    /// With the type that each belongs to.
    attributes: Vec<(Attribute, String)>,
    choices: Vec<String>,
    currency: Currency,
}

impl Offer {
    fn load(conn: &mut Conn) -> Result<Self> {
        Ok(Self {
            places: categories::places(conn)?,
            brands: brands::some(conn)?,
            types: attributes::some_types(conn)?,
            attributes: attributes::some(conn)?,
            choices: attributes::some_choices(conn)?,
            currency: settings::store(conn)?.currency,
        })
    }
}

/// What the form would bring, with the products that stand first.
struct Shown {
    preview: Preview,
    first: Vec<(ProductId, String, String)>,
}

#[derive(Template)]
#[template(path = "admin/catalog/collection_form.html")]
struct FormPage {
    desk: Desk,
    /// `None` while it is new.
    saved: Option<Collection>,
    form: CollectionForm,
    offer: Offer,
    picture: Option<Picture>,
    preview: Option<Shown>,
    problems: Problems,
}

impl FormPage {
    fn action(&self) -> String {
        self.saved.as_ref().map_or_else(|| "/admin/collections".to_owned(), |saved| format!("/admin/collections/{}/edit", saved.id))
    }

    /// Where its picture is changed.
    fn picture_url(&self) -> Option<String> {
        self.saved.as_ref().map(|saved| format!("/admin/collections/{}/picture", saved.id))
    }

    fn subjects(&self) -> &'static [Subject] {
        Subject::ALL
    }

    fn sorts(&self) -> &'static [Sort] {
        if self.form.is_by_hand() || self.saved.is_none() { Sort::ALL } else { Sort::OF_ANY }
    }

    fn rows(&self) -> Vec<RuleRow<'_>> {
        self.form.rows()
    }

    fn rule_problem(&self, at: &usize) -> Option<&str> {
        self.problems.on(&format!("rule-{at}"))
    }

    /// Whether products that the rules want may still be on their way.
    fn is_at_work(&self) -> bool {
        self.saved.as_ref().is_some_and(|saved| saved.asked_to.is_some())
    }
}

async fn page(
    desk: Desk,
    id: Option<CollectionId>,
    form: CollectionForm,
    preview: Option<Preview>,
    problems: Problems,
    app: &App,
) -> Result<FormPage> {
    let read = app.db.read(move |conn| {
        let saved = id.map(|id| collections::find(conn, id)).transpose()?;
        let media = id.map(|id| collections::media_of(conn, id)).transpose()?.flatten();
        let preview = match preview {
            Some(preview) => Some(Shown { first: products::names_of(conn, &preview.first)?, preview }),
            None => None,
        };
        Ok((saved, media, preview, Offer::load(conn)?))
    });
    let (saved, media, preview, offer) = read.await?;
    let mut form = form;
    if let Some(saved) = &saved {
        form.chosen_by = saved.chosen_by.as_str().to_owned();
    }
    Ok(FormPage { desk, saved, form, offer, picture: media.map(|media| Picture::of(media, "")), preview, problems })
}

async fn new(desk: Desk, app: App) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &page(desk, None, CollectionForm::new(), None, Problems::default(), &app).await?)
}

async fn edit(desk: Desk, id: web::Path<CollectionId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let form = app.db.read(move |conn| {
        let collection = collections::find(conn, id)?;
        form_of(conn, collection)
    });
    private_html(StatusCode::OK, &page(desk, Some(id), form.await?, None, Problems::default(), &app).await?)
}

/// The collection as its form shows it.
fn form_of(conn: &mut Conn, collection: Collection) -> Result<CollectionForm> {
    let id = collection.id;
    let members = if collection.is_by_hand() { collections::by_hand(conn, id)? } else { vec![] };
    let names: Vec<_> = products::names_of(conn, &members)?.into_iter().map(|(_, slug, _)| slug).collect();
    Ok(CollectionForm::of(collection, &names, &collections::named_rules(conn, id)?, settings::store(conn)?.currency))
}

async fn create(visitor: Visitor, form: Form<CollectionForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, visitor, form.0, request, app).await
}

async fn update(
    visitor: Visitor,
    id: web::Path<CollectionId>,
    form: Form<CollectionForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    save(Some(id.into_inner()), visitor, form.0, request, app).await
}

/// What came of a form that was sent.
enum Sent {
    Saved(Meanwhile<CollectionId>),
    Tried(Preview),
}

async fn save(
    id: Option<CollectionId>,
    visitor: Visitor,
    mut form: CollectionForm,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    if form.turn_rows() {
        let page = page(Desk::of(&request).await?, id, form, None, Problems::default(), &app).await?;
        return private_html(StatusCode::OK, &page);
    }
    let typed = form.clone();
    let sent = app.db.write(move |conn| {
        let Some(id) = id else { return send(conn, None, &typed) };
        // The form of one that is saved does not say it once more.
        let chosen_by = collections::lock(conn, id)?.chosen_by.as_str().to_owned();
        send(conn, Some(id), &CollectionForm { chosen_by, ..typed })
    });
    let (status, preview, problems) = match sent.await {
        Ok(Sent::Saved(Meanwhile::Saved(id))) => {
            let url = format!("/admin/collections/{id}/edit?saved=yes");
            return see_other_with(&visitor.session, FlashKind::Success, "The collection is saved.", &url);
        }
        Ok(Sent::Saved(Meanwhile::Changed { told, was })) => {
            form.was = was;
            (StatusCode::CONFLICT, None, told)
        }
        Ok(Sent::Tried(preview)) => (StatusCode::OK, Some(preview), Problems::default()),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, None, error.into_problems()?),
    };
    let page = page(Desk::of(&request).await?, id, form, preview, problems, &app).await?;
    private_html(status, &page)
}

fn send(conn: &mut Conn, id: Option<CollectionId>, form: &CollectionForm) -> Result<Sent> {
    let input = form.parse(settings::store(conn)?.currency).map_err(Error::Invalid)?;
    if form.wants_preview() {
        return ops::collections::preview(conn, &input).map(Sent::Tried);
    }
    let now = match id {
        Some(id) => {
            let collection = collections::find(conn, id)?;
            form_of(conn, collection)?
        }
        None => CollectionForm::default(),
    };
    let saved = meanwhile::unless_changed(&form.was, &now.fields(), &form.fields(), || ops::collections::save(conn, id, &input));
    saved.map(Sent::Saved)
}

async fn confirm_deletion(desk: Desk, id: web::Path<CollectionId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let collection = app.db.read(move |conn| collections::find(conn, id)).await?;
    let page = DeletionPage {
        desk,
        list: ("/admin/collections", "Collections"),
        edit: format!("/admin/collections/{id}/edit"),
        action: format!("/admin/collections/{id}/deletion"),
        what: format!("the collection {}", collection.title),
        said: format!("Links to {} lead nowhere then. Its products stay in the shop. This can’t be undone.", collection.url()),
    };
    private_html(StatusCode::OK, &page)
}

async fn delete(visitor: Visitor, id: web::Path<CollectionId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let done = app.db.write(move |conn| collections::delete(conn, id)).await;
    deleted(&visitor, done, "The collection is deleted.", "/admin/collections")
}
