//! Study files: TOML to a [`Study`] and back, with every mistake told by line and key.

use std::fmt::Write;
use std::ops::RangeInclusive;
use std::path::Path;

use fitroom_nn::{Augmentation, Loss, Optimizer, Penalty, Schedule};
use serde::Serialize;
use toml::de::DeTable;

use crate::bounds::{self, MOST_STUDY_BYTES};
use crate::keys::{Keys, THE_STUDY, Text};
use crate::network_tables::{NetworkDefaults, read_networks};
use crate::plain_text::is_plain;
use crate::reference_files::{CurvePlace, CurveReader};
use crate::training_file::{ALL, NO_PATIENCE, read_some_or_all, read_training, set, value_problem};
use crate::{Monitor, NetworkPlan, ReferenceCurve, Study, StudyError, StudyProblem, Training};

/// How many seeds a study may have.
pub(crate) const SEEDS: RangeInclusive<u32> = 1..=10_000;
/// Characters of a study's title.
const LONGEST_TITLE: usize = 200;
/// Where neither the network nor the study says otherwise: the published report's epochs and
/// batches, PyTorch's Adam.
const DEFAULT_EPOCHS: u32 = 20;
const DEFAULT_BATCH_SIZE: usize = 64;
const DEFAULT_VALIDATION: u32 = 10_000;

impl Study {
    /// Reads a study file. `file` is its path: it stands in messages, and the files of reference
    /// curves lie in its directory.
    ///
    /// # Errors
    /// The first mistake, with file, line, column and key.
    pub fn parse(text: &str, file: &str) -> Result<Self, StudyError> {
        let directory = Path::new(file).parent().unwrap_or(Path::new(""));
        Self::parse_with(text, file, CurvePlace::Directory(directory))
    }

    /// [`parse`](Self::parse), where reference curves lie somewhere else.
    pub(crate) fn parse_with(
        text: &str,
        file: &str,
        curves: CurvePlace,
    ) -> Result<Self, StudyError> {
        let text = Text { file, text };
        if text.text.len() > MOST_STUDY_BYTES {
            return Err(text.error(0..0, StudyProblem::TooLong { limit: MOST_STUDY_BYTES }));
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
        let seeds = keys.whole("seeds", SEEDS)?.unwrap_or(1);

        let mut shared = Training {
            epochs: DEFAULT_EPOCHS,
            batch_size: DEFAULT_BATCH_SIZE,
            loss: Loss::default(),
            penalty: Penalty::default(),
            optimizer: Optimizer::default(),
            schedule: Schedule::default(),
            monitor: Monitor::default(),
            patience: None,
            augmentation: Augmentation::default(),
            fit_images: None,
        };
        let mut validation = DEFAULT_VALIDATION;
        let mut train_images = None;
        if let Some(mut training) = keys.table("training")? {
            set(&mut validation, training.whole("validation", 0..=u32::MAX)?);
            train_images = read_some_or_all(&mut training, "train_images")?
                .flatten()
                .map(|most| most as usize);
            read_training(&mut training, &mut shared)?;
            training.finish()?;
        }

        let defaults = NetworkDefaults { training: shared, dataset: dataset.as_ref() };
        let mut curves = CurveReader::new(curves);
        let networks = read_networks(&mut keys, text, defaults, &mut curves)?;
        bounds::check_runs(networks.len(), seeds).map_err(|problem| keys.at("seeds", problem))?;
        keys.finish()?;
        let study = Study {
            name,
            title,
            dataset,
            seeds,
            validation: validation as usize,
            train_images,
            networks,
        };
        if study.to_toml().len() > MOST_STUDY_BYTES {
            return Err(
                text.error(0..0, StudyProblem::TooLargeWrittenOut { limit: MOST_STUDY_BYTES })
            );
        }
        Ok(study)
    }

    /// The study with every default written out: reads back to the same.
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
        line("seeds", self.seeds.to_string());
        line("\n[training]\nvalidation", self.validation.to_string());
        line("train_images", self.train_images_text());
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
            network.settings().into_iter().for_each(|(key, value)| line(key, value));
        }
        out
    }

    /// The setting as a study file writes it.
    pub(crate) fn train_images_text(&self) -> String {
        some_or_all(self.train_images)
    }
}

impl NetworkPlan {
    /// All that decides how the network comes out: each key of a study file with its value as
    /// written there. Two networks differ in the settings whose values differ.
    pub fn settings(&self) -> [(&'static str, String); 11] {
        let training = &self.training;
        [
            ("layers", inline(&self.layers_text())),
            ("epochs", training.epochs.to_string()),
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
            ("fit_images", some_or_all(training.fit_images)),
        ]
    }
}

fn reference_text(curve: &ReferenceCurve) -> String {
    let ReferenceCurve { file, network, dataset, .. } = curve;
    let [file, network] = [file, network].map(inline);
    let dataset = inline(&dataset.to_string());
    format!("{{ curves = {file}, network = {network}, dataset = {dataset} }}")
}

/// As [`read_some_or_all`] reads it.
fn some_or_all(images: Option<impl ToString>) -> String {
    images.map_or_else(|| inline(ALL), |images| images.to_string())
}

fn is_file_name(name: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    // File systems count bytes, of which there are up to 255, the data set's name beside it.
    let is_short = (1..=64).contains(&name.chars().count()) && name.len() <= 128;
    is_short && name.trim() == name && name.chars().all(allowed)
}

/// A value on one line of TOML.
pub(crate) fn inline<T: Serialize + ?Sized>(value: &T) -> String {
    let mut out = String::new();
    value
        .serialize(toml::ser::ValueSerializer::new(&mut out))
        .expect("settings are strings, numbers and tables");
    out
}

#[cfg(test)]
mod tests {
    use fitroom_data::Source;
    use fitroom_nn::optimizer::Sgd;
    use fitroom_nn::{Decay, PenaltyScope};

    use super::*;
    use crate::built_in::REPORT_CURVES;
    use crate::test_data::study;

    const NETWORK: &str = "[[network]]\nname = \"a\"\nlayers = \"dense 4\"\n";

    #[test]
    fn defaults_are_filled_in() {
        let study = study(NETWORK);
        assert_eq!((study.title.as_str(), study.seeds, study.validation), ("test", 1, 10_000));
        assert_eq!((study.dataset, study.train_images), (None, None));
        let training = study.networks[0].training;
        assert_eq!((training.epochs, training.batch_size), (20, 64));
        assert_eq!(training.optimizer, Optimizer::default());
        assert_eq!(training.schedule, Schedule::default());
    }

    #[test]
    fn a_network_says_otherwise_than_the_study() {
        let study = study(
            "[training]\nepochs = 3\noptimizer = \"sgd\"\npenalty = { l1 = 0.5 }\n\
             [[network]]\nname = \"a\"\nlayers = \"\"\n\
             [[network]]\nname = \"b\"\nlayers = \"relu\"\nvs = \"a\"\nepochs = 5\n\
             penalty = { l2 = 1, on = \"weights\" }\nschedule = { name = \"cosine\", warmup_epochs = 0.5 }\n\
             optimizer = { name = \"sgd\", momentum = 0.9, nesterov = true }\n",
        );
        let [a, b] = study.networks.as_slice() else { panic!("{study:?}") };
        assert_eq!((a.training.epochs, b.training.epochs), (3, 5));
        assert_eq!((a.training.penalty.l1, a.training.penalty.l2), (0.5, 0.0));
        assert_eq!(b.training.penalty, Penalty { l1: 0.0, l2: 1.0, on: PenaltyScope::Weights });
        assert_eq!(
            b.training.schedule,
            Schedule { warmup_epochs: 0.5, decay: Decay::Cosine { minimum: 0.0 } }
        );
        let sgd = |momentum, nesterov| Optimizer::Sgd(Sgd { momentum, nesterov, ..Sgd::default() });
        assert_eq!((a.training.optimizer, b.training.optimizer), (sgd(0.0, false), sgd(0.9, true)));
        assert_eq!(b.vs.as_deref(), Some("a"));
    }

    #[test]
    fn what_is_written_reads_back() {
        let study = study(
            "title = \"a \\\"title\\\" with # and \\\\\"\ndataset = \"drawn\"\nseeds = 7\n\
             [training]\nvalidation = 3\ntrain_images = 12\nschedule = { name = \"step\", every_epochs = 2, factor = 0.1 }\n\
             [[network]]\nname = \"a\"\nlayers = \"conv 3 5x3 stride 2 pad 1, leakyrelu 0.2, flatten, dropout 0.3\"\n\
             loss = \"cross-entropy-of-softmax\"\n\
             [[network]]\nname = \"µ's \\\"b\\\"\"\nlayers = \"batchnorm momentum 0.2\"\nvs = \"a\"\n\
             optimizer = { name = \"rmsprop\", learning_rate = 1e-7, alpha = 0.95 }\n\
             penalty = { l1 = 0.1, l2 = 3e-9 }\nschedule = { name = \"cosine\", minimum = 0.0003 }\n\
             [[network]]\nname = \"c\"\nlayers = \"\"\noptimizer = \"adamw\"\nschedule = \"constant\"\n\
             monitor = \"loss\"\npatience = 4\naugmentation = { flip = true, cutout = 9 }\n",
        );
        assert_eq!(study.dataset, Some(Source::Drawn));
        let written = study.to_toml();
        assert_eq!(Study::parse(&written, "written.toml").unwrap(), study, "{written}");
        assert!(written.contains("learning_rate = 0.0000001,"), "{written}");
        for name in Study::built_in_names() {
            let study = Study::find(name).unwrap();
            let curves = CurvePlace::Memory(&[REPORT_CURVES]);
            assert_eq!(Study::parse_with(&study.to_toml(), name, curves).unwrap(), study);
        }
    }

    #[test]
    fn mistakes_are_told_by_line_and_key() {
        let after_name = |text: &str| format!("name = \"test\"\n{text}\n{NETWORK}");
        let in_training = |text: &str| after_name(&format!("[training]\n{text}"));
        let in_network = |text: &str| format!("name = \"test\"\n{NETWORK}{text}\n");
        let unknown_optimizer = format!(
            "3:22: unknown name `adm` in `optimizer` of [training]\nhint: did you mean `adam`?\nhint: known are {}",
            crate::plain_text::quoted(Optimizer::NAMES.iter().copied())
        );
        for (text, message) in [
            (
                in_training("optimiser = 1"),
                "3:1: unknown key `optimiser` in [training]\nhint: did you mean `optimizer`?",
            ),
            (in_training("xyzzy = 1"), "3:1: unknown key `xyzzy` in [training]"),
            (in_network("validation = 1"), "5:1: unknown key `validation` in [[network]] 1"),
            (
                after_name("seed = 5"),
                "2:1: unknown key `seed` in the study\nhint: did you mean `seeds`?",
            ),
            (
                in_training("optimizer = { name = \"adam\", momentum = 0.9 }"),
                "3:30: unknown key `momentum` in `optimizer` of [training]",
            ),
            (in_training("optimizer = { name = \"adm\" }"), &unknown_optimizer),
            (
                in_training("loss = \"crossentropy\""),
                "3:8: unknown loss `crossentropy` in [training]\nhint: did you mean `cross-entropy`?\n\
                 hint: known are `cross-entropy`, `cross-entropy-of-softmax`",
            ),
            (
                in_training("epochs = 0"),
                "3:10: `epochs` in [training] must be a whole number from 1 to 1000000, got 0",
            ),
            (
                in_training("epochs = 2.5"),
                "3:10: `epochs` in [training] must be a whole number from 1 to 1000000, got 2.5",
            ),
            (
                in_network("patience = \"never\""),
                "5:12: `patience` in [[network]] 1 must be a whole number, 1 or above, or \"none\", got \"never\"",
            ),
            (
                in_training("augmentation = { flipp = true }"),
                "3:18: unknown key `flipp` in `augmentation` of [training]\nhint: did you mean `flip`?",
            ),
            (
                in_training("monitor = \"los\""),
                "3:11: unknown monitor `los` in [training]\nhint: did you mean `loss`?\nhint: known are `accuracy`, `loss`",
            ),
            (
                after_name("seeds = 0"),
                "2:9: `seeds` in the study must be a whole number from 1 to 10000, got 0",
            ),
            (
                in_network("batch_size = 0"),
                "5:14: `batch_size` in [[network]] 1 must be a whole number, 1 or above, got 0",
            ),
            (
                in_network("published = 3"),
                "5:13: `published` is a key of earlier versions: a network now names a file of curves\n\
                 hint: write reference = { curves = \"report-curves.csv\", network = \"3\" }, and put \
                 studies/report-curves.csv of the program's source beside the study file",
            ),
            (
                in_network("optimizer = { name = \"sgd\", learning_rate = 0.0 }"),
                "5:45: `learning_rate` in `optimizer` of [[network]] 1 must be a finite number above 0, got 0.0",
            ),
            (
                in_network("optimizer = { name = \"sgd\", learning_rate = inf }"),
                "5:45: `learning_rate` in `optimizer` of [[network]] 1 must be a finite number above 0, got inf",
            ),
            (
                in_network("optimizer = { name = \"sgd\", momentum = 1 }"),
                "5:40: `momentum` in `optimizer` of [[network]] 1 must be a number from 0 to below 1, got 1",
            ),
            (
                in_network("optimizer = { name = \"sgd\", nesterov = true }"),
                "5:40: `nesterov` in the optimizer must be false where there is no momentum to look ahead along, got \"true\"",
            ),
            (
                in_network("penalty = { l2 = -0.1 }"),
                "5:18: `l2` in `penalty` of [[network]] 1 must be a finite number, 0 or above, got -0.1",
            ),
            (
                in_network("penalty = { l2 = 1e39 }"),
                "5:18: `l2` in `penalty` of [[network]] 1 must be a finite number, 0 or above, got 1e39",
            ),
            (
                in_network("schedule = { name = \"step\", factor = 0.5 }"),
                "5:12: `every_epochs` is missing in `schedule` of [[network]] 1",
            ),
            (
                in_network("schedule = \"step\""),
                "5:12: `schedule` in training must be a table: { name = \"step\", ... }, got \"step\"",
            ),
            (in_network("vs = \"a\""), "5:6: unknown vs `a` in [[network]] 1\nhint: known are "),
            (
                in_network(NETWORK),
                "6:8: a second network is called `a`\nhint: results are told apart by name: give it another",
            ),
            (
                "name = \"test\"\n[[network]]\nname = \"µ\"\nlayers = \"dens 3\"".to_owned(),
                "4:10: network `µ`: unknown layer `dens`\nhint: did you mean `dense`?",
            ),
            (
                "name = \"test\"\n[[network]]\nlayers = \"\"".to_owned(),
                "2:1: `name` is missing in [[network]] 1",
            ),
            (
                "name = \"test\"\n[[network]]\nname = \"a\"\nlayer = \"\"".to_owned(),
                "4:1: unknown key `layer` in [[network]] 1\nhint: did you mean `layers`?",
            ),
            (
                "name = \"test\"\n".to_owned(),
                "1:1: the study has no networks\nhint: a network begins with a line [[network]]",
            ),
            (
                format!("name = \"../up\"\n{NETWORK}"),
                "1:8: `name` in the study must be 1 to 64 letters, digits, spaces, `-` and `_`: it names a directory, got \"../up\"",
            ),
            (after_name("dataset = \"fashion-minst\""), "2:11: unknown data set `fashion-minst`"),
        ] {
            let error = Study::parse(&text, "s.toml").unwrap_err().to_string();
            let same = error == format!("s.toml:{message}")
                || message.contains("data set") && error.contains(message);
            assert!(same, "{text}\ngives  {error}\nwanted s.toml:{message}");
        }
        let syntax =
            Study::parse("name = \"test\"\nseeds = = 3", "s.toml").unwrap_err().to_string();
        assert!(syntax.starts_with("s.toml:2:"), "{syntax}");
    }
}
