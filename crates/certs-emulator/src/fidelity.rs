//! How faithfully the emulator reproduces each behavior.
//!
//! - **Documented**: the vendor describes it. The *guide* is its current guide to mutual TLS, the
//!   *article* its older help article; where the two differ, the guide applies.
//! - **Observed**: official client code shows it, or others reported it of the real server.
//! - **Assumed**: nothing is known, so this is a guess. Do not rely on it. Where the last column names a
//!   field of [`Assumptions`](crate::Assumptions), test with other values than its default.
//!
//! | behavior | source | setting: default |
//! |---|---|---|
//! | the paths, methods, parameters and fields of every [`Endpoint`](crate::Endpoint) | documented | |
//! | `object` and `active` depend on the endpoint | documented | |
//! | error bodies: `type`, `message`, `param`, `code` | documented | |
//! | `x-request-id`, `openai-version`, `openai-organization`, `openai-processing-ms` | documented | |
//! | the values of these headers, and the text of messages | assumed | |
//! | an unknown URL: 404 | observed | |
//! | a wrong method: 405 | assumed | |
//! | the URL and the method are checked before the key | assumed | |
//! | no key: 401, no code | observed | |
//! | wrong key: 401 `invalid_api_key`, the message contains part of the key | observed | |
//! | key without scopes: "Missing scopes: …" | observed | `missing_scopes`: 403 |
//! | a project's key allows only `GET /v1/models`, which lists nothing; an admin key allows all other endpoints | assumed | |
//! | a wrong content type | assumed | `wrong_content_type`: 415 |
//! | a body that is not a JSON object: 400 | assumed | |
//! | **toggles** are atomic and idempotent, of 1 to 10 ids | documented | |
//! | the field is `certificate_ids`; older documents call it `data` | documented | |
//! | no ids or eleven: 400 with `param`; repeated ids count | assumed | |
//! | if one id is unknown, nothing changes | documented | |
//! | … with this status | assumed | `unknown_id`: 404 |
//! | the response contains a repeated id once | assumed | `keep_repeated_ids`: no |
//! | the response keeps the order of the request | assumed | `toggle_response_newest_first`: no |
//! | an expired certificate can be activated | assumed | |
//! | a toggle in an archived project is refused: `project_archived` | observed once | `allow_archived_project_toggles`: no |
//! | … with this status | assumed | `project_archived`: 400 |
//! | … and the change is not made; observed once: it was made | assumed | `toggle_archived_project_anyway`: no |
//! | **an upload** activates nothing; an organization has at most 50 certificates | documented | `Builder::certificate_limit`: 50 |
//! | it is one PEM CA certificate, and the first one of several counts | documented | |
//! | it has a subjectKeyIdentifier, an authorityKeyIdentifier, keyCertSign and cRLSign, and less than 16 kB | documented (article) | `upload_rules`: `guide` |
//! | it is valid for more than another day | documented (guide) | |
//! | `mtls_certificate_invalid`, `expired_certificate` | documented | |
//! | … with these statuses | assumed | `certificate_invalid`, `expired_certificate`: 400 |
//! | a private key beside the certificate: `mtls_certificate_invalid` | assumed | |
//! | escaped line breaks: `mtls_certificate_invalid` | assumed | `Builder::loose`: off |
//! | 16 kB means 16,384 bytes | assumed | |
//! | a certificate that is not valid yet is accepted | assumed | |
//! | the fifty-first certificate: this status, with `param` | assumed | `upload_refused`: 400 |
//! | the same certificate can be uploaded twice | assumed | `allow_duplicate_uploads`: yes |
//! | the content is returned as normalized PEM of the first certificate | assumed | |
//! | **only the name** can be modified | documented | |
//! | a name has at most 1024 characters, or 400 with `param` | assumed | `max_name_length`: 1024 |
//! | other fields are ignored, and a missing or null name changes nothing | assumed | |
//! | **a delete** is refused while active in the organization or any project: `certificate_in_use` | documented | |
//! | … with this status | assumed | `certificate_in_use`: 400 |
//! | … also while active in an archived project | assumed | `allow_delete_while_active_in_archived_project`: no |
//! | **lists**: `limit` 1 to 100, by default 20, `after`, `order` by `created_at` | documented | |
//! | an invalid `limit` or `order`, an unknown `after`: 400 with `param` | assumed | |
//! | an invalid `include`, `include_archived` or `effective_at`, an unknown `before`: 400 with `param` | assumed | |
//! | certificates that were uploaded in the same second are in the order of their uploads | assumed | |
//! | a project lists every certificate of the organization, active there or not | assumed | |
//! | an archived project lists them too | assumed | `refuse_archived_project_lists`: no |
//! | archived projects are listed on request | documented | |
//! | projects are listed oldest first | assumed | |
//! | **the audit log**: five events, `after`, `before` and the filters | documented | |
//! | actions by admin keys are recorded on the default project | documented | |
//! | … which is the oldest project that is not archived | assumed | |
//! | only actual changes are recorded, and the event of a toggle lists only what changed | assumed | |
//! | the latest 1000 events are kept; `after` and `before` exclude each other | assumed | |
//! | the upload field was `content` in 2025 | documented | `Builder::loose`: off |
//! | the response to a toggle is a list in older documents | documented | `Builder::legacy`: off |
//! | a toggle is visible everywhere at once | assumed | `Builder::propagation`: off |
//! | an upload appears in lists at once | assumed | `Builder::upload_propagation`: off |
//! | **a rate limit** of about 7 requests a minute for each endpoint, and a 429 often without `Retry-After` | observed | `Builder::admin_rate_limit`: off |
//! | … never with `Retry-After`; its `type` and `code` | assumed | |
//! | **mTLS**: one match with an anchor of the project or the organization is enough | documented | `Builder::enforce_mtls`: off |
//! | the order: each anchor directly, project before organization, then with the intermediates of the connection | documented (guide) | |
//! | a client certificate has an authorityKeyIdentifier, or no path is tried: `invalid_certificate` | documented (guide) | |
//! | it has a subjectKeyIdentifier, digitalSignature, keyEncipherment and clientAuth | documented (article) | `client_certificate_rules`: `guide` |
//! | … and is refused as `invalid_certificate` otherwise | assumed | |
//! | it is suitable for client authentication: an extended key usage contains clientAuth | documented (guide) | |
//! | … but need not be there, and another one is refused as `certificate_verification_failed` | assumed | |
//! | anchor and path pass X.509 path validation: validity, path length, key usages, name constraints | documented (guide) | |
//! | … so an active certificate verifies clients only during its validity | assumed | `ignore_anchor_validity`: no |
//! | while no certificate is active, nothing is checked; one in the organization applies to admin keys too | documented | |
//! | `certificate_required`, `invalid_certificate`, `certificate_verification_failed` | documented | |
//! | … with this status, and after the key is checked | assumed | `client_certificate_refused`: 401 |
//! | no AIA, no CRL, no OCSP | documented (guide) | |
//! | any key can be uploaded, but certificates with RSA-1024 or P-521 keys verify no client | assumed | |
//! | `certificate_attribute_verification_failed` and `mtls_cel_policy_invalid` | documented | only with a `Fault` |
//! | 503 `authentication_temporarily_unavailable` | documented | only with a `Fault` |
//! | a body that is too large: 413 | assumed | `Builder::body_limit`: 64 KiB |
//! | a body that is late: 408; a malformed one: 400 | assumed | |
//! | unknown parameters and fields are ignored | assumed | |
