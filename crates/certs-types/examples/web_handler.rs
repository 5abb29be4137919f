//! A web service that reads the API's JSON, with certs-types alone.
//!
//! It takes a page of certificates, as in the response to `GET /organization/certificates`, and returns the ids of
//! those that are active and have expired or expire within thirty days.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::routing::post;
use axum::{Json, Router};
use certs_types::{Certificate, CertificateId, Page};

/// `POST /expiring`. `now` returns the time in Unix seconds.
fn service(now: fn() -> i64) -> Router {
    let handler = move |Json(page): Json<Page<Certificate>>| async move {
        let expiring = page.data.into_iter().filter(|certificate| expires_soon(certificate, now()));
        Json(expiring.map(|certificate| certificate.id).collect::<Vec<CertificateId>>())
    };
    Router::new().route("/expiring", post(handler))
}

fn expires_soon(certificate: &Certificate, now: i64) -> bool {
    const THIRTY_DAYS: i64 = 30 * 24 * 3600;
    let expires_at = certificate.certificate_details.expires_at;
    certificate.active == Some(true)
        && expires_at.is_some_and(|time| time.as_secs() < now + THIRTY_DAYS)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, service(unix_time)).await
}

fn unix_time() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode};
    use tower::ServiceExt;

    use super::*;

    async fn request(body: &str) -> (StatusCode, String) {
        let request = Request::post("/expiring").header("content-type", "application/json");
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = service(|| 1_000_000).oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 4096).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_handler_gets_certificates_and_gives_ids() {
        let certificate = |id: &str, active: bool, expires: i64| {
            format!(
                r#"{{"object":"organization.certificate","id":"{id}","created_at":1,"active":{active},
                    "certificate_details":{{"expires_at":{expires}}}}}"#
            )
        };
        let data = [
            certificate("cert_soon", true, 1_100_000),
            certificate("cert_later", true, 9_000_000),
            certificate("cert_off", false, 1_100_000),
        ];
        let page = format!(r#"{{"object":"list","has_more":false,"data":[{}]}}"#, data.join(","));
        assert_eq!(request(&page).await, (StatusCode::OK, r#"["cert_soon"]"#.to_owned()));
    }

    #[tokio::test]
    async fn invalid_certificates_are_refused_with_the_reason() {
        let page =
            r#"{"data":[{"object":"x","id":"../x","created_at":1,"certificate_details":{}}]}"#;
        let (status, reason) = request(page).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(reason.contains("data[0].id"), "{reason}");
    }
}
