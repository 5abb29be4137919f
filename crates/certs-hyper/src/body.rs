//! The bodies of requests and responses.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use certs_core::bytes::BytesMut;
use hyper::body::{Body, Buf, Bytes, Frame, SizeHint};

use crate::error_chain::BoxError;

/// The body of a request, which records whether hyper started to write the request.
///
/// hyper reads the length or the end of the body before it writes the head of a request. If it did not read either, the
/// request was not sent, whatever error followed. Other services may write the head first. `Debug` shows only the
/// length.
pub struct RequestBody {
    data: Option<Bytes>,
    write_started: WriteStarted,
}

/// Whether hyper started to write a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct WriteStarted(Arc<AtomicBool>);

impl WriteStarted {
    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl RequestBody {
    pub(crate) fn new(data: Bytes, write_started: WriteStarted) -> Self {
        Self { data: (!data.is_empty()).then_some(data), write_started }
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.data.as_ref().map_or(0, Bytes::len);
        write!(f, "RequestBody({length} bytes)")
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.write_started.set();
        Poll::Ready(self.data.take().map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.write_started.set();
        self.data.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.write_started.set();
        SizeHint::with_exact(self.data.as_ref().map_or(0, |data| data.len() as u64))
    }
}

/// Why the body of a response could not be read.
#[derive(Debug)]
pub(crate) enum BodyError {
    Broken(BoxError),
    TooLarge,
}

/// Reads the body of a response, up to a limit.
///
/// A body in one piece is not copied. Several pieces are joined as they arrive, because a small piece may keep a much
/// larger buffer in memory.
pub(crate) async fn read<B>(body: B, max: usize) -> Result<Bytes, BodyError>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > max {
        return Err(BodyError::TooLarge);
    }
    let mut body = pin!(body);
    let mut whole = Bytes::new();
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let frame = frame.map_err(|error| BodyError::Broken(error.into()))?;
        if let Ok(mut data) = frame.into_data() {
            let length = data.remaining();
            if length > max - whole.len() {
                return Err(BodyError::TooLarge);
            }
            whole = join(whole, data.copy_to_bytes(length));
        }
    }
    Ok(whole)
}

/// Appends a piece. Memory that `join` itself allocated is used again, and grows as that of a `Vec` does.
fn join(whole: Bytes, piece: Bytes) -> Bytes {
    if whole.is_empty() {
        return piece;
    }
    let mut joined = BytesMut::from(whole);
    joined.extend_from_slice(&piece);
    joined.freeze()
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    struct Pieces(VecDeque<Bytes>);

    impl Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
        }
    }

    async fn read_pieces(pieces: &[&'static str], max: usize) -> Option<Bytes> {
        read(Pieces(pieces.iter().map(|piece| Bytes::from_static(piece.as_bytes())).collect()), max)
            .await
            .ok()
    }

    #[tokio::test]
    async fn a_body_in_one_piece_is_not_copied() {
        let piece = "whole";
        let read = read_pieces(&["", piece], 5).await.unwrap();
        assert_eq!(read.as_ptr(), piece.as_ptr());
    }

    #[tokio::test]
    async fn pieces_are_joined_up_to_the_limit() {
        for (pieces, whole) in [(&[][..], ""), (&["a", "", "bc", "d"], "abcd")] {
            assert_eq!(read_pieces(pieces, 4).await.unwrap(), whole);
        }
        for pieces in [&["abcde"][..], &["abcd", "e"], &["a", "bcd", "e"]] {
            assert_eq!(read_pieces(pieces, 4).await, None);
        }
    }
}
