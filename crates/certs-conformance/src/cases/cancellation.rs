//! Dropping the future of a send.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use certs_core::local::LocalTransport;

use crate::harness::{Harness, LONG_TIMEOUT, attempt, error_chain, get, ok_response, post, unwrap};
use crate::server::{Server, http_response};
use crate::subject::Subject;

pub(super) fn unpolled_future_sends_nothing<S: Subject>(subject: &S) {
    let server = Server::responding(ok_response());
    let harness = Harness::new(subject);
    subject.run(async {
        drop(harness.transport.send(post(&server, "/v1/dropped", "{}"), attempt(LONG_TIMEOUT)));
        // A request that was started in the background arrives while these are sent.
        for _ in 0..20 {
            let sent =
                harness.transport.send(get(&server, "/v1/sent"), attempt(LONG_TIMEOUT)).await;
            unwrap(sent);
        }
    });
    assert!(server.requests().iter().all(|request| request.target == "/v1/sent"));
}

pub(super) fn dropped_send_closes_its_connection<S: Subject>(subject: &S) {
    let server = Server::start(|connection| {
        connection.read();
        connection.wait_for_close();
    });
    let harness = Harness::new(subject);
    drop_when_read(&harness, &server);
    // A runtime closes a dropped connection only when it runs again.
    let other = Server::responding(ok_response());
    let sent = harness.send(get(&other, "/v1/x"));
    unwrap(sent);
    server.until("the connection of the dropped send is closed", |observed| observed.open == 0);
    assert_eq!(server.requests().len(), 1, "the dropped send was sent again");
}

pub(super) fn dropped_send_does_not_affect_others<S: Subject>(subject: &S) {
    // The response to the dropped request arrives late, when the next request is sent.
    let server = Server::start(|connection| {
        while let Some(request) = connection.read() {
            let next =
                connection.until(|observed| request.number > 1 || observed.requests.len() > 1);
            if !next || !connection.write(&http_response("200 OK", &request.target)) {
                return;
            }
        }
    });
    let harness = Harness::new(subject);
    drop_when_read(&harness, &server);
    for target in ["/v1/next", "/v1/last"] {
        match harness.send(get(&server, target)) {
            Ok(response) => assert_eq!(response.body(), target.as_bytes()),
            Err(error) => panic!("{}", error_chain(&error)),
        }
    }
}

/// Sends a request, and drops the future once the server has read the request.
fn drop_when_read<S: Subject>(harness: &Harness<'_, S>, server: &Server) {
    harness.subject.run(async {
        let mut send =
            pin!(harness.transport.send(get(server, "/v1/dropped"), attempt(LONG_TIMEOUT)));
        poll_fn(|context| {
            if let Poll::Ready(outcome) = send.as_mut().poll(context) {
                let status = outcome.map(|response| response.status());
                panic!("the send ended before the server responded: {status:?}");
            }
            server.poll_until(context, |observed| !observed.requests.is_empty())
        })
        .await;
    });
}
