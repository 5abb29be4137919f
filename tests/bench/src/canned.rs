//! The server of canned answers, and the answers.

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

/// The server as a process of its own, which ends with this value.
pub struct Server {
    process: Child,
    /// Ends in `/v1`.
    pub base: String,
}

impl Server {
    /// Starts the program `canned` and waits until it listens.
    pub fn start(program: &str, listed: usize) -> Self {
        let mut command = Command::new(program);
        command.arg(listed.to_string()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the program `canned`");
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

/// Prints the base URL, then serves a list of that many certificates, and toggles, until it is killed.
pub async fn serve(listed: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    // Written once, so that a client waits for the wire and not for the server's formatting.
    let answers = Arc::new(Answers::new(listed));
    println!("http://{}/v1", listener.local_addr().expect("an address"));
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        let answers = answers.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, &answers));
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// The answer to a toggle of so many certificates.
pub fn toggled(count: usize) -> String {
    let data = certificates(0..count, false, "");
    format!(r#"{{"object":"organization.certificate.deactivation","data":[{data}]}}"#)
}

/// A page of these certificates out of so many, each with this PEM unless it is empty.
pub fn page(numbers: Range<usize>, listed: usize, pem: &str) -> String {
    let (first, last) = (numbers.start, numbers.end.saturating_sub(1));
    let has_more = numbers.end < listed;
    let data = certificates(numbers, true, pem);
    format!(
        r#"{{"object":"list","data":[{data}],"first_id":"cert_{first:032}","last_id":"cert_{last:032}","has_more":{has_more}}}"#
    )
}

struct Answers {
    toggled: Bytes,
    pages: Vec<Bytes>,
}

impl Answers {
    fn new(listed: usize) -> Self {
        let starts = (0..listed.max(1)).step_by(100);
        let page = |start: usize| page(start..(start + 100).min(listed), listed, "").into();
        Self { toggled: toggled(10).into(), pages: starts.map(page).collect() }
    }
}

async fn answer(
    request: Request<Incoming>,
    answers: &Answers,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = if request.method() == Method::GET {
        let query = request.uri().query().unwrap_or_default();
        let after = query.split('&').find_map(|pair| pair.strip_prefix("after=cert_"));
        let start = after.map_or(0, |after| after.parse::<usize>().expect("a cursor") + 1);
        answers.pages[start / 100].clone()
    } else {
        let _ = request.into_body().collect().await;
        answers.toggled.clone()
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

fn certificates(numbers: Range<usize>, active: bool, pem: &str) -> String {
    let content = match pem {
        "" => String::new(),
        pem => format!(r#","content":{}"#, serde_json::to_string(pem).expect("JSON")),
    };
    let one = |n: usize| {
        format!(
            r#"{{"object":"organization.certificate","id":"cert_{n:032}","name":"Example certificate {n}","active":{active},"created_at":1234567,"certificate_details":{{"valid_at":12345667,"expires_at":12345678{content}}}}}"#
        )
    };
    numbers.map(one).collect::<Vec<_>>().join(",")
}
