use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION},
    },
    web::{self, Bytes},
};
use askama::Template;
use futures_util::{Stream, stream};

use super::{
    forms::Query,
    model::{Entry, Filter, Kind},
    rules, store,
};
use crate::{
    base::{Conn, Db, Error, Page, PageRequest, Permission, Result, Rights},
    web::{App, Desk, Doors, Staff, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/audit", Permission::AuditSee, list).get("/admin/audit.csv", Permission::AuditExport, export);
}

/// Entries that one look at the database fetches for the file.
const AT_ONCE: i64 = 1000;

#[derive(Template)]
#[template(path = "admin/audit/list.html")]
struct ListPage {
    desk: Desk,
    query: Query,
    subjects: Vec<String>,
    page: Page<Entry>,
}

impl ListPage {
    fn kinds(&self) -> &'static [Kind] {
        Kind::ALL
    }

    fn page_base(&self) -> String {
        format!("/admin/audit?{}&", self.query.narrowing())
    }

    fn is_open(&self, entry: &Entry) -> bool {
        entry.is_open_to(self.desk.staff.rights)
    }
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let query = query.into_inner();
    let load = move |conn: &mut Conn| {
        let page = store::list(conn, &query.filter(), PageRequest::new(query.page, 50))?;
        Ok(ListPage { desk, subjects: store::subjects(conn)?, page, query })
    };
    private_html(StatusCode::OK, &app.db.read(load).await?)
}

/// The same entries as in the list, all of them, sent while they are read.
async fn export(Staff(reader): Staff, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let file = lines(app.db.clone(), query.filter(), reader.rights);
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""))
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(file))
}

/// Where the file has got to.
enum At {
    Head,
    Before(i64),
    End,
}

fn lines(db: Db, filter: Filter, rights: Rights) -> impl Stream<Item = Result<Bytes>> {
    stream::try_unfold(At::Head, move |at| {
        let (db, filter) = (db.clone(), filter.clone());
        async move {
            let before = match at {
                At::Head => return Ok(Some((Bytes::from(rules::csv_head()?), At::Before(i64::MAX)))),
                At::Before(id) => id,
                At::End => return Ok(None),
            };
            let entries = db.read(move |conn| store::older(conn, &filter, before, AT_ONCE)).await?;
            let next = entries.last().map_or(At::End, |entry| At::Before(entry.id));
            Ok::<_, Error>(Some((Bytes::from(rules::csv_rows(&entries, rights)?), next)))
        }
    })
}
