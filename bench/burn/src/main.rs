//! The report's networks in burn, on its flex backend and one thread: a peer of `bench/compare.py`,
//! asked and answering as `bench/peer.py` says.

mod data;
mod network;
mod trainer;

use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;

use data::Images;
use trainer::Trainer;

/// As fast as glibc's with the settings of `bench/programs.py` or faster; a step takes 0.4 to 0.95
/// of the time that it takes with glibc's as installed.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const WARM_UP: usize = 20;
const ROUNDS: usize = 20;

fn main() {
    let descriptions = network::descriptions();
    let data = data::training_images();
    let mut trainers: Vec<Option<Trainer>> = descriptions.iter().map(|_| None).collect();
    answer("burn 0.22.0, flex backend, mimalloc");
    for line in stdin().lock().lines() {
        let line = line.expect("a line on standard input");
        let words: Vec<&str> = line.split_whitespace().collect();
        let &[request, number, steps] = words.as_slice() else {
            panic!("not REQUEST NETWORK STEPS: {line:?}")
        };
        let number: usize = number.parse().expect("a network's number");
        let steps: usize = steps.parse().expect("a number of steps");
        let description = &descriptions[number - 1];
        if request == "check" {
            let mut trainer = Trainer::new(description);
            let loss = trainer.train(&data, steps);
            answer(&format!("{} {loss:.6}", trainer.parameters()));
            continue;
        }
        let trainer = trainers[number - 1].get_or_insert_with(|| {
            let mut trainer = Trainer::new(description);
            trainer.train(&data, WARM_UP);
            trainer
        });
        let rounds = steps.min(ROUNDS);
        let mut milliseconds: Vec<f64> =
            (0..rounds).map(|_| round(trainer, &data, steps / rounds)).collect();
        milliseconds.sort_by(f64::total_cmp);
        answer(&format!("{:.6}", milliseconds[rounds / 2]));
    }
}

/// Milliseconds a step, the mean of so many.
fn round(trainer: &mut Trainer, data: &Images, steps: usize) -> f64 {
    let start = Instant::now();
    trainer.train(data, steps);
    start.elapsed().as_secs_f64() * 1e3 / steps as f64
}

fn answer(line: &str) {
    println!("{line}");
    stdout().flush().expect("standard output is read");
}
