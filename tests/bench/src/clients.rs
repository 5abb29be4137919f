//! The clients.

pub mod async_openai;
pub mod by_hand;
pub mod certs_hyper;
mod models;
pub mod reqwest;

/// The work that is counted.
pub trait Client {
    /// A client for the server at this base URL.
    fn new(base: &str) -> Self;

    /// Deactivates ten certificates and returns how many the response has.
    fn deactivate(&self) -> impl Future<Output = usize>;

    /// Reads a whole list in pages of a hundred, and returns how many pages and certificates it has.
    fn list(&self) -> impl Future<Output = (usize, usize)>;
}
