//! The page on which the owner makes the provider misbehave, to see how the shop bears it.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{
    forms::FaultInput,
    model::{FaultKind, Place},
    ops::{self, SandboxProvider},
    rules::{TEST_CARDS, TestCard},
    store,
};
use crate::{
    base::{Error, Permission, Problems, Result},
    web::{Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

type Provider = web::Data<SandboxProvider>;

pub fn routes(doors: &mut Doors) {
    doors.get("/sandbox/control", Permission::SettingsChange, show).post("/sandbox/control", Permission::SettingsChange, arm).post(
        "/sandbox/control/disarming",
        Permission::SettingsChange,
        disarm,
    );
}

#[derive(Template)]
#[template(path = "sandbox/control.html")]
struct ControlPage {
    desk: Desk,
    armed: Vec<(Place, FaultKind, i64)>,
    problems: Problems,
}

impl ControlPage {
    fn test_cards(&self) -> &'static [TestCard] {
        &TEST_CARDS
    }

    fn places(&self) -> &'static [Place] {
        Place::ALL
    }

    fn kinds(&self) -> &'static [FaultKind] {
        FaultKind::ALL
    }
}

async fn show(desk: Desk, provider: Provider) -> Result<HttpResponse> {
    let armed = provider.db.read(store::armed).await?;
    private_html(StatusCode::OK, &ControlPage { desk, armed, problems: Problems::default() })
}

async fn arm(visitor: Visitor, form: Form<FaultInput>, request: HttpRequest, provider: Provider) -> Result<HttpResponse> {
    let Form(input) = form;
    let armed = match input.times() {
        Ok(times) => provider.db.write(move |conn| ops::arm(conn, input.place, input.kind, times)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match armed {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The fault is armed.", "/sandbox/control?armed=yes"),
        Err(error) => {
            let problems = error.into_problems()?;
            let armed = provider.db.read(store::armed).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &ControlPage { desk: Desk::of(&request).await?, armed, problems })
        }
    }
}

async fn disarm(visitor: Visitor, _form: Form<NoFields>, provider: Provider) -> Result<HttpResponse> {
    provider.db.write(ops::disarm).await?;
    see_other_with(&visitor.session, FlashKind::Success, "No fault is armed any more.", "/sandbox/control")
}
