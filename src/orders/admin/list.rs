use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{Page, PageRequest, Permission, Result},
    orders::{
        forms::ListQuery,
        model::{Order, Tab},
        store,
    },
    web::{App, Desk, Doors, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/orders", Permission::OrdersSee, list);
}

#[derive(Template)]
#[template(path = "admin/orders/list.html")]
struct ListPage {
    desk: Desk,
    query: ListQuery,
    /// As it was typed.
    sought: String,
    /// Orders with the name on the parcel.
    page: Page<(Order, String)>,
}

impl ListPage {
    fn tabs(&self) -> &'static [Tab] {
        Tab::ALL
    }

    fn is_open(&self, tab: &Tab) -> bool {
        self.query.tab() == *tab
    }

    /// The address to which the pagination adds its page.
    fn page_base(&self) -> String {
        format!("{}&", self.query.with_tab(&self.query.tab()))
    }
}

async fn list(desk: Desk, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let query = query.into_inner();
    let sought = app.opened_search(&query.q);
    let filter = ListQuery { q: sought.clone(), ..query.clone() }.filter();
    let request = PageRequest::new(query.page, 50);
    let page = app.db.read(move |conn| store::list(conn, &filter, request)).await?;
    private_html(StatusCode::OK, &ListPage { desk, query, sought, page })
}
