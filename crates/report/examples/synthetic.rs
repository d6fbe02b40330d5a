//! Writes the report of made-up results into a directory, for a look at the report's design:
//! `cargo run -p fitroom-report --example synthetic -- DIRECTORY [KIND]`. KIND is `five-seeds` (the
//! default), `one-seed`, `under-way` or `drawn`.

#[path = "../src/fixture/mod.rs"]
#[allow(dead_code, missing_docs)]
mod fixture;

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use fitroom_report::Summary;
use fitroom_stats::DEFAULT_MARGIN;
use fixture::{Fixture, Plan};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let directory = Path::new(arguments.first().ok_or("usage: synthetic DIRECTORY [KIND]")?);
    let kind = arguments.get(1).map_or("five-seeds", String::as_str);
    let (seeds, epochs) = match kind {
        "five-seeds" => (5, 20),
        "one-seed" => (1, 20),
        "under-way" => (3, 20),
        "drawn" => (1, 2),
        other => return Err(format!("unknown kind {other}").into()),
    };
    let mut plans = networks();
    if kind == "under-way" {
        plans[5] = Plan::new("L1")
            .vs("two hidden layers")
            .reference(6)
            .diverged(1, 4)
            .pending(2, 12)
            .pending(3, 0);
        plans[6] = Plan::new("L2").vs("two hidden layers").reference(7).pending(3, 5);
        plans[7] = Plan::new("convolutional")
            .vs("two hidden layers")
            .reference(8)
            .pending(1, 0)
            .pending(2, 0)
            .pending(3, 0);
    }
    let mut results =
        plans.into_iter().fold(Fixture::new(seeds).epochs(epochs), Fixture::with).results();
    if kind == "under-way" {
        results.runs[15].epochs[3].train_loss = 7.3e8;
    }
    if kind == "drawn" {
        results.dataset.name = "drawn".into();
        results.dataset.title = "drawn garments (built in)".into();
        results.dataset.stands_in_because =
            Some("Fashion-MNIST is not on this machine and no mirror answered".into());
    }
    std::fs::create_dir_all(directory)?;
    let start = Instant::now();
    fitroom_report::write(&Summary::new(&results, DEFAULT_MARGIN), Vec::new(), directory)?;
    let first = start.elapsed();
    results.runs[0].epochs[0].seconds += 1.0;
    fitroom_report::write(&Summary::new(&results, DEFAULT_MARGIN), Vec::new(), directory)?;
    println!("{} in {first:?}, again in {:?}", directory.display(), start.elapsed() - first);
    Ok(())
}

fn networks() -> Vec<Plan> {
    vec![
        Plan::new("one hidden layer").layers("dense 128, relu").reference(1).softmax_twice(),
        Plan::new("two hidden layers").reference(2).softmax_twice().vs("one hidden layer"),
        Plan::new("wide first layer")
            .vs("two hidden layers")
            .layers("dense 512, relu, dense 128, relu, dense 64, relu")
            .reference(3)
            .softmax_twice(),
        Plan::new("dropout")
            .vs("two hidden layers")
            .layers("dense 128, relu, dropout 0.5, dense 64, relu, dropout 0.5")
            .reference(4)
            .softmax_twice()
            .gain_in_inference(0.04),
        Plan::new("batch norm")
            .vs("two hidden layers")
            .layers("dense 128, batchnorm, relu, dense 64, batchnorm, relu")
            .reference(5)
            .softmax_twice(),
        Plan::new("L1").vs("two hidden layers").reference(6).penalty(0.001, 0.0),
        Plan::new("L2").vs("two hidden layers").reference(7).penalty(0.0, 0.001).shifted(-0.03),
        Plan::new("convolutional")
            .vs("two hidden layers")
            .layers("conv 32 3x3 pad 1, relu, conv 32 3x3 pad 1, relu, flatten, dense 128, relu, dense 64, relu")
            .reference(8),
    ]
}
