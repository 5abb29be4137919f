//! The complete retry loop over a [`TcpStream`], with certs-core alone.
//!
//! ```text
//! OPENAI_ADMIN_KEY=… cargo run --example blocking_loop -- http://127.0.0.1:8080/v1
//! ```
//!
//! It sends plain HTTP, so it takes only an `http://` URL, which is that of this machine: of an emulator, or of a proxy
//! that adds TLS.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "core's caller has the clock and the I/O"
)]

use std::error::Error as StdError;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use certs_core::bytes::Bytes;
use certs_core::call::{Call, Step};
use certs_core::http::{Request, Response};
use certs_core::operation::Operation;
use certs_core::operations::{List, Scope};
use certs_core::transport::{TransportError, TransportErrorKind as Kind};
use certs_core::{AdminKey, Api, BaseUrl, Error, Reply, Retry};

fn main() -> Result<(), Box<dyn StdError>> {
    let base = std::env::args().nth(1).ok_or("usage: blocking_loop BASE_URL")?;
    let base: BaseUrl = base.parse()?;
    if !base.is_http() {
        return Err("give an http:// URL: this program does not speak TLS".into());
    }
    let key = AdminKey::new(std::env::var("OPENAI_ADMIN_KEY")?)?;
    let list = run(&Api::new(base, key), List::new(Scope::Organization))?;
    for certificate in list.value.data {
        println!("{} {}", certificate.id, certificate.name.unwrap_or_default());
    }
    Ok(())
}

/// Carries out an operation: sends its request and handles the response until the call is done.
fn run<O: Operation>(api: &Api, operation: O) -> Result<Reply<O::Output>, Error> {
    let started = Instant::now();
    let mut call = Call::new(api, operation, Retry::default())?;
    loop {
        let outcome = exchange(call.request(), call.time_left(started.elapsed()));
        match call.handle_response(outcome, started.elapsed()) {
            Step::Done(result) => return result,
            Step::Retry(delay, again) => {
                std::thread::sleep(delay.max);
                call = again;
            }
        }
    }
}

/// Sends one request on a new connection.
fn exchange(request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
    if timeout.is_zero() {
        return Err(TransportError::new(Kind::Connect));
    }
    let host = request.uri().authority().map_or("", |authority| authority.as_str());
    let mut stream = TcpStream::connect(host)
        .map_err(|error| TransportError::new(Kind::Connect).with_source(error))?;
    exchange_over(&mut stream, host, &request, timeout).map_err(|error| {
        let kind = match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Kind::Timeout,
            io::ErrorKind::FileTooLarge => Kind::TooLarge,
            _ => Kind::Interrupted,
        };
        TransportError::new(kind).with_source(error)
    })
}

/// Sends the request and reads the response.
fn exchange_over(
    stream: &mut TcpStream,
    host: &str,
    request: &Request<Bytes>,
    timeout: Duration,
) -> io::Result<Response<Bytes>> {
    let until = Instant::now() + timeout;
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let length = request.body().len();
    let mut head = format!("{} {target} HTTP/1.0\r\n", request.method()).into_bytes();
    head.extend(format!("host: {host}\r\ncontent-length: {length}\r\n").bytes());
    for (name, value) in request.headers() {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    stream.set_write_timeout(Some(timeout))?;
    stream.write_all(&[&head, b"\r\n".as_slice(), request.body()].concat())?;

    // With HTTP/1.0 the response ends with the connection.
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        stream.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        match stream.read(&mut buffer)? {
            0 => return parse(&received).ok_or_else(|| io::ErrorKind::UnexpectedEof.into()),
            _ if received.len() > 8 * 1024 * 1024 => return Err(io::ErrorKind::FileTooLarge.into()),
            read => received.extend_from_slice(&buffer[..read]),
        }
    }
}

/// The response, if it is complete.
fn parse(received: &[u8]) -> Option<Response<Bytes>> {
    let end = received.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&received[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?;
    let mut response = Response::builder().status(status);
    for line in lines {
        let (name, value) = line.split_once(':')?;
        response = response.header(name, value.trim());
    }
    let response = response.body(Bytes::copy_from_slice(&received[end + 4..])).ok()?;
    let declared = response.headers().get("content-length");
    let declared = declared.and_then(|length| length.to_str().ok()?.parse().ok());
    (declared.unwrap_or(response.body().len()) == response.body().len()).then_some(response)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn the_loop_retries_until_the_list_is_complete() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}/v1", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let list = r#"{"object":"list","data":[],"has_more":false}"#;
            // Truncated, refused, and at last complete.
            let truncated = "HTTP/1.0 200 OK\r\ncontent-length: 9\r\n\r\n{".to_owned();
            let busy = "HTTP/1.0 429 Busy\r\nretry-after-ms: 1\r\n\r\n".to_owned();
            for response in [truncated, busy, format!("HTTP/1.0 200 OK\r\n\r\n{list}")] {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).unwrap();
                    request.push(byte[0]);
                }
                assert!(request.starts_with(b"GET /v1/organization/certificates HTTP/1.0\r\n"));
                stream.write_all(response.as_bytes()).unwrap();
            }
        });
        let api = Api::new(base.parse().unwrap(), AdminKey::new("sk-admin-x".into()).unwrap());
        let reply = run(&api, List::new(Scope::Organization)).unwrap();
        assert_eq!((reply.attempts, reply.value.data.len()), (3, 0));
        server.join().unwrap();
    }
}
