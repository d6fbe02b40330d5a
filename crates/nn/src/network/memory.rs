//! What a network takes before it is made.

use super::Network;
use crate::{Architecture, LayerSpec, Optimizer};

impl Network {
    /// Bytes that [`Network::new`] asks for at least, 4 for each f32: parameters, their gradients and the optimizer's
    /// moments, and for each image of a batch what comes in, what every dense layer and convolution gives, and twice the
    /// widest of these for gradients. Layers' own scratch memory comes on top.
    pub fn least_bytes(architecture: &Architecture, optimizer: &Optimizer, batch_size: usize) -> u64 {
        let makes_values = |spec| matches!(spec, LayerSpec::Dense { .. } | LayerSpec::Conv { .. });
        let made = architecture.layers().filter(|&(spec, ..)| makes_values(spec)).map(|(_, _, output)| output.len());
        let (mut values, mut widest) = (architecture.input().len() as u64, architecture.input().len() as u64);
        for len in made {
            values = values.saturating_add(len as u64);
            widest = widest.max(len as u64);
        }
        let copies = 2 + optimizer.moments().len() as u64;
        let parameters = (architecture.parameter_count() as u64).saturating_mul(copies);
        let images = values.saturating_add(2 * widest).saturating_mul(batch_size as u64);
        parameters.saturating_add(images).saturating_mul(size_of::<f32>() as u64)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Architecture, Network, Optimizer, Shape};

    #[test]
    fn a_dense_network_is_counted_by_hand() {
        let architecture = Architecture::parse(Shape::Flat { features: 10 }, "dense 30, relu, dropout 0.5", 3).unwrap();
        let parameters = 10 * 30 + 30 + 30 * 3 + 3;
        let bytes = |optimizer: &Optimizer| Network::least_bytes(&architecture, optimizer, 8);
        let images = 8 * (10 + 30 + 3 + 2 * 30);
        assert_eq!(bytes(&Optimizer::default()), 4 * (4 * parameters + images));
        let sgd = Optimizer::Sgd { learning_rate: 0.1, momentum: 0.0, nesterov: false, weight_decay: 0.0 };
        assert_eq!(bytes(&sgd), 4 * (2 * parameters + images));
    }
}
