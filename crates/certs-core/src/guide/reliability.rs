//! What these crates guarantee.
//!
//! Each of these promises is tested. `tests/promises.md` in the repository lists the tests by name.
//!
//! # Calls
//!
//! - A call without a pacer makes at most `attempts` requests. No call waits beyond its deadline.
//! - A server that is silent, slow, endless or not an HTTP server ends in an error, in time and with bounded memory.
//! - `may_have_acted` is true exactly when an attempt can have been carried out, and never for a read.
//! - An upload is never repeated after a lost response.
//! - A delete that finds nothing counts as done only if an earlier attempt may have been carried out.
//! - A call waits as long as the server requires, up to `max_server_delay`.
//! - An error contains the status, request id and reason of the response, whatever its body.
//! - A success that cannot be decoded is reported as possibly carried out.
//! - A toggle reports the certificates that its response does not confirm.
//!
//! # Transports
//!
//! - One send is one request, also when the connection breaks.
//! - A failed connection has sent nothing, and is reported as such.
//! - A connection that was closed while idle never makes the outcome of a request unknown.
//! - An upload uses a fresh connection.
//! - A response is complete within the timeout, or the request times out.
//! - A truncated response is never taken for a complete one.
//! - The size of a response is limited while it is read.
//! - An error about an incomplete response contains its status and request id.
//! - Dropping a future stops sending and closes its connection.
//!
//! # Security
//!
//! - An id is always one segment of the path, whatever characters it contains.
//! - No error shows the admin key, even if the server echoes it.
//! - A redirect never carries the key or the client certificate to another host.
//! - Nothing is sent over HTTPS to a server without a valid certificate for its name.
//! - A private key and the password of a proxy are never shown.
//!
//! # Lists, batches and rates
//!
//! - Paging returns each item once and in order.
//! - A list that cannot be continued is an error with what was read so far, never a shorter list.
//! - Paging through a cycle ends.
//! - Batches contain every id.
//! - A series stops at the first failure and can be resumed.
//! - No minute has more requests than a fixed rate allows.
//! - A delay that the server requires of one call applies to all calls that share the pacer.
//! - A paced call waits for the rate limit until its deadline, never beyond it, and its error shows that.
//! - A 429 of the rate limit does not use up the attempts of a paced call.
//! - A call that is dropped releases the part of the pacer's budget that it did not use.
//! - In simulations, a paced client uses at least 95 % of a constant limit, and at most 5 % of its requests are refused.
//! - Processes that share a store share one budget, and no state in it makes a call wait for more than a minute.
//!
//! # Changes of the API
//!
//! - New fields are ignored.
//! - Unknown objects, codes, types and statuses are kept unchanged.
//! - Any 2xx is a success.
//!
//! # The emulator
//!
//! - A toggle is atomic, however many callers there are.
//! - Concurrent toggles have the effect of one order.
//!
//! # The command
//!
//! - Invalid input is refused in one sentence, before anything is sent.
//! - The exit code states what is known, whatever the server does.
//! - A toggle is reported as done only where the response or the list shows it.
//! - An upload whose response was lost is looked for, and never confused with an earlier one.
//! - An upload is not reported as missing while the server may still store it.
//! - A delete or rename is reported as done only where the response names the certificate.
//! - A change is reported even where its result cannot be printed.
//! - An interrupted command reports whether the change may have been made.
//! - On a terminal a change waits for a confirmation, also behind a pipe.
//! - The key and certificates are never printed where they do not belong.
//! - Text from the server cannot control the terminal.
