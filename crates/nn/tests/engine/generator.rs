//! Initial values, images and labels, made from small integers. `../pytorch/make.py` makes the same
//! bits, so that the fixtures only store results.

use fitroom_nn::Tensor;

/// The random bits at `index` of the stream `name`.
///
/// The name is hashed by FNV-1a, and its sum with the index by two rounds of multiply and
/// xor-shift.
pub fn draw(stream: &str, index: usize) -> u32 {
    let start = stream
        .bytes()
        .fold(2_166_136_261, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619));
    mix(start.wrapping_add(index as u32))
}

fn mix(mut x: u32) -> u32 {
    x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// A number in −1..1, computed without rounding.
pub fn unit(stream: &str, index: usize) -> f32 {
    (draw(stream, index) >> 8) as f32 / (1 << 23) as f32 - 1.0
}

/// Replaces a network's values: ±1/√fan_in for dense and convolution layers, 1 ± 0.5 or 0 ± 0.5 for
/// batch normalisation, where a value of exactly one or zero could hide a fault.
pub fn fill(tensors: &mut [Tensor]) {
    let weights: Vec<(String, Vec<usize>)> = tensors
        .iter()
        .filter_map(|t| Some((t.name.strip_suffix(".weight")?.to_owned(), t.shape.clone())))
        .collect();
    for tensor in tensors {
        let (layer, _) = tensor.name.rsplit_once('.').unwrap();
        let (_, shape) = weights
            .iter()
            .find(|(name, _)| name == layer)
            .expect("a layer with values has a weight");
        let (centre, reach) = match shape[..] {
            [_] => (
                if tensor.name.ends_with("weight") || tensor.name.ends_with("running_var") {
                    1.0
                } else {
                    0.0
                },
                0.5,
            ),
            _ => (0.0, 1.0 / (shape[1..].iter().product::<usize>() as f32).sqrt()),
        };
        for (index, value) in tensor.values.iter_mut().enumerate() {
            *value = centre + unit(&tensor.name, index) * reach;
        }
    }
}

/// Images and their labels.
pub struct Images {
    /// One byte for each value, `[count, height, width, channels]`.
    pub pixels: Vec<u8>,
    /// The class of each image.
    pub labels: Vec<u8>,
}

/// Images with a smooth pattern for each class, of varied brightness, with noise.
///
/// `coarse` images have only black and half-bright pixels, so that many pixels are equal.
pub fn images(
    count: usize,
    [channels, height, width]: [usize; 3],
    classes: usize,
    coarse: bool,
) -> Images {
    let mut pixels = Vec::with_capacity(count * channels * height * width);
    let mut labels = Vec::with_capacity(count);
    for image in 0..count {
        let class = draw("class", image) as usize % classes;
        labels.push(class as u8);
        let brightness = (draw("brightness", image) >> 25) as i32 + 64;
        for y in 0..height {
            for x in 0..width {
                for channel in 0..channels {
                    let noise = (draw("noise", pixels.len()) >> 24) as i32;
                    let value = pattern(class, y, x, channel) * brightness / 2048 + noise / 2 - 104;
                    let value = value.clamp(0, 255) as u8;
                    pixels.push(if coarse { value & 0x80 } else { value });
                }
            }
        }
    }
    Images { pixels, labels }
}

/// Bilinear interpolation between points four pixels apart, times 16.
fn pattern(class: usize, y: usize, x: usize, channel: usize) -> i32 {
    let mut sum = 0;
    for (dy, share_y) in [(0, 4 - y % 4), (1, y % 4)] {
        for (dx, share_x) in [(0, 4 - x % 4), (1, x % 4)] {
            let point = ((class * 16 + y / 4 + dy) * 16 + x / 4 + dx) * 4 + channel;
            sum += (share_y * share_x) as i32 * (draw("pattern", point) >> 24) as i32;
        }
    }
    sum
}
