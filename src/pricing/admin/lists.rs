use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    accounts::{self, Group},
    base::{Conn, Error, Meanwhile, Page, PageRequest, Permission, PriceListId, Problems, Result, db_now, meanwhile},
    pricing::{
        forms::PriceListForm,
        model::{ListRow, ListTerms, PriceKind, PriceList, PriceListChange},
        ops, rules,
        store::lists,
    },
    settings,
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/price-lists", Permission::PricesSee, list)
        .post("/admin/price-lists", Permission::PricesChange, create)
        .get("/admin/price-lists/new", Permission::PricesChange, new)
        .get("/admin/price-lists/{id}/edit", Permission::PricesChange, edit)
        .post("/admin/price-lists/{id}/edit", Permission::PricesChange, update)
        .get("/admin/price-lists/{id}/deletion", Permission::PricesChange, confirm_deletion)
        .post("/admin/price-lists/{id}/deletion", Permission::PricesChange, delete);
}

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/pricing/lists.html")]
struct ListPage {
    desk: Desk,
    page: Page<ListRow>,
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let request = PageRequest::new(query.page, 50);
    let page = app.db.read(move |conn| load(conn, request)).await?;
    private_html(StatusCode::OK, &ListPage { desk, page })
}

fn load(conn: &mut Conn, request: PageRequest) -> Result<Page<ListRow>> {
    let now = db_now(conn)?;
    let (rows, rest) = lists::list(conn, request)?.split();
    let row = |(terms, prices): (ListTerms, i64)| ListRow { state: rules::state(&terms.list, now), terms, prices };
    Ok(rest.with(rows.into_iter().map(row).collect()))
}

#[derive(Template)]
#[template(path = "admin/pricing/list_form.html")]
struct FormPage {
    desk: Desk,
    /// `None` while it is new.
    id: Option<PriceListId>,
    form: PriceListForm,
    groups: Vec<Group>,
    problems: Problems,
}

impl FormPage {
    async fn make(desk: Desk, id: Option<PriceListId>, form: PriceListForm, problems: Problems, app: &App) -> Result<Self> {
        let groups = app.db.read(accounts::groups).await?;
        Ok(Self { desk, id, form, groups, problems })
    }

    fn action(&self) -> String {
        self.id.map_or_else(|| "/admin/price-lists".to_owned(), |id| format!("/admin/price-lists/{id}/edit"))
    }

    /// Where one goes without saving.
    fn back(&self) -> String {
        self.id.map_or_else(|| "/admin/price-lists".to_owned(), |id| format!("/admin/price-lists/{id}"))
    }

    fn kinds(&self) -> &'static [PriceKind] {
        PriceKind::ALL
    }
}

async fn new(desk: Desk, app: App) -> Result<HttpResponse> {
    let store = app.db.read(settings::store).await?;
    let (kind, currency) = (PriceKind::Sale.as_str().to_owned(), store.currency.code().to_owned());
    let form = PriceListForm { kind, currency, ..PriceListForm::default() };
    private_html(StatusCode::OK, &FormPage::make(desk, None, form, Problems::default(), &app).await?)
}

async fn edit(desk: Desk, id: web::Path<PriceListId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let list = app.db.read(move |conn| lists::find(conn, id)).await?;
    private_html(StatusCode::OK, &FormPage::make(desk, Some(id), list.into(), Problems::default(), &app).await?)
}

async fn create(visitor: Visitor, form: Form<PriceListForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, visitor, form.0, request, app).await
}

async fn update(
    visitor: Visitor,
    id: web::Path<PriceListId>,
    form: Form<PriceListForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    save(Some(id.into_inner()), visitor, form.0, request, app).await
}

/// Over what the form showed; what is another by now is told.
fn save_over(conn: &mut Conn, id: Option<PriceListId>, typed: &PriceListForm, change: &PriceListChange) -> Result<Meanwhile<PriceListId>> {
    let now: PriceListForm = id.map(|id| lists::lock(conn, id)).transpose()?.map(Into::into).unwrap_or_default();
    meanwhile::unless_changed(&typed.was, &now.fields(), &typed.fields(), || ops::save_list(conn, id, change))
}

async fn save(id: Option<PriceListId>, visitor: Visitor, mut form: PriceListForm, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let typed = form.clone();
    let saved = match form.parse() {
        Ok(change) => app.db.write(move |conn| save_over(conn, id, &typed, &change)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    let (status, problems) = match saved {
        Ok(Meanwhile::Saved(id)) => {
            let url = format!("/admin/price-lists/{id}");
            return see_other_with(&visitor.session, FlashKind::Success, "The price list is saved.", &url);
        }
        Ok(Meanwhile::Changed { told, was }) => {
            form.was = was;
            (StatusCode::CONFLICT, told)
        }
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.into_problems()?),
    };
    private_html(status, &FormPage::make(Desk::of(&request).await?, id, form, problems, &app).await?)
}

#[derive(Template)]
#[template(path = "admin/pricing/list_deletion.html")]
struct DeletionPage {
    desk: Desk,
    list: PriceList,
}

async fn confirm_deletion(desk: Desk, id: web::Path<PriceListId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let list = app.db.read(move |conn| lists::find(conn, id)).await?;
    private_html(StatusCode::OK, &DeletionPage { desk, list })
}

async fn delete(visitor: Visitor, id: web::Path<PriceListId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.write(move |conn| ops::delete_list(conn, id)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The price list is deleted.", "/admin/price-lists")
}
