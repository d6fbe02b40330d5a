//! The first layer's weights as images.

use crate::figure::{Figure, WIDTH};
use crate::inspection::{FirstLayer, Shown};
use crate::plot::{Anchor, Color, Mark, Raster, Scene, diverging};
use crate::summary::NetworkSummary;

/// The largest side of one unit's image.
const IMAGE_SIDE: f64 = 84.0;
/// The largest side of a filter's image, which has few pixels.
const FILTER_SIDE: f64 = 48.0;
/// Height above the images, for the colour scale.
const HEAD: f64 = 34.0;
/// Width and height of the colour scale.
const KEY: (f64, f64) = (160.0, 12.0);
/// The weight at this quantile of the absolute values has the darkest colour, and so do all larger
/// ones. Otherwise a few large weights would leave the others pale.
const SHOWN_RANGE: f64 = 0.995;

/// Units side by side on one colour scale. The scale is drawn above them.
pub fn weight_figure(network: &NetworkSummary, first: &FirstLayer) -> Figure {
    let side = if first.is_convolution { FILTER_SIDE } else { IMAGE_SIDE };
    let longest = first.width.max(first.height) as f64;
    let size = (side * first.width as f64 / longest, side * first.height as f64 / longest);
    let gap = if first.is_convolution { 8.0 } else { 2.9 };
    let in_a_row = ((WIDTH + gap) / (size.0 + gap)).floor().max(1.0) as usize;
    let rows = first.shown.len().div_ceil(in_a_row);
    let mut scene = Scene::new(WIDTH, HEAD + rows as f64 * (size.1 + gap));
    let most = range(first);
    key(&mut scene, most, matches!(first.shown, Shown::Color(_)));
    let share = |w: f32| if most > 0.0 { f64::from(w) / most } else { 0.0 };
    let rasters: Vec<Raster> = match &first.shown {
        Shown::Grey(units) => {
            let color = |&w: &f32| diverging(share(w));
            let raster =
                |unit: &Vec<f32>| Raster::new(first.width, unit.iter().map(color).collect());
            units.iter().map(raster).collect()
        }
        Shown::Color(units) => {
            let color = |pixel: &[f32; 3]| pixel.map(|w| around_grey(share(w)));
            let raster =
                |unit: &Vec<[f32; 3]>| Raster::new(first.width, unit.iter().map(color).collect());
            units.iter().map(raster).collect()
        }
    };
    for (index, raster) in rasters.into_iter().enumerate() {
        let (row, column) = ((index / in_a_row) as f64, (index % in_a_row) as f64);
        let at = (column * (size.0 + gap), HEAD + row * (size.1 + gap));
        scene.marks.push(Mark::Raster { at, size, raster });
    }
    let label = format!(
        "Weights of {} of {} units of the first layer of {}, {}, as images of {} × {} pixels, between {} and {}.",
        first.shown.len(),
        first.units,
        network.facts.name,
        first.layer,
        first.height,
        first.width,
        number(-most),
        number(most)
    );
    Figure { slug: format!("{}_weights", network.slug), label, scene }
}

/// The smallest weight that has the darkest colour.
fn range(first: &FirstLayer) -> f64 {
    let mut sizes = first.shown.sizes();
    sizes.sort_by(f32::total_cmp);
    let at = (SHOWN_RANGE * sizes.len() as f64) as usize;
    sizes.get(at.min(sizes.len().saturating_sub(1))).map_or(0.0, |&size| f64::from(size))
}

/// A channel of a colour: grey for a weight of 0, the more light the larger the weight. `share` is
/// the weight as a share of the largest that is shown.
fn around_grey(share: f64) -> u8 {
    (127.5 + 127.5 * share.clamp(-1.0, 1.0)).round() as u8
}

/// The scale of weights. With `in_color`, it is that of each of red, green and blue.
fn key(scene: &mut Scene, most: f64, in_color: bool) {
    const STEPS: usize = 80;
    let colors = (0..STEPS).map(|step| {
        let share = (2 * step) as f64 / (STEPS - 1) as f64 - 1.0;
        if in_color { [around_grey(share); 3] } else { diverging(share) }
    });
    let negative = format!("{} and below", number(-most));
    let left = crate::plot::text_width(&negative) + 18.0;
    scene.label((0.0, 14.0), Anchor::Start, Color::Muted, negative);
    scene.marks.push(Mark::Raster {
        at: (left, 4.0),
        size: KEY,
        raster: Raster::new(STEPS, colors.collect()),
    });
    scene.label(
        (left + KEY.0 + 10.0, 14.0),
        Anchor::Start,
        Color::Muted,
        format!(
            "{} and above; {}",
            number(most),
            if in_color {
                "grey: 0; red, green and blue each by its own weight"
            } else {
                "white: 0"
            }
        ),
    );
}

/// A number with two digits and a proper minus sign.
fn number(x: f64) -> String {
    let digits =
        if x == 0.0 { 2 } else { (1 - x.abs().log10().floor() as i32).clamp(0, 9) as usize };
    format!("{x:.digits$}").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};
    use crate::summary::Summary;
    use fitroom_stats::DEFAULT_MARGIN;

    fn first(shown: Vec<Vec<f32>>, side: usize, is_convolution: bool) -> FirstLayer {
        FirstLayer {
            layer: "dense 128".into(),
            is_convolution,
            units: 128,
            height: side,
            width: side,
            size: None,
            roughness: None,
            relative_roughness: None,
            shown: Shown::Grey(shown),
            seed: 1,
        }
    }

    fn figure(first: &FirstLayer) -> Figure {
        let results = Fixture::new(1).with(Plan::new("a")).results();
        weight_figure(&Summary::new(&results, DEFAULT_MARGIN).networks[0], first)
    }

    fn rasters(figure: &Figure) -> Vec<((f64, f64), Raster)> {
        let raster = |mark: &Mark| {
            if let Mark::Raster { at, raster, .. } = mark {
                Some((*at, raster.clone()))
            } else {
                None
            }
        };
        figure.scene.marks.iter().filter_map(raster).collect()
    }

    #[test]
    fn units_have_one_scale_and_colours_by_sign() {
        let figure = figure(&first(vec![vec![0.5, 0.0, 0.0, -0.25], vec![0.0; 4]], 2, false));
        assert_eq!(figure.slug, "a_weights");
        assert!(
            figure.label.contains("2 of 128 units")
                && figure.label.contains("between −0.50 and 0.50"),
            "{}",
            figure.label
        );
        let rasters = rasters(&figure);
        let expected = [0.0, 0.0, 1.0, 0.0, 0.0, -0.5].map(diverging);
        assert_eq!(rasters[1].1.pixels(), [expected[2], expected[0], expected[0], expected[5]]);
        assert_eq!(rasters[2].1.pixels(), [expected[0]; 4]);
        // The colour scale goes from one end to the other.
        assert_eq!(rasters[0].1.pixels()[0], diverging(-1.0));
        assert_eq!(*rasters[0].1.pixels().last().unwrap(), diverging(1.0));
    }

    #[test]
    fn filters_of_colour_images_are_in_colour() {
        let mut first = first(Vec::new(), 1, true);
        first.shown = Shown::Color(vec![vec![[0.5, 0.0, -0.5]], vec![[0.0; 3]]]);
        let rasters = rasters(&figure(&first));
        assert_eq!(rasters[1].1.pixels(), [[255, 128, 0]]);
        assert_eq!(rasters[2].1.pixels(), [[128; 3]]);
        assert_eq!(rasters[0].1.pixels()[0], [0; 3], "the scale begins at black");
    }

    #[test]
    fn images_fill_rows_inside_the_figure() {
        for (side, is_convolution, in_a_row) in [(28, false, 12), (3, true, 18)] {
            let figure = figure(&first(vec![vec![0.1; side * side]; 24], side, is_convolution));
            let rasters = rasters(&figure);
            let first_row = rasters[1..].iter().filter(|(at, _)| at.1 == HEAD).count();
            assert_eq!((rasters.len(), first_row), (25, in_a_row));
            assert!(rasters.iter().all(|(at, _)| at.0 < WIDTH && at.1 < figure.scene.height));
        }
    }

    #[test]
    fn numbers_have_two_digits() {
        assert_eq!([0.0312, -0.5, 12.3, 0.0].map(number), ["0.031", "−0.50", "12", "0.00"]);
        let nothing = first(vec![vec![0.0; 4]], 2, false);
        assert_eq!(range(&nothing), 0.0);
        assert_eq!(rasters(&figure(&nothing))[1].1.pixels(), [diverging(0.0); 4]);
    }
}
