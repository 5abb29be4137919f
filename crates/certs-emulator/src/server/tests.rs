use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::*;
use crate::Fault;
use crate::testing::{AUTHORITY, Calls, KEY, builder};

const SOON: Duration = Duration::from_millis(200);
const LATE: Duration = Duration::from_secs(20);

async fn start(limits: Limits) -> (Emulator, Server) {
    let emulator = builder().body_limit(100_000).build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    (emulator.clone(), emulator.serve(listener, limits).unwrap())
}

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.address()).await.unwrap()
}

/// Reads until the server closes the connection.
async fn rest(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // A reset ends reading like a close.
    let _ = timeout(LATE, stream.read_to_end(&mut text)).await.expect("a hang");
    String::from_utf8(text).unwrap()
}

fn head(method: &str, path: &str, more: &str) -> String {
    format!("{method} /v1{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\n{more}\r\n")
}

/// One request on a connection of its own.
async fn exchange(server: &Server, request: &str) -> String {
    let mut stream = connect(server).await;
    stream.write_all(request.as_bytes()).await.unwrap();
    rest(stream).await
}

#[tokio::test]
async fn serves_several_requests_on_one_connection() {
    let (_, server) = start(Limits::default()).await;
    let list = head("GET", "/organization/certificates", "");
    let body = serde_json::json!({"certificate": *AUTHORITY}).to_string();
    let more = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    let upload = head("POST", "/organization/certificates", &more) + &body;
    let last = head("GET", "/organization/certificates", "connection: close\r\n");
    let responses = exchange(&server, &(list + &upload + &last)).await;
    assert_eq!(responses.matches("HTTP/1.1 200 OK").count(), 3, "{responses}");
    assert_eq!(responses.matches("x-request-id: req_").count(), 3);
    assert_eq!(responses.matches("\r\ndate: ").count(), 3, "one date each");
}

#[tokio::test]
async fn refuses_an_oversized_body_however_it_is_sent() {
    let (emulator, server) = start(Limits::default()).await;
    let path = "/organization/certificates";
    let body = "x".repeat(1_000_000);
    let announced = "content-length: 1000000\r\nconnection: close\r\n";
    let response = exchange(&server, &(head("POST", path, announced) + &body)).await;
    assert!(response.starts_with("HTTP/1.1 413"), "{response}");
    let chunked = "transfer-encoding: chunked\r\nconnection: close\r\n";
    let chunks = format!("f4240\r\n{body}\r\n0\r\n\r\n");
    let response = exchange(&server, &(head("POST", path, chunked) + &chunks)).await;
    assert!(response.starts_with("HTTP/1.1 413"), "{response}");
    assert!(response.contains("\"error\""), "{response}");
    let waiting = "content-length: 1000000\r\nexpect: 100-continue\r\n";
    let response = exchange(&server, &head("POST", path, waiting)).await;
    assert!(response.starts_with("HTTP/1.1 413"), "refused before the body: {response}");
    let statuses: Vec<_> = emulator.journal().iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [Some(413); 3]);
}

#[tokio::test]
async fn times_out_waiting_for_a_body() {
    let (_, server) = start(Limits { body_timeout: SOON, ..Limits::default() }).await;
    let more = "content-type: application/json\r\ncontent-length: 10\r\n";
    let response =
        exchange(&server, &(head("POST", "/organization/certificates", more) + "{")).await;
    assert!(response.starts_with("HTTP/1.1 408"), "{response}");
    assert!(response.contains("\"error\""), "{response}");
}

#[tokio::test]
async fn refuses_a_malformed_body() {
    let (emulator, server) = start(Limits::default()).await;
    let more = "content-type: application/json\r\ntransfer-encoding: chunked\r\n";
    let broken = head("POST", "/organization/certificates", more) + "no size\r\n{}\r\n";
    let response = exchange(&server, &broken).await;
    assert!(response.starts_with("HTTP/1.1 400"), "{response}");
    assert!(response.contains("The request body is malformed"), "{response}");
    assert_eq!(emulator.journal()[0].status, Some(400));
}

#[tokio::test]
async fn times_out_waiting_for_a_head() {
    let (_, server) = start(Limits { head_timeout: SOON, ..Limits::default() }).await;
    for sent in ["", "GET /v1", "GET /v1/organization/certificates HTTP/1.1\r\nhost:"] {
        exchange(&server, sent).await;
    }
    let idle = exchange(&server, &head("GET", "/organization/certificates", "")).await;
    assert!(idle.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn refuses_an_oversized_head() {
    let (_, server) = start(Limits::default()).await;
    let long = format!("x: {}\r\n", "y".repeat(100_000));
    let response = exchange(&server, &head("GET", "/organization/certificates", &long)).await;
    assert!(response.starts_with("HTTP/1.1 431"), "{response}");
}

#[tokio::test]
async fn survives_input_that_is_not_http() {
    let (_, server) = start(Limits::default()).await;
    for input in
        ["\0\0\0\0\r\n\r\n", "\x16\x03\x01\x02\0\x01\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
    {
        exchange(&server, input).await;
    }
    let close = head("GET", "/organization/certificates", "connection: close\r\n");
    assert!(exchange(&server, &close).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let (_, server) = start(Limits { max_connections: 1, ..Limits::default() }).await;
    let mut first = connect(&server).await;
    first.write_all(head("GET", "/organization/certificates", "").as_bytes()).await.unwrap();
    first.read_u8().await.unwrap();
    let mut second = connect(&server).await;
    second.write_all(head("GET", "/x", "connection: close\r\n").as_bytes()).await.unwrap();
    assert!(timeout(SOON, second.read_u8()).await.is_err());
    drop(first);
    assert!(rest(second).await.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn any_connection_limit_serves_at_least_one() {
    for max_connections in [0, usize::MAX] {
        let (_, server) = start(Limits { max_connections, ..Limits::default() }).await;
        let close = head("GET", "/x", "connection: close\r\n");
        assert!(exchange(&server, &close).await.starts_with("HTTP/1.1 404"));
    }
}

#[tokio::test]
async fn stop_waits_for_a_running_request() {
    let (emulator, server) = start(Limits::default()).await;
    let id = emulator.upload();
    let body = r#"{"name":"Late"}"#;
    let more = format!(
        "content-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n",
        body.len()
    );
    let mut running = connect(&server).await;
    let path = format!("/organization/certificates/{id}");
    running.write_all(head("POST", &path, &more).as_bytes()).await.unwrap();
    let mut interim = [0; 25];
    running.read_exact(&mut interim).await.unwrap();
    let idle = connect(&server).await;
    let address = server.address();
    let stopping = tokio::spawn(server.stop());
    assert_eq!(rest(idle).await, "");
    assert!(TcpStream::connect(address).await.is_err(), "new connections are refused");
    running.write_all(body.as_bytes()).await.unwrap();
    assert!(rest(running).await.starts_with("HTTP/1.1 200"));
    timeout(LATE, stopping).await.unwrap().unwrap();
    assert_eq!(emulator.get(&path).1["name"], "Late");
}

#[tokio::test]
async fn stop_waits_neither_for_delays_nor_for_incomplete_requests() {
    let (emulator, server) = start(Limits::default()).await;
    emulator.set_faults(vec![Fault::any().delay(Duration::from_secs(3600))]);
    let list = head("GET", "/organization/certificates", "connection: close\r\n");
    let mut delayed = connect(&server).await;
    delayed.write_all(list.as_bytes()).await.unwrap();
    let more = "content-type: application/json\r\ncontent-length: 10\r\n";
    let half_body = head("POST", "/organization/certificates", more) + "{";
    let mut incomplete = Vec::new();
    for sent in ["GET /v1", &half_body] {
        let mut stream = connect(&server).await;
        stream.write_all(sent.as_bytes()).await.unwrap();
        incomplete.push(stream);
    }
    while emulator.journal().is_empty() {
        tokio::task::yield_now().await;
    }
    timeout(LATE, server.stop()).await.expect("a hang");
    assert!(rest(delayed).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn half_closed_clients_get_their_responses() {
    let (emulator, server) = start(Limits::default()).await;
    emulator.set_faults(vec![Fault::any().delay(SOON)]);
    let body = serde_json::json!({"certificate": *AUTHORITY}).to_string();
    let more = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    let upload = head("POST", "/organization/certificates", &more) + &body;
    let mut stream = connect(&server).await;
    stream.write_all(upload.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    assert!(rest(stream).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn responses_can_be_delayed_cut_off_or_lost() {
    let (emulator, server) = start(Limits::default()).await;
    let list = head("GET", "/organization/certificates", "connection: close\r\n");
    let whole = exchange(&server, &list).await;
    let announced = whole.lines().find(|line| line.starts_with("content-length")).unwrap();
    emulator.set_faults(vec![Fault::any().close_after_commit()]);
    assert_eq!(exchange(&server, &list).await, "");
    emulator.set_faults(vec![Fault::any().cut_body(9)]);
    let cut = exchange(&server, &list).await;
    assert!(cut.contains(announced), "{cut}");
    assert!(cut.ends_with("\r\n\r\n{\"object\""), "{cut}");
    emulator.set_faults(vec![Fault::any().cut_body(0)]);
    assert!(exchange(&server, &list).await.ends_with("\r\n\r\n"));
    emulator.set_faults(vec![Fault::any().delay(SOON)]);
    let began = std::time::Instant::now();
    assert!(exchange(&server, &list).await.starts_with("HTTP/1.1 200"));
    assert!(began.elapsed() >= SOON);
}

#[tokio::test]
async fn a_reset_is_not_a_close() {
    let (emulator, server) = start(Limits::default()).await;
    let list = head("GET", "/organization/certificates", "connection: close\r\n");
    for fault in [Fault::any().reset_before_commit(), Fault::any().reset_after_commit()] {
        emulator.set_faults(vec![fault]);
        let mut stream = connect(&server).await;
        stream.write_all(list.as_bytes()).await.unwrap();
        let read = timeout(LATE, stream.read_u8()).await.expect("a hang");
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    }
}

#[tokio::test]
async fn management_has_its_own_listener() {
    let (emulator, api) = start(Limits::default()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let management = emulator.serve_management(listener, Limits::default()).unwrap();
    assert_eq!(management.base_url(), format!("http://{}", management.address()));
    let close = "host: localhost\r\nconnection: close\r\n\r\n";
    let health = exchange(&management, &format!("GET /health HTTP/1.1\r\n{close}")).await;
    assert!(health.ends_with("{\"status\":\"ok\"}"), "{health}");
    let reset = exchange(&management, &format!("POST /reset HTTP/1.1\r\n{close}")).await;
    assert!(reset.starts_with("HTTP/1.1 204"), "{reset}");
    let elsewhere = exchange(&api, &format!("GET /health HTTP/1.1\r\n{close}")).await;
    assert!(elsewhere.starts_with("HTTP/1.1 404"), "{elsewhere}");
}

#[tokio::test]
async fn dropping_the_server_stops_it() {
    let (_, server) = start(Limits::default()).await;
    let address = server.address();
    let open = connect(&server).await;
    drop(server);
    assert_eq!(rest(open).await, "");
    assert!(TcpStream::connect(address).await.is_err());
}
