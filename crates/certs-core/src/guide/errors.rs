//! Errors, and whether the change may have been made.
//!
//! [`may_have_acted`](crate::Error::may_have_acted) is `false` if the failed call changed nothing, according to the
//! API's documents, and `true` if the change may have been made.
//!
//! | variant | meaning | the change |
//! |---|---|---|
//! | [`Build`](crate::Error::Build) | the operation does not make a valid request | not made: nothing was sent |
//! | [`Transport`](crate::Error::Transport) | the last attempt got no complete response | not made if nothing was sent, otherwise perhaps made |
//! | [`Api`](crate::Error::Api) | the server refused | not made; perhaps made after 408, 409, a 5xx, `project_archived` or an earlier attempt |
//! | [`RateLimited`](crate::Error::RateLimited) | the rate limit allows no request before the deadline | not made, unless by an earlier attempt |
//! | [`Unconfirmed`](crate::Error::Unconfirmed) | the operation is not confirmed, or the response contradicts it | perhaps made, except by a read |
//! | [`Decode`](crate::Error::Decode) | the server reported success, but its response cannot be decoded | probably made |
//! | [`Paging`](crate::Error::Paging) | the server announced more items of a list, but they cannot be read | none: a list only reads |
//!
//! An invalid id, key or PEM is refused when it is parsed, with an error type of its own.
//!
//! ```
//! use certs_core::Error;
//!
//! fn advise(error: &Error) -> String {
//!     let advice = match (error.may_have_acted(), error.is_retryable()) {
//!         (false, true) => "nothing was changed; try again later",
//!         (false, false) => "nothing was changed, and trying again would not help",
//!         (true, _) => "it may have been changed: read the list before you go on",
//!     };
//!     let request = error.request_id().map(|id| format!(" (request {id})")).unwrap_or_default();
//!     format!("{error}: {advice}{request}")
//! }
//!
//! # use certs_core::{AdminKey, Api, BaseUrl, Retry};
//! # use certs_core::bytes::Bytes;
//! # use certs_core::call::{Call, Step};
//! # use certs_core::operations::Upload;
//! # use certs_core::types::CertificatePem;
//! # use certs_core::transport::{TransportError, TransportErrorKind};
//! # let pem: CertificatePem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----".parse()?;
//! # let api = Api::new(BaseUrl::default(), AdminKey::new("sk-admin-example".into())?);
//! # let call = Call::new(&api, Upload::new(pem), Retry::default())?;
//! # let lost = TransportError::new(TransportErrorKind::Interrupted);
//! # let Step::Done(Err(error)) = call.handle_response(Err::<http::Response<Bytes>, _>(lost), Default::default())
//! # else {
//! #     unreachable!("an upload is not repeated when its response was lost")
//! # };
//! // An upload whose connection broke:
//! assert_eq!(
//!     advise(&error),
//!     "uploadCertificate at api.openai.com got no response: \
//!      it may have been changed: read the list before you go on"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When the outcome is unknown
//!
//! - *A toggle, a rename or a delete*: make the same call again, which has the same result. A delete that is then
//!   refused with 404 was done. Within one call that counts as success, but a second call does not know of the first.
//! - *An upload*: [`Client::upload`](crate::Client::upload) has looked for it already. Read the list before you
//!   upload again, which may make a second certificate.
//! - *A dropped future*: the outcome is unknown.
//!
//! [`Client::call`](crate::Client::call) makes no additional request, so a successful toggle is not yet confirmed:
//! [`unconfirmed`](crate::operations::Toggle::unconfirmed) returns the certificates whose new state the
//! response does not show. [`Client::activate`](crate::Client::activate),
//! [`deactivate`](crate::Client::deactivate), [`delete`](crate::Client::delete) and
//! [`rename`](crate::Client::rename) confirm the change, by reading once more if necessary.
//!
//! # Printing
//!
//! `Display` is one sentence without the [`source`](std::error::Error::source). For the details, print the chain of
//! sources too. Neither `Display` nor `Debug` ever shows the admin key, even if the server echoes it.
//! [`CallContext`](crate::error::CallContext) has the endpoint, host, attempts, status and request ids.
