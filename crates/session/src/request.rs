//! The study that a user asks for, with the user's changes.

use fitroom_data::ReadOptions;
use fitroom_study::Study;

use crate::{ReadChanges, SessionError};

/// A study by its name or file, with the changes that the user asks for.
#[derive(Clone, Debug, Default)]
pub struct StudyRequest {
    /// A built-in study's name, or the path of a study file.
    pub study: String,
    /// Reduce the study to one that takes a minute at most: see [`Study::quick`].
    pub quick: bool,
    /// Train every network with seeds 1 to this many.
    pub seeds: Option<u32>,
    /// Add seeds until every comparison is clear.
    pub until_clear: bool,
    /// The most seeds that a network may get, if seeds are added until clear.
    pub at_most: Option<u32>,
    /// Train every network for this many epochs.
    pub epochs: Option<u32>,
    /// Only these networks, by name or by number from 1; empty: all networks.
    pub only: Vec<String>,
    /// Name of the data set that replaces the study's own: see [`Source`](fitroom_data::Source).
    pub dataset: Option<String>,
    /// Changes to how the data set is read. With another data set, they change the defaults and not
    /// what the study says of its own.
    pub reading: ReadChanges,
}

impl StudyRequest {
    /// The study of this name or path, without changes.
    pub fn new(study: impl Into<String>) -> Self {
        StudyRequest { study: study.into(), ..StudyRequest::default() }
    }

    /// Finds the study and applies the changes. `seeds` and `epochs` take precedence over `quick`.
    ///
    /// # Errors
    /// There is no such study, its file has a mistake, or a change does not suit it.
    pub fn find(&self) -> Result<Study, SessionError> {
        let mut study = Study::find(&self.study)?;
        if self.quick {
            study.quick();
        }
        if let Some(seeds) = self.seeds {
            study.set_seeds(seeds)?;
        }
        match (self.until_clear, self.at_most) {
            (true, at_most) => study.set_until_clear(at_most)?,
            (false, Some(at_most)) => study.set_at_most(at_most)?,
            (false, None) => {}
        }
        if !self.only.is_empty() {
            study.only(&self.only)?;
        }
        if let Some(epochs) = self.epochs {
            study.set_epochs(epochs)?;
        }
        if let Some(name) = &self.dataset {
            study.dataset = Some(name.parse()?);
            study.reading = ReadOptions::default();
        }
        self.reading.apply(&mut study.reading);
        Ok(study)
    }
}

#[cfg(test)]
mod tests {
    use fitroom_data::Source;
    use fitroom_study::SeedPlan;

    use super::*;
    use crate::ErrorKind;

    #[test]
    fn changes_are_applied_and_take_precedence_over_quick() {
        let request = StudyRequest {
            quick: true,
            seeds: Some(7),
            only: vec!["2".to_owned()],
            dataset: Some("drawn".to_owned()),
            ..StudyRequest::new("report")
        };
        let study = request.find().unwrap();
        assert_eq!((study.seeds, study.networks.len()), (7, 1));
        assert_eq!(study.networks[0].training.epochs, 2, "the epochs of a quick look");
        assert!(study.train_images.is_some() && study.dataset == Some(Source::Drawn));
        let study = StudyRequest { epochs: Some(3), ..request }.find().unwrap();
        assert_eq!(study.networks[0].training.epochs, 3);
    }

    #[test]
    fn a_study_may_run_until_clear() {
        let request = StudyRequest { until_clear: true, ..StudyRequest::new("report") };
        let study = request.find().unwrap();
        assert_eq!((study.seed_plan, study.seeds), (SeedPlan::UntilClear, 40));
        let study = StudyRequest { at_most: Some(12), ..request }.find().unwrap();
        assert_eq!((study.seed_plan, study.seeds), (SeedPlan::UntilClear, 12));
    }

    #[test]
    fn unknown_names_and_numbers_out_of_range_are_wrong_requests() {
        let report = StudyRequest::new("report");
        let wrong = [
            StudyRequest::new("reprot"),
            StudyRequest { seeds: Some(0), ..report.clone() },
            StudyRequest { at_most: Some(20), ..report.clone() },
            StudyRequest { until_clear: true, at_most: Some(9), ..report.clone() },
            StudyRequest { only: vec!["nobody".to_owned()], ..report.clone() },
            StudyRequest { dataset: Some("mnits".to_owned()), ..report },
        ];
        for request in wrong {
            let error = request.find().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WrongRequest, "{error}");
        }
    }
}
