//! The server, as a program. Its argument is the length of the list.

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let length = std::env::args().nth(1).map_or(0, |count| count.parse().expect("a number"));
    certs_bench::server::serve(length).await;
}
