//! `fitroom doctor`: the machine, the instruction set in use, peak speeds, and the data sets.

use std::fmt::Write;
use std::path::Path;

use fitroom_session::data::{DataError, Places, ReadOptions, Source};
use fitroom_session::report::number::counted;
use fitroom_session::study::{
    Host, InstructionSet, SIMD_VARIABLE, instruction_set, memory_bandwidth, peak_flops,
};

use crate::Failure;
use crate::display::MeasurementsDisplay;
use crate::output::{Table, print};

/// The data sets that are listed in any case. Other published ones are listed if they are on disk.
const NAMED: [Source; 4] = [Source::FASHION_MNIST, Source::MNIST, Source::KMNIST, Source::Drawn];

/// `fitroom doctor`
pub fn examine(places: &Places) -> Result<(), Failure> {
    let instructions = instruction_set()?;
    let is_chosen = std::env::var_os(SIMD_VARIABLE).is_some_and(|word| !word.is_empty());
    let host = Host::here();
    let mut text = format!(
        "{}, {}, {}\n\nprocessor: {}, {}\ninstruction set: {}\navailable: {}\n\n",
        host.program,
        env!("FITROOM_TARGET"),
        env!("FITROOM_COMPILER"),
        processor(&host),
        cores(host.cores),
        chosen(instructions, InstructionSet::detected(), is_chosen),
        InstructionSet::available().iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    );
    text += &limits(host.cores).text("  ");
    text += "\n";
    for source in NAMED {
        let state = found(&source, places)?
            .unwrap_or_else(|| format!("not on disk (`fitroom data fetch {source}`)"));
        writeln!(text, "{source}: {state}").expect("to memory");
    }
    for source in Source::published().filter(|source| !NAMED.contains(source)) {
        if let Some(state) = found(&source, places)? {
            writeln!(text, "{source}: {state}").expect("to memory");
        }
    }
    print(&text)
}

/// `one core`, `two cores`, `64 cores`.
pub fn cores(count: usize) -> String {
    counted(count, "core")
}

/// The processor's name, or `unknown processor`.
pub fn processor(host: &Host) -> &str {
    if host.processor.is_empty() { "unknown processor" } else { &host.processor }
}

fn chosen(used: InstructionSet, detected: InstructionSet, is_chosen: bool) -> String {
    match is_chosen {
        true => format!("{used} (set by {SIMD_VARIABLE}; detected: {detected})"),
        false => format!("{used} (detected; {SIMD_VARIABLE} can set another)"),
    }
}

/// Measures peak arithmetic and memory traffic, on one core and on all cores.
fn limits(all: usize) -> Table {
    let mut display = MeasurementsDisplay::new(4);
    let mut measured = |what: &str, measure: fn(usize) -> f64| {
        [1, all].map(|threads| {
            display.begin(&format!("{what} of {}", cores(threads)));
            format!("{:.1}", measure(threads) / 1e9)
        })
    };
    let mut table = Table::new(["at most", "one core", "all cores"]);
    let [one, all] = measured("arithmetic", peak_flops);
    table.row(["multiply-adds of f32, GFLOP/s".to_owned(), one, all]);
    let [one, all] = measured("memory traffic", memory_bandwidth);
    table.row(["memory traffic (triad), GB/s".to_owned(), one, all]);
    table
}

/// Where a data set is on disk, and whether its files are intact; `None` if it is not there.
fn found(source: &Source, places: &Places) -> Result<Option<String>, Failure> {
    let files = match source.verify(&ReadOptions::default(), places) {
        Ok(files) => files,
        Err(DataError::NotOnDisk { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Some(directory) = files.first().map(|file| file.path.parent().unwrap_or(Path::new("")))
    else {
        return Ok(Some("built in".to_owned()));
    };
    let wrong = files.iter().filter(|file| file.problem.is_some()).count();
    let state = match wrong {
        0 => "verified".to_owned(),
        wrong => format!("{} wrong (`fitroom data verify {source}`)", counted(wrong, "file")),
    };
    Ok(Some(format!("{}, {state}", directory.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_instruction_set_is_shown_beside_the_detected_one() {
        let (avx512, avx2) = (InstructionSet::Avx512, InstructionSet::Avx2);
        assert_eq!(
            chosen(avx512, avx512, false),
            "avx512 (detected; FITROOM_SIMD can set another)"
        );
        assert_eq!(chosen(avx2, avx512, true), "avx2 (set by FITROOM_SIMD; detected: avx512)");
    }

    #[test]
    fn a_processor_may_have_no_name() {
        let host = Host { processor: String::new(), ..Host::here() };
        assert_eq!(processor(&host), "unknown processor");
        assert_eq!(cores(64), "64 cores");
    }
}
