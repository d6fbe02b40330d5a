//! Messages to the user, on standard error: failures and warnings, with each `hint:` on its own
//! line.

use console::Style;

use crate::Failure;
use crate::output::say;

/// Prints the failure that ends the program.
pub fn tell(failure: &Failure) {
    let (word, style) = match failure {
        Failure::Interrupted { .. } => ("interrupted", Style::new().yellow()),
        Failure::Session(_)
        | Failure::Serve(_)
        | Failure::NotPassed { .. }
        | Failure::Sbatch { .. }
        | Failure::OnlyForOnnx
        | Failure::NotForTensorboard
        | Failure::UnreadableImages { .. }
        | Failure::Input(_)
        | Failure::WrongFiles { .. }
        | Failure::Damaged { .. }
        | Failure::Write { .. }
        | Failure::Output(_) => ("error", Style::new().red()),
    };
    say(&labelled(word, style.bold(), &failure.to_string()));
}

/// Prints what is wrong with one thing of many. The work continues after it, and fails at its end.
pub fn complain(text: &str) {
    say(&labelled("error", Style::new().red().bold(), text));
}

/// Prints a warning. The work continues after it.
pub fn warn(text: &str) {
    say(&labelled("warning", Style::new().yellow().bold(), text));
}

fn labelled(word: &str, style: Style, text: &str) -> String {
    let hint = Style::new().cyan().for_stderr().apply_to("hint: ");
    let lines = text.lines().map(|line| match line.strip_prefix("hint: ") {
        Some(rest) => format!("{hint}{rest}"),
        None => line.to_owned(),
    });
    format!("{}: {}", style.for_stderr().apply_to(word), lines.collect::<Vec<_>>().join("\n"))
}
