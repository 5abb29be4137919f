//! A server of canned answers: a toggle of ten certificates, and a list of as many as it is told.

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let listed = std::env::args().nth(1).map_or(0, |count| count.parse().expect("a number"));
    certs_bench::canned::serve(listed).await;
}
