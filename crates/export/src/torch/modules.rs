//! Each kind of layer as a module of PyTorch. A layer is one module at its index, so that the names of its
//! tensors are those of the state dict.

use fitroom_nn::layer::{
    AvgPool, BatchNorm, Conv, Dense, Depthwise, Dropout, Elu, Gelu, GroupNorm, LayerNorm,
    LeakyRelu, MaxPool, Padding, PerAxis, SpatialDropout, Window,
};
use fitroom_nn::{LayerSpec, PlacedLayer, Shape};

use crate::checked::features;

/// The Python expression that makes the layer's module.
pub(super) fn module(layer: &PlacedLayer) -> String {
    match layer.spec {
        LayerSpec::Dense(spec) => dense(layer, spec),
        LayerSpec::Conv(spec) => conv(layer, spec),
        LayerSpec::Depthwise(Depthwise { window }) => {
            let channels = features(layer);
            conv(layer, Conv { filters: channels, window, groups: channels })
        }
        LayerSpec::MaxPool(spec) => max_pool(spec),
        LayerSpec::AvgPool(spec) => avg_pool(spec),
        LayerSpec::GlobalMaxPool(_) => global_pool("nn.AdaptiveMaxPool2d"),
        LayerSpec::GlobalAvgPool(_) => global_pool("nn.AdaptiveAvgPool2d"),
        LayerSpec::BatchNorm(spec) => batch_norm(layer, spec),
        LayerSpec::LayerNorm(spec) => layer_norm(layer, spec),
        LayerSpec::GroupNorm(spec) => group_norm(layer, spec),
        LayerSpec::SpatialDropout(SpatialDropout { probability }) => {
            format!("nn.Dropout2d({probability:?})")
        }
        LayerSpec::Dropout(Dropout { probability }) => format!("nn.Dropout({probability:?})"),
        LayerSpec::Relu(_) => "nn.ReLU()".to_owned(),
        LayerSpec::LeakyRelu(LeakyRelu { slope }) => format!("nn.LeakyReLU({slope:?})"),
        LayerSpec::Elu(spec) => elu(spec),
        LayerSpec::Selu(_) => "nn.SELU()".to_owned(),
        LayerSpec::Gelu(Gelu { tanh: false }) => "nn.GELU()".to_owned(),
        LayerSpec::Gelu(Gelu { tanh: true }) => "nn.GELU(approximate=\"tanh\")".to_owned(),
        LayerSpec::Silu(_) => "nn.SiLU()".to_owned(),
        LayerSpec::HardSwish(_) => "nn.Hardswish()".to_owned(),
        LayerSpec::Tanh(_) => "nn.Tanh()".to_owned(),
        LayerSpec::Sigmoid(_) => "nn.Sigmoid()".to_owned(),
        LayerSpec::Flatten(_) => "nn.Flatten()".to_owned(),
    }
}

fn dense(layer: &PlacedLayer, Dense { units }: Dense) -> String {
    format!("nn.Linear({}, {units})", layer.input().len())
}

/// `pad same` with a window of even size pads more after the image than before it. PyTorch's
/// `padding="same"` does the same.
fn conv(layer: &PlacedLayer, Conv { filters, window, groups }: Conv) -> String {
    let channels = features(layer);
    let Window { height, width, stride, pad: Padding { before, after } } = window;
    let padding = if before == after { padding(before) } else { ", padding=\"same\"".to_owned() };
    let stride = match stride == PerAxis::both(1) {
        true => String::new(),
        false => format!(", stride={}", per_axis(stride)),
    };
    let window = per_axis(PerAxis { rows: height, columns: width });
    let groups = if groups == 1 { String::new() } else { format!(", groups={groups}") };
    format!("nn.Conv2d({channels}, {filters}, {window}{stride}{padding}{groups})")
}

fn max_pool(MaxPool { window }: MaxPool) -> String {
    pool("nn.MaxPool2d", window, "float(\"-inf\")")
}

/// The padding's zeros count, as is PyTorch's default.
fn avg_pool(AvgPool { window }: AvgPool) -> String {
    pool("nn.AvgPool2d", window, "0.0")
}

/// PyTorch's pools pad both sides alike. Where that is not so, a module before the pool pads with `filling`; both
/// are one module of the network.
fn pool(class: &str, window: Window, filling: &str) -> String {
    let Window { height, width, stride, pad: Padding { before, after } } = window;
    let size = per_axis(PerAxis { rows: height, columns: width });
    let stride = match stride == (PerAxis { rows: height, columns: width }) {
        true => String::new(),
        false => format!(", stride={}", per_axis(stride)),
    };
    if before == after {
        return format!("{class}({size}{stride}{})", padding(before));
    }
    let sides =
        [before.columns, after.columns, before.rows, after.rows].map(|side| side.to_string());
    let sides = sides.join(", ");
    format!("nn.Sequential(nn.ConstantPad2d(({sides}), {filling}), {class}({size}{stride}))")
}

/// One value for each channel, as a vector.
fn global_pool(class: &str) -> String {
    format!("nn.Sequential({class}(1), nn.Flatten())")
}

fn layer_norm(layer: &PlacedLayer, LayerNorm { epsilon, .. }: LayerNorm) -> String {
    let shape = match layer.input() {
        Shape::Image { channels, height, width } => format!("({channels}, {height}, {width})"),
        Shape::Flat { features } => features.to_string(),
    };
    format!("nn.LayerNorm({shape}{})", eps(epsilon))
}

fn group_norm(layer: &PlacedLayer, GroupNorm { groups, epsilon, .. }: GroupNorm) -> String {
    format!("nn.GroupNorm({groups}, {}{})", features(layer), eps(epsilon))
}

/// The argument `eps`, unless it is PyTorch's default, which is ours.
fn eps(epsilon: f32) -> String {
    if epsilon == 0.00001 { String::new() } else { format!(", eps={epsilon:?}") }
}

fn batch_norm(layer: &PlacedLayer, BatchNorm { momentum, epsilon, .. }: BatchNorm) -> String {
    let dimensions = match layer.input() {
        Shape::Image { .. } => 2,
        Shape::Flat { .. } => 1,
    };
    // PyTorch's defaults, which are ours, are left out.
    let epsilon = eps(epsilon);
    let momentum = if momentum == 0.1 { String::new() } else { format!(", momentum={momentum:?}") };
    format!("nn.BatchNorm{dimensions}d({}{epsilon}{momentum})", features(layer))
}

fn elu(Elu { alpha }: Elu) -> String {
    if alpha == 1.0 { "nn.ELU()".to_owned() } else { format!("nn.ELU({alpha:?})") }
}

fn padding(pad: PerAxis) -> String {
    match pad == PerAxis::both(0) {
        true => String::new(),
        false => format!(", padding={}", per_axis(pad)),
    }
}

/// `3`, or `(3, 2)` for rows and columns.
fn per_axis(PerAxis { rows, columns }: PerAxis) -> String {
    match rows == columns {
        true => rows.to_string(),
        false => format!("({rows}, {columns})"),
    }
}
