//! A server on a raw socket with a script for each connection.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One action of a server on a connection.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// Reads one complete request.
    Read,
    /// Writes these bytes.
    Write(Vec<u8>),
    /// Writes these bytes again and again, with a pause between, until the client hangs up.
    Repeat(Vec<u8>, Duration),
    /// Closes the connection with a reset.
    Reset,
    /// Does nothing until the client hangs up.
    Hang,
}

pub(crate) fn write(bytes: impl Into<Vec<u8>>) -> Action {
    Action::Write(bytes.into())
}

/// A valid response.
pub(crate) fn response(status: &str, body: &str) -> Action {
    let length = body.len();
    write(format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}"))
}

/// A certificate, as the response to creating or reading it.
pub(crate) const CREATED: &str = r#"{"object":"certificate","id":"cert_a","created_at":1}"#;

/// Responds to the first request of each connection, and closes the first connection at its second request.
pub(crate) fn closing_on_reuse() -> [Vec<Action>; 2] {
    let once = vec![Action::Read, response("200 OK", CREATED)];
    [[&once[..], &[Action::Read]].concat(), once]
}

/// Runs one list of actions on each connection, and the last list on all further connections.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    log: Arc<Log>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Log {
    requests: Mutex<Vec<String>>,
    connections: AtomicUsize,
    written: AtomicUsize,
}

impl Server {
    pub(crate) async fn start(connections: impl IntoIterator<Item = Vec<Action>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::new(Log::default());
        let mut scripts = connections.into_iter().collect::<Vec<_>>().into_iter();
        let shared = log.clone();
        let task = tokio::spawn(async move {
            let mut last = Vec::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                last = scripts.next().unwrap_or(last);
                shared.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(run_script(stream, last.clone(), shared.clone()));
            }
        });
        Self { address, log, task }
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The requests that were read, heads and bodies.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.log.requests.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.log.connections.load(Ordering::SeqCst)
    }

    /// The number of bytes that the client accepted.
    pub(crate) fn written(&self) -> usize {
        self.log.written.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run_script(mut stream: TcpStream, actions: Vec<Action>, log: Arc<Log>) {
    for act in actions {
        match act {
            Action::Read => match read_request(&mut stream).await {
                Some(request) => log.requests.lock().unwrap().push(request),
                None => return,
            },
            Action::Write(bytes) => {
                // In pieces, so that `written` counts the accepted bytes.
                for piece in bytes.chunks(4096) {
                    if stream.write_all(piece).await.is_err() {
                        return;
                    }
                    log.written.fetch_add(piece.len(), Ordering::SeqCst);
                }
            }
            Action::Repeat(bytes, pause) => loop {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
                log.written.fetch_add(bytes.len(), Ordering::SeqCst);
                tokio::time::sleep(pause).await;
            },
            Action::Reset => {
                stream.set_zero_linger().unwrap();
                return;
            }
            Action::Hang => {
                hang(&mut stream).await;
                return;
            }
        }
    }
}

/// Reads a head and as much body as it declares; `None` when the client hung up before.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        text.extend_from_slice(&buffer[..read]);
        let request = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = request.split_once("\r\n\r\n") {
            let declared = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= declared.map_or(0, |length| length.parse().unwrap()) {
                return Some(request);
            }
        }
    }
}

pub(crate) async fn hang(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
}
