//! Pooled hyper and borrowed serde, as a careful engineer writes them by hand.

#[tokio::main(flavor = "current_thread")]
async fn main() {
    certs_bench::load::main(certs_bench::by_hand::ByHand::new).await;
}
