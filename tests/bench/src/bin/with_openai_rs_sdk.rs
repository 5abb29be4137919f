//! openai-rs-sdk.

#[tokio::main(flavor = "current_thread")]
async fn main() {
    certs_bench::load::main(certs_bench::with_openai_rs_sdk::WithOpenaiRsSdk::new).await;
}
