use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;
use qrcode::{Color, QrCode};

use super::sign_ins::sign_in;
use crate::{
    accounts::{
        forms::CodeForm,
        ops::second_factor::{self, Enrolment, Standing},
    },
    base::{Error, Problems, Result},
    web::{Access, Account, App, Customer, Doors, FlashKind, Form, NoFields, Shell, Visitor, private_html, see_other, see_other_with},
};

const HERE: &str = "/account/second-factor";

pub fn routes(doors: &mut Doors) {
    doors
        .get(HERE, Access::Proved, page)
        .post(HERE, Access::Proved, begin)
        .get("/account/second-factor/confirmation", Access::Proved, enrolment_page)
        .post("/account/second-factor/confirmation", Access::Proved, confirm)
        .get("/account/second-factor/recovery-codes", Access::Proved, codes_page)
        .post("/account/second-factor/recovery-codes", Access::Proved, new_codes)
        .get("/account/second-factor/removal", Access::Proved, removal_page)
        .post("/account/second-factor/removal", Access::Proved, remove);
}

#[derive(Template)]
#[template(path = "accounts/second_factor.html")]
struct StandingPage {
    shell: Shell,
    standing: Standing,
    /// The role of who looks asks for one.
    is_demanded: bool,
}

async fn page(Customer(account): Customer, shell: Shell, app: App) -> Result<HttpResponse> {
    let standing = standing(&app, &account).await?;
    private_html(StatusCode::OK, &StandingPage { shell, standing, is_demanded: account.needs_second_factor })
}

async fn standing(app: &App, account: &Account) -> Result<Standing> {
    let id = account.id;
    app.db.read(move |conn| second_factor::standing(conn, id)).await
}

async fn begin(Customer(account): Customer, visitor: Visitor, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let keys = app.keys.clone();
    match app.db.write(move |conn| second_factor::begin(conn, &keys, account.id)).await {
        Ok(()) => Ok(see_other("/account/second-factor/confirmation")),
        Err(Error::Conflict(why)) => see_other_with(&visitor.session, FlashKind::Error, &why, "/account/second-factor?saved=no"),
        Err(error) => Err(error),
    }
}

/// The picture that an app reads, as a path of squares of one unit each.
struct Picture {
    /// Units, with the quiet zone of four on each side (ISO/IEC 18004).
    width: usize,
    path: String,
}

impl Picture {
    const QUIET: usize = 4;

    fn of(text: &str) -> Result<Self> {
        let code = QrCode::new(text).map_err(|error| Error::internal(format!("a picture for an app: {error}")))?;
        let across = code.width();
        let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
        let squares = dark.map(|(at, _)| format!("M{} {}h1v1h-1z", at % across + Self::QUIET, at / across + Self::QUIET));
        Ok(Self { width: across + 2 * Self::QUIET, path: squares.collect() })
    }
}

#[derive(Template)]
#[template(path = "accounts/second_factor_enrolment.html")]
struct EnrolmentPage {
    shell: Shell,
    enrolment: Enrolment,
    picture: Picture,
    problems: Problems,
}

impl EnrolmentPage {
    /// In groups of four, as people type it.
    fn seed(&self) -> String {
        let letters: Vec<char> = self.enrolment.seed.chars().collect();
        letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
    }
}

async fn enrolment_page(Customer(account): Customer, request: HttpRequest, app: App) -> Result<HttpResponse> {
    show_enrolment(StatusCode::OK, &account, Problems::default(), &request, &app).await
}

async fn show_enrolment(
    status: StatusCode,
    account: &Account,
    problems: Problems,
    request: &HttpRequest,
    app: &App,
) -> Result<HttpResponse> {
    let (keys, id, email) = (app.keys.clone(), account.id, account.email.clone());
    match app.db.read(move |conn| second_factor::begun(conn, &keys, id, &email)).await? {
        None => Ok(see_other(HERE)),
        Some(enrolment) => {
            let picture = Picture::of(&enrolment.url)?;
            private_html(status, &EnrolmentPage { shell: Shell::of(request).await?, enrolment, picture, problems })
        }
    }
}

/// Recovery codes as they are shown once: nobody can read them again, so this page is the answer to the form itself.
#[derive(Template)]
#[template(path = "accounts/recovery_codes.html")]
struct CodesPage {
    shell: Shell,
    codes: Vec<String>,
    /// They belong to a second factor that was set just now.
    is_new: bool,
}

async fn confirm(
    Customer(account): Customer,
    visitor: Visitor,
    form: Form<CodeForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let confirmed = match form.0.parse() {
        Ok(code) => second_factor::confirm(&app.db, &app.keys, app.absolute(""), sign_in(&visitor)?, code).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match confirmed {
        Ok((codes, generation)) => {
            visitor.session.note_generation(generation)?;
            private_html(StatusCode::OK, &CodesPage { shell: Shell::of(&request).await?, codes, is_new: true })
        }
        // The button was pressed twice, say: the first time counted.
        Err(Error::Conflict(why)) => see_other_with(&visitor.session, FlashKind::Notice, &why, "/account/second-factor?saved=yes"),
        Err(error) => show_enrolment(StatusCode::UNPROCESSABLE_ENTITY, &account, error.into_problems()?, &request, &app).await,
    }
}

#[derive(Template)]
#[template(path = "accounts/new_codes.html")]
struct NewCodesPage {
    shell: Shell,
    standing: Standing,
}

async fn codes_page(Customer(account): Customer, shell: Shell, app: App) -> Result<HttpResponse> {
    let standing = standing(&app, &account).await?;
    if !standing.is_set {
        return Ok(see_other(HERE));
    }
    private_html(StatusCode::OK, &NewCodesPage { shell, standing })
}

async fn new_codes(
    Customer(account): Customer,
    visitor: Visitor,
    _form: Form<NoFields>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    match second_factor::new_codes(&app.db, app.absolute(""), account.id).await {
        Ok(codes) => private_html(StatusCode::OK, &CodesPage { shell: Shell::of(&request).await?, codes, is_new: false }),
        Err(Error::Conflict(why)) => see_other_with(&visitor.session, FlashKind::Error, &why, "/account/second-factor?saved=no"),
        Err(error) => Err(error),
    }
}

#[derive(Template)]
#[template(path = "accounts/second_factor_removal.html")]
struct RemovalPage {
    shell: Shell,
}

async fn removal_page(Customer(account): Customer, shell: Shell, app: App) -> Result<HttpResponse> {
    if !standing(&app, &account).await?.is_set {
        return Ok(see_other(HERE));
    }
    private_html(StatusCode::OK, &RemovalPage { shell })
}

async fn remove(visitor: Visitor, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    match second_factor::remove(&app.db, app.absolute(""), sign_in(&visitor)?).await {
        Ok(generation) => {
            visitor.session.note_generation(generation)?;
            let told = "Signing in asks for your password alone from now on.";
            see_other_with(&visitor.session, FlashKind::Success, told, "/account/second-factor?saved=yes")
        }
        Err(Error::Conflict(why)) => see_other_with(&visitor.session, FlashKind::Error, &why, "/account/second-factor?saved=no"),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_a_quiet_zone_around_it_and_a_square_in_each_corner_but_one() {
        let picture = Picture::of("otpauth://totp/Shop:annie%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Shop").unwrap();
        let last = picture.width - Picture::QUIET - 1;
        for corner in ["M4 4h".to_owned(), format!("M{last} 4h"), format!("M4 {last}h")] {
            assert!(picture.path.contains(&corner), "{corner}");
        }
        assert!(!picture.path.contains("M0 ") && !picture.path.contains("M3 "));
    }
}
