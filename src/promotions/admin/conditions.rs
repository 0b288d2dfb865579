use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    accounts::Group,
    base::{ConditionId, Error, Permission, Problems, PromotionId, Result},
    catalog::{self, CategoryTree},
    promotions::{
        forms::ConditionForm,
        model::{ConditionKind, Promotion},
        ops,
        store::{promotions, targets},
    },
    settings::{self, Country},
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/promotions/{id}/conditions/new", Permission::PromotionsChange, new)
        .post("/admin/promotions/{id}/conditions", Permission::PromotionsChange, create)
        .post("/admin/promotions/{id}/conditions/{condition}/removal", Permission::PromotionsChange, remove);
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    kind: String,
}

#[derive(Template)]
#[template(path = "admin/promotions/condition_form.html")]
struct FormPage {
    desk: Desk,
    promotion: Promotion,
    form: ConditionForm,
    kind: ConditionKind,
    categories: Vec<CategoryTree>,
    groups: Vec<Group>,
    countries: Vec<Country>,
    problems: Problems,
}

impl FormPage {
    async fn make(desk: Desk, id: PromotionId, form: ConditionForm, problems: Problems, app: &App) -> Result<Self> {
        let found = app.db.read(move |conn| Ok((promotions::find(conn, id)?, catalog::category_tree(conn)?, targets::groups(conn)?)));
        let (promotion, categories, groups) = found.await?;
        let kind = form.kind().ok_or(Error::NotFound)?;
        Ok(Self { desk, promotion, form, kind, categories, groups, countries: settings::countries(), problems })
    }

    fn is(&self, kind: &str) -> bool {
        self.kind.as_str() == kind
    }

    fn number_label(&self) -> &'static str {
        match self.kind {
            ConditionKind::QuantityFrom => "Units at least",
            ConditionKind::OrdersMoreThan => "More orders than",
            _ => "Which order",
        }
    }

    fn number_hint(&self) -> &'static str {
        match self.kind {
            ConditionKind::QuantityFrom => "1 stands for: the cart has any of them.",
            ConditionKind::OrdersMoreThan => "Orders placed before and not cancelled. With 50, the 52nd order is the first to get it.",
            _ => "5 stands for the fifth. Cancelled orders don’t count.",
        }
    }

    fn has_group(&self, id: &i64) -> bool {
        self.form.groups.contains(id)
    }

    fn has_country(&self, code: &str) -> bool {
        self.form.countries.iter().any(|chosen| chosen == code)
    }
}

async fn new(desk: Desk, id: web::Path<PromotionId>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let form = ConditionForm { kind: query.into_inner().kind, goods: "all".into(), ..ConditionForm::default() };
    if form.kind().is_none() {
        return Ok(see_other(&format!("/admin/promotions/{id}#conditions")));
    }
    private_html(StatusCode::OK, &FormPage::make(desk, id, form, Problems::default(), &app).await?)
}

async fn create(
    visitor: Visitor,
    id: web::Path<PromotionId>,
    form: Form<ConditionForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, Form(form)) = (id.into_inner(), form);
    let typed = form.clone();
    let added = app.db.write(move |conn| {
        let currency = promotions::find(conn, id)?.plan.currency;
        let input = typed.parse(currency).map_err(Error::Invalid)?;
        ops::add_condition(conn, id, &input)
    });
    match added.await {
        Ok(_) => {
            see_other_with(&visitor.session, FlashKind::Success, "The condition is added.", &format!("/admin/promotions/{id}#conditions"))
        }
        Err(error) => {
            let page = FormPage::make(Desk::of(&request).await?, id, form, error.into_problems()?, &app).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn remove(visitor: Visitor, path: web::Path<(PromotionId, ConditionId)>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let (id, condition) = path.into_inner();
    app.db.write(move |conn| ops::remove_condition(conn, id, condition)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The condition is removed.", &format!("/admin/promotions/{id}#conditions"))
}
