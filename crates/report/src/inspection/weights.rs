//! Statistics of weights: how many are near zero, and their norms.

use fitroom_results::{Tensor, WeightFacts};
use fitroom_stats::Spread;

use super::first_layer::{FirstLayer, FirstLayerSums, FirstLayerView};

/// A weight below this, in absolute value, is near zero.
pub const NEAR_ZERO: f32 = 0.001;

/// A weight is relatively near zero if |w| is below this fraction of 1/√fan_in, the bound of its
/// layer's uniform initial weights. Before training, this fraction of each layer's weights is.
pub const RELATIVELY_NEAR_ZERO: f32 = 0.01;

/// The weights of one layer, or of a whole network, over its seeds. Biases and the parameters of
/// batch normalisation are not included.
#[derive(Clone, Debug)]
pub struct LayerWeights {
    /// The layer as it is written; empty for a whole network.
    pub layer: String,
    /// Number of weights.
    pub count: usize,
    /// Number of outputs or filters.
    pub units: usize,
    /// Number of units whose weights are all below `NEAR_ZERO`: their input no longer matters.
    pub blind_units: Option<Spread>,
    /// Share of weights that are exactly zero, 0 to 1.
    pub zero: Option<Spread>,
    /// Share of weights below `NEAR_ZERO`, 0 to 1.
    pub near_zero: Option<Spread>,
    /// The expected share of uniform initial weights below `NEAR_ZERO`, before training.
    pub near_zero_at_first: f64,
    /// Share of weights below `RELATIVELY_NEAR_ZERO` times the layer's initial bound, 0 to 1.
    pub relatively_near_zero: Option<Spread>,
    /// Σ|w|.
    pub l1: Option<Spread>,
    /// √Σw².
    pub l2: Option<Spread>,
}

/// A network's weights over its seeds.
#[derive(Clone, Debug)]
pub struct NetworkWeights {
    /// The dense layers and convolutions, in order.
    pub layers: Vec<LayerWeights>,
    /// All these layers together.
    pub all: LayerWeights,
    /// The first layer; `None` unless it gets the image itself.
    pub first: Option<FirstLayer>,
}

/// Sums over the weights of one or several tensors, for one seed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct WeightSums {
    zero: u64,
    near_zero: u64,
    relatively_near_zero: u64,
    blind_units: u64,
    absolutes: f64,
    squares: f64,
}

impl WeightSums {
    fn of(weights: &[f32], fan_in: usize) -> Self {
        let relative = RELATIVELY_NEAR_ZERO / (fan_in as f32).sqrt();
        let mut sums = WeightSums::default();
        for unit in weights.chunks(fan_in) {
            let before = sums.near_zero;
            for weight in unit {
                let size = weight.abs();
                sums.zero += u64::from(size == 0.0);
                sums.near_zero += u64::from(size < NEAR_ZERO);
                sums.relatively_near_zero += u64::from(size < relative);
                sums.absolutes += f64::from(size);
                sums.squares += f64::from(size) * f64::from(size);
            }
            sums.blind_units += u64::from(sums.near_zero - before == unit.len() as u64);
        }
        sums
    }

    fn plus(self, other: WeightSums) -> Self {
        WeightSums {
            zero: self.zero + other.zero,
            near_zero: self.near_zero + other.near_zero,
            relatively_near_zero: self.relatively_near_zero + other.relatively_near_zero,
            blind_units: self.blind_units + other.blind_units,
            absolutes: self.absolutes + other.absolutes,
            squares: self.squares + other.squares,
        }
    }
}

/// The sums of a network's weights for one seed, so that the weights need not stay in memory.
pub struct SeedWeights {
    seed: u64,
    layers: Vec<WeightSums>,
    first: Option<FirstLayerSums>,
}

/// The tensors of a network that are weights, and the view of its first layer.
pub struct WeightPlan {
    layers: Vec<LayerPlan>,
    first: Option<FirstLayerView>,
}

/// A tensor of weights.
struct LayerPlan {
    tensor: String,
    /// The layer as it is written.
    layer: String,
    /// Number of weights.
    count: usize,
    /// Number of weights of one unit.
    fan_in: usize,
}

impl WeightPlan {
    /// The plan for these weights. `image` is the images' channels, rows and columns.
    pub fn new(weights: &[WeightFacts], image: Option<[usize; 3]>) -> Self {
        let layers = weights.iter().map(|weight| LayerPlan {
            tensor: weight.name.clone(),
            layer: weight.layer.clone(),
            count: weight.shape.iter().product(),
            fan_in: weight.shape[1..].iter().product(),
        });
        let first = weights.first().and_then(|weight| FirstLayerView::new(weight, image));
        WeightPlan { layers: layers.collect(), first }
    }

    /// Computes the sums of one seed's weights. If `is_shown`, it also keeps images of them.
    pub fn count(&self, seed: u64, tensors: &[Tensor], is_shown: bool) -> SeedWeights {
        let values = |name: &str| {
            let tensor = tensors.iter().find(|tensor| tensor.name == name);
            tensor.map_or(&[][..], |tensor| &tensor.values)
        };
        let layers = self
            .layers
            .iter()
            .map(|layer| WeightSums::of(values(&layer.tensor), layer.fan_in))
            .collect();
        let first = self.first.as_ref().map(|view| view.sums(values(&view.tensor), is_shown));
        SeedWeights { seed, layers, first }
    }

    /// Summarises all seeds and shows images of the first; `None` without seeds.
    pub fn summarise(self, seeds: &[SeedWeights]) -> Option<NetworkWeights> {
        let shown = seeds.first()?.seed;
        let sums: Vec<&FirstLayerSums> =
            seeds.iter().filter_map(|seed| seed.first.as_ref()).collect();
        let first = self.first.and_then(|view| view.summarise(shown, &sums));
        let layer = |layer: &str, tensors: &[(usize, usize)], sums: Vec<WeightSums>| {
            let count: usize = tensors.iter().map(|(count, _)| count).sum();
            let at_first = |&(count, fan_in): &(usize, usize)| {
                count as f64 * (f64::from(NEAR_ZERO) * (fan_in as f64).sqrt()).min(1.0)
            };
            let over = |number: &dyn Fn(&WeightSums) -> f64| Spread::of(sums.iter().map(number));
            LayerWeights {
                layer: layer.to_owned(),
                count,
                units: tensors.iter().map(|(count, fan_in)| count / fan_in).sum(),
                blind_units: over(&|sums| sums.blind_units as f64),
                zero: over(&|sums| sums.zero as f64 / count as f64),
                near_zero: over(&|sums| sums.near_zero as f64 / count as f64),
                near_zero_at_first: tensors.iter().map(at_first).sum::<f64>() / count as f64,
                relatively_near_zero: over(&|sums| sums.relatively_near_zero as f64 / count as f64),
                l1: over(&|sums| sums.absolutes),
                l2: over(&|sums| sums.squares.sqrt()),
            }
        };
        let tensors: Vec<(usize, usize)> =
            self.layers.iter().map(|layer| (layer.count, layer.fan_in)).collect();
        let whole = |seed: &SeedWeights| {
            seed.layers.iter().fold(WeightSums::default(), |all, sums| all.plus(*sums))
        };
        let layers = self.layers.iter().enumerate().map(|(index, plan)| {
            layer(
                &plan.layer,
                &tensors[index..=index],
                seeds.iter().map(|seed| seed.layers[index]).collect(),
            )
        });
        Some(NetworkWeights {
            layers: layers.collect(),
            all: layer("", &tensors, seeds.iter().map(whole).collect()),
            first,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::first_layer::Shown;
    use super::*;

    /// Weights of these names, shapes and layers, each with a bias, on images of 2 × 3 pixels.
    fn network(
        weights: &[(&str, &[usize], &str)],
        sees_image: bool,
    ) -> (WeightPlan, Vec<(String, Vec<usize>)>) {
        let facts =
            |(index, &(name, shape, layer)): (usize, &(&str, &[usize], &str))| WeightFacts {
                name: name.into(),
                shape: shape.to_vec(),
                layer: layer.into(),
                sees_image: sees_image && index == 0,
            };
        let facts: Vec<WeightFacts> = weights.iter().enumerate().map(facts).collect();
        let shapes = facts.iter().flat_map(|weight| {
            let bias = (weight.name.replace("weight", "bias"), vec![weight.shape[0]]);
            [(weight.name.clone(), weight.shape.clone()), bias]
        });
        (WeightPlan::new(&facts, Some([1, 2, 3])), shapes.collect())
    }

    fn dense() -> (WeightPlan, Vec<(String, Vec<usize>)>) {
        network(&[("0.weight", &[4, 6], "dense 4"), ("3.weight", &[2, 4], "dense 2")], true)
    }

    fn tensors(shapes: &[(String, Vec<usize>)], value: impl Fn(usize) -> f32) -> Vec<Tensor> {
        let tensor = |(name, shape): &(String, Vec<usize>)| Tensor {
            name: name.clone(),
            shape: shape.clone(),
            values: (0..shape.iter().product()).map(&value).collect(),
        };
        shapes.iter().map(tensor).collect()
    }

    #[test]
    fn weights_are_counted_and_biases_are_not() {
        let (plan, shapes) = dense();
        let mut first = tensors(&shapes, |_| 0.5);
        // A bias of 0 does not count, and neither does a weight of exactly a thousandth. A weight
        // just below a thousandth counts.
        first
            .iter_mut()
            .filter(|tensor| tensor.name.ends_with("bias"))
            .for_each(|tensor| tensor.values.fill(0.0));
        first.iter_mut().find(|tensor| tensor.name == "0.weight").unwrap().values[..3]
            .copy_from_slice(&[0.000_99, -0.000_99, 0.001]);
        let second = tensors(&shapes, |_| -0.5);
        let seeds = vec![plan.count(1, &first, true), plan.count(2, &second, false)];
        let weights = plan.summarise(&seeds).unwrap();
        assert_eq!(
            weights.layers.iter().map(|layer| layer.layer.as_str()).collect::<Vec<_>>(),
            ["dense 4", "dense 2"]
        );
        assert_eq!(
            (weights.layers[0].count, weights.layers[1].count, weights.all.count),
            (24, 8, 32)
        );
        let spread =
            |spread: Option<Spread>| spread.map(|spread| (spread.mean, spread.count)).unwrap();
        assert_eq!(spread(weights.layers[0].near_zero), (1.0 / 24.0, 2));
        assert_eq!(spread(weights.all.near_zero), (1.0 / 32.0, 2));
        // A hundredth of 1/√6 is 0.0041.
        assert_eq!(spread(weights.layers[0].relatively_near_zero), (1.5 / 24.0, 2));
        assert_eq!(spread(weights.layers[0].blind_units), (0.0, 2));
        assert_eq!(spread(weights.layers[1].l1), (4.0, 2));
        assert_eq!(spread(weights.layers[1].l2), (2_f64.sqrt(), 2));
        assert!((weights.layers[0].near_zero_at_first - 0.001 * 6_f64.sqrt()).abs() < 1e-9);
        let all = 0.001 * (24.0 * 6_f64.sqrt() + 8.0 * 2.0) / 32.0;
        assert!((weights.all.near_zero_at_first - all).abs() < 1e-9);
        let first = weights.first.unwrap();
        assert_eq!((first.units, first.height, first.width, first.seed), (4, 2, 3, 1));
        // The unit that was made smaller comes last.
        assert_eq!(first.shown.len(), 4);
        let Shown::Grey(shown) = first.shown else { panic!("one channel") };
        assert_eq!(shown[0], [0.5; 6]);
        assert_eq!(shown[3][..3], [0.000_99, -0.000_99, 0.001]);
    }

    #[test]
    fn a_unit_is_blind_when_all_its_weights_are_near_zero() {
        let (plan, shapes) = dense();
        // Units have six weights. In the first unit, one is not near zero.
        let values = |at: usize| if at == 3 || at >= 18 { 0.1 } else { -0.000_5 };
        let seed = plan.count(1, &tensors(&shapes, values), true);
        let weights = plan.summarise(&[seed]).unwrap();
        let blind = |layer: &LayerWeights| (layer.blind_units.unwrap().mean, layer.units);
        assert_eq!(
            [blind(&weights.layers[0]), blind(&weights.layers[1]), blind(&weights.all)],
            [(2.0, 4), (1.0, 2), (3.0, 6)]
        );
        assert_eq!(weights.all.zero.unwrap().mean, 0.0);
        let (plan, shapes) = dense();
        let seed = plan.count(1, &tensors(&shapes, |at| if at < 4 { 0.0 } else { 1e-30 }), false);
        // Four weights of each of the two tensors are zero.
        assert_eq!(plan.summarise(&[seed]).unwrap().all.zero.unwrap().mean, 8.0 / 32.0);
    }

    #[test]
    fn only_a_layer_that_sees_the_image_is_shown_as_images() {
        let first = |weights: (&str, &[usize], &str), sees_image: bool| {
            let (plan, shapes) = network(&[weights], sees_image);
            let seeds = vec![plan.count(1, &tensors(&shapes, |at| at as f32), true)];
            plan.summarise(&seeds).unwrap().first
        };
        let (dense, conv) =
            (("0.weight", &[4, 6][..], "dense 4"), ("0.weight", &[3, 1, 2, 2][..], "conv 3 2x2"));
        let shape = |first: FirstLayer| (first.is_convolution, first.height, first.width);
        assert_eq!(first(dense, true).map(shape), Some((false, 2, 3)));
        assert_eq!(first(conv, true).map(shape), Some((true, 2, 2)));
        assert!(first(dense, false).is_none());
        let Shown::Grey(shown) = first(dense, true).unwrap().shown else { panic!("one channel") };
        assert_eq!(shown[0], [18.0, 19.0, 20.0, 21.0, 22.0, 23.0]);
        assert!(WeightPlan::new(&[], None).summarise(&[]).is_none());
    }
}
