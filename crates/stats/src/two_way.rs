//! The mean difference of test accuracy, with an interval that holds both seeds and test images.
//!
//! Other seeds would give other networks, and other test images other accuracies. A t interval over
//! seeds knows of the seeds alone: more seeds make it narrower, however few images there are. Here
//! the table of seeds × images is a two-way crossed random-effects model with one observation a
//! cell (Searle, Casella and McCulloch 1992, *Variance Components*; Owen 2007, *The pigeonhole
//! bootstrap*).

use statrs::distribution::{ContinuousCDF, StudentsT};

/// A table of one comparison, added seed by seed: for each test image, whether the candidate was
/// right (1 or 0, or the probability of it) minus whether the baseline was. It keeps one sum per
/// image and one per seed.
#[derive(Clone, Debug)]
pub struct SeedsByImages {
    /// For each image the sum over seeds.
    images: Vec<f64>,
    /// For each seed the sum over images.
    seeds: Vec<f64>,
    /// The sum of squares of all cells.
    squares: f64,
}

/// A mean over seeds and images, as a fraction, with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoWayMean {
    /// The mean of all cells: the difference of test accuracy.
    pub mean: f64,
    /// The standard error of `mean`, from seeds and images together.
    pub error: f64,
    /// Satterthwaite's degrees of freedom of `error`.
    pub freedom: f64,
    /// The 95% t interval, mean ± t₀.₉₇₅(freedom) · error.
    pub interval: (f64, f64),
}

impl SeedsByImages {
    /// A table without seeds.
    pub fn new(images: usize) -> Self {
        SeedsByImages { images: vec![0.0; images], seeds: Vec::new(), squares: 0.0 }
    }

    /// Adds the row of one seed.
    ///
    /// # Panics
    /// If `differences` are not as many as the table's images.
    pub fn add(&mut self, differences: &[f64]) {
        assert_eq!(differences.len(), self.images.len(), "one difference an image");
        let (mut sum, mut squares) = (0.0, 0.0);
        for (image, &difference) in self.images.iter_mut().zip(differences) {
            *image += difference;
            sum += difference;
            squares += difference * difference;
        }
        self.seeds.push(sum);
        self.squares += squares;
    }

    /// The mean of all cells with its interval. `None` without seeds, without images, and for a
    /// single cell.
    ///
    /// With I seeds, J images and the mean squares MS of seeds, of images and of the residual, the
    /// variance of the mean is (MS_seeds + MS_images − MS_residual) / (I·J). This is
    /// s²_seeds/I + s²_images/J − MS_residual/(I·J) for the variances s² of the seeds' and of the
    /// images' means; both of the first terms hold the residual, so that it is subtracted once. The
    /// variance is never less than either of the first two terms alone: a component of variance
    /// can't be negative, though chance may make its estimate so. With one seed it is that of
    /// the images alone, and with one image that of the seeds alone.
    ///
    /// Satterthwaite's degrees of freedom are those of a χ² distribution with the same variance:
    /// (Σ MS)² / Σ(MS²/ν), with signs in the first sum.
    pub fn mean(&self) -> Option<TwoWayMean> {
        let (rows, columns) = (self.seeds.len() as f64, self.images.len() as f64);
        let cells = rows * columns;
        let total: f64 = self.seeds.iter().sum();
        let mean = total / cells;
        let of_seeds = self.seeds.iter().map(|&sum| (sum / columns - mean).powi(2));
        let of_images = self.images.iter().map(|&sum| (sum / rows - mean).powi(2));
        let (of_seeds, of_images) =
            (columns * of_seeds.sum::<f64>(), rows * of_images.sum::<f64>());
        // Rounding may leave a little less than nothing.
        let residual = (self.squares - cells * mean * mean - of_seeds - of_images).max(0.0);
        let seeds = MeanSquare::new(of_seeds, rows - 1.0);
        let images = MeanSquare::new(of_images, columns - 1.0);
        let residual = MeanSquare::new(residual, (rows - 1.0) * (columns - 1.0));
        let (variance, freedom) = match (seeds, images) {
            _ if cells == 0.0 => return None,
            (None, None) => return None,
            (Some(one), None) | (None, Some(one)) => (one.value, one.freedom),
            (Some(seeds), Some(images)) => combined(seeds, images, residual?),
        };
        let error = (variance / cells).sqrt();
        let half = StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(0.975) * error;
        Some(TwoWayMean { mean, error, freedom, interval: (mean - half, mean + half) })
    }
}

/// A sum of squares over its degrees of freedom.
#[derive(Clone, Copy)]
struct MeanSquare {
    value: f64,
    freedom: f64,
}

impl MeanSquare {
    fn new(squares: f64, freedom: f64) -> Option<Self> {
        (freedom > 0.0).then(|| MeanSquare { value: squares / freedom, freedom })
    }
}

/// The variance of a cell's share in the mean, and its degrees of freedom.
fn combined(seeds: MeanSquare, images: MeanSquare, residual: MeanSquare) -> (f64, f64) {
    let sum = seeds.value + images.value - residual.value;
    let larger = if seeds.value > images.value { seeds } else { images };
    if sum <= larger.value {
        return (larger.value, larger.freedom);
    }
    let squares = [seeds, images, residual].map(|of| of.value * of.value / of.freedom);
    (sum, sum * sum / squares.iter().sum::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[&[i8]]) -> SeedsByImages {
        let mut table = SeedsByImages::new(rows.first().map_or(0, |row| row.len()));
        for row in rows {
            table.add(&row.iter().map(|&cell| f64::from(cell)).collect::<Vec<_>>());
        }
        table
    }

    #[test]
    fn too_few_cells_have_no_interval() {
        assert_eq!(table(&[]).mean(), None);
        assert_eq!(SeedsByImages::new(5).mean(), None);
        assert_eq!(table(&[&[], &[]]).mean(), None);
        assert_eq!(table(&[&[1]]).mean(), None);
    }

    #[test]
    fn one_seed_has_the_images_alone_and_one_image_the_seeds_alone() {
        let images = table(&[&[1, 0, 0, -1, 1]]).mean().unwrap();
        let seeds = table(&[&[1], &[0], &[0], &[-1], &[1]]).mean().unwrap();
        assert_eq!(images, seeds);
        // numpy: `numpy.std([1, 0, 0, -1, 1], ddof=1) / numpy.sqrt(5)`.
        assert!((images.error - 0.37416573867739417).abs() < 1e-12);
        assert_eq!(images.freedom, 4.0);
    }

    #[test]
    fn equal_networks_have_an_interval_of_zero_width() {
        let equal = table(&[&[0; 7], &[0; 7]]).mean().unwrap();
        assert_eq!((equal.mean, equal.interval), (0.0, (0.0, 0.0)));
    }
}
