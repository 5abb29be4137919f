//! The clients.

pub mod async_openai;
pub mod by_hand;
pub mod certs_hyper;
mod models;
pub mod reqwest;

/// The calls that are measured.
pub trait Client {
    /// A client for the server at this base URL.
    fn new(base: &str) -> Self;

    /// Deactivates ten certificates, and returns the number of certificates in the response.
    fn deactivate(&self) -> impl Future<Output = usize>;

    /// Reads a whole list in pages of a hundred, and returns the number of its pages and certificates.
    fn list(&self) -> impl Future<Output = (usize, usize)>;
}
