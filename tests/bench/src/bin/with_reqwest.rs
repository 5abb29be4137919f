//! reqwest and serde, as most people would write it.

#[tokio::main(flavor = "current_thread")]
async fn main() {
    certs_bench::load::main(certs_bench::with_reqwest::WithReqwest::new).await;
}
