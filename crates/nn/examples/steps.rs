//! Milliseconds of a whole training step (gather, forward, backward, Adam) and of scoring, one thread, batch 64, for the
//! eight networks of the published report: `cargo run --release -p fitroom-nn --example steps [NUMBER ...]`.

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
    let wanted: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let images: Vec<u8> = (0..IMAGES * 784).map(|i| ((i * 2_654_435_761) >> 7) as u8).collect();
    let labels: Vec<u8> = (0..IMAGES).map(|i| (i % 10) as u8).collect();
    let indices: Vec<u32> = (0..IMAGES as u32).collect();
    println!("net  ms/step  GFLOP/s  ms/64 images scored");
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

        let repeats = if index == 7 { 3 } else { 20 };
        let mut steps: Vec<f64> = Vec::new();
        for _ in 0..repeats {
            let start = Instant::now();
            let batches = indices.chunks(BATCH).take(if index == 7 { 10 } else { 64 });
            let count = batches.len();
            for batch in batches {
                network.train_batch(&images, &labels, batch, 0.001);
            }
            steps.push(start.elapsed().as_secs_f64() * 1e3 / count as f64);
        }
        let mut scoring: Vec<f64> = Vec::new();
        for _ in 0..5 {
            let start = Instant::now();
            network.score(&images, &labels, &indices[..1024]);
            scoring.push(start.elapsed().as_secs_f64() * 1e3 / 16.0);
        }
        let median = |times: &mut Vec<f64>| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        };
        let step = median(&mut steps);
        // Forward, weight gradient, and the input gradient of all but the first layer.
        let first = architecture.summary().iter().map(|layer| layer.multiply_adds).find(|&n| n > 0).unwrap_or(0);
        let operations = 2.0 * BATCH as f64 * (3 * architecture.multiply_adds() - first) as f64;
        println!("{:3}  {step:7.3}  {:7.1}  {:7.3}", index + 1, operations / step / 1e6, median(&mut scoring));
    }
}
