//! Layers as people write them: `conv 32 3x3 pad 1, relu, flatten, dense 128`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// One layer of a description, with every setting that its words leave to PyTorch's defaults
/// written out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LayerSpec {
    /// `dense 128`: y = x·Wᵀ + b. `nn.Linear`.
    Dense {
        /// Outputs.
        units: usize,
    },
    /// `conv 32 3x3 stride 1 pad 1`: two-dimensional cross-correlation with bias. `nn.Conv2d`.
    Conv {
        /// Output channels.
        filters: usize,
        /// Rows and columns of a filter, steps and zero padding.
        window: Window,
    },
    /// `maxpool 2x2`: the largest value of each window. `nn.MaxPool2d`.
    MaxPool {
        /// The window that is pooled.
        window: Window,
    },
    /// `avgpool 2x2`: the mean of each window, padding counted in. `nn.AvgPool2d`.
    AvgPool {
        /// The window that is pooled.
        window: Window,
    },
    /// `batchnorm momentum 0.1 epsilon 0.00001`: normalises each feature or channel over the batch.
    /// `nn.BatchNorm1d`, `nn.BatchNorm2d`.
    BatchNorm {
        /// Weight of the newest batch in the running statistics.
        momentum: f32,
        /// Added to the variance.
        epsilon: f32,
    },
    /// `dropout 0.5`: zeroes each value with this probability in training and scales the others by
    /// 1/(1 − p).
    Dropout {
        /// Probability of a zero.
        probability: f32,
    },
    /// `relu`: max(0, x).
    Relu,
    /// `leakyrelu 0.01`: x where positive, slope·x elsewhere.
    LeakyRelu {
        /// Slope of the negative side.
        slope: f32,
    },
    /// `gelu`: x·Φ(x), exact (with the error function), as PyTorch's default.
    Gelu,
    /// `tanh`.
    Tanh,
    /// `sigmoid`: 1/(1 + e⁻ˣ).
    Sigmoid,
    /// `flatten`: channels × height × width to one vector, in PyTorch's order.
    Flatten,
}

/// A window that slides over the rows and columns of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Rows of the window.
    pub height: usize,
    /// Columns of the window.
    pub width: usize,
    /// Rows and columns from one place to the next.
    pub stride: usize,
    /// Rows and columns of padding on every side.
    pub pad: usize,
}

impl Window {
    /// Output rows and columns over an image, (size + 2·pad − window) / stride + 1 rounded down;
    /// `None` where the window does not fit.
    pub fn slide(&self, height: usize, width: usize) -> Option<(usize, usize)> {
        let along = |size: usize, window: usize| {
            Some((size + 2 * self.pad).checked_sub(window)? / self.stride + 1)
        };
        Some((along(height, self.height)?, along(width, self.width)?))
    }
}

/// Why a layer's words make no layer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LayerSpecError {
    /// No layer has this name.
    #[error("unknown layer `{name}`{}", nearest.map(|n| format!("\nhint: did you mean `{n}`?")).unwrap_or_default())]
    UnknownLayer {
        /// The name as written.
        name: String,
        /// A known name that is spelled much like it.
        nearest: Option<&'static str>,
    },
    /// A setting that this layer doesn't have.
    #[error("`{layer}`: unexpected `{word}`\nhint: write it like `{example}`")]
    Unexpected {
        /// The layer's words.
        layer: String,
        /// The word that was not understood.
        word: String,
        /// A layer of this kind, written right.
        example: &'static str,
    },
    /// A setting that must be there is not.
    #[error("`{layer}`: {what} is missing\nhint: write it like `{example}`")]
    Missing {
        /// The layer's words.
        layer: String,
        /// What is missing.
        what: &'static str,
        /// A layer of this kind, written right.
        example: &'static str,
    },
    /// A number that makes no sense here.
    #[error("`{layer}`: {what} must be {bounds}, got `{value}`")]
    OutOfRange {
        /// The layer's words.
        layer: String,
        /// Which setting.
        what: &'static str,
        /// What it may be.
        bounds: &'static str,
        /// What it was.
        value: String,
    },
    /// More layers than a network may have.
    #[error("{count} layers, and a network may have {limit}")]
    TooMany {
        /// How many.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Nothing stands between two commas.
    #[error("an empty layer in `{layers}`\nhint: separate layers by one comma")]
    Empty {
        /// The whole list.
        layers: String,
    },
}

/// Every layer's name with an example of its use.
const KINDS: [(&str, &str); 12] = [
    ("dense", "dense 128"),
    ("conv", "conv 32 3x3 stride 1 pad 1"),
    ("maxpool", "maxpool 2x2 stride 2"),
    ("avgpool", "avgpool 2x2 stride 2"),
    ("batchnorm", "batchnorm momentum 0.1 epsilon 0.00001"),
    ("dropout", "dropout 0.5"),
    ("relu", "relu"),
    ("leakyrelu", "leakyrelu 0.01"),
    ("gelu", "gelu"),
    ("tanh", "tanh"),
    ("sigmoid", "sigmoid"),
    ("flatten", "flatten"),
];

/// Layers of a network: the deepest that were published have a thousand.
const MOST_LAYERS: usize = 10_000;

/// Layers of a comma-separated list, such as `dense 128, relu, dropout 0.5`.
pub fn parse_layers(layers: &str) -> Result<Vec<LayerSpec>, LayerSpecError> {
    if layers.trim().is_empty() {
        return Ok(Vec::new());
    }
    let count = layers.matches(',').count() + 1;
    if count > MOST_LAYERS {
        return Err(LayerSpecError::TooMany { count, limit: MOST_LAYERS });
    }
    layers
        .split(',')
        .map(|layer| match layer.trim() {
            "" => Err(LayerSpecError::Empty { layers: layers.to_owned() }),
            layer => layer.parse(),
        })
        .collect()
}

/// The words of one layer while they are read.
struct Words<'a> {
    layer: &'a str,
    example: &'static str,
    rest: Vec<&'a str>,
}

impl<'a> Words<'a> {
    fn out_of_range(
        &self,
        what: &'static str,
        bounds: &'static str,
        value: &str,
    ) -> LayerSpecError {
        LayerSpecError::OutOfRange {
            layer: self.layer.to_owned(),
            what,
            bounds,
            value: value.to_owned(),
        }
    }

    /// The next word.
    fn next(&mut self, what: &'static str) -> Result<&'a str, LayerSpecError> {
        if self.rest.is_empty() {
            return Err(LayerSpecError::Missing {
                layer: self.layer.to_owned(),
                what,
                example: self.example,
            });
        }
        Ok(self.rest.remove(0))
    }

    /// The word after `key`, wherever it stands.
    fn named(&mut self, key: &'static str) -> Result<Option<&'a str>, LayerSpecError> {
        let Some(at) = self.rest.iter().position(|&word| word == key) else { return Ok(None) };
        self.rest.remove(at);
        if at == self.rest.len() {
            return Err(LayerSpecError::Missing {
                layer: self.layer.to_owned(),
                what: "the value at the end",
                example: self.example,
            });
        }
        Ok(Some(self.rest.remove(at)))
    }

    fn count(&self, what: &'static str, least: usize, word: &str) -> Result<usize, LayerSpecError> {
        let bounds = if least == 0 {
            "a whole number from 0 to 65536"
        } else {
            "a whole number from 1 to 65536"
        };
        match word.parse() {
            Ok(n) if (least..=65_536).contains(&n) => Ok(n),
            _ => Err(self.out_of_range(what, bounds, word)),
        }
    }

    fn real(
        &self,
        what: &'static str,
        bounds: &'static str,
        allowed: fn(f32) -> bool,
        word: &str,
    ) -> Result<f32, LayerSpecError> {
        match word.parse() {
            Ok(x) if allowed(x) => Ok(x),
            _ => Err(self.out_of_range(what, bounds, word)),
        }
    }

    /// `3x3`, then `stride S` and `pad P` in any order.
    fn window(&mut self, default_stride: Option<usize>) -> Result<Window, LayerSpecError> {
        let size = self.next("the window's size")?;
        let bounds = "rows x columns such as 3x3";
        let (height, width) =
            size.split_once('x').ok_or_else(|| self.out_of_range("the window", bounds, size))?;
        let side = |word| {
            self.count("the window", 1, word)
                .map_err(|_| self.out_of_range("the window", bounds, size))
        };
        let (height, width) = (side(height)?, side(width)?);
        let stride = match self.named("stride")? {
            Some(word) => self.count("the stride", 1, word)?,
            // PyTorch: convolutions step by 1, pooling by the window's own size.
            None => default_stride.unwrap_or(height),
        };
        let pad = match self.named("pad")? {
            Some(word) => self.count("the padding", 0, word)?,
            None => 0,
        };
        Ok(Window { height, width, stride, pad })
    }

    /// A window for pooling: PyTorch allows padding up to half the window, so that no window is
    /// padding alone.
    fn pool(&mut self) -> Result<Window, LayerSpecError> {
        let window = self.window(None)?;
        if window.pad * 2 > window.height.min(window.width) {
            return Err(self.out_of_range(
                "the padding",
                "at most half the window",
                &window.pad.to_string(),
            ));
        }
        Ok(window)
    }
}

impl FromStr for LayerSpec {
    type Err = LayerSpecError;

    fn from_str(layer: &str) -> Result<Self, LayerSpecError> {
        let lower = layer.to_lowercase();
        let mut rest = lower.split_whitespace();
        let name = rest.next().unwrap_or_default();
        let Some(&(_, example)) = KINDS.iter().find(|(known, _)| *known == name) else {
            return Err(LayerSpecError::UnknownLayer {
                name: name.to_owned(),
                nearest: KINDS
                    .iter()
                    .map(|(known, _)| (*known, strsim::jaro_winkler(known, name)))
                    .filter(|(_, likeness)| *likeness > 0.7)
                    .max_by(|a, b| a.1.total_cmp(&b.1))
                    .map(|(known, _)| known),
            });
        };
        let mut words = Words { layer: lower.trim(), example, rest: rest.collect() };
        let spec = match name {
            "dense" => {
                let units = words.next("the number of units")?;
                LayerSpec::Dense { units: words.count("the number of units", 1, units)? }
            }
            "conv" => {
                let filters = words.next("the number of filters")?;
                let filters = words.count("the number of filters", 1, filters)?;
                LayerSpec::Conv { filters, window: words.window(Some(1))? }
            }
            "maxpool" => LayerSpec::MaxPool { window: words.pool()? },
            "avgpool" => LayerSpec::AvgPool { window: words.pool()? },
            "batchnorm" => {
                let momentum = words.named("momentum")?.unwrap_or("0.1");
                let epsilon = words.named("epsilon")?.unwrap_or("0.00001");
                LayerSpec::BatchNorm {
                    momentum: words.real(
                        "momentum",
                        "from 0 to 1",
                        |x| (0.0..=1.0).contains(&x),
                        momentum,
                    )?,
                    epsilon: words.real(
                        "epsilon",
                        "above 0",
                        |x| x > 0.0 && x.is_finite(),
                        epsilon,
                    )?,
                }
            }
            "dropout" => {
                let probability = words.next("the probability")?;
                let in_range = |x| (0.0..1.0).contains(&x);
                let bounds = "a probability from 0 to below 1";
                LayerSpec::Dropout {
                    probability: words.real("the probability", bounds, in_range, probability)?,
                }
            }
            "relu" => LayerSpec::Relu,
            "leakyrelu" => {
                let slope = if words.rest.is_empty() { "0.01" } else { words.next("the slope")? };
                LayerSpec::LeakyRelu {
                    slope: words.real("the slope", "a finite number", f32::is_finite, slope)?,
                }
            }
            "gelu" => LayerSpec::Gelu,
            "tanh" => LayerSpec::Tanh,
            "sigmoid" => LayerSpec::Sigmoid,
            _ => LayerSpec::Flatten,
        };
        match words.rest.first() {
            None => Ok(spec),
            Some(word) => Err(LayerSpecError::Unexpected {
                layer: words.layer.to_owned(),
                word: (*word).to_owned(),
                example,
            }),
        }
    }
}

/// As it is written in a study file; settings that are PyTorch's defaults are left out.
impl fmt::Display for LayerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sliding = |f: &mut fmt::Formatter<'_>, window: &Window, default_stride: usize| {
            write!(f, "{}x{}", window.height, window.width)?;
            if window.stride != default_stride {
                write!(f, " stride {}", window.stride)?;
            }
            if window.pad != 0 {
                write!(f, " pad {}", window.pad)?;
            }
            Ok(())
        };
        match self {
            LayerSpec::Dense { units } => write!(f, "dense {units}"),
            LayerSpec::Conv { filters, window } => {
                write!(f, "conv {filters} ")?;
                sliding(f, window, 1)
            }
            LayerSpec::MaxPool { window } => {
                f.write_str("maxpool ")?;
                sliding(f, window, window.height)
            }
            LayerSpec::AvgPool { window } => {
                f.write_str("avgpool ")?;
                sliding(f, window, window.height)
            }
            LayerSpec::BatchNorm { momentum, epsilon } => {
                f.write_str("batchnorm")?;
                if *momentum != 0.1 {
                    write!(f, " momentum {momentum}")?;
                }
                if *epsilon != 0.00001 {
                    write!(f, " epsilon {epsilon}")?;
                }
                Ok(())
            }
            LayerSpec::Dropout { probability } => write!(f, "dropout {probability}"),
            LayerSpec::Relu => f.write_str("relu"),
            LayerSpec::LeakyRelu { slope } if *slope == 0.01 => f.write_str("leakyrelu"),
            LayerSpec::LeakyRelu { slope } => write!(f, "leakyrelu {slope}"),
            LayerSpec::Gelu => f.write_str("gelu"),
            LayerSpec::Tanh => f.write_str("tanh"),
            LayerSpec::Sigmoid => f.write_str("sigmoid"),
            LayerSpec::Flatten => f.write_str("flatten"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_reads_back_what_it_prints() {
        let text = "dense 128, conv 32 3x3 pad 1, conv 8 5x3 stride 2, maxpool 2x2, avgpool 3x3 stride 2 pad 1, \
                    batchnorm, batchnorm momentum 0.2 epsilon 0.001, dropout 0.25, relu, leakyrelu, leakyrelu 0.2, \
                    gelu, tanh, sigmoid, flatten";
        let layers = parse_layers(text).unwrap();
        let printed: Vec<String> = layers.iter().map(LayerSpec::to_string).collect();
        assert_eq!(printed.join(", "), text);
        assert_eq!(parse_layers(&printed.join(",")).unwrap(), layers);
    }

    #[test]
    fn mistakes_say_what_was_wrong_and_what_would_be_right() {
        for (layer, message) in [
            ("dens 3", "unknown layer `dens`\nhint: did you mean `dense`?"),
            ("qqq", "unknown layer `qqq`"),
            ("dense", "`dense`: the number of units is missing\nhint: write it like `dense 128`"),
            (
                "dense 0",
                "`dense 0`: the number of units must be a whole number from 1 to 65536, got `0`",
            ),
            ("dense 3 4", "`dense 3 4`: unexpected `4`\nhint: write it like `dense 128`"),
            ("conv 8 3", "`conv 8 3`: the window must be rows x columns such as 3x3, got `3`"),
            (
                "conv 8 0x3",
                "`conv 8 0x3`: the window must be rows x columns such as 3x3, got `0x3`",
            ),
            (
                "conv 8 3x3 stride 0",
                "`conv 8 3x3 stride 0`: the stride must be a whole number from 1 to 65536, got `0`",
            ),
            (
                "dropout 1",
                "`dropout 1`: the probability must be a probability from 0 to below 1, got `1`",
            ),
            (
                "dropout nan",
                "`dropout nan`: the probability must be a probability from 0 to below 1, got `nan`",
            ),
            (
                "maxpool 2x2 pad 2",
                "`maxpool 2x2 pad 2`: the padding must be at most half the window, got `2`",
            ),
            (
                "batchnorm momentum",
                "`batchnorm momentum`: the value at the end is missing\nhint: write it like `batchnorm momentum 0.1 epsilon 0.00001`",
            ),
        ] {
            assert_eq!(layer.parse::<LayerSpec>().unwrap_err().to_string(), message);
        }
        let many = parse_layers(&"relu,".repeat(10_000)).unwrap_err().to_string();
        assert_eq!(many, "10001 layers, and a network may have 10000");
        assert_eq!(parse_layers(&["relu"; 10_000].join(", ")).unwrap().len(), 10_000);
        let empty = parse_layers("relu,,relu").unwrap_err().to_string();
        assert_eq!(empty, "an empty layer in `relu,,relu`\nhint: separate layers by one comma");
    }
}
