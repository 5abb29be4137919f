//! Counts the instructions and allocations of a call and of a page. The load of the machine changes neither.
//!
//! The number in the name of a benchmark is the number of its calls or pages.

use std::hint::black_box;

use certs_bench::clients::Client;
use certs_bench::clients::async_openai::AsyncOpenai;
use certs_bench::clients::by_hand::ByHand;
use certs_bench::clients::certs_hyper::CertsHyper;
use certs_bench::clients::reqwest::Reqwest;
use certs_bench::server::Server;
use gungraun::prelude::*;
use gungraun::{Callgrind, Dhat};
use tokio::runtime::{Builder, Runtime};

/// A client with an open connection to its server.
struct Connected<C> {
    runtime: Runtime,
    client: C,
    _server: Server,
}

fn connect<C: Client>(new: fn(&str) -> C) -> Connected<C> {
    let server = Server::start(env!("CARGO_BIN_EXE_server"), 5_000);
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let client = new(&server.base);
    runtime.block_on(client.deactivate());
    Connected { runtime, client, _server: server }
}

#[library_benchmark(setup = connect)]
#[bench::certs_hyper(CertsHyper::new)]
#[bench::by_hand(ByHand::new)]
#[bench::reqwest(Reqwest::new)]
#[bench::async_openai(AsyncOpenai::new)]
fn deactivate_500<C: Client>(connected: Connected<C>) -> Connected<C> {
    let connected = black_box(connected);
    connected.runtime.block_on(async {
        for _ in 0..500 {
            assert_eq!(connected.client.deactivate().await, 10);
        }
    });
    connected
}

#[library_benchmark(setup = connect)]
#[bench::certs_hyper(CertsHyper::new)]
#[bench::by_hand(ByHand::new)]
#[bench::reqwest(Reqwest::new)]
#[bench::async_openai(AsyncOpenai::new)]
fn page_50<C: Client>(connected: Connected<C>) -> Connected<C> {
    let connected = black_box(connected);
    assert_eq!(connected.runtime.block_on(connected.client.list()), (50, 5_000));
    connected
}

library_benchmark_group!(name = calls, benchmarks = [deactivate_500, page_50]);

main!(
    config = LibraryBenchmarkConfig::default()
        // The server is a child process.
        .tool(Callgrind::with_args(["--trace-children=no"]))
        .tool(Dhat::with_args(["--trace-children=no"])),
    library_benchmark_groups = [calls]
);
