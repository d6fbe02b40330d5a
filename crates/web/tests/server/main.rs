//! The server as a browser sees it, and as an attacker does.

mod client;
mod connections;
mod refused;
mod study;
mod views;

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use client::Client;
use fitroom_session::data::Places;
use fitroom_web::{ServeOptions, Served, Token, start};

/// A table of runs of three networks, of which one has a name that would be markup.
fn runs(path: &Path) {
    let mut table = "model,seed,epoch,val_acc\n".to_owned();
    for seed in 1..=8_u32 {
        for epoch in 1..=4_u32 {
            let luck = f64::from(seed * 5 % 8) / 1000.0;
            let score = 0.80 + 0.01 * f64::from(epoch) + luck;
            writeln!(table, "plain,{seed},{epoch},{score:.4}").unwrap();
            writeln!(table, "<script>alert(1)</script>,{seed},{epoch},{:.4}", score + 0.03 + luck)
                .unwrap();
            writeln!(table, "wide & deep,{seed},{epoch},{:.4}", score + 0.0001).unwrap();
        }
    }
    std::fs::write(path, table).unwrap();
}

/// A server of such a table. It runs until the test program ends.
fn serve(dir: &Path, token: Option<&str>) -> Client {
    serve_within(dir, token, ServeOptions::default().request_time)
}

/// A server that waits for a request for this time only.
fn serve_within(dir: &Path, token: Option<&str>, request_time: Duration) -> Client {
    let path = dir.join("runs.csv");
    runs(&path);
    let served = Served::open(&path, 0.005, &Places::default()).unwrap();
    let token = token.map(|word| Token::new(word).unwrap());
    let running =
        start(vec![served], &ServeOptions { token, request_time, ..ServeOptions::default() })
            .unwrap();
    Client::of_link(&running.link)
}
