//! The events of a run: its settings, epochs, scores and figures, under the tags that TensorBoard shows.

use std::io;
use std::io::Write;
use std::time::{Duration, SystemTime};

use fitroom_export::tensorboard::{EventWriter, HparamMetric, Moment, PngImage, SessionEnd};
use fitroom_report::{ReportError, RunFigures, epoch_numbers};
use fitroom_results::{EpochRecord, Outcome, Results, Run, RunStatus};

use super::settings::StudySettings;

/// The tags of an epoch's scalars, in the order of [`epoch_numbers`] and of the columns of `epochs.csv`.
pub(super) const EPOCH_TAGS: [&str; 8] = [
    "loss/train",
    "accuracy/train",
    "loss/fit",
    "accuracy/fit",
    "loss/validation",
    "accuracy/validation",
    "learning_rate",
    "seconds",
];

/// The tags of the scores of the weights that stand for a run.
const BEST_TAGS: [&str; 4] =
    ["test/accuracy", "test/loss", "best/validation_accuracy", "best/validation_loss"];

/// The tags of the test scores after the last epoch.
const LAST_TAGS: [&str; 2] = ["test/last_epoch_accuracy", "test/last_epoch_loss"];

/// Writes the events of a study's runs.
pub(super) struct RunEvents {
    /// The networks, and the files of predictions and weights.
    results: Results,
    settings: StudySettings,
}

impl RunEvents {
    /// The events of runs of these results.
    pub fn of(results: &Results) -> Self {
        let settings = StudySettings::of(results, metrics());
        RunEvents { results: results.without_runs(), settings }
    }

    /// The study's networks and files, without its runs.
    pub fn results(&self) -> &Results {
        &self.results
    }

    /// A whole event file of the run as it is now.
    ///
    /// # Errors
    /// The predictions or weights of an ended run can't be read, or are damaged.
    pub fn file(&self, run: &Run) -> Result<Vec<u8>, ReportError> {
        let mut file = Vec::new();
        let times = self.times(run);
        let began = times.first().copied().unwrap_or_else(SystemTime::now);
        let write = |file: &mut Vec<u8>| {
            let mut events = EventWriter::begin(file, began)?;
            let settings = self.settings.of_run(run.network, run.seed);
            events.begin_session(began, &self.settings.table, &settings)?;
            for (record, &time) in run.epochs.iter().zip(&times[1..]) {
                write_epoch(&mut events, record, time)?;
            }
            io::Result::Ok(())
        };
        write(&mut file).expect("memory takes all bytes");
        file.extend(self.end(run, times.last().copied().unwrap_or(began))?);
        Ok(file)
    }

    /// The events at the end of a run: its scores, its figures, and how it ended. None if it has not ended.
    ///
    /// # Errors
    /// The run's predictions or weights can't be read, or are damaged.
    pub fn end(&self, run: &Run, time: SystemTime) -> Result<Vec<u8>, ReportError> {
        let mut file = Vec::new();
        let end = match run.status {
            RunStatus::Pending => return Ok(file),
            RunStatus::Finished => SessionEnd::Success,
            RunStatus::Diverged => SessionEnd::Failure,
        };
        let images = match &run.outcome {
            Some(outcome) => self.images(run, outcome)?,
            None => Vec::new(),
        };
        let mut events = EventWriter::append_to(&mut file);
        let write = || {
            if let Some(outcome) = &run.outcome {
                write_outcome(&mut events, outcome, time)?;
            }
            for (tag, epoch, image) in images {
                events.image(Moment { time, step: epoch }, tag, image)?;
            }
            events.end_session(time, end)
        };
        write().expect("memory takes all bytes");
        Ok(file)
    }

    /// The run's figures, each with its tag and epoch.
    fn images(
        &self,
        run: &Run,
        outcome: &Outcome,
    ) -> Result<Vec<(&'static str, u32, PngImage)>, ReportError> {
        let RunFigures { confusion, first_layer } = RunFigures::read(&self.results, run)?;
        let figures = [
            ("confusion_matrix", outcome.best.epoch, confusion),
            ("first_layer", outcome.last.epoch, first_layer),
        ];
        let mut images = Vec::new();
        for (tag, epoch, figure) in figures {
            let Some(figure) = figure else { continue };
            let file = figure
                .png_file()
                .map_err(|error| ReportError::Plot { slug: figure.slug.clone(), error })?;
            let image = PngImage::try_from(file).expect("a figure's file is a PNG");
            images.push((tag, epoch, image));
        }
        Ok(images)
    }

    /// When the run began, and when each of its epochs ended. Stored is only when the last one ended and
    /// how long each took, so pauses between epochs count as if they came first.
    pub fn times(&self, run: &Run) -> Vec<SystemTime> {
        let mut time = self.results.last_epoch_at(run).unwrap_or_else(SystemTime::now);
        let mut times = vec![time];
        for record in run.epochs.iter().rev() {
            let took = Duration::try_from_secs_f64(record.seconds).unwrap_or(Duration::ZERO);
            time = time.checked_sub(took).unwrap_or(time);
            times.push(time);
        }
        times.reverse();
        times
    }
}

/// Writes an epoch. Numbers that were not measured are left out, as `epochs.csv` leaves their cells empty.
pub(super) fn write_epoch<W: Write>(
    events: &mut EventWriter<W>,
    record: &EpochRecord,
    time: SystemTime,
) -> io::Result<()> {
    let scalars = EPOCH_TAGS.into_iter().zip(epoch_numbers(record));
    events.scalars(Moment { time, step: record.epoch }, scalars.filter(is_measured))
}

fn write_outcome<W: Write>(
    events: &mut EventWriter<W>,
    outcome: &Outcome,
    time: SystemTime,
) -> io::Result<()> {
    let Outcome { best, last, .. } = outcome;
    let of_best = [best.test.accuracy, best.test.loss, best.val.accuracy, best.val.loss];
    let of_last = [last.test.accuracy, last.test.loss];
    let scalars = BEST_TAGS.into_iter().zip(of_best).filter(is_measured);
    events.scalars(Moment { time, step: best.epoch }, scalars)?;
    let scalars = LAST_TAGS.into_iter().zip(of_last).filter(is_measured);
    events.scalars(Moment { time, step: last.epoch }, scalars)
}

fn is_measured((_, number): &(&str, f64)) -> bool {
    !number.is_nan()
}

/// The scores that TensorBoard shows beside the settings.
fn metrics() -> Vec<HparamMetric> {
    let said = [
        ("test accuracy", "test images, at the chosen epoch"),
        ("test loss", "test images, at the chosen epoch"),
        ("validation accuracy", "held-out images, by which the epoch is chosen"),
        ("validation loss", "held-out images, at the chosen epoch"),
    ];
    let metric = |(tag, (name, description)): (&str, (&str, &str))| HparamMetric {
        tag: tag.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
    };
    BEST_TAGS.into_iter().zip(said).map(metric).collect()
}
