//! A server of canned answers: a toggle of ten certificates, and a list of as many as it is told.
//!
//! Prints its base URL, then serves until it is killed.

use std::convert::Infallible;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let listed: usize = std::env::args().nth(1).map_or(0, |count| count.parse().expect("a number"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("http://{}/v1", listener.local_addr().expect("an address"));
    let toggled = Bytes::from(format!(
        r#"{{"object":"organization.certificate.deactivation","data":[{}]}}"#,
        certificates(0..10, false)
    ));
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        let toggled = toggled.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, toggled.clone(), listed));
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    toggled: Bytes,
    listed: usize,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = if request.method() == Method::GET {
        page(request.uri().query().unwrap_or_default(), listed)
    } else {
        let _ = request.into_body().collect().await;
        toggled
    };
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("x-request-id", "req_0123456789abcdef0123456789abcdef")
        .header("openai-organization", "org-example")
        .header("openai-processing-ms", "7")
        .header("openai-version", "2020-10-01")
        .body(Full::new(body));
    Ok(response.expect("an answer"))
}

fn page(query: &str, listed: usize) -> Bytes {
    let after = query.split('&').find_map(|pair| pair.strip_prefix("after=cert_"));
    let start = after.map_or(0, |after| after.parse::<usize>().expect("a cursor") + 1);
    let end = (start + 100).min(listed);
    let (first, last) = (start, end.saturating_sub(1));
    Bytes::from(format!(
        r#"{{"object":"list","data":[{}],"first_id":"cert_{first:032}","last_id":"cert_{last:032}","has_more":{}}}"#,
        certificates(start..end, true),
        end < listed
    ))
}

fn certificates(numbers: std::ops::Range<usize>, active: bool) -> String {
    let one = |n: usize| {
        format!(
            r#"{{"object":"organization.certificate","id":"cert_{n:032}","name":"Example certificate {n}","active":{active},"created_at":1234567,"certificate_details":{{"valid_at":12345667,"expires_at":12345678}}}}"#
        )
    };
    numbers.map(one).collect::<Vec<_>>().join(",")
}
