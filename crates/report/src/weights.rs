//! What weights look like as numbers: how many are near zero, and their norms.

use fitroom_stats::Spread;
use fitroom_study::{Architecture, NetworkPlan, Tensor};

use crate::first_layer::{FirstLayer, FirstLook, View};

/// A weight below this, in absolute value, is near zero.
pub const NEAR_ZERO: f32 = 0.001;

/// A weight is relatively near zero below this part of 1/√fan_in, the bound within which its
/// layer's initial weights are drawn: so that before training this part of every layer is.
pub const RELATIVELY_NEAR_ZERO: f32 = 0.01;

/// One layer's weights, or all of a network's, over its seeds. Neither biases nor batch
/// normalisation's parameters are counted.
#[derive(Clone, Debug)]
pub struct LayerWeights {
    /// As written in the study; empty of a whole network.
    pub layer: String,
    /// How many.
    pub count: usize,
    /// Outputs or filters.
    pub units: usize,
    /// Units all of whose weights are below [`NEAR_ZERO`]: they see nothing any more.
    pub blind_units: Option<Spread>,
    /// Share of exact zeros.
    pub zero: Option<Spread>,
    /// Share below [`NEAR_ZERO`], 0 to 1.
    pub near_zero: Option<Spread>,
    /// The same before training, expected: initial weights are uniform.
    pub near_zero_at_first: f64,
    /// Share below [`RELATIVELY_NEAR_ZERO`] of the layer's initial bound, 0 to 1.
    pub relatively_near_zero: Option<Spread>,
    /// Σ|w|.
    pub l1: Option<Spread>,
    /// √Σw².
    pub l2: Option<Spread>,
}

/// A network's weights over its seeds.
#[derive(Clone, Debug)]
pub struct NetworkWeights {
    /// Dense layers and convolutions, in order.
    pub layers: Vec<LayerWeights>,
    /// All of them together.
    pub all: LayerWeights,
    /// Where there is one.
    pub first: Option<FirstLayer>,
}

/// One tensor's, or several ones', numbers in one seed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sums {
    zero: u64,
    near_zero: u64,
    relatively_near_zero: u64,
    blind_units: u64,
    absolutes: f64,
    squares: f64,
}

impl Sums {
    fn of(weights: &[f32], fan_in: usize) -> Self {
        let relative = RELATIVELY_NEAR_ZERO / (fan_in as f32).sqrt();
        let mut sums = Sums::default();
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

    fn plus(self, other: Sums) -> Self {
        Sums {
            zero: self.zero + other.zero,
            near_zero: self.near_zero + other.near_zero,
            relatively_near_zero: self.relatively_near_zero + other.relatively_near_zero,
            blind_units: self.blind_units + other.blind_units,
            absolutes: self.absolutes + other.absolutes,
            squares: self.squares + other.squares,
        }
    }
}

/// What is counted of a network in one seed, so that its weights need not stay in memory.
pub struct SeedWeights {
    seed: u64,
    layers: Vec<Sums>,
    first: Option<FirstLook>,
}

/// Which of a network's tensors are weights, and how its first layer sees the image.
pub struct WeightPlan {
    layers: Vec<LayerPlan>,
    first: Option<View>,
}

/// A tensor of weights.
struct LayerPlan {
    tensor: String,
    /// As written in the study.
    layer: String,
    /// Weights.
    count: usize,
    /// Weights of a unit.
    fan_in: usize,
}

impl WeightPlan {
    /// Of a network on images of these channels, rows and columns.
    pub fn new(plan: &NetworkPlan, architecture: &Architecture, image: [usize; 3]) -> Self {
        let written = |tensor: &str| {
            let position =
                tensor.split('.').next().and_then(|position| position.parse::<usize>().ok());
            let layer = position.and_then(|position| plan.layers.get(position));
            // The last one is implied.
            layer.map_or_else(|| format!("dense {}", architecture.classes()), ToString::to_string)
        };
        let weights: Vec<_> =
            architecture.parameters().into_iter().filter(|parameter| parameter.is_weight).collect();
        let first = weights
            .first()
            .and_then(|weight| View::new(&plan.layers, weight, written(&weight.name), image));
        let layers = weights.into_iter().map(|weight| LayerPlan {
            layer: written(&weight.name),
            count: weight.shape.iter().product(),
            fan_in: weight.shape[1..].iter().product(),
            tensor: weight.name,
        });
        WeightPlan { layers: layers.collect(), first }
    }

    /// Counts one seed's weights, which are the plan's; where `is_shown`, their images are kept
    /// too.
    pub fn count(&self, seed: u64, tensors: &[Tensor], is_shown: bool) -> SeedWeights {
        let values = |name: &str| {
            let tensor = tensors.iter().find(|tensor| tensor.name == name);
            tensor.map_or(&[][..], |tensor| &tensor.values)
        };
        let layers =
            self.layers.iter().map(|layer| Sums::of(values(&layer.tensor), layer.fan_in)).collect();
        let first = self.first.as_ref().map(|view| view.look(values(&view.tensor), is_shown));
        SeedWeights { seed, layers, first }
    }

    /// All seeds together, the first one's images shown; `None` of none.
    pub fn summarise(self, seeds: &[SeedWeights]) -> Option<NetworkWeights> {
        let shown = seeds.first()?.seed;
        let looks: Vec<&FirstLook> = seeds.iter().filter_map(|seed| seed.first.as_ref()).collect();
        let first = self.first.and_then(|view| view.summarise(shown, &looks));
        let layer = |layer: &str, parts: &[(usize, usize)], sums: Vec<Sums>| {
            let count: usize = parts.iter().map(|(count, _)| count).sum();
            let at_first = |&(count, fan_in): &(usize, usize)| {
                count as f64 * (f64::from(NEAR_ZERO) * (fan_in as f64).sqrt()).min(1.0)
            };
            let over = |number: &dyn Fn(&Sums) -> f64| Spread::of(sums.iter().map(number));
            LayerWeights {
                layer: layer.to_owned(),
                count,
                units: parts.iter().map(|(count, fan_in)| count / fan_in).sum(),
                blind_units: over(&|sums| sums.blind_units as f64),
                zero: over(&|sums| sums.zero as f64 / count as f64),
                near_zero: over(&|sums| sums.near_zero as f64 / count as f64),
                near_zero_at_first: parts.iter().map(at_first).sum::<f64>() / count as f64,
                relatively_near_zero: over(&|sums| sums.relatively_near_zero as f64 / count as f64),
                l1: over(&|sums| sums.absolutes),
                l2: over(&|sums| sums.squares.sqrt()),
            }
        };
        let parts: Vec<(usize, usize)> =
            self.layers.iter().map(|layer| (layer.count, layer.fan_in)).collect();
        let whole = |seed: &SeedWeights| {
            seed.layers.iter().fold(Sums::default(), |all, sums| all.plus(*sums))
        };
        let layers = self.layers.iter().enumerate().map(|(index, plan)| {
            layer(
                &plan.layer,
                &parts[index..=index],
                seeds.iter().map(|seed| seed.layers[index]).collect(),
            )
        });
        Some(NetworkWeights {
            layers: layers.collect(),
            all: layer("", &parts, seeds.iter().map(whole).collect()),
            first,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fitroom_study::Shape;

    fn network(layers: &str) -> (WeightPlan, Vec<(String, Vec<usize>)>) {
        let text = format!("name = \"t\"\n[[network]]\nname = \"n\"\nlayers = \"{layers}\"\n");
        let study = fitroom_study::Study::parse(&text, "t.toml").unwrap();
        let plan = &study.networks[0];
        let architecture =
            plan.architecture(Shape::Image { channels: 1, height: 2, width: 3 }, 2).unwrap();
        let shapes = architecture
            .parameters()
            .into_iter()
            .map(|parameter| (parameter.name, parameter.shape))
            .collect();
        (WeightPlan::new(plan, &architecture, [1, 2, 3]), shapes)
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
        let (plan, shapes) = network("dense 4, batchnorm, relu");
        let mut first = tensors(&shapes, |_| 0.5);
        // A bias of 0 changes nothing; a weight of just below a thousandth does, one of exactly a
        // thousandth does not.
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
        assert_eq!(first.shown[0], [0.5; 6]);
        assert_eq!(first.shown[3][..3], [0.000_99, -0.000_99, 0.001]);
    }

    #[test]
    fn a_unit_is_blind_when_all_its_weights_are_near_zero() {
        let (plan, shapes) = network("dense 4");
        // Units have six weights; of the first, one is left.
        let values = |at: usize| if at == 3 || at >= 18 { 0.1 } else { -0.000_5 };
        let seed = plan.count(1, &tensors(&shapes, values), true);
        let weights = plan.summarise(&[seed]).unwrap();
        let blind = |layer: &LayerWeights| (layer.blind_units.unwrap().mean, layer.units);
        assert_eq!(
            [blind(&weights.layers[0]), blind(&weights.layers[1]), blind(&weights.all)],
            [(2.0, 4), (1.0, 2), (3.0, 6)]
        );
        assert_eq!(weights.all.zero.unwrap().mean, 0.0);
        let (plan, shapes) = network("dense 4");
        let seed = plan.count(1, &tensors(&shapes, |at| if at < 4 { 0.0 } else { 1e-30 }), false);
        // Four of each of the two tensors.
        assert_eq!(plan.summarise(&[seed]).unwrap().all.zero.unwrap().mean, 8.0 / 32.0);
    }

    #[test]
    fn only_a_layer_that_sees_the_image_is_shown_as_images() {
        let first = |layers: &str| {
            let (plan, shapes) = network(layers);
            let seeds = vec![plan.count(1, &tensors(&shapes, |at| at as f32), true)];
            plan.summarise(&seeds).unwrap().first
        };
        let shape = |layers: &str| {
            first(layers).map(|first| (first.is_convolution, first.height, first.width))
        };
        assert_eq!(shape("dense 4, relu"), Some((false, 2, 3)));
        assert_eq!(shape("flatten, dropout 0.2, dense 4"), Some((false, 2, 3)));
        assert_eq!(shape(""), Some((false, 2, 3)));
        assert_eq!(shape("conv 3 2x2, flatten, dense 4"), Some((true, 2, 2)));
        assert_eq!(shape("batchnorm, flatten, dense 4"), None);
        assert_eq!(shape("avgpool 2x2 stride 1, flatten, dense 4"), None);
        assert_eq!(first("dense 4").unwrap().shown[0], [18.0, 19.0, 20.0, 21.0, 22.0, 23.0]);
        assert!(network("dense 4").0.summarise(&[]).is_none());
    }
}
