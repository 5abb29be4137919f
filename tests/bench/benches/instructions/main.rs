//! Instructions and allocations of a call: counted, not timed, so that they hold on a busy machine.
//!
//! The number in a name is how often the thing is done.

mod parts;

use std::hint::black_box;

use certs_bench::by_hand::ByHand;
use certs_bench::canned::Server;
use certs_bench::load::Calls;
use certs_bench::ours::Ours;
use certs_bench::with_reqwest::WithReqwest;
use gungraun::prelude::*;
use gungraun::{Callgrind, Dhat};
use tokio::runtime::{Builder, Runtime};

use self::parts::part;

/// A client with an open connection, and its server in a process of its own.
struct Ready<C> {
    runtime: Runtime,
    client: C,
    _server: Server,
}

fn ready<C: Calls>(client: fn(&str) -> C) -> Ready<C> {
    let server = Server::start(env!("CARGO_BIN_EXE_canned"), 5_000);
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let client = client(&server.base);
    runtime.block_on(client.deactivate());
    Ready { runtime, client, _server: server }
}

#[library_benchmark(setup = ready)]
#[bench::ours(Ours::new)]
#[bench::by_hand(ByHand::new)]
#[bench::reqwest(WithReqwest::new)]
fn deactivate_500<C: Calls>(ready: Ready<C>) -> Ready<C> {
    let ready = black_box(ready);
    ready.runtime.block_on(async {
        for _ in 0..500 {
            assert_eq!(ready.client.deactivate().await, 10);
        }
    });
    ready
}

#[library_benchmark(setup = ready)]
#[bench::ours(Ours::new)]
#[bench::by_hand(ByHand::new)]
#[bench::reqwest(WithReqwest::new)]
fn page_50<C: Calls>(ready: Ready<C>) -> Ready<C> {
    let ready = black_box(ready);
    assert_eq!(ready.runtime.block_on(ready.client.list()), (50, 5_000));
    ready
}

library_benchmark_group!(name = call, benchmarks = [deactivate_500, page_50]);

main!(
    config = LibraryBenchmarkConfig::default()
        // The server is a child.
        .tool(Callgrind::with_args(["--trace-children=no"]))
        .tool(Dhat::with_args(["--trace-children=no"])),
    library_benchmark_groups = [call, part]
);
