//! The body of an answer, which may break off on purpose.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;
use hyper::body::{Body, Frame, SizeHint};

use crate::misbehaviour::fault::Ending;

/// A body: a piece of bytes, of which more may be announced than comes.
#[derive(Debug)]
pub(super) struct Reply {
    piece: Option<Bytes>,
    left: usize,
    flushed: bool,
}

impl Reply {
    pub(super) fn whole(body: Vec<u8>) -> Self {
        Self { left: body.len(), piece: Some(body.into()), flushed: false }
    }

    /// The answer of an ending; an error makes hyper close the connection.
    pub(super) fn of(ending: Ending) -> Result<Response<Self>, Broken> {
        match ending {
            Ending::Answer(response) => Ok(response.map(Self::whole)),
            Ending::Cut { response, announced } => {
                Ok(response.map(|body| Self { left: announced, ..Self::whole(body) }))
            }
            Ending::Close => Err(Broken),
        }
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Some(piece) = self.piece.take().filter(|piece| !piece.is_empty()) {
            self.left = self.left.saturating_sub(piece.len());
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        if self.left == 0 {
            return Poll::Ready(None);
        }
        // hyper writes out what it has when a body has to wait, but not before it reports an error.
        if !self.flushed {
            self.flushed = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(Broken)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left as u64)
    }
}

/// The answer ends here, on purpose.
#[derive(Debug)]
pub(super) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer ends here, on purpose")
    }
}

impl std::error::Error for Broken {}
