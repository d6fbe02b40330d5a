//! Milliseconds of a whole training step (gather, forward, backward, Adam) and of scoring, batch 64, for the eight
//! networks of the published report: `cargo run --release -p fitroom-nn --example steps [--threads=N] [NUMBER ...]`.

use std::time::Instant;

use fitroom_nn::{Architecture, Loss, Network, Penalty, Recipe, Shape};

const BATCH: usize = 64;
const IMAGES: usize = 4096;

const NETWORKS: [(&str, f32, f32); 8] = [
    ("dense 128, relu", 0.0, 0.0),
    ("dense 128, relu, dense 64, relu", 0.0, 0.0),
    ("dense 512, relu, dense 128, relu, dense 64, relu", 0.0, 0.0),
    ("dense 128, relu, dropout 0.5, dense 64, relu, dropout 0.5", 0.0, 0.0),
    ("dense 128, batchnorm, relu, dense 64, batchnorm, relu", 0.0, 0.0),
    ("dense 128, relu, dense 64, relu", 0.001, 0.0),
    ("dense 128, relu, dense 64, relu", 0.0, 0.001),
    ("conv 32 3x3 pad 1, relu, conv 32 3x3 pad 1, relu, flatten, dense 128, relu, dense 64, relu", 0.0, 0.0),
];

fn main() {
    let (mut threads, mut wanted) = (1, Vec::new());
    for word in std::env::args().skip(1) {
        match word.strip_prefix("--threads=") {
            Some(number) => threads = number.parse().expect("a number of threads"),
            None => wanted.push(word.parse::<usize>().expect("the number of a network")),
        }
    }
    let images: Vec<u8> = (0..IMAGES * 784).map(|i| ((i * 2_654_435_761) >> 7) as u8).collect();
    let labels: Vec<u8> = (0..IMAGES).map(|i| (i % 10) as u8).collect();
    let indices: Vec<u32> = (0..IMAGES as u32).collect();
    println!("net  fastest   median  GFLOP/s  ms/64 images scored (fastest)");
    for (index, (layers, l1, l2)) in NETWORKS.iter().enumerate() {
        if !wanted.is_empty() && !wanted.contains(&(index + 1)) {
            continue;
        }
        let input = Shape::Image { channels: 1, height: 28, width: 28 };
        let architecture = Architecture::parse(input, layers, 10).expect("a network of the report");
        let loss = if index < 5 { Loss::CrossEntropyOfSoftmax } else { Loss::CrossEntropy };
        let penalty = Penalty { l1: *l1, l2: *l2, ..Penalty::default() };
        let recipe = Recipe { loss, penalty, ..Recipe::default() };
        let mut network = Network::new(&architecture, &recipe, BATCH, 1);
        network.set_threads(threads);

        let (steps, scoring) = network.together(|network| {
            let steps = time(if index == 7 { 40 } else { 1500 }, indices.chunks(BATCH), |batch| {
                network.train_batch(&images, &labels, batch, 0.001);
            });
            let scoring = time(if index == 7 { 4 } else { 40 }, indices.chunks(1024), |batch| {
                network.score(&images, &labels, batch);
            });
            (steps, scoring)
        });
        let [fastest, step] = [steps[0], steps[steps.len() / 2]];
        // Forward, weight gradient, and the input gradient of all but the first layer.
        let first = architecture.summary().iter().map(|layer| layer.multiply_adds).find(|&n| n > 0).unwrap_or(0);
        let operations = 2.0 * BATCH as f64 * (3 * architecture.multiply_adds() - first) as f64;
        let (gflops, scored) = (operations / fastest / 1e6, scoring[0] / 16.0);
        println!("{:3}  {fastest:7.3}  {step:7.3}  {gflops:7.1}  {scored:7.3}", index + 1);
    }
}

/// Milliseconds of each of `count` calls of `work`, ascending, after one that is not counted.
fn time<'a>(count: usize, batches: impl Iterator<Item = &'a [u32]> + Clone, mut work: impl FnMut(&[u32])) -> Vec<f64> {
    let mut times: Vec<f64> = batches
        .cycle()
        .take(count + 1)
        .map(|batch| {
            let start = Instant::now();
            work(batch);
            start.elapsed().as_secs_f64() * 1e3
        })
        .skip(1)
        .collect();
    times.sort_by(f64::total_cmp);
    times
}
