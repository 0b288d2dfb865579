//! What stands beside a product on its page: other products that staff name.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{Permission, Problems, ProductId, Result},
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
    let form = app.db.read(move |conn| {
        let mut lines = |kind| -> Result<String> {
            let others = relations::of(conn, id, kind)?;
            let slugs: Vec<_> = products::names_of(conn, &others)?.into_iter().map(|(_, slug, _)| slug).collect();
            Ok(slugs.join("\n"))
        };
        Ok(RelationsForm { related: lines(Relation::Related)?, accessories: lines(Relation::Accessory)? })
    });
    private_html(StatusCode::OK, &FormPage::make(desk, id, form.await?, Problems::default(), &app).await?)
}

async fn update(
    visitor: Visitor,
    id: web::Path<ProductId>,
    form: Form<RelationsForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, form) = (id.into_inner(), form.0);
    let (related, accessories) = (names(&form.related), names(&form.accessories));
    let saved = app.db.write(move |conn| {
        products::lock(conn, id)?;
        ops::set_relations(conn, id, &related, &accessories)
    });
    match saved.await {
        Ok(()) => {
            let url = format!("/admin/products/{id}#beside");
            see_other_with(&visitor.session, FlashKind::Success, "What stands beside the product is saved.", &url)
        }
        Err(error) => {
            let page = FormPage::make(Desk::of(&request).await?, id, form, error.into_problems()?, &app).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
