//! Learning-rate range tests of a study's networks.

use std::path::{Path, PathBuf};
use std::thread;

use fitroom_data::{Dataset, Places};
use fitroom_report::{RateCurve, RateStep, RateSuggestion, write_rate_curves};
use fitroom_study::{RangeTest, RatePoint, RateRange, Study, instruction_set, range_test};

use crate::dataset::load_dataset;
use crate::output_directory::default_directory;
use crate::rate_test_error::RateTestError;
use crate::{Observer, SessionError, StudyRequest};

/// Which networks are tested, and how.
#[derive(Clone, Debug)]
pub struct RateTestRequest {
    /// The study with its networks.
    pub study: StudyRequest,
    /// The places where data sets are looked for.
    pub places: Places,
    /// The learning rates.
    pub range: RateRange,
    /// Number of threads; `None`: one per core. Results do not depend on it.
    pub threads: Option<usize>,
}

/// The learning-rate range tests of a study's networks.
#[derive(Clone, Debug)]
pub struct RateTests {
    /// The study's name.
    pub study: String,
    /// The data set's name for people.
    pub dataset: String,
    /// The curve of each network, in the study's order.
    pub curves: Vec<RateCurve>,
    /// Where the files of the tests go if the user names no directory. It is beside the study's own, in
    /// which nothing is changed.
    pub default_dir: PathBuf,
}

/// A study with its data, ready for range tests.
#[derive(Debug)]
pub struct RateTester {
    study: Study,
    dataset: Dataset,
    range: RateRange,
    threads: usize,
    default_dir: PathBuf,
}

impl RateTester {
    /// Finds the study and loads its data. If the data is downloaded first, `observer` gets events of
    /// that.
    ///
    /// # Errors
    /// There is no such study or network, the data can't be loaded, or a network can't be trained on it.
    pub fn open(request: &RateTestRequest, observer: &mut Observer) -> Result<Self, SessionError> {
        instruction_set()?;
        let study = request.study.find()?;
        let dataset =
            load_dataset(study.dataset.as_ref(), &study.reading, &request.places, observer)?;
        study.check(&dataset)?;
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let results = default_directory(&study, request.study.quick, &dataset);
        let name = results.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(RateTester {
            study,
            dataset,
            range: request.range,
            threads: request.threads.map_or(cores, |threads| threads.clamp(1, 4 * cores)),
            default_dir: results.with_file_name(format!("lr-{name}")),
        })
    }

    /// Number of networks.
    pub fn networks(&self) -> usize {
        self.study.networks.len()
    }

    /// Tests the networks one after the other, each on the images, batches and first weights of seed 1.
    /// Nothing is stored. `begin` is told each network's name before its test.
    ///
    /// # Errors
    /// There is no memory or no thread for a network.
    pub fn run(self, begin: &mut dyn FnMut(&str)) -> Result<RateTests, SessionError> {
        let mut curves = Vec::with_capacity(self.networks());
        for plan in &self.study.networks {
            begin(&plan.name);
            let found = range_test(&self.study, plan, &self.dataset, self.range, self.threads)
                .map_err(|failure| RateTestError::new(&plan.name, failure))?;
            let in_study = plan.training.optimizer.learning_rate();
            curves.push(curve(&plan.name, found, self.range, in_study));
        }
        Ok(RateTests {
            study: self.study.name.clone(),
            dataset: self.dataset.title.clone(),
            curves,
            default_dir: self.default_dir,
        })
    }
}

impl RateTests {
    /// Writes the curves into `dir`: `learning-rates.csv`, `suggestions.csv`, and a figure of each
    /// network.
    ///
    /// # Errors
    /// A file can't be written.
    pub fn write(&self, dir: &Path) -> Result<(), SessionError> {
        Ok(write_rate_curves(&self.curves, dir)?)
    }
}

fn curve(network: &str, found: RangeTest, range: RateRange, in_study: f32) -> RateCurve {
    let RangeTest { points, diverged_at, suggested } = found;
    let step =
        |RatePoint { learning_rate, loss, smoothed }| RateStep { learning_rate, loss, smoothed };
    RateCurve {
        network: network.to_owned(),
        range: (range.from(), range.to()),
        points: points.into_iter().map(step).collect(),
        diverged_at,
        suggested: suggested.map(|it| RateSuggestion { valley: it.valley, steepest: it.steepest }),
        in_study,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_data::{dataset, study};

    #[test]
    fn a_study_s_networks_are_tested_and_their_curves_written() {
        let place = tempfile::tempdir().unwrap();
        let tester = |threads| RateTester {
            study: study(),
            dataset: dataset(),
            range: RateRange::new(1e-4, 10.0, 60).unwrap(),
            threads,
            default_dir: PathBuf::new(),
        };
        let mut begun = Vec::new();
        let tests = tester(1).run(&mut |name| begun.push(name.to_owned())).unwrap();
        assert_eq!((begun, tests.curves.len()), (vec!["small".to_owned()], 1));
        let curve = &tests.curves[0];
        assert_eq!((curve.range, curve.in_study), ((1e-4, 10.0), 0.001));
        assert!(curve.suggested.is_some(), "{curve:?}");
        assert_eq!(tester(2).run(&mut |_| {}).unwrap().curves, tests.curves);
        tests.write(place.path()).unwrap();
        for file in ["learning-rates.csv", "suggestions.csv", "small.svg", "small.png"] {
            assert!(place.path().join(file).is_file(), "{file}");
        }
    }

    #[test]
    fn the_files_go_beside_the_study_s_results() {
        let request = RateTestRequest {
            study: StudyRequest {
                dataset: Some("drawn".into()),
                only: vec!["1".into()],
                ..StudyRequest::new("report")
            },
            places: Places::default(),
            range: RateRange::default(),
            threads: Some(1),
        };
        let tester = RateTester::open(&request, &mut |_| {}).unwrap();
        assert_eq!(tester.default_dir, Path::new("fitroom-out/lr-report-drawn"));
        assert_eq!((tester.networks(), tester.threads), (1, 1));
    }
}
