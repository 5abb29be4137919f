//! How faithful the emulator is, behaviour by behaviour.
//!
//! **Documented**: the vendor says so. **Observed**: seen in official client code or in answers of
//! the real server. **Guessed**: ours, because nothing is known. Never rely on a guess; where one
//! is a field of [`Guesses`](crate::Guesses), test with more than its default.
//!
//! | behaviour | | setting |
//! |---|---|---|
//! | the paths, methods, parameters and fields of every [`Endpoint`](crate::Endpoint) | documented | |
//! | `object` and `active` by the endpoint that answers | documented | |
//! | error bodies: `type`, `message`, `param`, `code` | documented | |
//! | `x-request-id`, `openai-version`, `openai-organization`, `openai-processing-ms` | documented | |
//! | what stands in these headers, and in messages | guessed | |
//! | unknown URL 404, wrong method 405, before the key is looked at | observed | |
//! | no key: 401, no code | observed | |
//! | wrong key: 401 `invalid_api_key`, the message echoes a part of the key | observed | |
//! | key without scopes: "Missing scopes: …" | observed | `missing_scopes`: 403 |
//! | wrong content type | guessed | `wrong_content_type`: 415 |
//! | a body that is no JSON object: 400 | guessed | |
//! | **toggles** are atomic and idempotent, of 1 to 10 ids | documented | |
//! | the body is `certificate_ids`; older documents call it `data` | documented | |
//! | no ids or eleven: 400 with `param`; repeated ids count | guessed | |
//! | one unknown id: nothing changes | documented | |
//! | … with this status | guessed | `unknown_id`: 404 |
//! | repeated ids are folded | guessed | `repeated_ids`: no |
//! | the answer keeps the order of the request | guessed | `toggled_newest_first`: no |
//! | an expired certificate can be activated | guessed | |
//! | toggling in an archived project is refused: `project_archived` | observed | `project_archived`: 400 |
//! | … although the change was made | observed once | `toggle_archived_project_anyway`: no |
//! | **an upload** activates nothing, at most 50 certificates | documented | |
//! | PEM under 16 kB, CA, SKI, AKI, keyCertSign and cRLSign, the first certificate counts | documented | |
//! | more than a day of validity | documented | |
//! | `mtls_certificate_invalid`, `expired_certificate` | documented | |
//! | … with these statuses | guessed | `certificate_invalid`, `expired_certificate`: 400 |
//! | a PEM with a private key anywhere in it: `mtls_certificate_invalid` | guessed | |
//! | … and one with its line breaks escaped | guessed | `Builder::loose`: off |
//! | 16 kB are 16,384 bytes; a certificate that is not valid yet is taken | guessed | |
//! | the fifty-first certificate: 400 with `param` | guessed | `certificate_limit`: 400 |
//! | the same certificate may be uploaded twice | guessed | `duplicate_uploads`: yes |
//! | the content is given as normalized PEM of the first certificate | guessed | |
//! | **only the name** can be modified | documented | |
//! | a name has at most 1024 characters, or 400 with `param` | guessed | `longest_name`: 1024 |
//! | other fields are ignored, and a missing or null name changes nothing | guessed | |
//! | **a delete** waits for the organization and every project: `certificate_in_use` | documented | |
//! | … with this status | guessed | `certificate_in_use`: 400 |
//! | archived projects count as well | guessed | `delete_while_active_in_archived_project`: no |
//! | **lists**: `limit` 1 to 100, by default 20, `after`, `order` by `created_at` | documented | |
//! | a wrong `limit` or `order`, an unknown `after`: 400 with `param` | guessed | |
//! | a wrong `include`, `include_archived` or `effective_at`, an unknown `before`: the same | guessed | |
//! | one second's certificates are in the order of their uploads | guessed | |
//! | a project lists every certificate of the organization, active there or not | guessed | |
//! | an archived project lists them as well | guessed | |
//! | projects are listed oldest first, archived ones when asked for | guessed, documented | |
//! | **the audit log**: five events, `after`, `before` and the filters | documented | |
//! | actions by admin keys are booked on the default project | documented | |
//! | … which is the oldest project in use | guessed | |
//! | what changes nothing is no event, a toggle's event names only what changed | guessed | |
//! | the latest 1000 events are kept; `after` and `before` exclude each other | guessed | |
//! | an upload of 2025 said `content` | documented | `Builder::loose`: off |
//! | a toggle of older documents answers a list | documented | `Builder::legacy`: off |
//! | a toggle shows at once everywhere | guessed | `Builder::propagation` |
//! | **a rate limit** of about 7 a minute for each endpoint, 429 without `Retry-After` | observed | `Builder::admin_rate_limit`: off |
//! | its `type` and `code` | guessed | |
//! | **mTLS**: anchors of the project, then of the organization; any one is enough | documented | `Builder::enforce_mtls`: off |
//! | none active, nothing checked; an organization certificate binds admin keys as well | documented | |
//! | `certificate_required`, `invalid_certificate`, `certificate_verification_failed` | documented | |
//! | … with these statuses, and after the key was checked | guessed | `client_certificate`: 401 |
//! | an expired certificate that is active still vouches | guessed | |
//! | any key may be uploaded, but one unknown to ring (RSA-1024, P-521) vouches for nobody | guessed | |
//! | no policies about certificates: `certificate_attribute_verification_failed` and `mtls_cel_policy_invalid` come only when told | documented | a `Fault` |
//! | no trouble of the server's own: 503 `authentication_temporarily_unavailable` comes only when told | documented | a `Fault` |
//! | a body of more than 64 KiB: 413 | guessed | `Builder::body_limit` |
//! | a body that is late: 408; one that is broken: 400 | guessed | |
//! | unknown parameters and fields are ignored | guessed | |
