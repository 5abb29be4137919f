//! A server on a raw socket, with a script for its connections.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection};

/// How long a case waits for an event that must happen. Only a failing case waits that long.
const EVENT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the server waits for a client: longer than any timeout of a request. Otherwise the server would close
/// the connection first, and a transport that waits for a body that never comes would pass.
const SOCKET_TIMEOUT: Duration = Duration::from_secs(90);

/// Runs its script on each connection, in a thread of its own. Dropping the server closes them all.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// The number of the request among all of the server, starting at 1.
    pub(crate) number: usize,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) version: String,
    /// The headers, with names in lower case.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

/// What the server has observed so far.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    pub(crate) requests: Vec<Message>,
    pub(crate) connections: usize,
    /// How many connections are open.
    pub(crate) open: usize,
    /// How many bytes the clients accepted.
    pub(crate) written: usize,
}

#[derive(Default)]
struct Shared {
    observed: Mutex<Observed>,
    changed: Condvar,
    handles: Mutex<Handles>,
}

#[derive(Default)]
struct Handles {
    closing: bool,
    streams: Vec<TcpStream>,
    wakers: Vec<Waker>,
}

impl Server {
    pub(crate) fn start(script: impl Fn(&mut Connection) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let (server, script) = (Arc::clone(&shared), Arc::new(script));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Some(mut connection) = stream.ok().and_then(|stream| server.enter(stream))
                else {
                    return;
                };
                let (script, shared) = (Arc::clone(&script), Arc::clone(&server));
                thread::spawn(move || {
                    script(&mut connection);
                    drop(connection);
                    shared.change(|observed| observed.open -= 1);
                });
            }
        });
        Self { address, shared }
    }

    /// Responds to every request with these bytes.
    pub(crate) fn responding(response: impl Into<Vec<u8>>) -> Self {
        let response = response.into();
        Self::start(
            move |connection| while connection.read().is_some() && connection.write(&response) {},
        )
    }

    /// Reads one request, writes these bytes, and closes the connection.
    pub(crate) fn closing_after(response: impl Into<Vec<u8>>) -> Self {
        let response = response.into();
        Self::start(move |connection| {
            if connection.read().is_some() {
                connection.write(&response);
            }
        })
    }

    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn requests(&self) -> Vec<Message> {
        lock(&self.shared.observed).requests.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        lock(&self.shared.observed).connections
    }

    pub(crate) fn written(&self) -> usize {
        lock(&self.shared.observed).written
    }

    /// Waits until the condition holds, and panics if that takes too long.
    pub(crate) fn until(&self, what: &str, holds: impl Fn(&Observed) -> bool) {
        assert!(self.shared.until(holds), "{what}: this did not happen within {EVENT_TIMEOUT:?}");
    }

    /// Checks whether the condition holds; otherwise every change wakes the task.
    pub(crate) fn poll_until(
        &self,
        context: &Context<'_>,
        holds: impl Fn(&Observed) -> bool,
    ) -> Poll<()> {
        lock(&self.shared.handles).wakers.push(context.waker().clone());
        if holds(&lock(&self.shared.observed)) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let streams = {
            let mut handles = lock(&self.shared.handles);
            handles.closing = true;
            std::mem::take(&mut handles.streams)
        };
        for stream in streams {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Ends the wait for the next connection.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn enter(self: &Arc<Self>, stream: TcpStream) -> Option<Connection> {
        let mut handles = lock(&self.handles);
        if handles.closing {
            return None;
        }
        stream.set_read_timeout(Some(SOCKET_TIMEOUT)).ok()?;
        stream.set_write_timeout(Some(SOCKET_TIMEOUT)).ok()?;
        stream.set_nodelay(true).ok()?;
        handles.streams.push(stream.try_clone().ok()?);
        drop(handles);
        self.change(|observed| {
            observed.connections += 1;
            observed.open += 1;
        });
        Some(Connection { stream, shared: Arc::clone(self), unread: Vec::new() })
    }

    fn change<T>(&self, change: impl FnOnce(&mut Observed) -> T) -> T {
        let changed = change(&mut lock(&self.observed));
        self.changed.notify_all();
        for waker in std::mem::take(&mut lock(&self.handles).wakers) {
            waker.wake();
        }
        changed
    }

    fn until(&self, holds: impl Fn(&Observed) -> bool) -> bool {
        let observed = lock(&self.observed);
        let waited =
            self.changed.wait_timeout_while(observed, EVENT_TIMEOUT, |observed| !holds(observed));
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

/// A connection, on the server's side.
pub(crate) struct Connection {
    stream: TcpStream,
    shared: Arc<Shared>,
    unread: Vec<u8>,
}

impl Connection {
    /// Reads one request; `None` if the client closed the connection or did not send HTTP.
    pub(crate) fn read(&mut self) -> Option<Message> {
        loop {
            if let Some((mut message, length)) = parse(&self.unread) {
                self.unread.drain(..length);
                return Some(self.shared.change(|observed| {
                    message.number = observed.requests.len() + 1;
                    observed.requests.push(message.clone());
                    message
                }));
            }
            let mut buffer = [0; 16 * 1024];
            let read = self.stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
            self.unread.extend_from_slice(&buffer[..read]);
        }
    }

    /// Writes these bytes, and returns whether the client accepted them.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> bool {
        // In pieces, so that the accepted bytes are counted.
        bytes.chunks(16 * 1024).all(|piece| {
            let accepted = self.stream.write_all(piece).is_ok();
            self.shared
                .change(|observed| observed.written += if accepted { piece.len() } else { 0 });
            accepted
        })
    }

    /// Reads a request and writes these bytes over TLS, without `close_notify` at the end.
    pub(crate) fn respond_over_tls(&mut self, config: &Arc<ServerConfig>, response: &[u8]) {
        let mut tls = ServerConnection::new(Arc::clone(config)).unwrap();
        let mut stream = rustls::Stream::new(&mut tls, &mut self.stream);
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        while !request.windows(4).any(|window| window == b"\r\n\r\n") {
            match stream.read(&mut buffer) {
                Ok(read @ 1..) => request.extend_from_slice(&buffer[..read]),
                _ => return,
            }
        }
        let _ = stream.write_all(response);
    }

    /// Does nothing until the client closes the connection.
    pub(crate) fn wait_for_close(&mut self) {
        let mut buffer = [0; 4096];
        while self.stream.read(&mut buffer).is_ok_and(|read| read > 0) {}
    }

    /// Waits until the condition holds for the whole server, and returns whether it did in time.
    pub(crate) fn until(&self, holds: impl Fn(&Observed) -> bool) -> bool {
        self.shared.until(holds)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Dropping the stream does not close the connection, because there is a clone of it.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

/// A valid response with a status line and a body.
pub(crate) fn http_response(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

/// The first complete request and its length in bytes.
fn parse(bytes: &[u8]) -> Option<(Message, usize)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let mut lines = bytes[..end].split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end);
    let first = String::from_utf8_lossy(lines.next()?);
    let mut words = first.split(' ').map(str::to_owned);
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let headers: Vec<_> = lines
        .filter_map(|line| {
            let colon = line.iter().position(|&byte| byte == b':')?;
            let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
            Some((name, line[colon + 1..].trim_ascii().to_vec()))
        })
        .collect();
    let declared = headers.iter().find(|(name, _)| name == "content-length");
    let declared =
        declared.and_then(|(_, value)| std::str::from_utf8(value).ok()?.parse::<usize>().ok());
    let whole = end + 4 + declared.unwrap_or(0);
    let body = bytes.get(end + 4..whole)?.to_vec();
    Some((Message { number: 0, method, target, version, headers, body }, whole))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
