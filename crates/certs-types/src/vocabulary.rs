//! Strings with known values. Unknown values are kept.

use alloc::borrow::{Cow, ToOwned};
use core::convert::Infallible;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text;

macro_rules! vocabulary {
    (
        $(#[$doc:meta])*
        $name:ident { $( $(#[$value_doc:meta])* $constant:ident = $value:literal, )* }
    ) => {
        $(#[$doc])*
        ///
        /// A value that this version does not know is kept unchanged. Compare with the constants; to `match`, use
        /// [`as_str`](Self::as_str).
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Cow<'static, str>);

        impl $name {
            $( $(#[$value_doc])* pub const $constant: Self = Self(Cow::Borrowed($value)); )*

            /// The value as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether it is one of the constants.
            #[must_use]
            pub fn is_known(&self) -> bool {
                matches!(Self::from(&*self.0).0, Cow::Borrowed(_))
            }
        }

        impl From<&str> for $name {
            /// A known value needs no allocation.
            fn from(text: &str) -> Self {
                match text {
                    $( $value => Self::$constant, )*
                    other => Self(Cow::Owned(other.to_owned())),
                }
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                text::deserialize(deserializer, "a string", |text| {
                    Ok::<_, Infallible>(Self::from(text))
                })
            }
        }
    };
}

vocabulary! {
    /// The kind of a JSON object: the value of its `object` field.
    Object {
        /// The response to uploading, reading or modifying one certificate.
        CERTIFICATE = "certificate",
        /// The response to a delete.
        CERTIFICATE_DELETED = "certificate.deleted",
        /// A certificate in the list, an activation or a deactivation of the organization.
        ORGANIZATION_CERTIFICATE = "organization.certificate",
        /// The response to activating for the organization.
        ORGANIZATION_CERTIFICATE_ACTIVATION = "organization.certificate.activation",
        /// The response to deactivating for the organization.
        ORGANIZATION_CERTIFICATE_DEACTIVATION = "organization.certificate.deactivation",
        /// A certificate in the list, an activation or a deactivation of a project.
        PROJECT_CERTIFICATE = "organization.project.certificate",
        /// The response to activating for a project.
        PROJECT_CERTIFICATE_ACTIVATION = "organization.project.certificate.activation",
        /// The response to deactivating for a project.
        PROJECT_CERTIFICATE_DEACTIVATION = "organization.project.certificate.deactivation",
        /// A project.
        PROJECT = "organization.project",
        /// A page of a list.
        LIST = "list",
    }
}

vocabulary! {
    /// The `type` of an error: its general class.
    ErrorType {
        /// The request is invalid.
        INVALID_REQUEST = "invalid_request_error",
        /// The key is not accepted.
        AUTHENTICATION = "authentication_error",
        /// The key lacks a permission.
        PERMISSION = "permission_error",
        /// The server failed.
        SERVER = "server_error",
    }
}

vocabulary! {
    /// The `code` of an error: its exact cause.
    ErrorCode {
        /// The PEM does not pass validation (documented).
        CERTIFICATE_INVALID = "mtls_certificate_invalid",
        /// The certificate has expired, or expires within a day (documented).
        EXPIRED_CERTIFICATE = "expired_certificate",
        /// The certificate is still active somewhere and cannot be deleted (documented).
        CERTIFICATE_IN_USE = "certificate_in_use",
        /// The certificate violates the organization's policy on certificates (documented).
        CEL_POLICY_INVALID = "mtls_cel_policy_invalid",
        /// The admin key is wrong (observed).
        INVALID_API_KEY = "invalid_api_key",
        /// The project is archived. Observed once although the change *had been made*.
        PROJECT_ARCHIVED = "project_archived",
        /// The scope enforces mTLS, and the request had no client certificate (documented).
        CERTIFICATE_REQUIRED = "certificate_required",
        /// The client certificate of the request is malformed (documented).
        INVALID_CERTIFICATE = "invalid_certificate",
        /// The client certificate chains to no active certificate (documented).
        CERTIFICATE_VERIFICATION_FAILED = "certificate_verification_failed",
        /// An attribute of the client certificate is not allowed (documented).
        CERTIFICATE_ATTRIBUTE_VERIFICATION_FAILED = "certificate_attribute_verification_failed",
        /// mTLS could not be checked at the moment; sent with status 503 (documented).
        AUTHENTICATION_TEMPORARILY_UNAVAILABLE = "authentication_temporarily_unavailable",
        /// The rate limit was exceeded.
        RATE_LIMIT_EXCEEDED = "rate_limit_exceeded",
    }
}

vocabulary! {
    /// The `status` of a project.
    ProjectStatus {
        /// The project is active.
        ACTIVE = "active",
        /// The project is archived. Certificates may still be active in it.
        ARCHIVED = "archived",
    }
}

vocabulary! {
    /// The type of an audit log event.
    AuditEventType {
        /// A certificate was uploaded.
        CERTIFICATE_CREATED = "certificate.created",
        /// A certificate was renamed.
        CERTIFICATE_UPDATED = "certificate.updated",
        /// A certificate was deleted.
        CERTIFICATE_DELETED = "certificate.deleted",
        /// Certificates were activated.
        CERTIFICATES_ACTIVATED = "certificates.activated",
        /// Certificates were deactivated.
        CERTIFICATES_DEACTIVATED = "certificates.deactivated",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_values_survive_a_round_trip() {
        let object: Object = serde_json::from_str(r#""organization.certificate.v2""#).unwrap();
        assert_eq!(object.as_str(), "organization.certificate.v2");
        assert_eq!(serde_json::to_string(&object).unwrap(), r#""organization.certificate.v2""#);
    }

    #[test]
    fn distinguishes_known_values_from_others() {
        assert!(Object::LIST.is_known() && Object::from("list").is_known());
        assert!(!Object::from("List").is_known());
    }

    #[test]
    fn known_values_are_interned() {
        assert!(matches!(Object::from("list"), Object(Cow::Borrowed("list"))));
        assert_eq!(ErrorCode::from("certificate_in_use"), ErrorCode::CERTIFICATE_IN_USE);
    }
}
