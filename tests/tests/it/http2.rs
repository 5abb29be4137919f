//! HTTP/2 servers that declare a request as unprocessed, require HTTP/1.1, or end without either.

use std::collections::VecDeque;
use std::error::Error as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use certs_core::operations::Upload;
use certs_core::{Client, Error, Retry};
use certs_emulator::pki::Authority;
use certs_hyper::HyperTransport;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::api;
use crate::support::server::{CREATED, read_request};
use crate::support::tls::acceptor;

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const GOAWAY: u8 = 7;

/// How the server handles a request over HTTP/2.
#[derive(Debug, Clone, Copy)]
enum Action {
    Respond,
    /// Resets the stream with this code.
    Reset(u32),
    /// Ends the connection with this code; the last stream is this one, or the one before.
    GoAway {
        code: u32,
        processed: bool,
    },
}

const REFUSED_STREAM: Action = Action::Reset(7);
const HTTP_1_1_REQUIRED: Action = Action::Reset(13);
const INTERNAL_ERROR: Action = Action::Reset(2);

/// Performs one action for each request, and the last one for all further requests. Over HTTP/1.1 it responds.
struct Server {
    address: SocketAddr,
    /// The protocol of each request.
    requests: Arc<Mutex<Vec<&'static str>>>,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(authority: &Authority, actions: &[Action]) -> Self {
        let leaf = authority.server("localhost").unwrap();
        let acceptor = acceptor(&leaf, &[b"h2", b"http/1.1"]);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let actions = Arc::new(Mutex::new(actions.iter().copied().collect::<VecDeque<_>>()));
        let seen = requests.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, actions, seen) = (acceptor.clone(), actions.clone(), seen.clone());
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                        let _ = http2(&mut stream, &actions, &seen).await;
                    } else if read_request(&mut stream).await.is_some() {
                        seen.lock().unwrap().push("http/1.1");
                        let length = CREATED.len();
                        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
                        let _ = stream.write_all((head + CREATED).as_bytes()).await;
                    }
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { address, requests, task }
    }

    fn requests(&self) -> Vec<&'static str> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves one connection, frame by frame (RFC 9113, 4.1).
async fn http2(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    actions: &Mutex<VecDeque<Action>>,
    seen: &Mutex<Vec<&'static str>>,
) -> std::io::Result<()> {
    stream.read_exact(&mut [0; 24]).await?;
    stream.write_all(&frame(4, 0, 0, &[])).await?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        stream.read_exact(&mut vec![0; length as usize]).await?;
        if head[3] != HEADERS {
            continue;
        }
        seen.lock().unwrap().push("h2");
        let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let act = {
            let mut actions = actions.lock().unwrap();
            if actions.len() > 1 { actions.pop_front().unwrap() } else { actions[0] }
        };
        match act {
            Action::Respond => {
                // `:status: 200` is entry 8 of the static table.
                let response =
                    [frame(HEADERS, 4, id, &[0x88]), frame(0, 1, id, CREATED.as_bytes())];
                stream.write_all(&response.concat()).await?;
            }
            Action::Reset(code) => {
                stream.write_all(&frame(RST_STREAM, 0, id, &code.to_be_bytes())).await?;
            }
            Action::GoAway { code, processed } => {
                let last = if processed { id } else { id.saturating_sub(2) };
                let payload = [last.to_be_bytes(), code.to_be_bytes()].concat();
                stream.write_all(&frame(GOAWAY, 0, 0, &payload)).await?;
                return Ok(());
            }
        }
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    [head, payload.to_vec()].concat()
}

async fn upload(server: &Server, authority: &Authority) -> Result<(), Error> {
    let transport = HyperTransport::builder()
        .without_platform_roots()
        .with_roots_pem(authority.certificate().as_bytes())
        .unwrap()
        .build()
        .unwrap();
    let mut retry = Retry::default();
    retry.initial_backoff = Duration::from_millis(1);
    let base = format!("https://localhost:{}/v1", server.address.port());
    let client = Client::new(api(&base), transport).with_retry(retry);
    client.call(Upload::new(authority.certificate().parse().unwrap())).await.map(|_| ())
}

fn chain(error: &Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        message += &format!(": {next}");
        cause = next.source();
    }
    message
}

#[tokio::test]
async fn repeats_an_upload_that_the_server_did_not_process() {
    let authority = Authority::new("ours").unwrap();
    for unprocessed in [
        REFUSED_STREAM,
        Action::GoAway { code: 0, processed: false },
        Action::GoAway { code: 11, processed: false },
    ] {
        let server = Server::start(&authority, &[unprocessed, Action::Respond]).await;
        upload(&server, &authority).await.unwrap();
        assert_eq!(server.requests(), ["h2", "h2"], "{unprocessed:?}");

        let server = Server::start(&authority, &[unprocessed]).await;
        let error = upload(&server, &authority).await.unwrap_err();
        assert!(!error.may_have_acted(), "{unprocessed:?}: {error:?}");
        assert_eq!(server.requests().len(), 3, "{unprocessed:?}");
        let message = chain(&error);
        assert!(message.contains("the server "), "{message}");
        assert!(!message.contains("Error"), "{message}");
    }
}

#[tokio::test]
async fn does_not_repeat_an_upload_that_the_server_may_have_processed() {
    let authority = Authority::new("ours").unwrap();
    for unclear in [
        INTERNAL_ERROR,
        Action::GoAway { code: 0, processed: true },
        Action::GoAway { code: 2, processed: true },
    ] {
        let server = Server::start(&authority, &[unclear, Action::Respond]).await;
        let error = upload(&server, &authority).await.unwrap_err();
        assert!(error.may_have_acted(), "{unclear:?}: {error:?}");
        assert_eq!(server.requests(), ["h2"], "{unclear:?}");
    }
}

#[tokio::test]
async fn uses_http_1_1_if_the_server_requires_it() {
    let authority = Authority::new("ours").unwrap();
    let server = Server::start(&authority, &[HTTP_1_1_REQUIRED]).await;
    upload(&server, &authority).await.unwrap();
    assert_eq!(server.requests(), ["h2", "http/1.1"]);
}
