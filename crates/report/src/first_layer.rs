//! A first layer that sees the image directly: its weights as images, and how rough they are.

use fitroom_stats::Spread;
use fitroom_study::{LayerSpec, ParameterSpec};

/// How many units of a first dense layer are shown.
const SHOWN_UNITS: usize = 24;
/// How many filters of a first convolution are shown: they are small.
const SHOWN_FILTERS: usize = 32;

/// A first layer that sees the image directly.
#[derive(Clone, Debug)]
pub struct FirstLayer {
    /// As written in the study.
    pub layer: String,
    /// Whether it is a convolution.
    pub is_convolution: bool,
    /// Outputs or filters.
    pub units: usize,
    /// Rows of what one unit sees.
    pub height: usize,
    /// Columns of what one unit sees.
    pub width: usize,
    /// Mean |w|.
    pub size: Option<Spread>,
    /// [`roughness`].
    pub roughness: Option<Spread>,
    /// [`roughness`] divided by the mean |w|: a mere shrinking leaves it as it is. Independent
    /// uniform weights, as before training, have 4/3.
    pub relative_roughness: Option<Spread>,
    /// The units of the first seed with the largest L2 norms, largest first, as images: over
    /// several channels, the mean.
    pub shown: Vec<Vec<f32>>,
    /// Which seed that is.
    pub seed: u64,
}

/// What is counted of the first layer in one seed.
pub struct FirstLook {
    size: f64,
    roughness: f64,
    shown: Vec<Vec<f32>>,
}

/// How the first layer's weights are images: `[units, channels, height, width]`.
pub struct View {
    /// The weights' name.
    pub tensor: String,
    layer: String,
    is_convolution: bool,
    units: usize,
    channels: usize,
    height: usize,
    width: usize,
}

impl View {
    /// Of the first of a network's weights, and its layer as written; `None` where other layers
    /// change the image before it. `image` is its channels, rows and columns.
    pub fn new(
        layers: &[LayerSpec],
        weight: &ParameterSpec,
        layer: String,
        image: [usize; 3],
    ) -> Option<Self> {
        // What neither moves nor mixes pixels may stand before it.
        let position = layers.iter().take_while(|layer| layer.keeps_pixels()).count();
        if weight.name != format!("{position}.weight") {
            return None;
        }
        let (is_convolution, [channels, height, width]) = match weight.shape[1..] {
            [channels, height, width] => (true, [channels, height, width]),
            _ => (false, image),
        };
        let (tensor, units) = (weight.name.clone(), weight.shape[0]);
        Some(View { tensor, layer, is_convolution, units, channels, height, width })
    }

    /// Counts one seed's weights, and keeps images of them where they are shown.
    pub fn look(&self, values: &[f32], is_shown: bool) -> FirstLook {
        FirstLook {
            size: values.iter().map(|w| f64::from(w.abs())).sum::<f64>() / values.len() as f64,
            roughness: roughness(values, self.height, self.width),
            shown: if is_shown { self.largest(values) } else { Vec::new() },
        }
    }

    /// All seeds together, of which `seed` is the first; `None` of none.
    pub fn summarise(self, seed: u64, looks: &[&FirstLook]) -> Option<FirstLayer> {
        let over =
            |number: fn(&FirstLook) -> f64| Spread::of(looks.iter().map(|look| number(look)));
        Some(FirstLayer {
            shown: looks.first()?.shown.clone(),
            seed,
            size: over(|look| look.size),
            roughness: over(|look| look.roughness),
            relative_roughness: over(|look| look.roughness / look.size),
            layer: self.layer,
            is_convolution: self.is_convolution,
            units: self.units,
            height: self.height,
            width: self.width,
        })
    }

    /// The units with the largest norms, as images.
    fn largest(&self, values: &[f32]) -> Vec<Vec<f32>> {
        let mut units: Vec<&[f32]> =
            values.chunks(self.channels * self.height * self.width).collect();
        let norm = |unit: &[f32]| unit.iter().map(|w| f64::from(*w) * f64::from(*w)).sum::<f64>();
        units.sort_by(|a, b| norm(b).total_cmp(&norm(a)));
        let shown = if self.is_convolution { SHOWN_FILTERS } else { SHOWN_UNITS };
        let mean = |unit: &[f32]| {
            let pixels = self.height * self.width;
            let channels = || unit.chunks(pixels);
            (0..pixels)
                .map(|at| channels().map(|channel| channel[at]).sum::<f32>() / self.channels as f32)
                .collect()
        };
        units.into_iter().take(shown).map(mean).collect()
    }
}

/// Mean |w(neighbour) − w| over all pairs of pixels that touch horizontally or vertically, in maps
/// of `height` × `width` that follow each other. NaN where no pixel has a neighbour.
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
        // 12 pairs across differ by 0.25, 12 pairs down by nothing.
        let ramp: Vec<f32> = (0..16).map(|at| 0.25 * (at % 4) as f32).collect();
        assert_eq!((roughness(&ramp, 4, 4), relative(&ramp, 4, 4)), (0.125, 0.125 / 0.375));
        let flat = [0.3; 12];
        assert_eq!(roughness(&flat, 3, 4), 0.0);
        // Two maps have no neighbours in each other.
        let two = [[0.0; 4], [9.0; 4]].concat();
        assert_eq!(roughness(&two, 2, 2), 0.0);
        assert!(roughness(&[1.0, 2.0], 1, 1).is_nan());
    }

    #[test]
    fn shrinking_is_not_smoothing() {
        let rough: Vec<f32> = (0..64).map(|at| ((at * 37 % 64) as f32 - 31.5) / 64.0).collect();
        let small: Vec<f32> = rough.iter().map(|w| w / 8.0).collect();
        assert!((roughness(&small, 8, 8) - roughness(&rough, 8, 8) / 8.0).abs() < 1e-9);
        assert!((relative(&small, 8, 8) - relative(&rough, 8, 8)).abs() < 1e-6);
    }

    /// The expectation of |a − b| / |a| of independent uniform weights.
    #[test]
    fn independent_uniform_weights_have_four_thirds() {
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
