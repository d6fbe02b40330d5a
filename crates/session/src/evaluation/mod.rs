//! Evaluates trained networks on labelled images: those of their own study, or any others of the same
//! shape and classes.

mod labels;
#[cfg(test)]
mod tests;

use fitroom_data::{Dataset, LabelledImages, Places, Source};
use fitroom_report::evaluation::{EvaluatedImages, Evaluation, EvaluationComparison};
use fitroom_results::Prediction as LabelledPrediction;
use fitroom_stats::Proportion;
use fitroom_study::StoredStudy;

use labels::labels_of_network;

pub use crate::evaluation_error::EvaluationError;
use crate::models::{FoundModels, ModelRequest, find_models};
use crate::prediction::{Prediction, Predictor};
use crate::{Observer, ReadChanges, SessionError, load_dataset};

/// Images that are predicted before the next are.
const AT_ONCE: usize = 4096;

/// Which images of a data set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EvaluatedPart {
    /// The test images.
    #[default]
    Test,
    /// The training images, those that a study holds out among them.
    Train,
    /// Both.
    All,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct EvaluationRequest {
    /// The network.
    pub model: ModelRequest,
    /// Another network, which is compared on the same images.
    pub other: Option<ModelRequest>,
    /// The name of the data set; `None` is that of the network's study.
    pub dataset: Option<String>,
    /// How it is read.
    pub reading: ReadChanges,
    /// Which of its images.
    pub part: EvaluatedPart,
    /// Where it is looked for.
    pub places: Places,
    /// Threads to use.
    pub threads: usize,
}

/// What was found.
#[derive(Debug)]
pub struct Evaluated {
    /// The network on the images.
    pub evaluation: Evaluation,
    /// The other network, and what compares the two.
    pub other: Option<(Evaluation, EvaluationComparison)>,
    /// What people should know, as sentences without a full stop.
    pub notes: Vec<String>,
}

/// Evaluates a network, and compares it with another one if that is asked for.
///
/// # Errors
/// There is no such network, the images can't be loaded, or they do not suit the network.
pub fn evaluate(
    request: &EvaluationRequest,
    observer: &mut Observer,
) -> Result<Evaluated, SessionError> {
    let found = find_models(&request.model)?;
    let other = request.other.as_ref().map(find_models).transpose()?;
    let dataset = dataset(request, &found, observer)?;
    let (images, noun) = images(&dataset, request.part);
    let mut notes = Vec::new();
    let mut evaluation_of = |found: FoundModels| -> Result<Evaluation, SessionError> {
        let model = found
            .models
            .first()
            .map(|model| (model.network.clone(), model.facts.get("dataset_fingerprint").cloned()));
        if let Some((network, Some(fingerprint))) = model
            && fingerprint == dataset.fingerprint
            && request.part != EvaluatedPart::Test
        {
            notes.push(format!("`{network}` was trained on some of these images, so it does better here than on others"));
        }
        evaluation(found, &dataset, &images, noun, request.threads, &mut notes)
    };
    let evaluation = evaluation_of(found)?;
    let other = other.map(evaluation_of).transpose()?;
    Ok(Evaluated {
        other: other.map(|other| {
            let comparison = EvaluationComparison::new(&evaluation, &other);
            (other, comparison)
        }),
        evaluation,
        notes,
    })
}

/// The data set that is named, or that of the network's study.
fn dataset(
    request: &EvaluationRequest,
    found: &FoundModels,
    observer: &mut Observer,
) -> Result<Dataset, SessionError> {
    let (name, mut reading, expected) = match (&request.dataset, &found.study) {
        (Some(name), _) => (name.clone(), Default::default(), None),
        (None, Some(dir)) => {
            let StoredStudy { study, dataset, .. } = StoredStudy::open_without_runs(dir)?;
            (dataset.name, study.reading, Some(dataset.fingerprint))
        }
        (None, None) => return Err(EvaluationError::DatasetNeeded.into()),
    };
    let is_unchanged = request.reading == ReadChanges::default();
    request.reading.apply(&mut reading);
    let source: Source = name.parse()?;
    let dataset = load_dataset(Some(&source), &reading, &request.places, observer)?;
    match expected {
        Some(fingerprint) if is_unchanged && dataset.fingerprint != fingerprint => {
            Err(EvaluationError::ChangedImages { dataset: dataset.name }.into())
        }
        _ => Ok(dataset),
    }
}

fn images(dataset: &Dataset, part: EvaluatedPart) -> (LabelledImages, &'static str) {
    match part {
        EvaluatedPart::Test => (dataset.test.clone(), "test images"),
        EvaluatedPart::Train => (dataset.train.clone(), "training images"),
        EvaluatedPart::All => {
            let Dataset { train, test, .. } = dataset;
            let all = LabelledImages {
                images: [&train.images[..], &test.images[..]].concat().into(),
                labels: [&train.labels[..], &test.labels[..]].concat(),
            };
            (all, "images")
        }
    }
}

/// One network on the images.
fn evaluation(
    found: FoundModels,
    dataset: &Dataset,
    images: &LabelledImages,
    noun: &'static str,
    threads: usize,
    notes: &mut Vec<String>,
) -> Result<Evaluation, SessionError> {
    let mut predictor = Predictor::of(found, images.len(), threads)?;
    notes.extend(predictor.left_out().iter().map(|left_out| format!("left out: {left_out}")));
    let wanted = *predictor.images();
    let (found, needed) = (
        [dataset.height, dataset.width, dataset.channels],
        [wanted.height, wanted.width, wanted.channels],
    );
    if found != needed {
        let network = predictor.network().to_owned();
        return Err(EvaluationError::OtherShape { network, found, needed }.into());
    }
    let (labels, note) = labels_of_network(&predictor, dataset, &images.labels)?;
    notes.extend(note.filter(|note| !notes.contains(note)));
    let labelled = LabelledImages { images: images.images.clone(), labels };
    let mut right = vec![0; predictor.seeds().count()];
    let mut predictions = Vec::with_capacity(labelled.len());
    let bytes = AT_ONCE * found.iter().product::<usize>();
    for (images, labels) in labelled.images.chunks(bytes).zip(labelled.labels.chunks(AT_ONCE)) {
        for (prediction, &label) in predictor.predict_all(images)?.iter().zip(labels) {
            for (right, seed) in right.iter_mut().zip(&prediction.seeds) {
                *right += u64::from(seed.class() == Some(usize::from(label)));
            }
            predictions.push(labelled_prediction(prediction, label));
        }
    }
    let trials = labelled.len() as u64;
    let of_seed = |(seed, successes)| (seed, Proportion { successes, trials });
    let seeds = predictor.seeds().zip(right).map(of_seed).collect();
    let images = EvaluatedImages { dataset, images: &labelled, noun };
    Ok(Evaluation::new(predictor.network(), seeds, predictor.classes(), images, predictions))
}

/// A prediction beside the image's class. Without probabilities it is of the first class, as that of a
/// run, and its confidence is NaN.
fn labelled_prediction(prediction: &Prediction, label: u8) -> LabelledPrediction {
    let predicted = prediction.class();
    LabelledPrediction {
        label,
        predicted: predicted.unwrap_or(0) as u8,
        confidence: predicted.map_or(f32::NAN, |class| prediction.mean[class]),
        label_probability: predicted.map_or(f32::NAN, |_| prediction.mean[usize::from(label)]),
    }
}
