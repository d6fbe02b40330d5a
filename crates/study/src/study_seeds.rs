//! How the number of a study's seeds is decided: read from study files, written to them, and kept
//! when a study is run again.

use std::ops::RangeInclusive;

use crate::keys::{Keys, THE_STUDY, whole_number};
use crate::limits::{self, SEEDS};
use crate::toml_text::inline;
use crate::{SeedPlan, Study, StudyError, StudyProblem};

/// The value of `seeds` that adds seeds until every comparison is clear.
const UNTIL_CLEAR: &str = "until clear";

/// The most seeds that a network may get, if an until-clear study does not say.
const DEFAULT_AT_MOST: u32 = 40;

/// Which numbers `at_most` allows. No comparison is equivalent before 10 seeds.
const AT_MOST: RangeInclusive<u32> = 10..=*SEEDS.end();

/// How many seeds every network of an until-clear study gets before the first look.
pub(crate) const FIRST_SEEDS: u32 = 5;

/// Which seed may be the first one.
const FIRST_SEED: RangeInclusive<u32> = 1..=1_000_000_000;

/// How many fresh seeds confirm the winner of a sweep in an until-clear study.
pub(crate) const FRESH_SEEDS: u32 = 10;

impl Study {
    /// Overrides the seeds of the study: every network gets 1 to `seeds`.
    ///
    /// # Errors
    /// If there would be no seed, or more seeds or runs than a study may have.
    pub fn set_seeds(&mut self, seeds: u32) -> Result<(), StudyError> {
        self.override_seeds("seeds", SEEDS, seeds)?;
        self.seed_plan = match self.seed_plan {
            SeedPlan::Extended { declared } if declared != seeds => self.seed_plan,
            SeedPlan::Declared | SeedPlan::Extended { .. } | SeedPlan::UntilClear => {
                SeedPlan::Declared
            }
        };
        Ok(())
    }

    /// Adds seeds until every comparison is clear, up to `at_most`. `None`: up to the number that
    /// the study file gives, or 40.
    ///
    /// # Errors
    /// If `at_most` is below 10, or makes more seeds or runs than a study may have.
    pub fn set_until_clear(&mut self, at_most: Option<u32>) -> Result<(), StudyError> {
        let before = (self.seed_plan == SeedPlan::UntilClear).then_some(self.seeds);
        let at_most = at_most.or(before).unwrap_or(DEFAULT_AT_MOST);
        self.override_seeds("at_most", AT_MOST, at_most)?;
        self.seed_plan = SeedPlan::UntilClear;
        Ok(())
    }

    /// Overrides the most seeds that a network of an until-clear study may get.
    ///
    /// # Errors
    /// Like [`set_until_clear`](Self::set_until_clear), or if the study's number of seeds is fixed.
    pub fn set_at_most(&mut self, at_most: u32) -> Result<(), StudyError> {
        match self.seed_plan {
            SeedPlan::UntilClear => self.set_until_clear(Some(at_most)),
            SeedPlan::Declared | SeedPlan::Extended { .. } => {
                Err(StudyError::AtMostOfFixedSeeds { seeds: self.seeds })
            }
        }
    }

    fn override_seeds(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u32>,
        seeds: u32,
    ) -> Result<(), StudyError> {
        if !range.contains(&seeds) {
            let (must, got) = (whole_number(&range), seeds.to_string());
            return Err(StudyError::OutOfRange { key, must, got });
        }
        limits::check_runs(self.networks.len(), seeds)
            .map_err(|problem| StudyError::TooManyRuns { problem: Box::new(problem) })?;
        self.seeds = seeds;
        Ok(())
    }

    /// The seeds that every network is trained with before the first look at the results.
    pub(crate) fn first_seeds(&self) -> RangeInclusive<u64> {
        self.seeds_from_first(match self.seed_plan {
            SeedPlan::Declared | SeedPlan::Extended { .. } => self.seeds,
            SeedPlan::UntilClear => self.seeds.min(FIRST_SEEDS),
        })
    }

    /// All seeds that a network may get.
    pub(crate) fn all_seeds(&self) -> RangeInclusive<u64> {
        self.seeds_from_first(self.seeds)
    }

    fn seeds_from_first(&self, seeds: u32) -> RangeInclusive<u64> {
        let first = u64::from(self.first_seed);
        first..=first + u64::from(seeds) - 1
    }

    /// The keys by which a study file says which seeds there are, with their values.
    pub(crate) fn seed_lines(&self) -> Vec<(&'static str, String)> {
        let seeds = self.seeds.to_string();
        let mut lines = match self.seed_plan {
            SeedPlan::Declared => vec![("seeds", seeds)],
            SeedPlan::Extended { declared } => {
                vec![("seeds", seeds), ("declared_seeds", declared.to_string())]
            }
            SeedPlan::UntilClear => vec![("seeds", inline(UNTIL_CLEAR)), ("at_most", seeds)],
        };
        if self.first_seed != 1 {
            lines.push(("first_seed", self.first_seed.to_string()));
        }
        lines
    }
}

/// Reads `first_seed` of a study file.
pub(crate) fn read_first_seed(keys: &mut Keys, plan: SeedPlan) -> Result<u32, StudyError> {
    let first_seed = keys.whole("first_seed", FIRST_SEED)?.unwrap_or(1);
    match plan {
        SeedPlan::UntilClear if first_seed != 1 => {
            Err(keys.wrong_value("first_seed", "1 or left out where seeds run until clear"))
        }
        SeedPlan::UntilClear | SeedPlan::Declared | SeedPlan::Extended { .. } => Ok(first_seed),
    }
}

/// Reads `seeds`, `at_most` and `declared_seeds` of a study file.
pub(crate) fn read_seeds(keys: &mut Keys) -> Result<(u32, SeedPlan), StudyError> {
    let is_until_clear = match keys.value("seeds") {
        Some(value) if value.get_ref().as_str() == Some(UNTIL_CLEAR) => true,
        Some(value) if value.get_ref().is_str() => {
            let must = format!("{}, or \"{UNTIL_CLEAR}\"", whole_number(&SEEDS));
            return Err(keys.wrong("seeds", value, must));
        }
        Some(_) | None => false,
    };
    let at_most = keys.whole("at_most", AT_MOST)?;
    let declared = keys.whole("declared_seeds", SEEDS)?;
    if is_until_clear {
        return match declared {
            None => Ok((at_most.unwrap_or(DEFAULT_AT_MOST), SeedPlan::UntilClear)),
            Some(_) => Err(keys.at("declared_seeds", StudyProblem::DeclaredUntilClear)),
        };
    }
    if at_most.is_some() {
        return Err(keys.at("at_most", StudyProblem::AtMostOfFixedSeeds));
    }
    let seeds = keys.whole("seeds", SEEDS)?.unwrap_or(1);
    match declared {
        None => Ok((seeds, SeedPlan::Declared)),
        Some(declared) if declared != seeds => Ok((seeds, SeedPlan::Extended { declared })),
        Some(declared) => Err(keys.at(
            "declared_seeds",
            StudyProblem::Value {
                key: "declared_seeds",
                table: THE_STUDY.to_owned(),
                must: format!("another number than `seeds`, which is {seeds}"),
                got: declared.to_string(),
            },
        )),
    }
}

/// The seeds of a stored study of whose runs some have begun, and in whose directory `asked` is run
/// now. `ended` is the highest seed of which a run has ended, or 0; no such seed is lost. A number of
/// seeds that grows is extended, since the stored seeds could be looked at. So is one that shrinks
/// after some run has ended.
pub(crate) fn continued_seeds(stored: &Study, asked: &Study, ended: u32) -> (u32, SeedPlan) {
    if [stored.seed_plan, asked.seed_plan].contains(&SeedPlan::UntilClear) {
        return (stored.seeds.max(asked.seeds), SeedPlan::UntilClear);
    }
    let seeds = asked.seeds.max(ended);
    let declared = match stored.seed_plan {
        SeedPlan::Extended { declared } => declared,
        SeedPlan::Declared if seeds < stored.seeds && ended == 0 => seeds,
        SeedPlan::Declared | SeedPlan::UntilClear => stored.seeds,
    };
    let is_declared = declared == seeds;
    (seeds, if is_declared { SeedPlan::Declared } else { SeedPlan::Extended { declared } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_data::study;

    const NETWORK: &str = "[[network]]\nname = \"a\"\nlayers = \"dense 4\"\n";

    fn seeds(text: &str) -> (u32, SeedPlan) {
        let study = study(&format!("{text}{NETWORK}"));
        (study.seeds, study.seed_plan)
    }

    #[test]
    fn a_study_file_declares_its_seeds_or_runs_until_clear() {
        let extended = SeedPlan::Extended { declared: 5 };
        for (text, expected, written) in [
            ("", (1, SeedPlan::Declared), "seeds = 1\n"),
            ("seeds = 7\n", (7, SeedPlan::Declared), "seeds = 7\n"),
            (
                "seeds = \"until clear\"\n",
                (40, SeedPlan::UntilClear),
                "seeds = \"until clear\"\nat_most = 40\n",
            ),
            (
                "seeds = \"until clear\"\nat_most = 10\n",
                (10, SeedPlan::UntilClear),
                "seeds = \"until clear\"\nat_most = 10\n",
            ),
            (
                "seeds = 10\ndeclared_seeds = 5\n",
                (10, extended),
                "seeds = 10\ndeclared_seeds = 5\n",
            ),
        ] {
            assert_eq!(seeds(text), expected, "{text}");
            let toml = study(&format!("{text}{NETWORK}")).to_toml();
            assert!(toml.contains(written), "{toml}");
            let read = Study::parse(&toml, "written.toml").unwrap();
            assert_eq!((read.seeds, read.seed_plan), expected, "{toml}");
        }
    }

    #[test]
    fn wrong_seeds_are_reported_with_line_and_hint() {
        for (text, message) in [
            (
                "seeds = \"untill clear\"",
                "2:9: `seeds` in the study must be a whole number from 1 to 10000, or \"until \
                 clear\", got \"untill clear\"",
            ),
            (
                "seeds = 5\nat_most = 20",
                "3:11: `at_most` is the most seeds of a study that runs until clear, and this one \
                 has a fixed number\nhint: write seeds = \"until clear\", or leave `at_most` out",
            ),
            (
                "seeds = \"until clear\"\nat_most = 9",
                "3:11: `at_most` in the study must be a whole number from 10 to 10000, got 9",
            ),
            (
                "seeds = \"until clear\"\ndeclared_seeds = 9",
                "3:18: `declared_seeds` goes with a number of `seeds`, and this study runs until \
                 clear\nhint: leave `declared_seeds` out",
            ),
            (
                "seeds = 5\ndeclared_seeds = 5",
                "3:18: `declared_seeds` in the study must be another number than `seeds`, which is 5, got 5",
            ),
        ] {
            let text = format!("name = \"test\"\n{text}\n{NETWORK}");
            let error = Study::parse(&text, "study.toml").unwrap_err().to_string();
            assert_eq!(error, format!("study.toml:{message}"));
        }
    }

    #[test]
    fn options_override_the_plan() {
        let mut study = study(NETWORK);
        let error = study.set_at_most(20).unwrap_err().to_string();
        assert_eq!(
            error,
            "--at-most is the most seeds of a study that runs until clear, and this one has a fixed \
             number of seeds: 1\nhint: add --until-clear"
        );
        let error = study.set_until_clear(Some(9)).unwrap_err().to_string();
        assert_eq!(error, "at_most must be a whole number from 10 to 10000, got 9");
        study.set_until_clear(None).unwrap();
        assert_eq!((study.seeds, study.seed_plan), (40, SeedPlan::UntilClear));
        study.set_at_most(12).unwrap();
        study.set_until_clear(None).unwrap();
        assert_eq!((study.seeds, study.first_seeds()), (12, 1..=5), "12 stays");
        study.set_seeds(3).unwrap();
        assert_eq!((study.seed_plan, study.first_seeds()), (SeedPlan::Declared, 1..=3));
        // A study that was extended elsewhere can't be declared again with more seeds.
        study.seed_plan = SeedPlan::Extended { declared: 2 };
        study.set_seeds(9).unwrap();
        assert_eq!(study.seed_plan, SeedPlan::Extended { declared: 2 });
        study.set_seeds(2).unwrap();
        assert_eq!(study.seed_plan, SeedPlan::Declared);
        study.set_until_clear(None).unwrap();
        study.quick();
        assert_eq!((study.seeds, study.seed_plan), (1, SeedPlan::Declared));
    }

    #[test]
    fn a_stored_study_remembers_what_was_declared() {
        use SeedPlan::{Declared, Extended, UntilClear};
        let with = |(seeds, seed_plan)| Study { seeds, seed_plan, ..study(NETWORK) };
        let extended = |declared| Extended { declared };
        for (stored, asked, ended, expected) in [
            ((5, Declared), (5, Declared), 5, (5, Declared)),
            ((5, Declared), (3, Declared), 5, (5, Declared)),
            ((5, Declared), (10, Declared), 5, (10, extended(5))),
            ((10, extended(5)), (20, Declared), 10, (20, extended(5))),
            ((10, extended(5)), (5, Declared), 10, (10, extended(5))),
            ((3, Declared), (10, extended(5)), 3, (10, extended(3))),
            ((5, Declared), (40, UntilClear), 5, (40, UntilClear)),
            ((50, extended(5)), (40, UntilClear), 50, (50, UntilClear)),
            ((40, UntilClear), (10, Declared), 5, (40, UntilClear)),
            ((40, UntilClear), (60, Declared), 5, (60, UntilClear)),
            // Too many seeds were asked for, and not all of them have ended.
            ((500, Declared), (5, Declared), 7, (7, extended(500))),
            ((500, Declared), (5, Declared), 0, (5, Declared)),
            ((500, Declared), (500, Declared), 7, (500, Declared)),
            ((500, extended(5)), (5, Declared), 5, (5, Declared)),
            ((500, extended(5)), (5, Declared), 6, (6, extended(5))),
            ((7, extended(500)), (9, Declared), 7, (9, extended(500))),
        ] {
            assert_eq!(
                continued_seeds(&with(stored), &with(asked), ended),
                expected,
                "{stored:?}, {asked:?}, {ended}"
            );
        }
    }
}
