//! Two containers of one Pod on localhost, beside the same two guests over the machine's loopback in the stock host.

use std::net::TcpListener;

use wasmtime_wasi::WasiCtxBuilder;

use crate::bare::Bare;
use crate::node::run_to_end;
use crate::report::{Row, Times, numbers};

/// A port that is free now.
fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

/// Bytes per second.
fn throughput(output: &str) -> f64 {
    let [bytes, nanoseconds] = numbers(output, "throughput");
    bytes as f64 / nanoseconds as f64 * 1e9
}

pub(crate) fn measure(bare: &Bare) -> Vec<Row> {
    let ours = run_to_end(
        &[("server", &["/bin/tcp", "server", "8080"]), ("client", &["/bin/tcp", "client", "8080"])],
        "client",
    );
    let program = bare.load("tcp");
    let port = free_port();
    let start = |role: &str| {
        let mut wasi = WasiCtxBuilder::new();
        wasi.args(&["tcp", role, &port]).inherit_network().allow_tcp(true);
        let program = program.clone();
        bare.executor.spawn(async move { Bare::run(&program, wasi).await })
    };
    let (server, client) = (start("server"), start("client"));
    let stock = bare.executor.block_on(async {
        server.await.unwrap();
        client.await.unwrap()
    });
    let (round_trip, stock_round_trip) =
        (Times::from_output(&ours, "round-trip"), Times::from_output(&stock, "round-trip"));
    let (bulk, stock_bulk) = (throughput(&ours), throughput(&stock));
    let speed = |bytes: f64| format!("{:.2} GB/s", bytes / 1e9);
    vec![
        Row {
            what: "localhost round trip of 1 byte, guest to guest, against stock wasmtime-wasi over loopback"
                .into(),
            ours: round_trip.to_string(),
            baseline: stock_round_trip.to_string(),
            ratio: round_trip.part_of(stock_round_trip),
            budget: "≤ 0.3 ×",
        },
        Row {
            what: "localhost throughput, guest to guest, against the same".into(),
            ours: speed(bulk),
            baseline: speed(stock_bulk),
            ratio: format!("{:.1} × faster", bulk / stock_bulk),
            budget: "≥ 3 × faster",
        },
    ]
}
