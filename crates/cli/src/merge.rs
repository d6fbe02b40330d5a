//! `fitroom merge`: joins the directories of a study's shares.

use fitroom_session::study::{Merged, StoredStudy};

use crate::cluster_arguments::MergeArguments;
use crate::output::{amount, print};
use crate::{Failure, interrupt};

/// Joins directories, and says what came from them and how the study goes on.
pub fn merge(arguments: &MergeArguments) -> Result<(), Failure> {
    let out = &arguments.out;
    let merged = StoredStudy::merge(out, &arguments.dirs)?;
    let Merged { copied, same, set_aside, ended, runs } = merged;
    let mut text = format!(
        "{}: {ended} of {} have ended\n{} copied",
        out.display(),
        amount(runs, "run"),
        amount(copied, "run"),
    );
    if same > 0 {
        text += &format!(", {same} were there already and have the same results");
    }
    if set_aside > 0 {
        text += &format!(", {set_aside} with other settings left out");
    }
    let study = out.join("study.toml");
    let words =
        ["fitroom".as_ref(), "run".as_ref(), study.as_os_str(), "--out".as_ref(), out.as_os_str()];
    let command = interrupt::in_a_shell(&words.map(ToOwned::to_owned));
    print(&format!("{text}\n{command} trains what is left, and writes the report\n"))
}
