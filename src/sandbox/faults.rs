//! How an armed fault shows on the wire.

use std::{convert::Infallible, io, time::Duration};

use actix_web::{
    HttpResponse,
    body::{BoxBody, MessageBody, to_bytes},
    http::StatusCode,
    web::Bytes,
};
use futures_util::{StreamExt, stream};

use super::{
    api::Refusal,
    model::{FaultKind, Place},
    ops::{self, SandboxProvider},
};
use crate::base::Error;

/// Longer than anybody should wait.
const HANG: Duration = Duration::from_secs(30);

/// The fault that strikes a request, if any.
pub struct Struck(Option<FaultKind>);

/// Takes the next fault armed for this place. A hanging one hangs here, before anything is done.
pub async fn before(provider: &SandboxProvider, place: Place) -> Result<Struck, Error> {
    let kind = provider.db.write(move |conn| ops::next_fault(conn, place)).await?;
    if kind == Some(FaultKind::Hang) {
        tokio::time::sleep(HANG).await;
    }
    Ok(Struck(kind))
}

impl Struck {
    /// The answer where nothing is done; `None`: go on.
    pub fn answer(&self) -> Option<HttpResponse> {
        match self.0.filter(|kind| !kind.strikes_after())? {
            FaultKind::Reset => Some(broken_off()),
            FaultKind::Error => Some(HttpResponse::InternalServerError().body("something broke")),
            FaultKind::Garbage => Some(HttpResponse::Ok().content_type("application/json").body("<!doctype html>?\u{fffd}{")),
            _ => Some(HttpResponse::ServiceUnavailable().body("no")),
        }
    }

    /// Lets the answer through once it is done, or spoils it.
    pub async fn after(self, answer: HttpResponse) -> Result<HttpResponse, Refusal> {
        match self.0 {
            Some(FaultKind::AnswerLost) => {
                tokio::time::sleep(HANG).await;
                Ok(broken_off())
            }
            Some(FaultKind::SlowDrip) => drip(answer).await,
            _ => Ok(answer),
        }
    }
}

/// Promises a body and breaks off, which closes the connection.
fn broken_off() -> HttpResponse {
    let broken = stream::once(async { Err::<Bytes, _>(io::Error::other("reset")) });
    HttpResponse::Ok().streaming(broken)
}

/// A byte a second.
async fn drip(answer: HttpResponse) -> Result<HttpResponse, Refusal> {
    let status: StatusCode = answer.status();
    let body: BoxBody = answer.into_body();
    let size = body.size();
    let bytes = to_bytes(body).await.map_err(|_| Error::internal(format!("a body of {size:?} could not be read")))?;
    let drops = stream::iter(bytes).then(|byte| async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok::<_, Infallible>(Bytes::copy_from_slice(&[byte]))
    });
    Ok(HttpResponse::build(status).content_type("application/json").streaming(drops))
}
