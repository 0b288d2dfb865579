//! What stands beside a product on its page: other products that staff name.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{Conn, Meanwhile, Permission, Problems, ProductId, Result, meanwhile},
    catalog::{
        forms::{RelationsForm, names},
        model::{Product, Relation},
        ops,
        store::{products, relations},
    },
    web::{App, Desk, Doors, FlashKind, Form, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/products/{id}/relations", Permission::CatalogChange, edit).post(
        "/admin/products/{id}/relations",
        Permission::CatalogChange,
        update,
    );
}

#[derive(Template)]
#[template(path = "admin/catalog/relations.html")]
struct FormPage {
    desk: Desk,
    product: Product,
    form: RelationsForm,
    /// Counted from orders: nobody writes it.
    together: Vec<(ProductId, String, String)>,
    problems: Problems,
}

impl FormPage {
    async fn make(desk: Desk, id: ProductId, form: RelationsForm, problems: Problems, app: &App) -> Result<Self> {
        let read = app.db.read(move |conn| {
            let together = relations::bought_with(conn, id)?;
            Ok((products::find(conn, id)?, products::names_of(conn, &together)?))
        });
        let (product, together) = read.await?;
        Ok(Self { desk, product, form, together, problems })
    }
}

async fn edit(desk: Desk, id: web::Path<ProductId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let form = app.db.read(move |conn| form_of(conn, id)).await?;
    private_html(StatusCode::OK, &FormPage::make(desk, id, form, Problems::default(), &app).await?)
}

fn form_of(conn: &mut Conn, id: ProductId) -> Result<RelationsForm> {
    let mut lines = |kind| -> Result<String> {
        let others = relations::of(conn, id, kind)?;
        let slugs: Vec<_> = products::names_of(conn, &others)?.into_iter().map(|(_, slug, _)| slug).collect();
        Ok(slugs.join("\n"))
    };
    Ok(RelationsForm::of(lines(Relation::Related)?, lines(Relation::Accessory)?))
}

async fn update(
    visitor: Visitor,
    id: web::Path<ProductId>,
    form: Form<RelationsForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, mut form) = (id.into_inner(), form.0);
    let typed = form.clone();
    let saved = app.db.write(move |conn| {
        products::lock(conn, id)?;
        let now = form_of(conn, id)?;
        let (related, accessories) = (names(&typed.related), names(&typed.accessories));
        meanwhile::unless_changed(&typed.was, &now.fields(), &typed.fields(), || ops::set_relations(conn, id, &related, &accessories))
    });
    let (status, problems) = match saved.await {
        Ok(Meanwhile::Saved(())) => {
            let url = format!("/admin/products/{id}#beside");
            return see_other_with(&visitor.session, FlashKind::Success, "What stands beside the product is saved.", &url);
        }
        Ok(Meanwhile::Changed { told, was }) => {
            form.was = was;
            (StatusCode::CONFLICT, told)
        }
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.into_problems()?),
    };
    private_html(status, &FormPage::make(Desk::of(&request).await?, id, form, problems, &app).await?)
}
