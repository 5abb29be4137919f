//! async-openai.

#[tokio::main(flavor = "current_thread")]
async fn main() {
    certs_bench::load::main(certs_bench::with_async_openai::WithAsyncOpenai::new).await;
}
