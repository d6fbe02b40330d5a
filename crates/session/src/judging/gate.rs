//! Conditions on verdicts, for scripts that go on or stop.

use std::str::FromStr;

use fitroom_report::Comparison;
use fitroom_stats::Verdict;

use super::Judgement;

/// What a comparison may turn out as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A verdict.
    Verdict(Verdict),
    /// Shown to be not worse by the margin or more. A better network is not worse, nor is an equivalent
    /// one.
    NotWorse,
}

impl FromStr for Outcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "better" => Outcome::Verdict(Verdict::Better),
            "worse" => Outcome::Verdict(Verdict::Worse),
            "equivalent" => Outcome::Verdict(Verdict::Equivalent),
            "undecided" => Outcome::Verdict(Verdict::Undecided),
            "not-worse" => Outcome::NotWorse,
            _ => {
                return Err(format!(
                    "`{text}` is no outcome: better, worse, equivalent, undecided or not-worse"
                ));
            }
        })
    }
}

impl Outcome {
    fn holds(self, comparison: &Comparison) -> bool {
        match self {
            Outcome::Verdict(Verdict::Undecided) => matches!(
                comparison.judged.verdict,
                Some(Verdict::Undecided | Verdict::Exploratory) | None
            ),
            Outcome::Verdict(verdict) => comparison.judged.verdict == Some(verdict),
            Outcome::NotWorse => {
                comparison.judged.is_not_worse()
                    || comparison.judged.verdict == Some(Verdict::Equivalent)
            }
        }
    }
}

/// Conditions on all comparisons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    /// No comparison may turn out so.
    pub fail_if: Vec<Outcome>,
    /// Each comparison must turn out as one of these; none: as it likes.
    pub require: Vec<Outcome>,
}

impl Judgement {
    /// The comparisons that do not pass the gate, each in words; `None` if all do. A gate that requires
    /// something, or forbids that something is undecided, does not pass where nothing is compared.
    pub fn refused_by(&self, gate: &Gate) -> Option<Vec<String>> {
        let undecided = Outcome::Verdict(Verdict::Undecided);
        let needs_some = !gate.require.is_empty() || gate.fail_if.contains(&undecided);
        if self.comparisons.is_empty() && needs_some {
            return Some(vec!["nothing is compared: there is only one network".to_owned()]);
        }
        let is_refused = |comparison: &&Comparison| {
            gate.fail_if.iter().any(|outcome| outcome.holds(comparison))
                || !gate.require.is_empty()
                    && !gate.require.iter().any(|outcome| outcome.holds(comparison))
        };
        let refused = self.comparisons.iter().filter(is_refused).map(|comparison| {
            let verdict = comparison.judged.verdict.map_or("no verdict", Verdict::name);
            let Comparison { network, baseline, measure, .. } = comparison;
            format!("{network} against {baseline} in {}: {verdict}", measure.name)
        });
        let refused: Vec<String> = refused.collect();
        (!refused.is_empty()).then_some(refused)
    }
}
