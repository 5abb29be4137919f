//! Pooled hyper and borrowed serde by hand, with TLS built in.

#[tokio::main(flavor = "current_thread")]
async fn main() {
    certs_bench::load::main(certs_bench::by_hand::ByHand::with_tls).await;
}
