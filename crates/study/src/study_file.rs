//! Reads study files in TOML and writes them. Every mistake is reported with its line and key.

use std::fmt::Write;
use std::path::Path;

use fitroom_nn::{Augmentation, InitialValues, Loss, Optimizer, Penalty, Schedule};
use toml::de::DeTable;

use crate::data_table::{data_lines, read_data};
use crate::init_files::InitReader;
use crate::init_setting::{NO_INIT, read_init};
use crate::keys::{Keys, THE_STUDY, Text};
use crate::limits::{self, MOST_STORED_BYTES, MOST_STUDY_BYTES};
use crate::network_tables::{NamedFiles, NetworkDefaults, read_networks, read_parts};
use crate::plain_text::is_plain;
use crate::reference_files::{CurvePlace, CurveReader};
use crate::study_seeds::{read_first_seed, read_seeds};
use crate::toml_text::inline;
use crate::training_file::{
    ALL, NO_PATIENCE, NONE, read_some_or_all, read_training, value_problem,
};
use crate::training_length::read_length;
use crate::tune::read_tune;
use crate::validation::read_validation;
use crate::{
    Choose, ClassWeights, Monitor, NetworkPlan, Normalise, ReferenceCurve, Study, StudyError,
    StudyProblem, SweepPoint, Training, Validation,
};

/// Most characters of a study's title.
const LONGEST_TITLE: usize = 200;
// Defaults if neither the network nor the study has the key. Epochs and batch size are those of the
// published report.
const DEFAULT_EPOCHS: u32 = 20;
const DEFAULT_BATCH_SIZE: usize = 64;

impl Study {
    /// Reads a study from the text of its file. `file` is the file's path: messages name it, and
    /// the files of reference curves are looked for in its directory.
    ///
    /// # Errors
    /// The first mistake, with file, line, column and key.
    pub fn parse(text: &str, file: &str) -> Result<Self, StudyError> {
        let directory = Path::new(file).parent().unwrap_or(Path::new(""));
        Self::parse_with(text, file, CurvePlace::Directory(directory))
    }

    /// Like [`parse`](Self::parse), with reference curves from `curves`.
    pub(crate) fn parse_with(
        text: &str,
        file: &str,
        curves: CurvePlace,
    ) -> Result<Self, StudyError> {
        let text = Text { file, text };
        let (curves, mut init_files) = (CurveReader::new(curves), InitReader::new(curves));
        let is_stored = curves.is_stored();
        let limit = if is_stored { MOST_STORED_BYTES } else { MOST_STUDY_BYTES };
        if text.text.len() > limit {
            return Err(text.error(0..0, StudyProblem::TooLong { limit }));
        }
        let root = DeTable::parse(text.text).map_err(|error| {
            let message = error.message().to_owned();
            text.error(error.span().unwrap_or_default(), StudyProblem::Syntax { message })
        })?;
        let mut keys = Keys::new(text, THE_STUDY, 0..0, root.get_ref());

        let name = keys.string("name")?;
        let name = keys.required("name", name)?.to_owned();
        if !is_file_name(&name) {
            let must =
                "1 to 64 letters, digits, spaces, `-` and `_`: it names a directory".to_owned();
            return Err(keys.at("name", value_problem("name", "the study", must, &name)));
        }
        let title = keys.string("title")?.unwrap_or(&name).to_owned();
        if !is_plain(&title) || title.chars().count() > LONGEST_TITLE {
            let must = format!("at most {LONGEST_TITLE} characters on one line");
            return Err(keys.at("title", value_problem("title", "the study", must, &title)));
        }
        let dataset = keys.string("dataset")?.map(|word| {
            word.parse().map_err(|error: fitroom_data::SourceError| {
                keys.at("dataset", StudyProblem::Dataset { error })
            })
        });
        let dataset = dataset.transpose()?;
        let (seeds, seed_plan) = read_seeds(&mut keys)?;
        let first_seed = read_first_seed(&mut keys, seed_plan)?;
        let reading = read_data(&mut keys)?;

        let mut shared = Training {
            epochs: DEFAULT_EPOCHS,
            steps: None,
            batch_size: DEFAULT_BATCH_SIZE,
            loss: Loss::default(),
            penalty: Penalty::default(),
            optimizer: Optimizer::default(),
            schedule: Schedule::default(),
            monitor: Monitor::default(),
            patience: None,
            augmentation: Augmentation::default(),
            normalise: Normalise::default(),
            fit_images: None,
            choose: Choose::default(),
            label_smoothing: 0.0,
            initial_values: InitialValues::default(),
            clip_norm: None,
            ema: None,
            class_weights: ClassWeights::default(),
            init: None,
        };
        let (mut shared_init, mut shared_budget, mut shared_tune) = (None, None, None);
        let mut validation = Validation::default();
        let mut train_images = None;
        if let Some(mut training) = keys.table("training")? {
            validation = read_validation(&mut training)?;
            train_images = read_some_or_all(&mut training, "train_images")?
                .flatten()
                .map(|most| most as usize);
            read_length(&mut training, &mut shared, &mut shared_budget)?;
            read_tune(&mut training, &mut shared_tune)?;
            read_training(&mut training, &mut shared)?;
            shared_init = read_init(&mut training, &mut init_files)?.flatten();
            training.finish()?;
        }

        let parts = read_parts(&mut keys, text)?;
        let defaults = NetworkDefaults {
            parts: &parts,
            training: shared,
            budget: shared_budget,
            tune: shared_tune.as_ref(),
            init: shared_init.as_ref(),
            dataset: dataset.as_ref(),
        };
        let mut named_files = NamedFiles { curves, init: init_files };
        let networks = read_networks(&mut keys, text, defaults, &mut named_files)?;
        let check = if is_stored { limits::check_stored_runs } else { limits::check_runs };
        check(networks.len(), seeds).map_err(|problem| keys.at("seeds", problem))?;
        keys.finish()?;
        let study = Study {
            name,
            title,
            dataset,
            reading,
            seeds,
            first_seed,
            seed_plan,
            validation,
            train_images,
            networks,
        };
        if study.to_toml().len() > limit {
            return Err(text.error(0..0, StudyProblem::TooLargeWrittenOut { limit }));
        }
        Ok(study)
    }

    /// The study as text of a study file, with every default written out, except those that depend
    /// on the data set. It reads back to an equal study.
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        let mut line = |key: &str, value: String| {
            writeln!(out, "{key} = {value}").expect("a string takes everything")
        };
        line("name", inline(&self.name));
        line("title", inline(&self.title));
        if let Some(dataset) = &self.dataset {
            line("dataset", inline(&dataset.to_string()));
        }
        self.seed_lines().into_iter().for_each(|(key, value)| line(key, value));
        for (position, (key, value)) in data_lines(&self.reading).into_iter().enumerate() {
            let table = if position == 0 { "\n[data]\n" } else { "" };
            line(&format!("{table}{key}"), value);
        }
        let validation = self.validation.text().map(|value| ("validation", value));
        let train_images = Some(("train_images", self.train_images_text()));
        for (position, (key, value)) in validation.into_iter().chain(train_images).enumerate() {
            let table = if position == 0 { "\n[training]\n" } else { "" };
            line(&format!("{table}{key}"), value);
        }
        for network in &self.networks {
            line("\n[[network]]\nname", inline(&network.name));
            if let Some(baseline) = &network.vs {
                line("vs", inline(baseline));
            }
            if let Some(curve) = &network.reference {
                line("reference", reference_text(curve));
            }
            if let Some(swept) = network.swept_text() {
                line("swept", swept);
            }
            if let Some(tune) = &network.tune {
                line("tune", inline(tune));
            }
            network.settings().into_iter().for_each(|(key, value)| line(key, value));
        }
        out
    }

    /// The value of `train_images` as text of a study file.
    pub(crate) fn train_images_text(&self) -> String {
        some_or_all(self.train_images)
    }
}

impl NetworkPlan {
    /// All settings that decide the network's outcome, as pairs of key and value in a study file.
    pub fn settings(&self) -> [(&'static str, String); 19] {
        let training = &self.training;
        [
            ("layers", inline(&self.layers_text())),
            training.length(self.budget),
            ("batch_size", training.batch_size.to_string()),
            ("loss", inline(&training.loss)),
            ("penalty", inline(&training.penalty)),
            ("optimizer", inline(&training.optimizer)),
            ("schedule", inline(&training.schedule)),
            ("monitor", inline(&training.monitor)),
            (
                "patience",
                training
                    .patience
                    .map_or_else(|| inline(NO_PATIENCE), |patience| patience.to_string()),
            ),
            ("augmentation", inline(&training.augmentation)),
            ("normalise", inline(&training.normalise)),
            ("fit_images", some_or_all(training.fit_images)),
            ("choose", inline(&training.choose)),
            ("label_smoothing", inline(&training.label_smoothing)),
            ("initial_values", inline(&training.initial_values)),
            ("clip_norm", some_or_none(training.clip_norm)),
            ("ema", some_or_none(training.ema)),
            ("class_weights", inline(&training.class_weights)),
            ("init", self.init.as_ref().map_or_else(|| inline(NO_INIT), inline)),
        ]
    }
}

impl NetworkPlan {
    /// The value of `swept`, the network's place in its sweep, as text of a study file.
    fn swept_text(&self) -> Option<String> {
        let SweepPoint { of, at } = self.swept.as_ref()?;
        let at: Vec<String> =
            at.iter().map(|(name, value)| format!("{name} = {}", inline(value))).collect();
        Some(format!("{{ of = {}, at = {{ {} }} }}", inline(of), at.join(", ")))
    }
}

fn reference_text(curve: &ReferenceCurve) -> String {
    let ReferenceCurve { file, network, dataset, .. } = curve;
    let [file, network] = [file, network].map(inline);
    let dataset = inline(&dataset.to_string());
    format!("{{ curves = {file}, network = {network}, dataset = {dataset} }}")
}

/// A number of images, or `"all"`, as [`read_some_or_all`] reads it.
fn some_or_all(images: Option<impl ToString>) -> String {
    images.map_or_else(|| inline(ALL), |images| images.to_string())
}

/// A number, or `"none"`, as [`read_some_or_none`](crate::training_file) reads it.
fn some_or_none(number: Option<f32>) -> String {
    number.map_or_else(|| inline(NONE), |number| inline(&number))
}

fn is_file_name(name: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    // File systems allow names of 255 bytes, and the output directory's name also contains the data
    // set's name.
    let is_short = (1..=64).contains(&name.chars().count()) && name.len() <= 128;
    is_short && name.trim() == name && name.chars().all(allowed)
}

#[cfg(test)]
mod tests;
