//! `certs-hyper`.

#[tokio::main(flavor = "current_thread")]
async fn main() {
    certs_bench::load::main(certs_bench::ours::Ours::new).await;
}
