//! The bodies of requests and answers.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use hyper::body::{Body, Buf, Bytes, Frame, SizeHint};

use crate::causes::BoxError;

/// The body of a request, which notices when hyper begins to write the request.
///
/// hyper cannot write even the head without asking the body for its length or its end. So a request
/// that was given to hyper, and whose body was never asked, has not been sent, whatever error came
/// of it. Of any other service this tells nothing. `Debug` shows none of it.
pub struct RequestBody {
    data: Option<Bytes>,
    begun: WriteStarted,
}

/// Whether hyper began to write a request.
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
    pub(crate) fn new(data: Vec<u8>, begun: WriteStarted) -> Self {
        let data = (!data.is_empty()).then(|| Bytes::from(data));
        Self { data, begun }
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = self.data.as_ref().map_or(0, Bytes::len);
        write!(f, "RequestBody({left} bytes)")
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.begun.set();
        Poll::Ready(self.data.take().map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.begun.set();
        self.data.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.begun.set();
        SizeHint::with_exact(self.data.as_ref().map_or(0, |data| data.len() as u64))
    }
}

/// Why the body of an answer could not be read.
#[derive(Debug)]
pub(crate) enum Unread {
    Broken(BoxError),
    TooLarge,
}

/// So much is reserved for an answer on its word alone.
const RESERVED: usize = 64 * 1024;

/// Reads the body of an answer, up to a bound.
pub(crate) async fn read<B>(body: B, max: usize) -> Result<Vec<u8>, Unread>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > max {
        return Err(Unread::TooLarge);
    }
    let mut body = pin!(body);
    let mut whole = Vec::with_capacity(declared.min(RESERVED));
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let frame = frame.map_err(|error| Unread::Broken(error.into()))?;
        if let Ok(mut data) = frame.into_data() {
            if data.remaining() > max - whole.len() {
                return Err(Unread::TooLarge);
            }
            while data.has_remaining() {
                let chunk = data.chunk();
                let length = chunk.len();
                whole.extend_from_slice(chunk);
                data.advance(length);
            }
        }
    }
    Ok(whole)
}
