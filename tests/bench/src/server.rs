//! A server with prepared responses.

use std::convert::Infallible;
use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// The server in a process of its own, so that only the client is measured. Dropping it stops the process.
pub struct Server {
    process: Child,
    /// The base URL, which ends in `/v1`.
    pub base: String,
}

impl Server {
    /// Starts the server program and waits until it listens.
    pub fn start(program: &str, list_length: usize) -> Self {
        let mut command = Command::new(program);
        command.arg(list_length.to_string()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the server program");
        let mut base = String::new();
        let stdout = process.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut base).expect("a base URL");
        Self { process, base: base.trim().into() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Prints the base URL, then serves a list of this length, and toggles of ten, until the process ends.
pub async fn serve(list_length: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let bodies = Arc::new(Bodies::new(list_length));
    println!("http://{}/v1", listener.local_addr().expect("an address"));
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        let bodies = bodies.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| respond(request, &bodies));
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

struct Bodies {
    toggle: Bytes,
    pages: Vec<Bytes>,
}

impl Bodies {
    fn new(list_length: usize) -> Self {
        let data = certificates(0..10, false);
        let toggle =
            format!(r#"{{"object":"organization.certificate.deactivation","data":[{data}]}}"#);
        let starts = (0..list_length.max(1)).step_by(100);
        Self {
            toggle: toggle.into(),
            pages: starts.map(|start| page(start, list_length)).collect(),
        }
    }
}

async fn respond(
    request: Request<Incoming>,
    bodies: &Bodies,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = if request.method() == Method::GET {
        let query = request.uri().query().unwrap_or_default();
        let after = query.split('&').find_map(|pair| pair.strip_prefix("after=cert_"));
        let start = after.map_or(0, |after| after.parse::<usize>().expect("a cursor") + 1);
        bodies.pages[start / 100].clone()
    } else {
        let _ = request.into_body().collect().await;
        bodies.toggle.clone()
    };
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("x-request-id", "req_0123456789abcdef0123456789abcdef")
        .header("openai-organization", "org-example")
        .header("openai-processing-ms", "7")
        .header("openai-version", "2020-10-01")
        .body(Full::new(body));
    Ok(response.expect("a response"))
}

fn page(start: usize, list_length: usize) -> Bytes {
    let end = (start + 100).min(list_length);
    let (last, has_more) = (end.saturating_sub(1), end < list_length);
    let data = certificates(start..end, true);
    let page = format!(
        r#"{{"object":"list","data":[{data}],"first_id":"cert_{start:032}","last_id":"cert_{last:032}","has_more":{has_more}}}"#
    );
    page.into()
}

fn certificates(numbers: Range<usize>, active: bool) -> String {
    let one = |n: usize| {
        format!(
            r#"{{"object":"organization.certificate","id":"cert_{n:032}","name":"Example certificate {n}","active":{active},"created_at":1234567,"certificate_details":{{"valid_at":12345667,"expires_at":12345678}}}}"#
        )
    };
    numbers.map(one).collect::<Vec<_>>().join(",")
}
