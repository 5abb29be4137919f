//! How faithfully the emulator reproduces each behavior.
//!
//! **Documented**: the vendor describes it; the *guide* is its current guide to mutual TLS, the
//! *article* its older help article, and where the two differ the guide applies. **Observed**: it was seen in official client code or in
//! responses of the real server. **Assumed**: nothing is known, so the emulator had to choose. Do not
//! rely on what is assumed. Where the last column names a field of
//! [`Assumptions`](crate::Assumptions), test with other values than its default.
//!
//! | behavior | source | setting and default |
//! |---|---|---|
//! | the paths, methods, parameters and fields of every [`Endpoint`](crate::Endpoint) | documented | |
//! | `object` and `active` depend on the endpoint | documented | |
//! | error bodies: `type`, `message`, `param`, `code` | documented | |
//! | `x-request-id`, `openai-version`, `openai-organization`, `openai-processing-ms` | documented | |
//! | the values of these headers, and the text of messages | assumed | |
//! | unknown URL 404, wrong method 405, before the key is checked | observed | |
//! | no key: 401, no code | observed | |
//! | wrong key: 401 `invalid_api_key`, the message contains part of the key | observed | |
//! | key without scopes: "Missing scopes: …" | observed | `missing_scopes`: 403 |
//! | wrong content type | assumed | `wrong_content_type`: 415 |
//! | a body that is not a JSON object: 400 | assumed | |
//! | **toggles** are atomic and idempotent, of 1 to 10 ids | documented | |
//! | the field is `certificate_ids`; older documents call it `data` | documented | |
//! | no ids or eleven: 400 with `param`; repeated ids count | assumed | |
//! | if one id is unknown, nothing changes | documented | |
//! | … with this status | assumed | `unknown_id`: 404 |
//! | the response lists a repeated id once | assumed | `keep_repeated_ids`: no |
//! | the response keeps the order of the request | assumed | `toggle_response_newest_first`: no |
//! | an expired certificate can be activated | assumed | |
//! | toggling in an archived project is refused: `project_archived` | observed | `project_archived`: 400 |
//! | … or accepted | assumed | `allow_archived_project_toggles`: no |
//! | … although the change is made | observed once | `toggle_archived_project_anyway`: no |
//! | **an upload** activates nothing, at most 50 certificates | documented | |
//! | it is one PEM CA certificate, and the first one of several counts | documented | |
//! | it has a subjectKeyIdentifier, an authorityKeyIdentifier, keyCertSign and cRLSign, and less than 16 kB | documented (article) | `upload_rules`: `guide` |
//! | it is valid for more than another day | documented (guide) | |
//! | `mtls_certificate_invalid`, `expired_certificate` | documented | |
//! | … with these statuses | assumed | `certificate_invalid`, `expired_certificate`: 400 |
//! | a private key beside the certificate: `mtls_certificate_invalid` | assumed | |
//! | … and so for escaped line breaks | assumed | `Builder::loose`: off |
//! | 16 kB means 16,384 bytes; a certificate that is not valid yet is accepted | assumed | |
//! | the fifty-first certificate: 400 with `param` | assumed | `certificate_limit`: 400 |
//! | the same certificate can be uploaded twice | assumed | `allow_duplicate_uploads`: yes |
//! | the content is returned as normalized PEM of the first certificate | assumed | |
//! | **only the name** can be modified | documented | |
//! | a name has at most 1024 characters, or 400 with `param` | assumed | `max_name_length`: 1024 |
//! | other fields are ignored, and a missing or null name changes nothing | assumed | |
//! | **a delete** is refused while active in the organization or any project: `certificate_in_use` | documented | |
//! | … with this status | assumed | `certificate_in_use`: 400 |
//! | archived projects count too | assumed | `allow_delete_while_active_in_archived_project`: no |
//! | **lists**: `limit` 1 to 100, by default 20, `after`, `order` by `created_at` | documented | |
//! | an invalid `limit` or `order`, an unknown `after`: 400 with `param` | assumed | |
//! | an invalid `include`, `include_archived` or `effective_at`, an unknown `before`: the same | assumed | |
//! | certificates of one second are in the order of their uploads | assumed | |
//! | a project lists every certificate of the organization, active there or not | assumed | |
//! | an archived project lists them too | assumed | `refuse_archived_project_lists`: no |
//! | projects are listed oldest first, archived ones on request | assumed, documented | |
//! | **the audit log**: five events, `after`, `before` and the filters | documented | |
//! | actions by admin keys are recorded on the default project | documented | |
//! | … which is the oldest project that is not archived | assumed | |
//! | only actual changes are recorded, and the event of a toggle lists only what changed | assumed | |
//! | the latest 1000 events are kept; `after` and `before` exclude each other | assumed | |
//! | the upload field was `content` in 2025 | documented | `Builder::loose`: off |
//! | the response to a toggle is a list in older documents | documented | `Builder::legacy`: off |
//! | a toggle is visible everywhere at once | assumed | `Builder::propagation` |
//! | an upload appears in lists at once | assumed | `Builder::upload_propagation` |
//! | **a rate limit** of about 7 a minute for each endpoint, 429 without `Retry-After` | observed | `Builder::admin_rate_limit`: off |
//! | its `type` and `code` | assumed | |
//! | **mTLS**: one match with an anchor of the project or the organization is enough | documented | `Builder::enforce_mtls`: off |
//! | the order: each anchor directly, project before organization, then with the intermediates of the connection | documented (guide) | |
//! | a client certificate has an authorityKeyIdentifier, or no path is tried: `invalid_certificate` | documented (guide) | |
//! | it has a subjectKeyIdentifier, digitalSignature, keyEncipherment and clientAuth | documented (article) | `client_certificate_rules`: `guide` |
//! | … and is refused as `invalid_certificate` otherwise | assumed | |
//! | it is suitable for client authentication: an extended key usage contains clientAuth | documented (guide) | |
//! | … but need not be there, and another one is refused as `certificate_verification_failed` | assumed | |
//! | anchor and path pass X.509 path validation: validity, path length, key usages, name constraints | documented (guide) | |
//! | none active, nothing checked; an organization certificate applies to admin keys too | documented | |
//! | `certificate_required`, `invalid_certificate`, `certificate_verification_failed` | documented | |
//! | … with these statuses, and after the key is checked | assumed | `client_certificate`: 401 |
//! | so an active certificate verifies clients only during its validity | assumed | `trust_expired_anchors`: no |
//! | no AIA, no CRL, no OCSP | documented (guide) | |
//! | any key can be uploaded, but certificates with RSA-1024 or P-521 keys verify no client | assumed | |
//! | `certificate_attribute_verification_failed` and `mtls_cel_policy_invalid` occur only as faults | documented | a `Fault` |
//! | 503 `authentication_temporarily_unavailable` occurs only as a fault | documented | a `Fault` |
//! | a body of more than 64 KiB: 413 | assumed | `Builder::body_limit` |
//! | a body that is late: 408; one that is malformed: 400 | assumed | |
//! | unknown parameters and fields are ignored | assumed | |
