//! A trained network on its own: all that is needed to score an image.

use std::collections::BTreeMap;

use fitroom_data::ModelImages;
use fitroom_nn::{
    Architecture, ArchitectureError, Augmentation, ChannelNorm, Network, NetworkError, OutOfMemory,
    Recipe, Shape, Tensor,
};
use thiserror::Error;

/// A trained network on its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The network's name in its study.
    pub network: String,
    /// The seed that it was trained with.
    pub seed: u64,
    /// The layers as a study file writes them, without the last dense layer, which gives one logit for
    /// each class.
    pub layers: String,
    /// The shape of the images, and what the training images look like.
    pub images: ModelImages,
    /// The name of each class, in the order of the logits.
    pub classes: Vec<String>,
    /// The mean and the standard deviation of each channel, of bytes divided by 255, where images are
    /// normalised. Without it, the network takes bytes divided by 255.
    pub normalisation: Option<Vec<ChannelNorm>>,
    /// The views of an image over which logits are averaged, where a study asks for that (`test_time`);
    /// otherwise the default.
    pub views: Augmentation,
    /// Parameters and batch-norm statistics, under PyTorch's names and in its layouts.
    pub tensors: Vec<Tensor>,
    /// What is known of the network, for people: the study, the seed, the epoch, scores, the data's
    /// fingerprint, training settings, the engine. By name.
    pub facts: BTreeMap<String, String>,
}

/// Why a model can't be used.
#[derive(Debug, Error)]
pub enum ModelError {
    /// Its layers can't be read, or do not fit its images.
    #[error("network `{network}`: {error}")]
    Architecture {
        /// The network's name.
        network: String,
        /// What is wrong.
        error: ArchitectureError,
    },
    /// Its tensors are not those of its layers.
    #[error("network `{network}`: {error}")]
    Tensors {
        /// The network's name.
        network: String,
        /// What is wrong.
        error: NetworkError,
    },
    /// There are not as many statistics as the images have channels.
    #[error("network `{network}` normalises {found} channels, and its images have {channels}")]
    Normalisation {
        /// The network's name.
        network: String,
        /// Channels of its images.
        channels: usize,
        /// Channels that are normalised.
        found: usize,
    },
    /// The system refuses memory.
    #[error("there is no memory for network `{network}`: {error}")]
    Memory {
        /// The network's name.
        network: String,
        /// What was refused.
        error: OutOfMemory,
    },
}

impl Model {
    /// The layers at their places, the last dense layer included.
    ///
    /// # Errors
    /// The layers can't be read, or do not fit the images.
    pub fn architecture(&self) -> Result<Architecture, ModelError> {
        let ModelImages { height, width, channels, .. } = self.images;
        let image = Shape::Image { channels, height, width };
        Architecture::parse(image, &self.layers, self.classes.len())
            .map_err(|error| ModelError::Architecture { network: self.network.clone(), error })
    }

    /// The network, for batches of up to `batch_size` images. It uses one thread.
    ///
    /// # Errors
    /// The layers, the tensors or the normalisation do not fit, or there is no memory.
    pub fn network(&self, batch_size: usize) -> Result<Network, ModelError> {
        let name = || self.network.clone();
        let architecture = self.architecture()?;
        let channels = self.images.channels;
        if let Some(found) = self.normalisation.as_ref().map(Vec::len).filter(|&n| n != channels) {
            return Err(ModelError::Normalisation { network: name(), channels, found });
        }
        let recipe = Recipe { augmentation: self.views, ..Recipe::default() };
        let mut network = Network::try_zeroed(&architecture, &recipe, batch_size)
            .map_err(|error| ModelError::Memory { network: name(), error })?;
        network
            .load_tensors(&self.tensors)
            .map_err(|error| ModelError::Tensors { network: name(), error })?;
        if let Some(channels) = &self.normalisation {
            network.normalise(channels);
        }
        Ok(network)
    }
}
