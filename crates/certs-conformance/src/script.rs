//! A server on a raw socket that does as its script says.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection};

/// How long a case waits for what must happen. Only a failing case does.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a server waits for a client: longer, or a server that gives up would look like a client that
/// hung up.
const SERVER_PATIENCE: Duration = Duration::from_secs(20);

/// Plays its script on each connection, in a thread of its own. Dropping it ends all of them.
pub(crate) struct Server {
    address: SocketAddr,
    stage: Arc<Stage>,
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// How many requests the server got, this one included.
    pub(crate) number: usize,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) version: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

/// What the server has seen and done so far.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) requests: Vec<Message>,
    pub(crate) connections: usize,
    /// Of the connections, how many are open.
    pub(crate) open: usize,
    /// Bytes that the clients' side took.
    pub(crate) written: usize,
}

#[derive(Default)]
struct Stage {
    seen: Mutex<Seen>,
    changed: Condvar,
    backstage: Mutex<Backstage>,
}

#[derive(Default)]
struct Backstage {
    closing: bool,
    streams: Vec<TcpStream>,
    wakers: Vec<Waker>,
}

impl Server {
    pub(crate) fn start(script: impl Fn(&mut Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stage = Arc::new(Stage::default());
        let (played, script) = (Arc::clone(&stage), Arc::new(script));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Some(mut peer) = stream.ok().and_then(|stream| played.enter(stream)) else {
                    return;
                };
                let (script, stage) = (Arc::clone(&script), Arc::clone(&played));
                thread::spawn(move || {
                    script(&mut peer);
                    drop(peer);
                    stage.change(|seen| seen.open -= 1);
                });
            }
        });
        Self { address, stage }
    }

    /// Answers every request with this, byte for byte.
    pub(crate) fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |peer| while peer.read().is_some() && peer.write(&answer) {})
    }

    /// Reads one request, writes this, and closes the connection.
    pub(crate) fn closing_after(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |peer| {
            if peer.read().is_some() {
                peer.write(&answer);
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
        lock(&self.stage.seen).requests.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        lock(&self.stage.seen).connections
    }

    pub(crate) fn written(&self) -> usize {
        lock(&self.stage.seen).written
    }

    /// Waits until this holds; fails when it does not come true.
    pub(crate) fn until(&self, what: &str, holds: impl Fn(&Seen) -> bool) {
        assert!(self.stage.until(holds), "{what}: still not so after {PATIENCE:?}");
    }

    /// The same for a future: wakes it at every change.
    pub(crate) fn poll_until(
        &self,
        context: &Context<'_>,
        holds: impl Fn(&Seen) -> bool,
    ) -> Poll<()> {
        lock(&self.stage.backstage).wakers.push(context.waker().clone());
        if holds(&lock(&self.stage.seen)) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let streams = {
            let mut backstage = lock(&self.stage.backstage);
            backstage.closing = true;
            std::mem::take(&mut backstage.streams)
        };
        for stream in streams {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // So that the listener notices.
        let _ = TcpStream::connect(self.address);
    }
}

impl Stage {
    fn enter(self: &Arc<Self>, stream: TcpStream) -> Option<Peer> {
        let mut backstage = lock(&self.backstage);
        if backstage.closing {
            return None;
        }
        stream.set_read_timeout(Some(SERVER_PATIENCE)).ok()?;
        stream.set_write_timeout(Some(SERVER_PATIENCE)).ok()?;
        stream.set_nodelay(true).ok()?;
        backstage.streams.push(stream.try_clone().ok()?);
        drop(backstage);
        self.change(|seen| {
            seen.connections += 1;
            seen.open += 1;
        });
        Some(Peer { stream, stage: Arc::clone(self), unread: Vec::new() })
    }

    fn change<T>(&self, change: impl FnOnce(&mut Seen) -> T) -> T {
        let changed = change(&mut lock(&self.seen));
        self.changed.notify_all();
        for waker in std::mem::take(&mut lock(&self.backstage).wakers) {
            waker.wake();
        }
        changed
    }

    fn until(&self, holds: impl Fn(&Seen) -> bool) -> bool {
        let seen = lock(&self.seen);
        let waited = self.changed.wait_timeout_while(seen, PATIENCE, |seen| !holds(seen));
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

/// The server's end of a connection.
pub(crate) struct Peer {
    stream: TcpStream,
    stage: Arc<Stage>,
    unread: Vec<u8>,
}

impl Peer {
    /// Reads one whole request; `None` when the client hung up or sent no HTTP.
    pub(crate) fn read(&mut self) -> Option<Message> {
        loop {
            if let Some((mut message, length)) = parse(&self.unread) {
                self.unread.drain(..length);
                return Some(self.stage.change(|seen| {
                    message.number = seen.requests.len() + 1;
                    seen.requests.push(message.clone());
                    message
                }));
            }
            let mut buffer = [0; 16 * 1024];
            let read = self.stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
            self.unread.extend_from_slice(&buffer[..read]);
        }
    }

    /// Writes these bytes; says whether the client took them.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> bool {
        // Piece by piece, so that what was taken is counted.
        bytes.chunks(16 * 1024).all(|piece| {
            let taken = self.stream.write_all(piece).is_ok();
            self.stage.change(|seen| seen.written += if taken { piece.len() } else { 0 });
            taken
        })
    }

    /// Reads a request and writes this, in TLS, without the farewell that ends it.
    pub(crate) fn answer_in_tls(&mut self, config: &Arc<ServerConfig>, answer: &[u8]) {
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
        let _ = stream.write_all(answer);
    }

    /// Does nothing until the client hangs up.
    pub(crate) fn hang(&mut self) {
        let mut buffer = [0; 4096];
        while self.stream.read(&mut buffer).is_ok_and(|read| read > 0) {}
    }

    /// Waits until this holds for the whole server.
    pub(crate) fn until(&self, holds: impl Fn(&Seen) -> bool) -> bool {
        self.stage.until(holds)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The stage holds a clone, so dropping this one would not close the connection.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

/// A well-formed answer.
pub(crate) fn answer(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

/// The first whole request and its length, if it is there.
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
