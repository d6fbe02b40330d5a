//! `fitroom judge`: verdicts on runs that any tool logged.

use std::path::PathBuf;

use fitroom_session::judging::{Judgement, judge_paths};
use fitroom_session::report::{number, percent, score_spread};
use fitroom_session::stats::Spread;
use fitroom_session::{OUTPUT_DIRECTORY, file_name};

use crate::Failure;
use crate::judge_arguments::{Format, JudgeArguments};
use crate::output::{Rows, print, say};

/// `fitroom judge`
pub fn judge(arguments: &JudgeArguments) -> Result<(), Failure> {
    let format = arguments.format();
    let judgement = judge_paths(&arguments.paths, &arguments.request())?;
    let out = arguments.out.clone().or_else(|| {
        let name = format!("judge-{}", file_name(&judgement.results().name));
        (format == Format::Text).then(|| PathBuf::from(OUTPUT_DIRECTORY).join(name))
    });
    let report = out.map(|out| judgement.write(&out)).transpose()?;
    match format {
        Format::Text => {
            judgement.results().notes.iter().for_each(|note| say(&format!("note: {note}")));
            let report =
                report.map_or(String::new(), |path| format!("\nreport: {}\n", path.display()));
            print(&(text(&judgement) + &report))?;
        }
        Format::Json => print(&judgement.json_text())?,
        Format::Markdown => print(&judgement.markdown())?,
    }
    match judgement.refused_by(&arguments.gate()) {
        Some(refused) => Err(Failure::NotPassed { refused }),
        None => Ok(()),
    }
}

/// The title, the table of networks, and a line for each comparison, each after an empty line.
fn text(judgement: &Judgement) -> String {
    let summary = judgement.summary();
    let measures = &judgement.results().measures;
    let titles = measures.iter().map(|measure| format!("{}{}", measure.name, percent(measure)));
    let header = ["network".to_owned(), "runs".to_owned()].into_iter().chain(titles);
    let mut table = Rows::new(header.collect());
    for network in &summary.networks {
        let score = |index: usize| {
            let scores = network.runs.iter().filter_map(|run| run.measured.get(index)?.score);
            let spread = Spread::of(scores);
            let score = spread.map(|it| score_spread(&measures[index], &it));
            let score = score.unwrap_or_else(|| number::MISSING.to_owned());
            // Runs without a score are in no mean.
            match spread.map_or(0, |it| it.count) {
                count if 0 < count && count < network.runs.len() => format!("{score} (of {count})"),
                _ => score,
            }
        };
        let first = [network.facts.name.clone(), network.runs.len().to_string()];
        table.add(first.into_iter().chain((0..measures.len()).map(score)).collect());
    }
    let lines = judgement.conclusions().into_iter().map(|it| format!("\n{}\n", it.text()));
    format!("{}\n\n{}{}", summary.title(), table.text("  "), lines.collect::<String>())
}
