//! `fitroom verify`.

use std::collections::HashSet;

use fitroom_session::study::{StoredStudy, Verification};

use crate::Failure;
use crate::arguments::VerifyArguments;
use crate::output::print;

/// Prints how many runs there are, and a line for each thing that is wrong.
pub fn verify(arguments: &VerifyArguments) -> Result<(), Failure> {
    let Verification { finished, diverged, begun, findings } = StoredStudy::verify(&arguments.dir)?;
    let mut text = format!(
        "{}: runs: {finished} finished, {diverged} diverged, {begun} begun\n",
        arguments.dir.display(),
    );
    for finding in &findings {
        text += &format!("{}: {}\n", finding.path.display(), finding.problem);
    }
    if findings.is_empty() {
        text += "every file is what was written\n";
    }
    print(&text)?;
    let files: HashSet<_> = findings.iter().map(|finding| &finding.path).collect();
    match files.len() {
        0 => Ok(()),
        count => Err(Failure::Damaged { count }),
    }
}
