use actix_web::{HttpRequest, HttpResponse, web};

use super::{model::Till, ops};
use crate::{
    base::{Error, Result},
    payments::{GatewayError, Headers},
    web::{Access, Doors},
};

/// Bytes of one message at most.
const MOST: usize = 64 * 1024;

pub fn routes(doors: &mut Doors) {
    doors.post_limited("/webhooks/{gateway}", Access::OwnKey, MOST, receive);
}

/// A gateway tells something. Only what it signed counts; it is answered 200 once the effect is stored, so that it tells
/// again whatever got lost.
async fn receive(gateway: web::Path<String>, body: web::Bytes, request: HttpRequest, till: web::Data<Till>) -> Result<HttpResponse> {
    till.gateways.refresh().await;
    let gateway = till.gateways.get(&gateway)?;
    match gateway.webhook(&headers_of(&request), &body).await {
        Ok(Some(notice)) => ops::heed(&till, gateway.code(), notice).await?,
        Ok(None) => {}
        Err(error @ GatewayError::NotGenuine(_)) => {
            tracing::warn!(event = "webhook_refused", gateway = gateway.code(), error = %error, "a message was refused");
            return Err(Error::Forbidden);
        }
        Err(error) => return Err(Error::Internal(error.into())),
    }
    Ok(HttpResponse::Ok().finish())
}

fn headers_of(request: &HttpRequest) -> Headers {
    let readable = request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    readable.collect()
}
