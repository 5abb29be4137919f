//! Calls a server as fast as one tokio thread can, and prints how fast that was.
//!
//! ```text
//! load <base_url> deactivate <count> [concurrency]
//! load <base_url> list
//! ```
//!
//! It toggles the ten newest certificates of the server, or ten made-up ids where there are none. The
//! key is `OPENAI_ADMIN_KEY`, or `sk-admin-load`.

use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use certs_core::operations::{Deactivate, List, PageSize, Scope};
use certs_core::types::{CertificateId, CertificateIds};
use certs_core::{AdminKey, Api, BaseUrl, Client};
use certs_hyper::HyperTransport;

/// How much was done.
#[derive(Default)]
struct Done {
    calls: u64,
    items: u64,
    wall: Duration,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let usage = "usage: load <base_url> deactivate <count> [concurrency] | load <base_url> list";
    let (base, job) = arguments.split_first().ok_or(usage)?;
    let base: BaseUrl = base.parse()?;
    let transport =
        if base.is_http() { HyperTransport::loopback() } else { HyperTransport::new()? };
    let key = env::var("OPENAI_ADMIN_KEY").unwrap_or_else(|_| "sk-admin-load".into());
    let client = Arc::new(Client::new(Api::new(base, AdminKey::new(key)?), transport));
    let done = match job {
        ["deactivate", count] => deactivate(client, count.parse()?, 1).await?,
        ["deactivate", count, concurrency] => {
            deactivate(client, count.parse()?, concurrency.parse()?).await?
        }
        ["list"] => list(&client).await?,
        _ => return Err(usage.into()),
    };
    report(&done);
    Ok(())
}

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

async fn deactivate(
    client: Arc<Client<HyperTransport>>,
    count: u64,
    concurrency: u64,
) -> Outcome<Done> {
    let operation = Arc::new(Deactivate::new(Scope::Organization, ten(&client).await?));
    let started = Instant::now();
    let workers = (0..concurrency.max(1)).map(|worker| {
        let (client, operation) = (client.clone(), operation.clone());
        let share = count / concurrency.max(1) + u64::from(worker < count % concurrency.max(1));
        tokio::spawn(async move {
            let mut done = Done::default();
            for _ in 0..share {
                let reply = client.call(&*operation).await?;
                done.calls += 1;
                done.items += reply.value.data.len() as u64;
            }
            Ok::<_, certs_core::Error>(done)
        })
    });
    let mut sum = Done::default();
    for worker in workers.collect::<Vec<_>>() {
        let done = worker.await??;
        sum.calls += done.calls;
        sum.items += done.items;
    }
    sum.wall = started.elapsed();
    Ok(sum)
}

/// The newest certificates of the server, or made-up ids where there are none.
async fn ten(client: &Client<HyperTransport>) -> Outcome<CertificateIds> {
    let page = client.pages(List::new(Scope::Organization)).next().await;
    let listed = page.and_then(Result::ok).into_iter().flatten();
    if let Ok(ids) = CertificateIds::new(listed.take(10).map(|certificate| certificate.id)) {
        return Ok(ids);
    }
    let made_up = (0..10).map(|n| format!("cert_{n:032}").parse::<CertificateId>());
    Ok(CertificateIds::new(made_up.collect::<Result<Vec<_>, _>>()?)?)
}

async fn list(client: &Client<HyperTransport>) -> Outcome<Done> {
    let started = Instant::now();
    let mut done = Done::default();
    let list = List::new(Scope::Organization).with_page_size(PageSize::MAX);
    let mut pages = client.pages(list);
    while let Some(page) = pages.next().await {
        done.calls += 1;
        done.items += page?.len() as u64;
    }
    done.wall = started.elapsed();
    Ok(done)
}

fn report(done: &Done) {
    let wall_s = done.wall.as_secs_f64();
    let rate = done.calls as f64 / wall_s;
    println!("calls={} items={} wall_s={wall_s:.6} calls_per_s={rate:.1}", done.calls, done.items);
}
