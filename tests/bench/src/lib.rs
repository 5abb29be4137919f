//! What the clients by hand share: the interface of the load program, and the shape of the answers.

use std::future::Future;
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// The body of a toggle.
#[derive(Serialize)]
pub struct Toggle<'a> {
    /// The certificates.
    pub certificate_ids: &'a [String],
}

/// The answer to a toggle, and a page of a list.
#[derive(Deserialize)]
pub struct Answer<'a> {
    /// The certificates.
    #[serde(borrow)]
    pub data: Vec<Certificate<'a>>,
    /// The cursor.
    #[serde(default)]
    pub last_id: Option<&'a str>,
    /// Whether the list goes on.
    #[serde(default)]
    pub has_more: bool,
}

/// A certificate whose strings stay in the body of the answer.
#[derive(Deserialize)]
#[allow(dead_code)]
pub struct Certificate<'a> {
    object: &'a str,
    id: &'a str,
    name: Option<&'a str>,
    created_at: i64,
    certificate_details: Details,
    active: Option<bool>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Details {
    valid_at: Option<i64>,
    expires_at: Option<i64>,
}

/// The ids that the load program sends.
pub fn ids() -> Vec<String> {
    (0..10).map(|n| format!("cert_{n:032}")).collect()
}

/// Parses the arguments of the load program, runs `deactivate` or `list`, and prints the figures.
///
/// `deactivate` gives the number of items of one call, `list` those of a page and the next cursor.
pub async fn main<D, L>(
    deactivate: impl Fn(String) -> D,
    list: impl Fn(String, Option<String>) -> L,
) where
    D: Future<Output = usize> + Send + 'static,
    L: Future<Output = (usize, Option<String>)>,
{
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let base = arguments[0].clone();
    let started = Instant::now();
    let (mut calls, mut items) = (0, 0);
    if arguments[1] == "deactivate" {
        let count: usize = arguments[2].parse().expect("a count");
        let lanes: usize = arguments.get(3).map_or(1, |lanes| lanes.parse().expect("a number"));
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..lanes.min(count) {
            running.spawn(deactivate(base.clone()));
            calls += 1;
        }
        while let Some(done) = running.join_next().await {
            items += done.expect("no panic");
            if calls < count {
                running.spawn(deactivate(base.clone()));
                calls += 1;
            }
        }
    } else {
        let mut cursor = None;
        loop {
            let (read, next) = list(base.clone(), cursor).await;
            calls += 1;
            items += read;
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
    }
    let wall_s = started.elapsed().as_secs_f64();
    let rate = calls as f64 / wall_s;
    println!("calls={calls} items={items} wall_s={wall_s:.6} calls_per_s={rate:.1}");
}
