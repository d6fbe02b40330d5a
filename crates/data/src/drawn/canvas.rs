//! Draws polygons with smooth edges in a random pose on a black square.

use super::random::Random;

/// Rows and columns of an image.
pub(super) const SIDE: usize = 28;

/// Horizontal lines through each row of pixels. A pixel's covered share is the mean over them.
const CUTS: usize = 4;

/// A point of a drawing: x from -0.5 (left) to 0.5, y from 0 (top) to 1.
pub(super) type Point = (f32, f32);

/// What a polygon is filled with: the brightness at each pixel, from 0 to 1.
pub(super) trait Paint {
    fn at(&self, x: f32, y: f32) -> f32;
}

/// The same brightness everywhere.
impl Paint for f32 {
    fn at(&self, _: f32, _: f32) -> f32 {
        *self
    }
}

impl<F: Fn(f32, f32) -> f32> Paint for F {
    fn at(&self, x: f32, y: f32) -> f32 {
        self(x, y)
    }
}

pub(super) struct Canvas {
    brightness: [f32; SIDE * SIDE],
    covered: [f32; SIDE * SIDE],
    pose: Pose,
}

/// The affine map from a drawing's points to pixels.
struct Pose {
    /// x' and y' as (factor of x, factor of y, shift), in pixels.
    rows: [(f32, f32, f32); 2],
}

impl Pose {
    fn random(random: &mut Random) -> Self {
        // `t` is the tangent of half the angle, from which sine and cosine follow by division. The
        // angle is about ±7 degrees at most.
        let t = random.normal(0.0, 0.017);
        let (cos, sin) = ((1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t));
        let shear = random.normal(0.0, 0.03);
        let (wide, high) = (random.normal(0.93, 0.045), random.normal(0.93, 0.035));
        let (right, down) = (random.normal(0.0, 0.027), random.normal(0.0, 0.027));
        let side = SIDE as f32;
        let (xx, xy) = (cos * wide, (shear - sin) * high);
        let (yx, yy) = (sin * wide, cos * high);
        // Points rotate around the middle, (0, 0.5).
        let shift_x = 0.5 + right - xy * 0.5;
        let shift_y = 0.5 + down - yy * 0.5;
        Pose {
            rows: [(xx * side, xy * side, shift_x * side), (yx * side, yy * side, shift_y * side)],
        }
    }

    fn place(&self, (x, y): Point) -> Point {
        let [horizontal, vertical] = self.rows;
        (
            horizontal.0 * x + horizontal.1 * y + horizontal.2,
            vertical.0 * x + vertical.1 * y + vertical.2,
        )
    }
}

impl Canvas {
    pub(super) fn new(random: &mut Random) -> Self {
        Canvas {
            brightness: [0.0; SIDE * SIDE],
            covered: [0.0; SIDE * SIDE],
            pose: Pose::random(random),
        }
    }

    /// Fills a polygon. The paint gets coordinates of pixels (0 to [`SIDE`]), so that patterns do
    /// not move with the pose.
    pub(super) fn fill(&mut self, polygon: &[Point], paint: impl Paint) {
        self.blend(polygon, 1.0, paint);
    }

    /// Fills with `opacity` from 0 (nothing) to 1.
    pub(super) fn blend(&mut self, polygon: &[Point], opacity: f32, paint: impl Paint) {
        self.cover(polygon, |pixel, covered, share, x, y| {
            let share = share * opacity;
            *pixel += (paint.at(x, y) - *pixel) * share;
            *covered += (1.0 - *covered) * share;
        });
    }

    /// Multiplies the brightness within a polygon by `factor`.
    pub(super) fn shade(&mut self, polygon: &[Point], factor: f32) {
        self.cover(polygon, |pixel, _, share, _, _| *pixel *= 1.0 + (factor - 1.0) * share);
    }

    /// Erases a polygon.
    pub(super) fn cut(&mut self, polygon: &[Point]) {
        self.cover(polygon, |pixel, covered, share, _, _| {
            *pixel -= *pixel * share;
            *covered -= *covered * share;
        });
    }

    /// Calls `mix` for each pixel that the polygon touches, with the pixel's brightness and
    /// coverage, the share of it that is inside the polygon, and its column and row.
    fn cover(&mut self, polygon: &[Point], mix: impl Fn(&mut f32, &mut f32, f32, f32, f32)) {
        let points: Vec<Point> = polygon.iter().map(|&point| self.pose.place(point)).collect();
        let (top, bottom) =
            points.iter().fold((f32::MAX, f32::MIN), |(t, b), p| (t.min(p.1), b.max(p.1)));
        let (first, end) = (top.max(0.0) as usize, (bottom.max(0.0) as usize + 1).min(SIDE));
        let mut crossings = Vec::new();
        for row in first..end {
            let mut shares = [0.0; SIDE];
            for cut in 0..CUTS {
                let y = row as f32 + (cut as f32 + 0.5) / CUTS as f32;
                crossings.clear();
                for (i, &a) in points.iter().enumerate() {
                    let b = points[(i + 1) % points.len()];
                    if (a.1 <= y) != (b.1 <= y) {
                        crossings.push(a.0 + (b.0 - a.0) * ((y - a.1) / (b.1 - a.1)));
                    }
                }
                crossings.sort_unstable_by(f32::total_cmp);
                for pair in crossings.chunks_exact(2) {
                    add_span(&mut shares, pair[0], pair[1]);
                }
            }
            for (column, &share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
                let at = row * SIDE + column;
                mix(
                    &mut self.brightness[at],
                    &mut self.covered[at],
                    share,
                    column as f32,
                    row as f32,
                );
            }
        }
    }

    /// Adds folds and noise, and rounds to bytes.
    pub(super) fn finish(&self, random: &mut Random, image: &mut [u8]) {
        let folds = Folds::random(random);
        let grain = random.within(0.01, 0.09);
        for (y, row) in image.chunks_exact_mut(SIDE).enumerate() {
            let light = folds.row(y);
            let mut noise = [0; 4];
            for (x, pixel) in row.iter_mut().enumerate() {
                if x % 4 == 0 {
                    noise = random.bytes();
                }
                let at = y * SIDE + x;
                if self.covered[at] == 0.0 {
                    *pixel = 0;
                    continue;
                }
                let speck = (f32::from(noise[x % 4]) - 127.5) / 127.5;
                let light = Folds::at(&light, x) + grain * speck;
                let value = self.brightness[at] * (1.0 + light) * self.covered[at];
                *pixel = (value * 255.0 + 0.5).clamp(0.0, 255.0) as u8;
            }
        }
    }
}

/// Adds the share of each pixel of a row that lies between two points of a cut.
fn add_span(shares: &mut [f32; SIDE], from: f32, to: f32) {
    const WHOLE: f32 = 1.0 / CUTS as f32;
    let (from, to) = (from.clamp(0.0, SIDE as f32), to.clamp(0.0, SIDE as f32));
    let (first, last) = ((from as usize).min(SIDE - 1), (to as usize).min(SIDE - 1));
    if first == last {
        shares[first] += (to - from) * WHOLE;
        return;
    }
    shares[first] += (first as f32 + 1.0 - from) * WHOLE;
    shares[first + 1..last].iter_mut().for_each(|share| *share += WHOLE);
    shares[last] += (to - last as f32) * WHOLE;
}

/// Light and shadow that vary slowly: random values on a coarse grid, interpolated.
struct Folds([[f32; Folds::POINTS]; Folds::POINTS]);

impl Folds {
    const POINTS: usize = 6;

    fn random(random: &mut Random) -> Self {
        let depth = random.within(0.03, 0.2);
        Folds(std::array::from_fn(|_| std::array::from_fn(|_| random.normal(0.0, depth))))
    }

    /// The light along row `y` of pixels.
    fn row(&self, y: usize) -> [f32; Folds::POINTS] {
        let (above, down) = Folds::place(y);
        std::array::from_fn(|x| self.0[above][x] + (self.0[above + 1][x] - self.0[above][x]) * down)
    }

    /// The light at column `x` of a row.
    fn at(row: &[f32; Folds::POINTS], x: usize) -> f32 {
        let (before, right) = Folds::place(x);
        row[before] + (row[before + 1] - row[before]) * right
    }

    /// The grid point before a pixel, and the pixel's place between it and the next, from 0 to 1.
    fn place(pixel: usize) -> (usize, f32) {
        let place = pixel as f32 * ((Folds::POINTS - 1) as f32 / SIDE as f32);
        (place as usize, place - place as usize as f32)
    }
}

/// The polygon of a line from `a` to `b`.
pub(super) fn stroke(a: Point, b: Point, width: f32) -> [Point; 4] {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = (dx * dx + dy * dy).sqrt().max(1e-6);
    let (nx, ny) = (-dy / length * width / 2.0, dx / length * width / 2.0);
    [(a.0 + nx, a.1 + ny), (b.0 + nx, b.1 + ny), (b.0 - nx, b.1 - ny), (a.0 - nx, a.1 - ny)]
}

/// Points of the quadratic Bézier curve from `a` to `c` with control point `b`, ends included.
pub(super) fn curve(a: Point, b: Point, c: Point) -> impl Iterator<Item = Point> {
    const STEPS: usize = 6;
    (0..=STEPS).map(move |step| {
        let t = step as f32 / STEPS as f32;
        let (p, q, r) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
        (p * a.0 + q * b.0 + r * c.0, p * a.1 + q * b.1 + r * c.1)
    })
}
