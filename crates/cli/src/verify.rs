//! `fitroom verify`.

use std::collections::HashSet;

use fitroom_session::study::{StoredStudy, Verification};

use crate::Failure;
use crate::arguments::VerifyArguments;
use crate::output::print;

/// Prints how many runs there are, and a line for each thing that is wrong.
pub fn verify(arguments: &VerifyArguments) -> Result<(), Failure> {
    let found = StoredStudy::verify(&arguments.dir)?;
    let Verification { finished, diverged, begun, are_runs_verified, findings } = found;
    let mut text = format!(
        "{}: runs: {finished} finished, {diverged} diverged, {begun} begun\n",
        arguments.dir.display(),
    );
    for finding in &findings {
        text += &format!("{}: {}\n", finding.path.display(), finding.problem);
    }
    if !are_runs_verified {
        text += "so the runs were not verified\n";
    }
    if findings.is_empty() {
        text += "every file is what was written\n";
    }
    print(&text)?;
    let files: HashSet<_> = findings.iter().map(|finding| &finding.path).collect();
    match files.len() {
        0 => Ok(()),
        count => Err(Failure::Damaged { count, are_runs_verified }),
    }
}
