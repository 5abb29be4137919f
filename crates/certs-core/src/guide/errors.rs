//! Errors, and what may have happened.
//!
//! A call that fails leaves one question: was the change made? Every [`Error`](crate::Error) answers
//! it. [`may_have_acted`](crate::Error::may_have_acted) is false where nothing was changed, as far as
//! the API's documents go, and true where it may have been.
//!
//! | variant | what it says | the change |
//! |---|---|---|
//! | [`Build`](crate::Error::Build) | the operation makes no request | not made: nothing was sent |
//! | [`Transport`](crate::Error::Transport) | the last attempt got no whole answer | not made if nothing was sent, else perhaps |
//! | [`Api`](crate::Error::Api) | the server refused | not made; perhaps, after 408, 409, a 5xx or an earlier doubt |
//! | [`Decode`](crate::Error::Decode) | the server accepted, in words that cannot be read | probably made |
//! | [`PagingError`](crate::Error::Paging) | a list promised more and gave no way to it | none: lists only read |
//!
//! What comes before a call (an id, a key or a PEM that is none) has error types of its own and is
//! refused where it is parsed.
//!
//! ```
//! use certs_core::Error;
//!
//! fn advise(error: &Error) -> String {
//!     let then = match (error.may_have_acted(), error.is_retryable()) {
//!         (false, true) => "nothing was changed; try again later",
//!         (false, false) => "nothing was changed, and trying again would not help",
//!         (true, _) => "it may have been changed: read the list before you go on",
//!     };
//!     let request = error.request_id().map(|id| format!(" (request {id})")).unwrap_or_default();
//!     format!("{error}: {then}{request}")
//! }
//!
//! # use certs_core::{AdminKey, Api, BaseUrl, Retry};
//! # use certs_core::call::{Call, Step};
//! # use certs_core::types::CertificatePem;
//! # use certs_core::operations::Upload;
//! # use certs_core::transport::{TransportError, TransportErrorKind};
//! let pem: CertificatePem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----".parse()?;
//! let api = Api::new(BaseUrl::default(), AdminKey::new("sk-admin-example".into())?);
//! let call = Call::new(&api, Upload::new(pem), Retry::default())?;
//! let lost = TransportError::new(TransportErrorKind::Interrupted);
//! let Step::Done(Err(error)) = call.handle_response(Err::<http::Response<Vec<u8>>, _>(lost), Default::default())
//! else {
//!     unreachable!("an upload is not repeated when its answer was lost")
//! };
//! assert_eq!(
//!     advise(&error),
//!     "uploadCertificate at api.openai.com got no response: \
//!      it may have been changed: read the list before you go on"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # After a doubt
//!
//! - *A toggle, a rename or a delete*: make the same call again. Done twice is the same as done once. A
//!   delete that is then refused with 404 was done: inside one call that counts as success, but a second
//!   call cannot know of the first.
//! - *An upload*: list the certificates, [`Get`](crate::operations::Get) each new one
//!   [with its content](crate::operations::Get::with_content), and compare it with what was sent. Uploading again
//!   without looking makes a second certificate.
//! - *A dropped future*: nobody knows. Treat it as a doubt.
//!
//! A toggle that succeeded is not yet a toggle that is confirmed:
//! [`Deactivate::unconfirmed`](crate::operations::Deactivate::unconfirmed) names the certificates whose new state
//! the answer does not show.
//!
//! # Printing
//!
//! `Display` is one sentence that does not repeat its [`source`](std::error::Error::source); print the
//! chain for the whole story. Neither `Display` nor `Debug` ever shows the admin key, also where the
//! server echoes it. [`CallContext`](crate::error::CallContext) has the rest: endpoint, host, attempts, status, request id.
