//! The load program: the same interface, and the same line of figures, for every client.

use std::env;
use std::future::Future;
use std::time::Instant;

use tokio::task::JoinSet;

/// What a client is asked to do.
pub trait Calls: Clone + Send + 'static {
    /// Deactivates ten certificates and gives how many the answer has.
    fn deactivate(&self) -> impl Future<Output = usize> + Send;

    /// Reads the whole list, a hundred certificates a page, and gives how many pages and certificates.
    fn list(&self) -> impl Future<Output = (usize, usize)> + Send;
}

/// Runs `deactivate <count> [concurrency]` or `list`, as the arguments say, and prints the figures.
pub async fn main<C: Calls>(client: impl FnOnce(&str) -> C) {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (base, job) = arguments.split_first().expect("a base URL");
    let client = client(base);
    let number = |text: &str| text.parse::<usize>().expect("a number");

    let started = Instant::now();
    let (calls, items) = match job {
        ["deactivate", count] => deactivate(client, number(count), 1).await,
        ["deactivate", count, lanes] => deactivate(client, number(count), number(lanes)).await,
        _ => client.list().await,
    };
    let wall_s = started.elapsed().as_secs_f64();
    let rate = calls as f64 / wall_s;
    println!("calls={calls} items={items} wall_s={wall_s:.6} calls_per_s={rate:.1}");
}

async fn deactivate<C: Calls>(client: C, count: usize, lanes: usize) -> (usize, usize) {
    let mut running = JoinSet::new();
    for lane in 0..lanes {
        let client = client.clone();
        let share = count / lanes + usize::from(lane < count % lanes);
        running.spawn(async move {
            let mut items = 0;
            for _ in 0..share {
                items += client.deactivate().await;
            }
            items
        });
    }
    (count, running.join_all().await.into_iter().sum())
}
