//! One page to read.

use certs_core::Error;
use certs_core::operations::{List, ListProjects, PageSize, Scope};
use certs_core::paging::{IncompleteList, Paged, Paging};
use certs_types::{Certificate, Page, Project};

/// A page to read, which the survey takes back with its result.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "an inventory is made of these two lists")]
pub enum Reading {
    /// A page of the list of projects.
    Projects(ReadProjects),
    /// A page of the certificates of a scope.
    Certificates(ReadCertificates),
}

/// A page of the list of projects to read.
#[derive(Debug)]
pub struct ReadProjects(ListReading<ListProjects>);

impl ReadProjects {
    pub(super) fn new() -> Self {
        let first = ListProjects::new().with_archived().with_page_size(PageSize::MAX);
        Self(ListReading::new(first))
    }

    pub(super) fn after(cursor: &str) -> Self {
        let Self(first) = Self::new();
        Self(ListReading::new(first.operation.after(cursor)))
    }

    /// The operation that reads it.
    #[must_use]
    pub fn operation(&self) -> &ListProjects {
        &self.0.operation
    }

    pub(super) fn take(
        &mut self,
        page: Result<Page<Project>, Error>,
    ) -> Result<Vec<Project>, Error> {
        self.0.take(page)
    }

    /// The page after this one, with the cursor to it.
    pub(super) fn next_page(self) -> Option<(Box<str>, Self)> {
        let (cursor, next) = self.0.next_page()?;
        Some((cursor, Self(next)))
    }
}

/// A page of the certificates of a scope to read.
#[derive(Debug)]
pub struct ReadCertificates {
    scope: Scope,
    /// The pages before.
    read: Vec<Certificate>,
    list: ListReading<List>,
}

impl ReadCertificates {
    pub(super) fn new(scope: Scope) -> Self {
        let first = List::new(scope.clone()).with_page_size(PageSize::MAX);
        Self { scope, read: Vec::new(), list: ListReading::new(first) }
    }

    /// The scope whose certificates it lists.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The operation that reads it.
    #[must_use]
    pub fn operation(&self) -> &List {
        &self.list.operation
    }

    pub(super) fn take(&mut self, page: Result<Page<Certificate>, Error>) -> Result<(), Error> {
        let items = self.list.take(page)?;
        self.read.extend(items);
        Ok(())
    }

    /// The page after this one; at the end the whole list.
    pub(super) fn next_page(self) -> Result<Self, (Scope, Vec<Certificate>)> {
        let Self { scope, read, list } = self;
        match list.next_page() {
            Some((_, list)) => Ok(Self { scope, read, list }),
            None => Err((scope, read)),
        }
    }

    pub(super) fn into_scope(self) -> Scope {
        self.scope
    }
}

/// A list that is read page by page.
#[derive(Debug)]
struct ListReading<O> {
    operation: O,
    paging: Paging<O>,
    cursor: Option<Box<str>>,
}

impl<O: Paged> ListReading<O> {
    fn new(first: O) -> Self {
        Self { operation: first.clone(), paging: Paging::new(first), cursor: None }
    }

    fn take(&mut self, page: Result<Page<O::Item>, Error>) -> Result<Vec<O::Item>, Error> {
        let page = page?;
        self.cursor = page.last_id.as_deref().map(Box::from);
        self.paging.handle_page(page).map_err(|IncompleteList { error, .. }| error)
    }

    fn next_page(mut self) -> Option<(Box<str>, Self)> {
        self.operation = self.paging.next()?.clone();
        Some((self.cursor.take()?, self))
    }
}
