//! `fitroom bench`: how fast each network of a study trains and scores on this machine.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use fitroom_session::report::number;
use fitroom_session::study::{
    BenchmarkOptions, Host, InstructionSet, Measurement, instruction_set, measure, peak_flops,
};
use fitroom_session::{StudyRequest, load_dataset};

use crate::Failure;
use crate::arguments::BenchArguments;
use crate::display::{LoadingDisplay, MeasurementsDisplay};
use crate::doctor::{cores, processor};
use crate::output::{Table, print};

/// Number of images for which the scoring time is given: the default batch size.
const SCORED: f64 = 64.0;

/// `fitroom bench`
pub fn bench(arguments: &BenchArguments) -> Result<(), Failure> {
    let instructions = instruction_set()?;
    let request = StudyRequest {
        only: arguments.only.clone(),
        dataset: arguments.data.dataset.clone(),
        reading: arguments.data.reading.changes(),
        ..StudyRequest::new(&arguments.study)
    };
    let study = request.find()?;
    let places = arguments.data.places.places();
    let mut loading = LoadingDisplay::new();
    let dataset = load_dataset(study.dataset.as_ref(), &study.reading, &places, &mut |event| {
        loading.show(event)
    })?;
    drop(loading);
    study.check(&dataset)?;
    let mut csv = arguments.csv.as_deref().map(CsvFile::create).transpose()?;

    let host = Host::here();
    let threads = threads(arguments.threads, host.cores);
    let mut display = MeasurementsDisplay::new((threads.len() * (study.networks.len() + 1)) as u64);
    let mut peaks = Vec::new();
    for &threads in &threads {
        display.begin(&format!("the peak of {}", cores(threads)));
        peaks.push(peak_flops(threads));
    }
    let mut table = Table::new([
        "network",
        "batch",
        "cores",
        "ms a step",
        "quartiles",
        "images/s",
        "GFLOP/s",
        "% of peak",
        "ms to score 64",
    ]);
    for plan in &study.networks {
        for (&threads, &peak) in threads.iter().zip(&peaks) {
            display.begin(&format!("`{}` on {}", plan.name, cores(threads)));
            let options = BenchmarkOptions { threads, seconds: arguments.seconds };
            let measurement = measure(&study, plan, &dataset, &options)?;
            table.row(row(&plan.name, &measurement, peak));
            if let Some(csv) = &mut csv {
                csv.write(&record(&plan.name, &measurement, peak))?;
            }
        }
    }
    drop(display);
    if csv.is_some_and(|csv| csv.file.is_none()) {
        return Ok(());
    }
    print(&format!(
        "{}: training steps on {}\n{}\n\n{}",
        study.title,
        dataset.title,
        machine(&host, instructions, &threads, &peaks),
        table.text("  ")
    ))
}

/// Numbers of threads to measure with: the number that was asked for, or one and then all cores.
fn threads(wanted: Option<u16>, cores: usize) -> Vec<usize> {
    match wanted {
        Some(threads) => vec![threads.into()],
        None if cores > 1 => vec![1, cores],
        None => vec![1],
    }
}

/// The machine and its peak: `AMD EPYC, avx512: at most 117 GFLOP/s on one core, 233 on two cores`.
fn machine(host: &Host, instructions: InstructionSet, threads: &[usize], peaks: &[f64]) -> String {
    let peak = |(index, (&threads, &peak)): (usize, (&usize, &f64))| {
        let unit = if index == 0 { " GFLOP/s" } else { "" };
        format!("{:.0}{unit} on {}", peak / 1e9, cores(threads))
    };
    let peaks: Vec<String> = threads.iter().zip(peaks).enumerate().map(peak).collect();
    format!("{}, {instructions}: at most {}", processor(host), peaks.join(", "))
}

fn row(network: &str, measurement: &Measurement, peak: f64) -> [String; 9] {
    let step = measurement.step_seconds;
    [
        network.to_owned(),
        measurement.batch_size.to_string(),
        measurement.threads.to_string(),
        format!("{:.3}", step.median * 1e3),
        format!("{:.3} to {:.3}", step.low * 1e3, step.high * 1e3),
        number::count(measurement.images_per_second.round() as u64),
        format!("{:.1}", measurement.flops / 1e9),
        format!("{:.0}", 100.0 * measurement.flops / peak),
        format!("{:.3}", measurement.scoring_seconds * SCORED * 1e3),
    ]
}

const COLUMNS: [&str; 10] = [
    "network",
    "batch_size",
    "threads",
    "milliseconds",
    "milliseconds_low",
    "milliseconds_high",
    "images_per_second",
    "gflops",
    "percent_of_peak",
    "scoring_milliseconds",
];

/// A row of the CSV file, in the order of `COLUMNS`.
fn record(network: &str, measurement: &Measurement, peak: f64) -> [String; 10] {
    let step = measurement.step_seconds;
    let milliseconds = |seconds: f64| format!("{:.4}", seconds * 1e3);
    [
        network.to_owned(),
        measurement.batch_size.to_string(),
        measurement.threads.to_string(),
        milliseconds(step.median),
        milliseconds(step.low),
        milliseconds(step.high),
        format!("{:.0}", measurement.images_per_second),
        format!("{:.2}", measurement.flops / 1e9),
        format!("{:.1}", 100.0 * measurement.flops / peak),
        milliseconds(measurement.scoring_seconds * SCORED),
    ]
}

/// The file of `--csv`. Each row is written as soon as it is measured, so that no row is lost if
/// the user ends the program.
struct CsvFile {
    path: PathBuf,
    /// `None`: standard output.
    file: Option<File>,
}

impl CsvFile {
    /// Creates the file and writes its header, before anything is measured.
    fn create(path: &Path) -> Result<Self, Failure> {
        let write_failed = |source| Failure::Write { path: path.to_owned(), source };
        let file = (path != Path::new("-"))
            .then(|| File::create(path))
            .transpose()
            .map_err(write_failed)?;
        let mut csv = CsvFile { path: path.to_owned(), file };
        csv.write(&COLUMNS)?;
        Ok(csv)
    }

    fn write(&mut self, cells: &[impl AsRef<[u8]>]) -> Result<(), Failure> {
        let mut line = csv::Writer::from_writer(Vec::new());
        line.write_record(cells).expect("to memory");
        let line =
            String::from_utf8(line.into_inner().expect("to memory")).expect("cells are text");
        match &mut self.file {
            Some(file) => file
                .write_all(line.as_bytes())
                .map_err(|source| Failure::Write { path: self.path.clone(), source }),
            None => print(&line),
        }
    }
}

#[cfg(test)]
mod tests {
    use fitroom_session::study::Quartiles;

    use super::*;

    /// Two copies of a network, each with 2,000 steps of 50 images per second.
    const MEASUREMENT: Measurement = Measurement {
        batch_size: 50,
        threads: 2,
        step_seconds: Quartiles { low: 0.000_4, median: 0.000_5, high: 0.000_75 },
        images_per_second: 200_000.0,
        flops: 60e9,
        scoring_seconds: 0.000_001,
    };

    #[test]
    fn rows_have_their_units() {
        let expected =
            ["a", "50", "2", "0.500", "0.400 to 0.750", "200,000", "60.0", "25", "0.064"];
        assert_eq!(row("a", &MEASUREMENT, 240e9), expected);
        let expected =
            ["a", "50", "2", "0.5000", "0.4000", "0.7500", "200000", "60.00", "25.0", "0.0640"];
        assert_eq!(record("a", &MEASUREMENT, 240e9), expected);
    }

    #[test]
    fn one_core_comes_before_all() {
        assert_eq!(threads(None, 8), [1, 8]);
        assert_eq!(threads(None, 1), [1]);
        assert_eq!(threads(Some(3), 8), [3]);
    }

    #[test]
    fn the_peak_names_its_cores() {
        let host = Host { processor: "Some Processor".to_owned(), ..Host::here() };
        assert_eq!(
            machine(&host, InstructionSet::Avx2, &[1, 4], &[117.4e9, 460e9]),
            "Some Processor, avx2: at most 117 GFLOP/s on one core, 460 on four cores"
        );
    }
}
