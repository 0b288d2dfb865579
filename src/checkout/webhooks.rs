use actix_web::{HttpRequest, HttpResponse, web};

use super::{model::Till, ops};
use crate::{
    base::{Error, Result},
    payments::{self, GatewayError},
};

/// Bytes of one message at most.
const MOST: usize = 64 * 1024;

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/webhooks/{gateway}").app_data(web::PayloadConfig::new(MOST)).route(web::post().to(receive)));
}

/// A gateway tells something. Only what it signed counts; it is answered 200 once the effect is stored, so that it tells
/// again whatever got lost.
async fn receive(gateway: web::Path<String>, body: web::Bytes, request: HttpRequest, till: web::Data<Till>) -> Result<HttpResponse> {
    let gateway = till.gateways.get(&gateway)?;
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let notice = match gateway.webhook(&header, &body) {
        Ok(Some(notice)) => notice,
        Ok(None) => return Ok(HttpResponse::Ok().finish()),
        Err(error @ GatewayError::NotGenuine(_)) => {
            tracing::warn!(event = "webhook_refused", gateway = gateway.code(), error = %error, "a message was refused");
            return Err(Error::Forbidden);
        }
        Err(error) => return Err(Error::Internal(error.into())),
    };
    let (code, links, gateways) = (gateway.code(), till.links.clone(), till.gateways.clone());
    let settled = till.db.write(move |conn| {
        // It can arrive before we have written down which payment it is; told again, it will find it.
        let attempt = payments::find_by_reference(conn, code, &notice.reference)?.ok_or(Error::NotFound)?;
        ops::settle(conn, &links, &gateways, attempt.id, &notice.event_id, &notice.standing)
    });
    settled.await?;
    Ok(HttpResponse::Ok().finish())
}
