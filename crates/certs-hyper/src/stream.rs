//! A TCP connection on which a failed write does not hide what the peer sent before.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A TCP connection on which a failed write does not hide what the peer sent before.
///
/// A server may respond and close the connection before it has read the whole request. The next write then fails,
/// although the response is in the receive buffer, and hyper and h2 stop at the failure. Therefore bytes that the peer
/// no longer accepts count as written. Reading returns what was received, and then the error of the write.
#[derive(Debug)]
pub(crate) struct Stream {
    inner: TcpStream,
    /// Why the peer accepts no more bytes.
    broken: Option<io::ErrorKind>,
}

impl From<TcpStream> for Stream {
    fn from(inner: TcpStream) -> Self {
        Self { inner, broken: None }
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        self.inner.connected()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buffer))?;
        match self.broken {
            Some(kind) if buffer.filled().len() == before => Poll::Ready(Err(kind.into())),
            _ => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.broken.is_some() {
            return Poll::Ready(Ok(bytes.len()));
        }
        match ready!(Pin::new(&mut self.inner).poll_write(cx, bytes)) {
            Err(error) if is_closed(&error) => {
                self.broken = Some(error.kind());
                Poll::Ready(Ok(bytes.len()))
            }
            written => Poll::Ready(written),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// Whether the peer accepts no more bytes.
fn is_closed(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn reads_what_the_peer_sent_before_it_reset_the_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut peer, _) = listener.accept().await.unwrap();
        stream.write_all(b"a request that is not read").await.unwrap();
        peer.readable().await.unwrap();
        peer.write_all(b"no").await.unwrap();
        // Data that was not read makes the close a reset.
        drop(peer);
        stream.readable().await.unwrap();

        let mut stream = Stream::from(stream);
        for _ in 0..3 {
            stream.write_all(b"more").await.unwrap();
        }
        assert!(stream.broken.is_some());
        let mut received = Vec::new();
        let end = stream.read_to_end(&mut received).await;
        assert_eq!(received, b"no");
        assert!(is_closed(&end.unwrap_err()));
    }
}
