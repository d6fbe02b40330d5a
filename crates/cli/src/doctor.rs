//! `fitroom doctor`: what this machine has, what of it is used, and what it can do at most.

use std::fmt::Write;
use std::path::Path;

use fitroom_data::{DataError, Places, Source};
use fitroom_report::number::counted;
use fitroom_study::{
    Host, InstructionSet, SIMD_VARIABLE, instruction_set, memory_bandwidth, peak_flops,
};

use crate::Failure;
use crate::output::{Table, print};
use crate::progress::Measuring;

/// Data sets that have a name of their own.
const NAMED: [Source; 4] = [Source::FashionMnist, Source::Mnist, Source::Kmnist, Source::Drawn];

/// `fitroom doctor`
pub fn examine(places: &Places) -> Result<(), Failure> {
    let instructions = instruction_set()?;
    let is_named = std::env::var_os(SIMD_VARIABLE).is_some_and(|word| !word.is_empty());
    let host = Host::here();
    let mut text = format!(
        "{}, {}, {}\n\nprocessor: {}, {}\ninstruction set: {}\navailable: {}\n\n",
        host.program,
        env!("FITROOM_TARGET"),
        env!("FITROOM_COMPILER"),
        processor(&host),
        cores(host.cores),
        chosen(instructions, InstructionSet::detected(), is_named),
        InstructionSet::available().iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    );
    text += &limits(host.cores).text("  ");
    text += "\n";
    for source in NAMED {
        writeln!(text, "{source}: {}", found(&source, places)?).expect("to memory");
    }
    print(&text)
}

/// `one core`, `two cores`, `64 cores`.
pub fn cores(count: usize) -> String {
    counted(count, "core")
}

/// The processor's name, or that it is not known.
pub fn processor(host: &Host) -> &str {
    if host.processor.is_empty() { "unknown processor" } else { &host.processor }
}

fn chosen(used: InstructionSet, detected: InstructionSet, is_named: bool) -> String {
    match is_named {
        true => format!("{used} (named by {SIMD_VARIABLE}; detected: {detected})"),
        false => format!("{used} (detected; {SIMD_VARIABLE} may name another)"),
    }
}

/// Arithmetic and memory traffic at most, of one core and of all.
fn limits(all: usize) -> Table {
    let mut measuring = Measuring::new(4);
    let mut measured = |what: &str, measure: fn(usize) -> f64| {
        [1, all].map(|threads| {
            measuring.begin(&format!("{what} of {}", cores(threads)));
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

/// Where a data set is, and whether its files are right.
fn found(source: &Source, places: &Places) -> Result<String, Failure> {
    let files = match source.verify(places) {
        Ok(files) => files,
        Err(DataError::NotOnDisk { .. }) => {
            return Ok(format!("not on disk (`fitroom data fetch {source}`)"));
        }
        Err(error) => return Err(error.into()),
    };
    let Some(directory) = files.first().map(|file| file.path.parent().unwrap_or(Path::new("")))
    else {
        return Ok("built in".to_owned());
    };
    let wrong = files.iter().filter(|file| file.problem.is_some()).count();
    let state = match wrong {
        0 => "verified".to_owned(),
        wrong => format!("{} wrong (`fitroom data verify {source}`)", counted(wrong, "file")),
    };
    Ok(format!("{}, {state}", directory.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_named_stands_beside_what_was_detected() {
        let (avx512, avx2) = (InstructionSet::Avx512, InstructionSet::Avx2);
        assert_eq!(
            chosen(avx512, avx512, false),
            "avx512 (detected; FITROOM_SIMD may name another)"
        );
        assert_eq!(chosen(avx2, avx512, true), "avx2 (named by FITROOM_SIMD; detected: avx512)");
    }

    #[test]
    fn a_processor_may_have_no_name() {
        let host = Host { processor: String::new(), ..Host::here() };
        assert_eq!(processor(&host), "unknown processor");
        assert_eq!(cores(64), "64 cores");
    }
}
