//! Scales images to another size: Lanczos' filter with three lobes, widened to the area of a pixel
//! where an image shrinks, as Pillow's `LANCZOS`. Rounding is that of whole numbers, so the bytes
//! are the same on every machine.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use rayon::prelude::*;

use crate::read_options::Size;
use crate::unchecked::Images;

/// The images in another size.
pub(crate) fn resized(images: &Images, to: Size) -> Images {
    let from = Size { height: images.height, width: images.width };
    let channels = images.channels;
    let mut pixels = vec![0; images.count() * to.height * to.width * channels];
    let scaled = pixels.par_chunks_exact_mut(to.height * to.width * channels);
    let originals = images.pixels.par_chunks_exact(images.len_of_one());
    scaled.zip(originals).for_each_init(Scaler::default, |scaler, (scaled, original)| {
        scaler.scale(original, from, scaled, to, channels);
    });
    Images { height: to.height, width: to.width, channels, pixels }
}

/// Scales one image after another.
#[derive(Default)]
pub(crate) struct Scaler {
    resizer: Resizer,
}

impl Scaler {
    /// Writes `original` to `scaled`, in the size `to`.
    ///
    /// # Panics
    /// If a buffer has not the bytes of its size.
    pub(crate) fn scale(
        &mut self,
        original: &[u8],
        from: Size,
        scaled: &mut [u8],
        to: Size,
        channels: usize,
    ) {
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
            .use_alpha(false);
        // Each channel is an image of its own, so that any number of channels is scaled alike.
        for channel in 0..channels {
            let plane: Vec<U8> = original
                .iter()
                .skip(channel)
                .step_by(channels)
                .map(|&byte| U8::new(byte))
                .collect();
            let plane = TypedImageRef::new(from.width as u32, from.height as u32, &plane)
                .expect("the bytes of one channel");
            let mut result = TypedImage::<U8>::new(to.width as u32, to.height as u32);
            self.resizer
                .resize_typed(&plane, &mut result, &options)
                .expect("neither image is empty");
            let values = scaled.iter_mut().skip(channel).step_by(channels);
            values.zip(result.pixels()).for_each(|(to, from)| *to = from.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use fast_image_resize::CpuExtensions;

    use super::*;

    fn size(height: usize, width: usize) -> Size {
        Size { height, width }
    }

    #[test]
    fn a_constant_image_stays_constant_and_channels_stay_apart() {
        let pixels: Vec<u8> = [10, 200, 90].repeat(2 * 12 * 10);
        let images = Images { height: 12, width: 10, channels: 3, pixels };
        for to in [size(6, 5), size(7, 3), size(24, 31), size(1, 1)] {
            let scaled = resized(&images, to);
            assert_eq!(scaled.shape(), [to.height, to.width, 3]);
            assert_eq!(scaled.pixels, [10, 200, 90].repeat(2 * to.height * to.width), "{to}");
        }
    }

    #[test]
    fn a_shrunk_image_has_no_aliases() {
        // Stripes of one pixel become grey, whichever stripe a pixel falls on.
        let pixels: Vec<u8> = (0..64 * 64).map(|at| if at % 2 == 0 { 0 } else { 255 }).collect();
        let images = Images { height: 64, width: 64, channels: 1, pixels };
        let scaled = resized(&images, size(16, 16));
        let inner = |at: &usize| (2..14).contains(&(at % 16));
        for at in (0..256).filter(inner) {
            assert!((126..=129).contains(&scaled.pixels[at]), "{at}: {}", scaled.pixels[at]);
        }
    }

    #[test]
    fn the_bytes_are_the_same_with_every_instruction_set() {
        let random = |at: usize| ((at * 2_654_435_761) >> 7) as u8;
        for (from, to) in [((37, 53), (28, 28)), ((5, 9), (32, 32)), ((200, 300), (32, 48))] {
            let (from, to) = (size(from.0, from.1), size(to.0, to.1));
            let original: Vec<u8> = (0..from.height * from.width).map(random).collect();
            let scaled = |extensions: CpuExtensions| {
                let mut scaler = Scaler::default();
                // SAFETY: the caller passes extensions that this processor has.
                unsafe { scaler.resizer.set_cpu_extensions(extensions) };
                let mut scaled = vec![0; to.height * to.width];
                scaler.scale(&original, from, &mut scaled, to, 1);
                scaled
            };
            let plain = scaled(CpuExtensions::None);
            assert!(plain.iter().any(|&byte| byte != plain[0]));
            #[cfg(target_arch = "x86_64")]
            for extensions in [CpuExtensions::Sse4_1, CpuExtensions::Avx2] {
                if extensions.is_supported() {
                    assert_eq!(scaled(extensions), plain, "{extensions:?}, {from} to {to}");
                }
            }
            #[cfg(target_arch = "aarch64")]
            assert_eq!(scaled(CpuExtensions::Neon), plain, "{from} to {to}");
        }
    }
}
