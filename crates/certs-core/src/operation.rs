//! The [`Operation`] trait, for operations of your own.

use std::fmt::Debug;

use serde::de::DeserializeOwned;

use crate::error::Mismatch;

pub use crate::endpoint::Endpoint;
pub use crate::request::RequestBuilder;

/// An operation of the API.
///
/// It consists of an endpoint, parameters and the type of the response; the base URL and the key are in
/// [`Api`](crate::Api). You can define your own:
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
    /// The decoded response.
    type Output: DeserializeOwned + Debug;

    /// What a request may change, which decides whether it may be repeated.
    const EFFECT: Effect;

    /// The request, without the base URL and the admin key.
    fn request(&self) -> RequestBuilder;

    /// Checks that a success response does not contradict the operation.
    ///
    /// A response about another certificate, or one that shows the old state, contradicts a change. A response that
    /// does not show the state is not a contradiction. By default nothing is checked.
    ///
    /// # Errors
    ///
    /// [`Mismatch`], with which the call fails as [`Error::Unconfirmed`](crate::Error::Unconfirmed).
    fn verify(&self, output: &Self::Output) -> Result<(), Mismatch> {
        let _ = output;
        Ok(())
    }

    /// The output, if a refusal with this status means that an earlier attempt of the same call was carried out.
    ///
    /// It is called only if an earlier attempt may have been carried out. A delete that is refused with 404 the second
    /// time was done the first time. For most operations the default, `None`, is right.
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

/// What a request may change, which decides whether it may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// It only reads (RFC 9110, 9.2.1): it may be repeated.
    Safe,
    /// It sets a state (RFC 9110, 9.2.2): doing it twice has the same result as doing it once, so it may be repeated.
    Idempotent,
    /// It adds something each time: it is not repeated if an attempt may have been carried out.
    NonIdempotent,
}
