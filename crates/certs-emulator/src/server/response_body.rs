//! A response body that can be truncated on purpose.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;
use hyper::body::{Body, Frame, SizeHint};

use crate::misbehavior::fault::Ending;

/// A body that can announce more bytes than it sends.
#[derive(Debug)]
pub(super) struct ResponseBody {
    piece: Option<Bytes>,
    remaining: usize,
    flushed: bool,
}

impl ResponseBody {
    pub(super) fn whole(body: Bytes) -> Self {
        Self { remaining: body.len(), piece: Some(body), flushed: false }
    }

    /// Returns the response for an ending. An error makes hyper close the connection.
    pub(super) fn of(ending: Ending) -> Result<Response<Self>, Aborted> {
        match ending {
            Ending::Response(response) => Ok(response.map(Self::whole)),
            Ending::Cut { response, announced } => {
                Ok(response.map(|body| Self { remaining: announced, ..Self::whole(body) }))
            }
            Ending::Close | Ending::Reset => Err(Aborted),
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Aborted;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        if let Some(piece) = self.piece.take().filter(|piece| !piece.is_empty()) {
            self.remaining = self.remaining.saturating_sub(piece.len());
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        if self.remaining == 0 {
            return Poll::Ready(None);
        }
        // hyper flushes while a body is pending, but not before it handles an error.
        if !self.flushed {
            self.flushed = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(Aborted)))
    }

    fn is_end_stream(&self) -> bool {
        self.remaining == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining as u64)
    }
}

/// The response is truncated on purpose.
#[derive(Debug, thiserror::Error)]
#[error("the response is truncated on purpose")]
pub(super) struct Aborted;
