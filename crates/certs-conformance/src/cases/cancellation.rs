//! What happens when the future of a send is dropped.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use certs_core::Transport;

use crate::Candidate;
use crate::script::{Server, answer};
use crate::seat::{AMPLE, Seat, fine, get, in_full, post};

pub(super) fn a_future_that_is_never_polled_sends_nothing<C: Candidate>(candidate: &C) {
    let server = Server::answering(fine());
    let seat = Seat::new(candidate);
    candidate.run(async {
        drop(seat.transport.send(post(&server, "/v1/dropped", "{}"), AMPLE));
        // What was begun in the background has the time of these to show.
        for _ in 0..20 {
            let sent = seat.transport.send(get(&server, "/v1/sent"), AMPLE).await;
            sent.unwrap_or_else(|error| panic!("{}", in_full(&error)));
        }
    });
    assert!(server.requests().iter().all(|request| request.target == "/v1/sent"));
}

pub(super) fn a_dropped_send_hangs_up<C: Candidate>(candidate: &C) {
    let server = Server::start(|peer| {
        peer.read();
        peer.hang();
    });
    let seat = Seat::new(candidate);
    drop_when_read(&seat, &server);
    // A runtime closes what was dropped when it runs again.
    let other = Server::answering(fine());
    let sent = seat.send(get(&other, "/v1/x"));
    sent.unwrap_or_else(|error| panic!("{}", in_full(&error)));
    server.until("the connection of the dropped send is closed", |seen| seen.open == 0);
    assert_eq!(server.requests().len(), 1, "a dropped send went on");
}

pub(super) fn a_dropped_send_disturbs_no_other<C: Candidate>(candidate: &C) {
    // The answer to the dropped request comes late, in front of whatever is sent next.
    let server = Server::start(|peer| {
        while let Some(request) = peer.read() {
            let next = peer.until(|seen| request.number > 1 || seen.requests.len() > 1);
            if !next || !peer.write(&answer("200 OK", &request.target)) {
                return;
            }
        }
    });
    let seat = Seat::new(candidate);
    drop_when_read(&seat, &server);
    for target in ["/v1/next", "/v1/last"] {
        match seat.send(get(&server, target)) {
            Ok(response) => assert_eq!(response.body(), target.as_bytes()),
            Err(error) => panic!("{}", in_full(&error)),
        }
    }
}

/// Sends, and drops the future when the server has read the request.
fn drop_when_read<C: Candidate>(seat: &Seat<'_, C>, server: &Server) {
    seat.candidate.run(async {
        let mut send = pin!(seat.transport.send(get(server, "/v1/dropped"), AMPLE));
        poll_fn(|context| {
            if let Poll::Ready(outcome) = send.as_mut().poll(context) {
                panic!("an answer that nobody gave: {:?}", outcome.map(|answer| answer.status()));
            }
            server.poll_until(context, |seen| !seen.requests.is_empty())
        })
        .await;
    });
}
