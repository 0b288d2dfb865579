use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    base::{Conn, Error, Meanwhile, Permission, Problems, PromotionId, Result, meanwhile},
    catalog::{self, CategoryTree},
    promotions::{
        forms::PromotionForm,
        model::{ActionKind, Promotion},
        ops,
        store::{promotions, targets},
    },
    settings,
    web::{App, Desk, Doors, FlashKind, Form, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/promotions/new", Permission::PromotionsChange, new)
        .post("/admin/promotions", Permission::PromotionsChange, create)
        .get("/admin/promotions/{id}/edit", Permission::PromotionsChange, edit)
        .post("/admin/promotions/{id}/edit", Permission::PromotionsChange, update);
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    action: String,
}

#[derive(Template)]
#[template(path = "admin/promotions/kinds.html")]
struct KindsPage {
    desk: Desk,
    kinds: &'static [ActionKind],
}

#[derive(Template)]
#[template(path = "admin/promotions/form.html")]
struct FormPage {
    desk: Desk,
    /// `None` while it is new.
    id: Option<PromotionId>,
    form: PromotionForm,
    kind: ActionKind,
    currency: &'static str,
    categories: Vec<CategoryTree>,
    problems: Problems,
}

impl FormPage {
    async fn make(desk: Desk, id: Option<PromotionId>, form: PromotionForm, problems: Problems, app: &App) -> Result<Self> {
        let (store, categories) = app.db.read(|conn| Ok((settings::store(conn)?, catalog::category_tree(conn)?))).await?;
        let kind = form.kind().ok_or(Error::NotFound)?;
        Ok(Self { desk, id, form, kind, currency: store.currency.code(), categories, problems })
    }

    fn action(&self) -> String {
        self.id.map_or_else(|| "/admin/promotions".to_owned(), |id| format!("/admin/promotions/{id}/edit"))
    }

    fn back(&self) -> String {
        self.id.map_or_else(|| "/admin/promotions".to_owned(), |id| format!("/admin/promotions/{id}"))
    }

    fn is(&self, kind: &str) -> bool {
        self.kind.as_str() == kind
    }
}

/// First what it does, then the fields of that.
async fn new(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let Ok(kind) = query.action.parse() else {
        return private_html(StatusCode::OK, &KindsPage { desk, kinds: ActionKind::ALL });
    };
    let page = FormPage::make(desk, None, PromotionForm::new(kind), Problems::default(), &app).await?;
    private_html(StatusCode::OK, &page)
}

async fn edit(desk: Desk, id: web::Path<PromotionId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let found = app.db.read(move |conn| {
        let promotion = promotions::find(conn, id)?;
        form_of(conn, &promotion)
    });
    let page = FormPage::make(desk, Some(id), found.await?, Problems::default(), &app).await?;
    private_html(StatusCode::OK, &page)
}

/// The promotion as its form shows it.
fn form_of(conn: &mut Conn, promotion: &Promotion) -> Result<PromotionForm> {
    let gift = promotion.plan.gift_variant_id.map(|variant| catalog::variant(conn, variant)).transpose()?;
    let gift = gift.map(|variant| variant.sku).unwrap_or_default();
    Ok(PromotionForm::of(promotion, &targets::of(conn, &[promotion.id])?, &gift))
}

async fn create(visitor: Visitor, form: Form<PromotionForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, visitor, form.0, request, app).await
}

async fn update(
    visitor: Visitor,
    id: web::Path<PromotionId>,
    form: Form<PromotionForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    save(Some(id.into_inner()), visitor, form.0, request, app).await
}

/// Over what the form showed; what is another by now is told.
fn save_over(conn: &mut Conn, id: Option<PromotionId>, typed: PromotionForm) -> Result<Meanwhile<PromotionId>> {
    let currency = settings::store(conn)?.currency;
    let kept = id.map(|id| promotions::lock(conn, id)).transpose()?;
    let now = kept.as_ref().map(|promotion| form_of(conn, promotion)).transpose()?.unwrap_or_default();
    // A promotion keeps its action: its fields and uses belong to it.
    let action = kept.map_or(typed.action.clone(), |promotion| promotion.plan.action.as_str().to_owned());
    let typed = PromotionForm { action, ..typed };
    let shape = typed.parse(currency).map_err(Error::Invalid)?;
    meanwhile::unless_changed(&typed.was, &now.fields(), &typed.fields(), || ops::save(conn, id, &shape))
}

async fn save(id: Option<PromotionId>, visitor: Visitor, mut form: PromotionForm, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let typed = form.clone();
    let (status, problems) = match app.db.write(move |conn| save_over(conn, id, typed)).await {
        Ok(Meanwhile::Saved(saved)) => {
            let said = if id.is_some() { "The promotion is saved." } else { "The promotion is saved. It is off until you switch it on." };
            return see_other_with(&visitor.session, FlashKind::Success, said, &format!("/admin/promotions/{saved}?saved=yes"));
        }
        Ok(Meanwhile::Changed { told, was }) => {
            form.was = was;
            (StatusCode::CONFLICT, told)
        }
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.into_problems()?),
    };
    private_html(status, &FormPage::make(Desk::of(&request).await?, id, form, problems, &app).await?)
}
