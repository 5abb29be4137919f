//! `GET /organization/certificates` and `GET /organization/projects/{project_id}/certificates`

use std::sync::Arc;

use certs_types::{Certificate, Page};

use super::page::{PageQuery, PageSize};
use super::scope::Scope;
use crate::endpoint::Endpoint;
use crate::operation::{Effect, Operation};
use crate::paging::Paged;
use crate::request::RequestBuilder;

pub(super) static ORGANIZATION: Endpoint =
    Endpoint::get("listOrganizationCertificates", "/organization/certificates");
pub(super) static PROJECT: Endpoint =
    Endpoint::get("listProjectCertificates", "/organization/projects/{project_id}/certificates");

/// Lists the certificates of the organization, or of a project, with their state in that scope.
///
/// Its output is one page; [`Client::all`](crate::Client::all) and
/// [`Client::pages`](crate::Client::pages) read the whole list.
///
/// ```
/// use certs_core::operations::{List, Order, PageSize, Scope};
/// use certs_core::types::ProjectId;
///
/// let all = List::new(Scope::Organization).with_page_size(PageSize::MAX);
/// let oldest_first = List::new("proj_abc".parse::<ProjectId>()?).with_order(Order::Ascending);
/// # Ok::<(), certs_core::types::InvalidId>(())
/// ```
#[doc(alias = "listOrganizationCertificates")]
#[doc(alias = "listProjectCertificates")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    scope: Scope,
    order: Option<Order>,
    page: PageQuery,
}

impl List {
    /// Lists the certificates of this scope, newest first and twenty per page (the server's defaults).
    pub fn new(scope: impl Into<Scope>) -> Self {
        Self { scope: scope.into(), order: None, page: PageQuery::default() }
    }

    /// The scope that is listed.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Sets the number of certificates per page.
    #[must_use]
    pub fn with_page_size(mut self, size: PageSize) -> Self {
        self.page.size = Some(size);
        self
    }

    /// Sets the order.
    #[must_use]
    pub fn with_order(mut self, order: Order) -> Self {
        self.order = Some(order);
        self
    }
}

impl Operation for List {
    type Output = Page<Certificate>;
    const EFFECT: Effect = Effect::Safe;

    fn request(&self) -> RequestBuilder {
        let request = self.page.write(self.scope.request(&ORGANIZATION, &PROJECT));
        match self.order {
            Some(order) => request.query("order", order.as_str()),
            None => request,
        }
    }
}

impl Paged for List {
    type Item = Certificate;
    const MAX_ITEMS: usize = 10_000;

    fn after(mut self, cursor: &str) -> Self {
        self.page.after = Some(cursor.into());
        self
    }

    fn id(item: &Certificate) -> Arc<str> {
        item.id.clone().into()
    }
}

/// The order of a list by `created_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// Oldest first.
    Ascending,
    /// Newest first, the server's default.
    Descending,
}

impl Order {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "asc",
            Self::Descending => "desc",
        }
    }
}
