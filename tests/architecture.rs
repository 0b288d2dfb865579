//! The map in `src/lib.rs`, checked: a room imports only rooms on lower floors,
//! and each kind of file keeps to its own tools.
//!
//! Doors need no test: a room's files are private modules, so other rooms can
//! only name what its `mod.rs` re-exports.

use std::{fs, path::Path};

/// Lowest first. A room may import any room on an earlier floor, none on its own.
const FLOORS: &[&[&str]] = &[
    &["schema", "base"],
    &["web", "joins"],
    &["audit", "limits"],
    &["jobs"],
    &["mail", "media", "documents"],
    &["settings", "sandbox"],
    &["accounts"],
    &["catalog", "content"],
    &["inventory", "pricing", "promotions", "tax", "shipping", "credit"],
    &["quote", "downloads"],
    &["cart", "invoices", "payments", "search"],
    &["orders"],
    &["checkout", "reminders", "wishlists", "reviews", "alerts", "newsletter"],
    &["storefront", "backoffice", "reports", "exchange", "doctor", "privacy"],
    &["app"],
];

/// What each kind of file must never name.
const CLOSED: &[(&str, &[&str])] = &[
    ("rules", &["diesel", "actix_web", "schema::", "super::store", "super::ops"]),
    ("store", &["actix_web", "super::ops", "super::rules"]),
    ("ops", &["actix_web", "crate::web", "schema::"]),
    ("papers", &["actix_web", "schema::", "super::store", "super::ops"]),
    ("forms", &["schema::", "super::store", "super::ops"]),
    ("jobs", &["actix_web", "diesel", "schema::"]),
    ("mails", &["actix_web", "diesel", "schema::"]),
    ("pages", &["diesel", "schema::"]),
    ("admin", &["diesel", "schema::"]),
    ("api", &["diesel", "schema::"]),
];

#[test]
fn every_room_stands_on_the_floors_below_it() {
    let mut wrong = vec![];
    visit(Path::new("src"), &mut |room, role, path, text| {
        for other in rooms_named(text) {
            if other != room && floor(&other) >= floor(room) {
                wrong.push(format!("{path}: `{room}` may not import `{other}`"));
            }
        }
        for (_, names) in CLOSED.iter().filter(|(closed, _)| *closed == role) {
            for name in names.iter().filter(|name| text.contains(**name)) {
                wrong.push(format!("{path}: a `{role}` file may not name `{name}`"));
            }
        }
    });
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A route says whom it lets in where it is declared. `web::Doors` makes that so; nothing may go past it.
#[test]
fn every_route_is_a_door() {
    let mut wrong = vec![];
    visit(Path::new("src"), &mut |_, _, path, text| {
        let past = ["ServiceConfig", "web::resource", "web::scope", ".route(", "web::get(", "web::post("];
        if !["src/web/doors.rs", "src/app/server.rs"].contains(&path) {
            wrong.extend(past.iter().filter(|name| text.contains(**name)).map(|name| format!("{path}: `{name}`")));
        }
    });
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn floor(room: &str) -> usize {
    let at = FLOORS.iter().position(|floor| floor.contains(&room));
    at.unwrap_or_else(|| panic!("`{room}` is not on the map"))
}

/// Calls `check` with the room, role, path and uncommented text of every source file.
fn visit(dir: &Path, check: &mut impl FnMut(&str, &str, &str, &str)) {
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            visit(&path, check);
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let name = path.to_str().unwrap().trim_end_matches(".rs").to_owned();
        let mut parts = name.split('/').skip(1);
        let (room, role) = (parts.next().unwrap(), parts.next().unwrap_or("mod"));
        if room == "lib" || room == "main" {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let text: Vec<_> = source.lines().map(|line| format!(" {line}")).collect();
        let text: Vec<_> = text.iter().map(|line| line.split(" //").next().unwrap()).collect();
        check(room, role, path.to_str().unwrap(), &text.join("\n"));
    }
}

/// The `a` of every `crate::a::…`, and each of `crate::{a::…, b}`.
fn rooms_named(text: &str) -> Vec<String> {
    let first = |path: &str| path.trim().split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("").to_owned();
    let mut rooms = vec![];
    for rest in text.split("crate::").skip(1) {
        if !rest.starts_with('{') {
            rooms.push(first(rest));
            continue;
        }
        let (mut depth, mut from) = (0, 1);
        for (at, c) in rest.char_indices() {
            depth += (c == '{') as i32 - (c == '}') as i32;
            if depth == 0 || (depth == 1 && c == ',') {
                rooms.push(first(&rest[from..at]));
                from = at + 1;
            }
            if depth == 0 {
                break;
            }
        }
    }
    rooms.retain(|room| !room.is_empty());
    rooms
}
