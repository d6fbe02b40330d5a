//! A study: networks, how they are trained, and over how many seeds.

use fitroom_data::{Dataset, Source};
use fitroom_nearest::nearest;
use fitroom_nn::{Architecture, LayerSpec, PlacedLayer, Shape};

use crate::bounds;
use crate::keys::whole_number;
use crate::plain_text::quoted;
use crate::study_file::SEEDS;
use crate::training_file::EPOCHS;
use crate::{ReferenceCurve, StudyError, Sweep, SweepPoint, Training};

/// Training images of a [quick](Study::quick) study.
const QUICK_IMAGES: usize = 6_000;

/// A study file, parsed and checked, with every default filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// Short; names the output directory.
    pub name: String,
    /// For people; the name where none is given.
    pub title: String,
    /// `None`: Fashion-MNIST, or `drawn` in its place.
    pub dataset: Option<Source>,
    /// Seeds 1 to this.
    pub seeds: u32,
    /// Training images held out for validation, drawn for each seed.
    pub validation: usize,
    /// At most this many of the training images that are left are trained on, drawn for each seed;
    /// `None`: all.
    pub train_images: Option<usize>,
    /// In the order of the file.
    pub networks: Vec<NetworkPlan>,
}

/// One network of a study and how it is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkPlan {
    /// Unique in its study.
    pub name: String,
    /// Without the last dense layer, which is implied.
    pub layers: Vec<LayerSpec>,
    /// Its baseline: another network's name.
    pub vs: Option<String>,
    /// The curve of a network of somebody else, which the report draws behind this one's.
    pub reference: Option<ReferenceCurve>,
    /// Where it stands in the sweep that it came of.
    pub swept: Option<SweepPoint>,
    /// The study's `[training]` with this network's own settings over it.
    pub training: Training,
}

impl Study {
    /// The reference curves of its networks, in their order.
    pub fn curves(&self) -> impl Iterator<Item = &ReferenceCurve> {
        self.networks.iter().filter_map(|network| network.reference.as_ref())
    }

    /// Trains over seeds 1 to `seeds` instead.
    ///
    /// # Errors
    /// If that is none, or more than anybody can wait for.
    pub fn set_seeds(&mut self, seeds: u32) -> Result<(), StudyError> {
        if !SEEDS.contains(&seeds) {
            return Err(StudyError::OutOfRange {
                key: "seeds",
                must: whole_number(&SEEDS),
                got: seeds.to_string(),
            });
        }
        bounds::check_runs(self.networks.len(), seeds)
            .map_err(|problem| StudyError::TooManyRuns { problem: Box::new(problem) })?;
        self.seeds = seeds;
        Ok(())
    }

    /// Trains every network for `epochs` instead.
    ///
    /// # Errors
    /// If that is none, or a sweep's networks differ in it: they would be trained alike under names
    /// that say otherwise.
    pub fn set_epochs(&mut self, epochs: u32) -> Result<(), StudyError> {
        if !EPOCHS.contains(&epochs) {
            return Err(StudyError::OutOfRange {
                key: "epochs",
                must: whole_number(&EPOCHS),
                got: epochs.to_string(),
            });
        }
        let epochs_of = |&network: &usize| self.networks[network].training.epochs;
        let differs = |sweep: &Sweep| {
            sweep.networks.windows(2).any(|pair| epochs_of(&pair[0]) != epochs_of(&pair[1]))
        };
        if let Some(sweep) = self.sweeps().into_iter().find(differs) {
            return Err(StudyError::SweptEpochs { sweep: sweep.name.to_owned() });
        }
        self.networks.iter_mut().for_each(|network| network.training.epochs = epochs);
        Ok(())
    }

    /// Keeps only some networks, given by name or by number from 1, in the study's order. A network
    /// whose baseline is not among them has none.
    ///
    /// # Errors
    /// A network that this study doesn't have.
    pub fn only(&mut self, wanted: &[String]) -> Result<(), StudyError> {
        let mut keep = vec![false; self.networks.len()];
        for name in wanted {
            keep[self.network(name)?] = true;
        }
        let mut keep = keep.into_iter();
        self.networks.retain(|_| keep.next() == Some(true));
        let names: Vec<String> = self.networks.iter().map(|network| network.name.clone()).collect();
        for network in &mut self.networks {
            network.vs.take_if(|baseline| !names.contains(baseline));
        }
        Ok(())
    }

    /// Index of the network of this name or, where none is called that, of this number, from 1.
    ///
    /// # Errors
    /// A network that this study doesn't have.
    pub fn network(&self, name: &str) -> Result<usize, StudyError> {
        let named = self.networks.iter().position(|network| network.name == name);
        let numbered = || {
            name.parse::<usize>().ok()?.checked_sub(1).filter(|&index| index < self.networks.len())
        };
        named.or_else(numbered).ok_or_else(|| self.unknown_network(name))
    }

    /// Makes a look at the study that takes no longer than a minute: two epochs of one seed, on a
    /// part of the training images (the same for all networks). Validation and test stay whole, so
    /// its numbers are as sure as any.
    pub fn quick(&mut self) {
        self.seeds = 1;
        self.networks.iter_mut().for_each(|network| network.training.epochs = 2);
        self.train_images =
            Some(self.train_images.map_or(QUICK_IMAGES, |fewer| fewer.min(QUICK_IMAGES)));
    }

    /// Checks what needs the data: that layers follow one another on its images, and that enough of
    /// these are left to train on.
    ///
    /// # Errors
    /// The first network that can't be trained on `dataset`, and why.
    pub fn check(&self, dataset: &Dataset) -> Result<(), StudyError> {
        let images = dataset.train.len();
        if self.validation >= images {
            return Err(StudyError::ValidationTooLarge { validation: self.validation, images });
        }
        let images = self.trained_on(images);
        if self.validation == 0
            && let Some(network) =
                self.networks.iter().find(|network| network.training.patience.is_some())
        {
            return Err(StudyError::NothingToMonitor { network: network.name.clone() });
        }
        self.networks.iter().try_for_each(|network| network.check(dataset, images))
    }

    /// How many images are trained on where a data set has `images` for training and validation.
    pub fn trained_on(&self, images: usize) -> usize {
        let left = images.saturating_sub(self.validation);
        self.train_images.map_or(left, |most| most.min(left))
    }

    fn unknown_network(&self, name: &str) -> StudyError {
        let names = || self.networks.iter().map(|network| network.name.as_str());
        StudyError::UnknownNetwork {
            study: self.name.clone(),
            name: name.to_owned(),
            nearest: nearest(name, names()).map(str::to_owned),
            networks: quoted(names()),
        }
    }
}

impl NetworkPlan {
    /// The network on images of this shape.
    ///
    /// # Errors
    /// A layer that cannot follow the one before it.
    pub fn architecture(&self, input: Shape, classes: usize) -> Result<Architecture, StudyError> {
        Architecture::new(input, &self.layers, classes)
            .map_err(|error| StudyError::DoesNotFit { network: self.name.clone(), error })
    }

    /// The layers as a study file writes them.
    pub fn layers_text(&self) -> String {
        self.layers.iter().map(LayerSpec::to_string).collect::<Vec<_>>().join(", ")
    }

    fn check(&self, dataset: &Dataset, images: usize) -> Result<(), StudyError> {
        let architecture = self.architecture(image_shape(dataset), dataset.classes.len())?;
        let batch_size = self.training.batch_size;
        if batch_size > images {
            return Err(StudyError::BatchTooLarge {
                network: self.name.clone(),
                batch_size,
                images,
            });
        }
        bounds::check_memory(&self.name, &architecture, &self.training)?;
        let single_image = batch_size == 1 || images % batch_size == 1;
        let needs_more =
            |layer: &&PlacedLayer| single_image && layer.spec.least_batch(layer.input()) > 1;
        match architecture.layers().iter().find(needs_more) {
            Some(layer) => Err(StudyError::SingleImageBatch {
                network: self.name.clone(),
                layer: layer.spec.to_string(),
                batch_size,
                images,
            }),
            None => Ok(()),
        }
    }
}

/// The shape of one image of a data set.
pub fn image_shape(dataset: &Dataset) -> Shape {
    Shape::Image { channels: dataset.channels, height: dataset.height, width: dataset.width }
}

#[cfg(test)]
mod tests {
    use fitroom_nn::{Loss, Optimizer};

    use super::*;
    use crate::built_in::REPORT_CURVES;
    use crate::reference_files::CurvePlace;
    use crate::test_data::{dataset, study};

    #[test]
    fn the_report_is_the_published_one() {
        let study = Study::find("report").unwrap();
        let numbers: Vec<&str> = study.curves().map(|curve| curve.network.as_str()).collect();
        assert_eq!(numbers, ["1", "2", "3", "4", "5", "6", "7", "8"]);
        assert_eq!((study.seeds, study.validation, study.train_images), (5, 10_000, None));
        for (number, network) in (1..).zip(&study.networks) {
            let training = network.training;
            assert_eq!((training.epochs, training.batch_size), (20, 64));
            assert_eq!(training.optimizer, Optimizer::default());
            let softmax_twice = number < 6;
            assert_eq!(
                training.loss == Loss::CrossEntropyOfSoftmax,
                softmax_twice,
                "{}",
                network.name
            );
        }
        let penalty = |index: usize| {
            (study.networks[index].training.penalty.l1, study.networks[index].training.penalty.l2)
        };
        assert_eq!(
            [penalty(4), penalty(5), penalty(6), penalty(7)],
            [(0.0, 0.0), (0.001, 0.0), (0.0, 0.001), (0.0, 0.0)]
        );
        let image = Shape::Image { channels: 1, height: 28, width: 28 };
        let parameters =
            study.networks.iter().map(|n| n.architecture(image, 10).unwrap().parameter_count());
        let two_layers = 100_480 + 8256 + 650;
        assert_eq!(
            parameters.collect::<Vec<_>>(),
            [
                101_770,
                two_layers,
                476_490,
                two_layers,
                two_layers + 384,
                two_layers,
                two_layers,
                3_229_866
            ]
        );
    }

    #[test]
    fn the_controlled_study_changes_one_thing_at_a_time() {
        let study = Study::find("controlled").unwrap();
        for network in &study.networks {
            let Some(baseline) = &network.vs else { continue };
            let baseline = study.networks.iter().find(|other| other.name == *baseline).unwrap();
            let settings = network.settings().into_iter().zip(baseline.settings());
            let differing: Vec<_> = settings.filter(|(a, b)| a != b).map(|(a, _)| a.0).collect();
            assert_eq!(differing.len(), 1, "{}: {differing:?}", network.name);
        }
        assert!(study.networks.iter().all(|network| network.training.loss == Loss::CrossEntropy));
        assert_eq!((study.seeds, study.networks.len()), (10, 8));
    }

    #[test]
    fn an_unknown_study_names_the_nearest() {
        let message = Study::find("reprot").unwrap_err().to_string();
        assert!(message.starts_with("unknown study `reprot`"), "{message}");
        assert!(message.contains("hint: did you mean `report`?"), "{message}");
    }

    #[test]
    fn overrides_are_checked() {
        let mut study = Study::find("report").unwrap();
        assert_eq!(
            study.set_epochs(0).unwrap_err().to_string(),
            "epochs must be a whole number from 1 to 1000000, got 0"
        );
        assert_eq!(
            study.set_seeds(0).unwrap_err().to_string(),
            "seeds must be a whole number from 1 to 10000, got 0"
        );
        let sweep = "[[network]]\nname = \"{n} epochs\"\nlayers = \"\"\nepochs = \"{n}\"\nsweep = { n = [2, 3] }\n";
        let mut swept = crate::test_data::study(sweep);
        let error = swept.set_epochs(5).unwrap_err().to_string();
        assert!(
            error.starts_with("the networks of the sweep `{n} epochs` differ in their epochs"),
            "{error}"
        );
        assert_eq!(swept, crate::test_data::study(sweep));
        study.set_epochs(3).unwrap();
        study.set_seeds(2).unwrap();
        assert!(study.networks.iter().all(|network| network.training.epochs == 3));
        assert_eq!(study.seeds, 2);
    }

    #[test]
    fn networks_are_chosen_by_name_or_number_and_lose_baselines_that_are_not() {
        let mut study = Study::find("report").unwrap();
        let error = study.clone().only(&["droput".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("no network `droput`\nhint: did you mean `dropout`?"), "{error}");
        assert!(study.clone().only(&["0".to_owned()]).is_err());
        assert!(study.clone().only(&["9".to_owned()]).is_err());
        study.only(&["8".to_owned(), "dropout".to_owned(), "dropout".to_owned()]).unwrap();
        let kept: Vec<_> =
            study.networks.iter().map(|n| (n.name.as_str(), n.vs.as_deref())).collect();
        assert_eq!(kept, [("dropout", None), ("convolutional", None)]);
        let curves = CurvePlace::Memory(&[REPORT_CURVES]);
        Study::parse_with(&study.to_toml(), "kept.toml", curves).unwrap();
    }

    #[test]
    fn quick_studies_say_what_they_leave_out() {
        let mut study = Study::find("report").unwrap();
        study.quick();
        assert_eq!((study.seeds, study.networks[0].training.epochs), (1, 2));
        assert!(study.to_toml().contains("train_images = 6000\n"));
        assert_eq!(study.trained_on(60_000), 6_000);
        assert_eq!(study.trained_on(12_000), 2_000);
    }

    #[test]
    fn data_that_is_too_little_is_refused() {
        let data = dataset(24, 8);
        let error = |text: &str| study(text).check(&data).unwrap_err().to_string();
        let network = "[[network]]\nname = \"a\"\nlayers = \"dense 4\"\n";
        assert_eq!(
            error(&format!("[training]\nvalidation = 24\n{network}")),
            "validation = 24 leaves nothing to train on: there are 24 training images"
        );
        assert_eq!(
            error(&format!("[training]\nvalidation = 8\nbatch_size = 17\n{network}")),
            "network `a`: batch_size = 17 is more than the 16 images that are trained on"
        );
        assert!(
            study(&format!("[training]\nvalidation = 8\nbatch_size = 16\n{network}"))
                .check(&data)
                .is_ok()
        );
        assert_eq!(
            error(&format!(
                "[training]\nvalidation = 8\nbatch_size = 8\n{}",
                network.replace("dense 4", "dense 4, conv 2 3x3")
            )),
            "network `a`: layer 2 `conv 2 3x3` takes an image (channels × height × width), but a vector of 4 comes in\n\
             hint: put it before `flatten` and the dense layers"
        );
    }

    #[test]
    fn patience_needs_validation_images() {
        let text = |validation: u32| {
            format!(
                "[training]\npatience = 3\nvalidation = {validation}\nbatch_size = 8\n[[network]]\nname = \"a\"\nlayers = \"\""
            )
        };
        study(&text(8)).check(&dataset(24, 8)).unwrap();
        assert_eq!(
            study(&text(0)).check(&dataset(24, 8)).unwrap_err().to_string(),
            "network `a` has a patience, but validation = 0 leaves nothing to judge epochs by\n\
             hint: hold images out with `validation`, or leave `patience` out"
        );
    }

    #[test]
    fn batch_normalisation_of_a_single_image_is_refused() {
        let check = |layers: &str, batch_size: usize| {
            let text = format!(
                "[training]\nvalidation = 8\nbatch_size = {batch_size}\n[[network]]\nname = \"a\"\nlayers = \"{layers}\""
            );
            study(&text).check(&dataset(24, 8))
        };
        // 16 images in batches of 5 leave one over; in batches of 7, two.
        let error = check("dense 4, batchnorm", 5).unwrap_err().to_string();
        assert!(
            error.starts_with("network `a`: `batchnorm` can't normalise a batch of a single image"),
            "{error}"
        );
        assert!(check("dense 4, batchnorm", 1).is_err());
        check("dense 4, batchnorm", 7).unwrap();
        check("dense 4", 5).unwrap();
        check("conv 2 3x3, batchnorm, flatten", 5).unwrap();
    }
}
