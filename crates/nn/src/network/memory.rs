//! How much memory a network needs, before it is made.

use super::Network;
use crate::{Architecture, Optimizer, PlacedLayer};

impl Network {
    /// The least memory that training takes, in bytes, with 4 bytes for each f32.
    ///
    /// It counts parameters, the optimizer's moments, and gradients (without those of dense layers'
    /// weights, which are used at once and not stored). For each image of a batch, it counts the
    /// image, the output of every dense layer and convolution, and twice the widest of these for
    /// gradients. It does not count the scratch memory of layers.
    pub fn least_bytes(
        architecture: &Architecture,
        optimizer: &Optimizer,
        batch_size: usize,
    ) -> u64 {
        let layers = || architecture.layers().iter();
        let has_weights = |layer: &&PlacedLayer| layer.parameters().iter().any(|p| p.is_weight);
        let made = layers().filter(has_weights).map(|layer| layer.output().len());
        let (mut values, mut widest) =
            (architecture.input().len() as u64, architecture.input().len() as u64);
        for len in made {
            values = values.saturating_add(len as u64);
            widest = widest.max(len as u64);
        }
        let unstored = layers().map(PlacedLayer::unstored_gradients).fold(0, u64::saturating_add);
        let count = architecture.parameter_count() as u64;
        let copies = 1 + optimizer.moments().iter().flatten().count() as u64;
        let parameters =
            count.saturating_mul(copies).saturating_add(count.saturating_sub(unstored));
        let images = values.saturating_add(2 * widest).saturating_mul(batch_size as u64);
        parameters.saturating_add(images).saturating_mul(size_of::<f32>() as u64)
    }
}

#[cfg(test)]
mod tests {
    use crate::optimizer::Sgd;
    use crate::{Architecture, Network, Optimizer, Shape};

    #[test]
    fn a_dense_network_is_counted_by_hand() {
        let architecture =
            Architecture::parse(Shape::Flat { features: 10 }, "dense 30, relu, dropout 0.5", 3)
                .unwrap();
        let (weights, biases) = (10 * 30 + 30 * 3, 30 + 3);
        let bytes = |optimizer: &Optimizer| Network::least_bytes(&architecture, optimizer, 8);
        let images = 8 * (10 + 30 + 3 + 2 * 30);
        assert_eq!(bytes(&Optimizer::default()), 4 * (3 * weights + 4 * biases + images));
        let sgd = Optimizer::Sgd(Sgd::default());
        assert_eq!(bytes(&sgd), 4 * (weights + 2 * biases + images));
    }
}
