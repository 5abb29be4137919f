//! `GET /organization/audit_logs`

use std::sync::Arc;

use certs_types::{AuditEventType, AuditLog, CertificateId, Page, Timestamp};

use super::page::{PageQuery, PageSize};
use crate::endpoint::Endpoint;
use crate::operation::{Effect, Operation};
use crate::paging::Paged;
use crate::request::RequestBuilder;

pub(super) static ENDPOINT: Endpoint = Endpoint::get("list-audit-logs", "/organization/audit_logs");

/// Lists the events of the audit log, newest first.
///
/// ```
/// use certs_core::operations::ListAuditLogs;
/// use certs_core::types::Timestamp;
///
/// let since = Timestamp::try_from(1_767_225_600)?;
/// let changes = ListAuditLogs::certificate_events().with_start(since).with_certificates(["cert_abc".parse()?]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "list-audit-logs")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListAuditLogs {
    event_types: Vec<AuditEventType>,
    resources: Vec<CertificateId>,
    since: Option<Timestamp>,
    before: Option<Timestamp>,
    page: PageQuery,
}

impl ListAuditLogs {
    /// Lists all events, twenty per page (the server's default).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lists only the five events about certificates.
    #[must_use]
    pub fn certificate_events() -> Self {
        Self::new().with_event_types([
            AuditEventType::CERTIFICATE_CREATED,
            AuditEventType::CERTIFICATE_UPDATED,
            AuditEventType::CERTIFICATE_DELETED,
            AuditEventType::CERTIFICATES_ACTIVATED,
            AuditEventType::CERTIFICATES_DEACTIVATED,
        ])
    }

    /// Lists only events of these types, or of all types if there are none.
    #[must_use]
    pub fn with_event_types(mut self, types: impl IntoIterator<Item = AuditEventType>) -> Self {
        self.event_types = types.into_iter().collect();
        self
    }

    /// Lists only events about these certificates, or about anything if there are none.
    #[must_use]
    pub fn with_certificates(
        mut self,
        certificates: impl IntoIterator<Item = CertificateId>,
    ) -> Self {
        self.resources = certificates.into_iter().collect();
        self
    }

    /// Lists only events at or after this time.
    #[must_use]
    pub fn with_start(mut self, time: Timestamp) -> Self {
        self.since = Some(time);
        self
    }

    /// Lists only events before this time.
    #[must_use]
    pub fn with_end(mut self, time: Timestamp) -> Self {
        self.before = Some(time);
        self
    }

    /// Sets the number of events per page.
    #[must_use]
    pub fn with_page_size(mut self, size: PageSize) -> Self {
        self.page.size = Some(size);
        self
    }
}

impl Operation for ListAuditLogs {
    type Output = Page<AuditLog>;
    const EFFECT: Effect = Effect::Safe;

    fn request(&self) -> RequestBuilder {
        let mut request = RequestBuilder::new(&ENDPOINT);
        if let Some(since) = self.since {
            request = request.query("effective_at[gte]", &since.to_string());
        }
        if let Some(before) = self.before {
            request = request.query("effective_at[lt]", &before.to_string());
        }
        for event_type in &self.event_types {
            request = request.query("event_types[]", event_type.as_str());
        }
        for resource in &self.resources {
            request = request.query("resource_ids[]", resource.as_str());
        }
        self.page.write(request)
    }
}

impl Paged for ListAuditLogs {
    type Item = AuditLog;

    fn after(mut self, cursor: &str) -> Self {
        self.page.after = Some(cursor.into());
        self
    }

    fn id(item: &AuditLog) -> Arc<str> {
        item.id.as_str().into()
    }
}
