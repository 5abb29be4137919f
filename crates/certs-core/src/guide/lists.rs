//! Whole lists, and more than ten certificates.
//!
//! # Paging
//!
//! A list comes in pages of up to [a hundred](crate::operations::PageSize::MAX) items.
//! [`Client::all`](crate::Client::all) reads it whole, [`Client::pages`](crate::Client::pages) page by
//! page. The list ends when a page says that it is the last. A page that announces more items but no way to
//! read them (no cursor, a repeated cursor, or no items) is an error,
//! [`PagingError`](crate::error::PagingError): whoever acts on a list that silently ended early deletes the
//! wrong things. [`IncompleteList`](crate::paging::IncompleteList) has what was read until then.
//!
//! ```
//! use certs_core::Client;
//! use certs_core::types::Certificate;
//! use certs_core::operations::{List, PageSize, Scope};
//! use certs_core::transport::Transport;
//!
//! async fn active<T: Transport>(client: &Client<T>) -> Result<Vec<Certificate>, certs_core::Error> {
//!     let list = List::new(Scope::Organization).with_page_size(PageSize::MAX);
//!     let all = client.all(list).await.map_err(|incomplete| incomplete.error)?;
//!     Ok(all.into_iter().filter(|certificate| certificate.active == Some(true)).collect())
//! }
//! ```
//!
//! In a loop of your own it is [`Paging`](crate::paging::Paging), which returns the next operation and takes the
//! page. When a list changes while it is read, an item may move from one page to the next: it is returned
//! once. An item that moves the other way is missed, as with any cursor.
//!
//! Operations of your own get all of this by implementing [`Paged`](crate::paging::Paged).
//!
//! # Batches and series
//!
//! A toggle takes one to ten certificates and is atomic: all of them change or none. More are cut into
//! batches, and a [series](crate::Client::series) of batches is *not* atomic. It stops at the first that
//! fails and says where it stands:
//!
//! ```
//! use certs_core::Client;
//! use certs_core::types::{CertificateId, CertificateIds};
//! use certs_core::operations::{Deactivate, Scope};
//! use certs_core::transport::Transport;
//!
//! async fn retire<T: Transport>(
//!     client: &Client<T>,
//!     ids: Vec<CertificateId>,
//! ) -> Result<(), Vec<Deactivate>> {
//!     let batches = CertificateIds::batches(ids).into_iter();
//!     let series = batches.map(|ids| Deactivate::new(Scope::Organization, ids));
//!     match client.series(series).await {
//!         Ok(_) => Ok(()),
//!         Err(stopped) => {
//!             eprintln!("{} batches were done, then: {}", stopped.done.len(), stopped.error);
//!             // The failed batch, which is safe to repeat, and those behind it.
//!             Err(stopped.into_remaining().collect())
//!         }
//!     }
//! }
//! ```
