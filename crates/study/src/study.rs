//! A study: its networks, their training settings, and its seeds.

use fitroom_data::{Dataset, ReadOptions, Source};
use fitroom_nearest::nearest;
use fitroom_nn::{Architecture, Layers, Network, PlacedLayer, Shape};

use crate::keys::whole_number;
use crate::limits::{self, EPOCHS};
use crate::plain_text::quoted;
use crate::{
    Budget, HeldOut, InitialWeights, ReferenceCurve, RunFailure, SeedPlan, StudyError, SweepPoint,
    Training, Tune, Validation, WrongClassWeights,
};

/// Training images of a [quick](Study::quick) study.
const QUICK_IMAGES: usize = 6_000;

/// A study file, parsed and checked, with every default filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// The short name, from which the output directory gets its name.
    pub name: String,
    /// The title for people; by default, the name.
    pub title: String,
    /// The data set. `None`: Fashion-MNIST, or drawn garments if that is not found.
    pub dataset: Option<Source>,
    /// How the data set is read, where its files leave it open.
    pub reading: ReadOptions,
    /// How many seeds, from [`first_seed`](Self::first_seed) on. With [`SeedPlan::UntilClear`], the most that a network may get.
    pub seeds: u32,
    /// The first seed; the others follow it.
    pub first_seed: u32,
    /// How the number of seeds is decided.
    pub seed_plan: SeedPlan,
    /// Which training images are held out for validation, drawn for each seed.
    pub validation: Validation,
    /// At most this many of the other training images are trained on, drawn for each seed;
    /// `None`: all.
    pub train_images: Option<usize>,
    /// The networks in the order of the file.
    pub networks: Vec<NetworkPlan>,
}

/// One network of a study and its training settings.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkPlan {
    /// The network's name, unique in its study.
    pub name: String,
    /// The layers without the last dense layer, which is implied.
    pub layers: Layers,
    /// The name of the baseline, another network of the study.
    pub vs: Option<String>,
    /// The curve of somebody else's network, which the report draws behind this one's.
    pub reference: Option<ReferenceCurve>,
    /// The network's place in its sweep; `None` if it is in no sweep.
    pub swept: Option<SweepPoint>,
    /// The study's `[training]`, overridden by this network's own settings.
    pub training: Training,
    /// The budget from which the steps in `training` follow, if there is one.
    pub budget: Option<Budget>,
    /// The learning rates of which it gets the best; `None`: it has the one of its optimizer.
    pub tune: Option<Tune>,
    /// The weights that the network starts from; `None`: random ones.
    pub init: Option<InitialWeights>,
}

impl Study {
    /// The reference curves of the networks, in the order of the networks.
    pub fn curves(&self) -> impl Iterator<Item = &ReferenceCurve> {
        self.networks.iter().filter_map(|network| network.reference.as_ref())
    }

    /// Overrides the epochs of every network, also those of networks with steps or a budget.
    ///
    /// # Errors
    /// If there would be no epoch, or more than 1,000,000. Or if the networks of a sweep differ in
    /// their epochs: they would be trained alike under different names.
    pub fn set_epochs(&mut self, epochs: u32) -> Result<(), StudyError> {
        if !EPOCHS.contains(&epochs) {
            return Err(StudyError::OutOfRange {
                key: "epochs",
                must: whole_number(&EPOCHS),
                got: epochs.to_string(),
            });
        }
        let length_of = |&network: &usize| {
            let network = &self.networks[network];
            network.training.length(network.budget)
        };
        let differs = |networks: &[usize]| {
            networks.windows(2).any(|pair| length_of(&pair[0]) != length_of(&pair[1]))
        };
        if let Some(sweep) = self.sweeps().into_iter().find(|sweep| differs(&sweep.networks)) {
            return Err(StudyError::SweptEpochs { sweep: sweep.name.to_owned() });
        }
        self.networks.iter_mut().for_each(|network| network.set_epochs(epochs));
        Ok(())
    }

    /// Keeps only the `wanted` networks, given by name or by number from 1, in the study's order. A
    /// network loses its baseline if that is not among them.
    ///
    /// # Errors
    /// If the study doesn't have one of them.
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

    /// Position of the network of this name or, if there is none, of this number, counted from 1.
    ///
    /// # Errors
    /// If the study doesn't have this network.
    pub fn network(&self, name: &str) -> Result<usize, StudyError> {
        let named = self.networks.iter().position(|network| network.name == name);
        let numbered = || {
            name.parse::<usize>().ok()?.checked_sub(1).filter(|&index| index < self.networks.len())
        };
        named.or_else(numbered).ok_or_else(|| self.unknown_network(name))
    }

    /// Shortens the study so that it takes at most about a minute: two epochs of one seed, on 6,000
    /// of the training images, the same for all networks, without tuning. All validation and test images are still
    /// scored, so scores are as precise as those of the whole study.
    pub fn quick(&mut self) {
        (self.seeds, self.seed_plan) = (1, SeedPlan::Declared);
        for network in &mut self.networks {
            network.set_epochs(2);
            network.tune = None;
        }
        self.train_images =
            Some(self.train_images.map_or(QUICK_IMAGES, |fewer| fewer.min(QUICK_IMAGES)));
    }

    /// Checks the study against its data: that layers fit its images and each other, that enough
    /// images are left to train on, and that the networks fit into memory.
    ///
    /// # Errors
    /// Why the study or its first unfit network can't be trained on `dataset`.
    pub fn check(&self, dataset: &Dataset) -> Result<(), StudyError> {
        let images = dataset.train.len();
        let held_out = self.held_out(images).images;
        if held_out >= images {
            return Err(StudyError::ValidationTooLarge { validation: held_out, images });
        }
        let images = self.trained_on(images);
        if held_out == 0
            && let Some((network, setting)) =
                self.networks.iter().find_map(|network| Some((network, network.judges_epochs()?)))
        {
            return Err(StudyError::NothingToMonitor { network: network.name.clone(), setting });
        }
        self.networks.iter().try_for_each(|network| network.check(dataset, images))?;
        self.check_tunes()?;
        self.clone().resolved(dataset.into()).map(drop)
    }

    /// How many images are trained on, if a data set has `images` for training and validation.
    pub fn trained_on(&self, images: usize) -> usize {
        let left = images.saturating_sub(self.held_out(images).images);
        self.train_images.map_or(left, |most| most.min(left))
    }

    /// What is held out for validation, if a data set has `images` for training and validation.
    pub fn held_out(&self, images: usize) -> HeldOut {
        self.validation.held_out(images)
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
    /// The network's architecture on images of this shape.
    ///
    /// # Errors
    /// If a layer does not fit the output of the one before it.
    pub fn architecture(&self, input: Shape, classes: usize) -> Result<Architecture, StudyError> {
        Architecture::new(input, &self.layers, classes)
            .map_err(|error| StudyError::DoesNotFit { network: self.name.clone(), error })
    }

    /// The setting for which validation images are needed, if there is one.
    fn judges_epochs(&self) -> Option<&'static str> {
        self.training.judges_epochs().or(self.tune.is_some().then_some("tune"))
    }

    /// The layers as text of a study file.
    pub fn layers_text(&self) -> String {
        self.layers.to_string()
    }

    /// Fails unless the network can start from its initial weights, if it has any.
    pub(crate) fn check_init(&self, architecture: &Architecture) -> Result<(), StudyError> {
        let Some(init) = &self.init else { return Ok(()) };
        match init.mismatches(architecture) {
            None => Ok(()),
            Some(mismatches) => {
                let (network, file) = (self.name.clone(), init.file.clone());
                Err(StudyError::DoesNotMatch { network, file, mismatches })
            }
        }
    }

    /// The network before its first step.
    pub(crate) fn network(
        &self,
        architecture: &Architecture,
        seed: u64,
    ) -> Result<Network, RunFailure> {
        self.check_init(architecture)?;
        let (recipe, batch_size) = (self.training.recipe(), self.training.batch_size);
        let mut network = Network::try_new(architecture, &recipe, batch_size, seed)?;
        if let Some(init) = &self.init {
            network.load_some(init.tensors()).expect("the tensors were checked");
        }
        Ok(network)
    }

    fn check(&self, dataset: &Dataset, images: usize) -> Result<(), StudyError> {
        let architecture = self.architecture(image_shape(dataset), dataset.classes.len())?;
        let batch_size = self.training.batch_size;
        limits::check_memory(&self.name, &architecture, &self.training)?;
        self.check_budget(dataset.into(), images)?;
        self.check_init(&architecture)?;
        let classes = dataset.classes.len();
        if let Some(given) = self.training.class_weights.classes().filter(|&it| it != classes) {
            let network = self.name.clone();
            let wrong = WrongClassWeights { network, given, classes };
            return Err(StudyError::WrongClassWeights(wrong));
        }
        let single_image = batch_size == 1 || images % batch_size == 1;
        let needs_more =
            |layer: &&PlacedLayer| single_image && layer.spec.least_batch(layer.input()) > 1;
        // Frozen layers use their running statistics.
        let frozen = architecture.leading(self.training.frozen_layers());
        match architecture.layers()[frozen..].iter().find(needs_more) {
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
mod tests;
