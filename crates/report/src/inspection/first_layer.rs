//! The weights of a first layer that gets the image itself, as images, and their roughness.

use fitroom_results::WeightFacts;
use fitroom_stats::Spread;

/// Number of units of a first dense layer that are shown.
const SHOWN_UNITS: usize = 24;
/// Number of filters of a first convolution that are shown. They are small, so there is room for
/// more.
const SHOWN_FILTERS: usize = 32;

/// A first layer that gets the image itself.
#[derive(Clone, Debug)]
pub struct FirstLayer {
    /// The layer as it is written.
    pub layer: String,
    /// Whether it is a convolution.
    pub is_convolution: bool,
    /// Number of outputs or filters.
    pub units: usize,
    /// Rows of the weights of one unit.
    pub height: usize,
    /// Columns of the weights of one unit.
    pub width: usize,
    /// Mean of |w|.
    pub size: Option<Spread>,
    /// See `roughness` in this file.
    pub roughness: Option<Spread>,
    /// `roughness` divided by the mean |w|, so that shrinking all weights does not change it.
    /// Independent uniform weights, as before training, have 4/3.
    pub relative_roughness: Option<Spread>,
    /// The units of the first seed with the largest L2 norms, largest first, as images.
    pub shown: Shown,
    /// The first seed, whose weights are shown.
    pub seed: u64,
}

/// The weights of some units as images, pixel by pixel.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// The mean over channels.
    Grey(Vec<Vec<f32>>),
    /// The weights of red, green and blue.
    Color(Vec<Vec<[f32; 3]>>),
}

impl Shown {
    /// How many units there are.
    pub fn len(&self) -> usize {
        match self {
            Shown::Grey(units) => units.len(),
            Shown::Color(units) => units.len(),
        }
    }

    /// The absolute values of all weights.
    pub fn sizes(&self) -> Vec<f32> {
        match self {
            Shown::Grey(units) => units.iter().flatten().map(|w| w.abs()).collect(),
            Shown::Color(units) => units.iter().flatten().flatten().map(|w| w.abs()).collect(),
        }
    }
}

/// Numbers of the first layer with one seed.
pub struct FirstLayerSums {
    size: f64,
    roughness: f64,
    shown: Option<Shown>,
}

/// The first layer's weights as images: `[units, channels, height, width]`.
pub struct FirstLayerView {
    /// The name of the tensor of weights.
    pub tensor: String,
    layer: String,
    is_convolution: bool,
    units: usize,
    channels: usize,
    height: usize,
    width: usize,
}

impl FirstLayerView {
    /// The view of a network's first weights; `None` if a layer before them changes the image.
    /// `image` is the image's channels, rows and columns.
    pub fn new(weight: &WeightFacts, image: Option<[usize; 3]>) -> Option<Self> {
        if !weight.sees_image {
            return None;
        }
        let (is_convolution, [channels, height, width]) = match weight.shape[1..] {
            [channels, height, width] => (true, [channels, height, width]),
            _ => (false, image?),
        };
        let (tensor, units) = (weight.name.clone(), weight.shape[0]);
        let layer = weight.layer.clone();
        Some(FirstLayerView { tensor, layer, is_convolution, units, channels, height, width })
    }

    /// Computes the numbers of one seed's weights, and keeps images of them if they are shown.
    pub fn sums(&self, values: &[f32], is_shown: bool) -> FirstLayerSums {
        FirstLayerSums {
            size: values.iter().map(|w| f64::from(w.abs())).sum::<f64>() / values.len() as f64,
            roughness: roughness(values, self.height, self.width),
            shown: is_shown.then(|| self.largest(values)),
        }
    }

    /// Summarises all seeds, the first of which is `seed`; `None` without seeds.
    pub fn summarise(self, seed: u64, sums: &[&FirstLayerSums]) -> Option<FirstLayer> {
        let over =
            |number: fn(&FirstLayerSums) -> f64| Spread::of(sums.iter().map(|sums| number(sums)));
        Some(FirstLayer {
            shown: sums.first()?.shown.clone()?,
            seed,
            size: over(|sums| sums.size),
            roughness: over(|sums| sums.roughness),
            relative_roughness: over(|sums| sums.roughness / sums.size),
            layer: self.layer,
            is_convolution: self.is_convolution,
            units: self.units,
            height: self.height,
            width: self.width,
        })
    }

    /// The units with the largest norms, as images.
    fn largest(&self, values: &[f32]) -> Shown {
        let mut units: Vec<&[f32]> =
            values.chunks(self.channels * self.height * self.width).collect();
        let norm = |unit: &[f32]| unit.iter().map(|w| f64::from(*w) * f64::from(*w)).sum::<f64>();
        units.sort_by(|a, b| norm(b).total_cmp(&norm(a)));
        let shown = if self.is_convolution { SHOWN_FILTERS } else { SHOWN_UNITS };
        units.truncate(shown);
        let pixels = self.height * self.width;
        if self.channels == 3 {
            let color = |unit: &[f32]| {
                (0..pixels).map(|at| [0, 1, 2].map(|channel| unit[channel * pixels + at])).collect()
            };
            return Shown::Color(units.into_iter().map(color).collect());
        }
        let mean = |unit: &[f32]| {
            let channels = || unit.chunks(pixels);
            (0..pixels)
                .map(|at| channels().map(|channel| channel[at]).sum::<f32>() / self.channels as f32)
                .collect()
        };
        Shown::Grey(units.into_iter().map(mean).collect())
    }
}

/// Mean |w(neighbour) − w| over all pairs of pixels that touch horizontally or vertically. `maps`
/// holds maps of `height` × `width`, one after the other. NaN if no pixel has a neighbour.
pub fn roughness(maps: &[f32], height: usize, width: usize) -> f64 {
    let (mut sum, mut pairs) = (0.0, 0_usize);
    let mut add = |a: &[f32], b: &[f32]| {
        sum += a.iter().zip(b).map(|(a, b)| f64::from((a - b).abs())).sum::<f64>();
        pairs += a.len();
    };
    for map in maps.chunks(height * width) {
        map.chunks(width).for_each(|row| add(&row[1..], &row[..row.len() - 1]));
        add(&map[width..], &map[..map.len() - width]);
    }
    sum / pairs as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relative(map: &[f32], height: usize, width: usize) -> f64 {
        roughness(map, height, width)
            / (map.iter().map(|w| f64::from(w.abs())).sum::<f64>() / map.len() as f64)
    }

    #[test]
    fn a_checkerboard_is_rough_and_a_ramp_is_smooth() {
        let checkerboard: Vec<f32> =
            (0..16).map(|at| if (at / 4 + at % 4) % 2 == 0 { 0.5 } else { -0.5 }).collect();
        assert_eq!((roughness(&checkerboard, 4, 4), relative(&checkerboard, 4, 4)), (1.0, 2.0));
        // 12 horizontal pairs differ by 0.25, and 12 vertical pairs do not differ.
        let ramp: Vec<f32> = (0..16).map(|at| 0.25 * (at % 4) as f32).collect();
        assert_eq!((roughness(&ramp, 4, 4), relative(&ramp, 4, 4)), (0.125, 0.125 / 0.375));
        let flat = [0.3; 12];
        assert_eq!(roughness(&flat, 3, 4), 0.0);
        // Pixels of different maps are not neighbours.
        let two = [[0.0; 4], [9.0; 4]].concat();
        assert_eq!(roughness(&two, 2, 2), 0.0);
        assert!(roughness(&[1.0, 2.0], 1, 1).is_nan());
    }

    #[test]
    fn shrinking_all_weights_keeps_relative_roughness() {
        let rough: Vec<f32> = (0..64).map(|at| ((at * 37 % 64) as f32 - 31.5) / 64.0).collect();
        let small: Vec<f32> = rough.iter().map(|w| w / 8.0).collect();
        assert!((roughness(&small, 8, 8) - roughness(&rough, 8, 8) / 8.0).abs() < 1e-9);
        assert!((relative(&small, 8, 8) - relative(&rough, 8, 8)).abs() < 1e-6);
    }

    #[test]
    fn colour_images_have_colour_filters() {
        let view = |channels| FirstLayerView {
            tensor: "0.weight".into(),
            layer: "conv 2 1x2".into(),
            is_convolution: true,
            units: 2,
            channels,
            height: 1,
            width: 2,
        };
        let values = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let color = view(3).largest(&values);
        let expected =
            vec![vec![[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]], vec![[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]]];
        assert_eq!((color.len(), color.sizes().len()), (2, 12));
        assert_eq!(color, Shown::Color(expected));
        let grey = view(2).largest(&values[4..]);
        assert_eq!(grey, Shown::Grey(vec![vec![4.0, 5.0], vec![0.75, 1.3]]));
    }

    /// The expectation of |a − b| / |a| of independent uniform weights.
    #[test]
    fn independent_uniform_weights_have_a_relative_roughness_of_four_thirds() {
        let mut state = 1_u32;
        let mut uniform = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        let weights: Vec<f32> = (0..100 * 784).map(|_| uniform()).collect();
        let relative = relative(&weights, 28, 28);
        assert!((relative - 4.0 / 3.0).abs() < 0.02, "{relative}");
    }
}
