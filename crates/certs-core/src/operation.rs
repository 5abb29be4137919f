//! What an operation is.

use std::fmt::Debug;

use serde::de::DeserializeOwned;

use crate::error::Mismatch;

pub use crate::endpoint::Endpoint;
pub use crate::request::RequestBuilder;

/// One thing that the API does.
///
/// An operation knows its endpoint, its parameters and its response; base URL and key are the
/// [`Api`](crate::Api)'s. Operations of your own need nothing more than this:
///
/// ```
/// use certs_core::operation::{Effect, Endpoint, Operation, RequestBuilder};
///
/// static LIST_ADMIN_KEYS: Endpoint = Endpoint::get("admin-api-keys-list", "/organization/admin_api_keys");
///
/// #[derive(Debug)]
/// struct ListAdminKeys;
///
/// impl Operation for ListAdminKeys {
///     type Output = serde_json::Value;
///     const EFFECT: Effect = Effect::Safe;
///
///     fn request(&self) -> RequestBuilder {
///         RequestBuilder::new(&LIST_ADMIN_KEYS).query("limit", "20")
///     }
/// }
/// ```
pub trait Operation: Debug {
    /// What the server responds with.
    type Output: DeserializeOwned + Debug;

    /// What sending the request may change, which decides whether it may be sent again.
    const EFFECT: Effect;

    /// The request, without origin and credentials.
    fn request(&self) -> RequestBuilder;

    /// Checks that a success does not contradict the operation.
    ///
    /// A response about another certificate, or one that shows the old state, proves that the change was
    /// not made as requested. What the response does not mention is no contradiction. By default nothing
    /// is checked.
    ///
    /// # Errors
    ///
    /// [`Mismatch`], with which the call fails as [`Error::Unconfirmed`](crate::Error::Unconfirmed).
    fn verify(&self, output: &Self::Output) -> Result<(), Mismatch> {
        let _ = output;
        Ok(())
    }

    /// The output that a refusal with this status stands for, when an earlier attempt of the same call
    /// may have been carried out.
    ///
    /// A delete that finds nothing the second time was done the first time. For all other operations a
    /// refusal is a refusal, so the default is `None`.
    fn already_applied(&self, status: http::StatusCode) -> Option<Self::Output> {
        let _ = status;
        None
    }
}

impl<O: Operation> Operation for &O {
    type Output = O::Output;
    const EFFECT: Effect = O::EFFECT;

    fn request(&self) -> RequestBuilder {
        O::request(self)
    }

    fn verify(&self, output: &Self::Output) -> Result<(), Mismatch> {
        O::verify(self, output)
    }

    fn already_applied(&self, status: http::StatusCode) -> Option<Self::Output> {
        O::already_applied(self, status)
    }
}

/// What sending a request may change, and so whether it may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// It only reads: it may be repeated, and never changes anything.
    Safe,
    /// It sets a state: doing it twice has the same result as doing it once.
    Idempotent,
    /// It adds something each time: it is never repeated when an attempt may have been carried out.
    NonIdempotent,
}
