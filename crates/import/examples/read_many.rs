//! Measures the reading and grouping of a tidy CSV of 10,000 runs with 100 epochs each.
//!
//!     cargo run --release -p fitroom-import --example read_many [RUNS EPOCHS]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::time::Instant;

use fitroom_import::{At, GroupOptions, Grouping, ScoreOf, TidyColumns, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<usize> =
        std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let (runs, epochs) = match arguments[..] {
        [runs, epochs] => (runs, epochs),
        _ => (10_000, 100),
    };
    let path = std::env::temp_dir().join(format!("fitroom-read-many-{}.csv", std::process::id()));
    let mut file = BufWriter::new(File::create(&path)?);
    writeln!(file, "network,seed,lr,epoch,train_loss,train_acc,val_loss,val_acc")?;
    for run in 0..runs {
        for epoch in 1..=epochs {
            let score = ((run * 31 + epoch * 7) % 1009) as f64 / 1013.0;
            let (network, seed, lr) = (run / 100, run % 100, 0.1 / (run / 1000 + 1) as f64);
            let [a, b, c] = [score / 3.0, score / 7.0, score / 11.0];
            writeln!(file, "net{network},{seed},{lr},{epoch},{score},{a},{b},{c}")?;
        }
    }
    file.flush()?;
    drop(file);
    let bytes = fs::metadata(&path)?.len();
    let start = Instant::now();
    let imported = read(&path, &TidyColumns::default())?;
    let read_seconds = start.elapsed().as_secs_f64();
    let scores = [ScoreOf::guess("val_acc", At::Best)];
    let grouping = Grouping::of(&imported.runs, &GroupOptions::default(), &scores)?;
    let seconds = start.elapsed().as_secs_f64();
    fs::remove_file(&path)?;
    println!(
        "{} runs in {} groups, {} MB",
        imported.runs.len(),
        grouping.groups.len(),
        bytes >> 20
    );
    println!("read in {read_seconds:.2} s, read and grouped in {seconds:.2} s");
    if let Ok(status) = fs::read_to_string("/proc/self/status") {
        status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"));
    }
    Ok(())
}
