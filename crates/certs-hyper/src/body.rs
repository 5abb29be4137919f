//! The bodies of requests and responses.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use hyper::body::{Body, Buf, Bytes, Frame, SizeHint};

use crate::error_chain::BoxError;

/// The body of a request, which records when hyper starts to write the request.
///
/// hyper reads the length or the end of the body before it writes the head of a request. If hyper never read
/// the body, the request was therefore not sent, whatever error followed. With any other service this proves
/// nothing. `Debug` shows only the length.
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
    pub(crate) fn new(data: Vec<u8>, write_started: WriteStarted) -> Self {
        let data = (!data.is_empty()).then(|| Bytes::from(data));
        Self { data, write_started }
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

/// The maximum preallocation from `Content-Length`.
const MAX_PREALLOCATION: usize = 64 * 1024;

/// Reads the body of a response, up to a limit.
pub(crate) async fn read<B>(body: B, max: usize) -> Result<Vec<u8>, BodyError>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > max {
        return Err(BodyError::TooLarge);
    }
    let mut body = pin!(body);
    let mut whole = Vec::with_capacity(declared.min(MAX_PREALLOCATION));
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let frame = frame.map_err(|error| BodyError::Broken(error.into()))?;
        if let Ok(mut data) = frame.into_data() {
            if data.remaining() > max - whole.len() {
                return Err(BodyError::TooLarge);
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
