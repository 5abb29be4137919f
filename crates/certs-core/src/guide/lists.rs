//! Complete lists, and changes of more than ten certificates.
//!
//! # Paging
//!
//! The API returns lists in pages of up to [a hundred](crate::operations::PageSize::MAX) items.
//! [`Client::all`](crate::Client::all) reads all pages, [`Client::pages`](crate::Client::pages) one at a time. The
//! list ends with a page that announces no more items. A page that announces more items, but has no cursor, a
//! repeated cursor or no items, is a [`PagingError`](crate::error::PagingError), because acting on a list that ended
//! too early would change the wrong things. [`IncompleteList`](crate::paging::IncompleteList) contains the items that
//! were read.
//!
//! ```
//! use certs_core::Client;
//! use certs_core::operations::{List, PageSize, Scope};
//! use certs_core::transport::Transport;
//! use certs_core::types::Certificate;
//!
//! async fn active<T: Transport>(client: &Client<T>) -> Result<Vec<Certificate>, certs_core::Error> {
//!     let list = List::new(Scope::Organization).with_page_size(PageSize::MAX);
//!     let all = client.all(list).await.map_err(|incomplete| incomplete.error)?;
//!     Ok(all.into_iter().filter(|certificate| certificate.active == Some(true)).collect())
//! }
//! ```
//!
//! In a loop of your own, use [`Paging`](crate::paging::Paging), which returns the next operation and takes the
//! page. If a list changes while it is read, an item may move to the next page. It is returned once. An item that
//! moves to a page that was read is missed, as with any cursor.
//!
//! For a list of your own, implement [`Paged`](crate::paging::Paged).
//!
//! # Batches and series
//!
//! A toggle takes one to ten certificates and is atomic: all of them change or none. More are split into
//! batches, and a [series](crate::Client::series) of batches is *not* atomic. It stops at the first failure and
//! returns what is done and what remains:
//!
//! ```
//! use certs_core::Client;
//! use certs_core::operations::{Deactivate, Scope};
//! use certs_core::transport::Transport;
//! use certs_core::types::{CertificateId, CertificateIds};
//!
//! async fn retire<T: Transport>(
//!     client: &Client<T>,
//!     ids: Vec<CertificateId>,
//! ) -> Result<(), Vec<Deactivate>> {
//!     let batches = CertificateIds::batches(ids).into_iter();
//!     let series = batches.map(|ids| Deactivate::new(Scope::Organization, ids));
//!     match client.series(series).await {
//!         Ok(_) => Ok(()),
//!         Err(failure) => {
//!             eprintln!("{} batches were done, then: {}", failure.done.len(), failure.error);
//!             // The failed batch, which is safe to repeat, and the remaining ones.
//!             Err(failure.into_remaining().collect())
//!         }
//!     }
//! }
//! ```
