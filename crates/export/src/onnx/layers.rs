//! The nodes of each kind of layer. A function per kind: it adds the layer's nodes and returns the name
//! of their output.

use std::f32::consts::{PI, SQRT_2};

use fitroom_nn::layer::{
    AvgPool, BatchNorm, Conv, Elu, Gelu, GroupNorm, LayerNorm, LeakyRelu, MaxPool, Padding, Window,
};
use fitroom_nn::{BlockKind, LayerSpec, PlacedBlock, PlacedLayer, Shape, Tensor};

use super::graph::Graph;
use super::message::Attribute;
use crate::checked::features;

/// A layer at its place in a graph.
pub(super) struct Place<'a> {
    pub(super) layer: &'a PlacedLayer,
    /// The name of the layer's output; the nodes within the layer begin with it.
    pub(super) name: String,
    /// The name of its input.
    pub(super) input: String,
    /// Its tensors, by PyTorch's name within the layer.
    pub(super) tensor: &'a dyn Fn(&str) -> &'a Tensor,
}

/// Adds the nodes of a layer. Returns the name of their output.
pub(super) fn add(graph: &mut Graph, place: &Place) -> String {
    match place.layer.spec {
        LayerSpec::Dense(_) => dense(graph, place),
        LayerSpec::Conv(Conv { window, groups, .. }) => conv(graph, place, window, groups),
        LayerSpec::Depthwise(layer) => conv(graph, place, layer.window, features(place.layer)),
        LayerSpec::MaxPool(layer) => max_pool(graph, place, layer),
        LayerSpec::AvgPool(layer) => avg_pool(graph, place, layer),
        LayerSpec::BatchNorm(layer) => batch_norm(graph, place, layer),
        LayerSpec::GlobalMaxPool(_) => global_pool(graph, place, "GlobalMaxPool"),
        LayerSpec::GlobalAvgPool(_) => global_pool(graph, place, "GlobalAveragePool"),
        LayerSpec::LayerNorm(layer) => layer_norm(graph, place, layer),
        LayerSpec::GroupNorm(layer) => group_norm(graph, place, layer),
        LayerSpec::Dropout(_) | LayerSpec::SpatialDropout(_) => dropout(place),
        LayerSpec::Relu(_) => place.function(graph, "Relu", Vec::new()),
        LayerSpec::LeakyRelu(layer) => leaky_relu(graph, place, layer),
        LayerSpec::Elu(Elu { alpha }) => {
            place.function(graph, "Elu", vec![Attribute::float("alpha", alpha)])
        }
        LayerSpec::Selu(_) => place.function(graph, "Selu", Vec::new()),
        LayerSpec::Gelu(Gelu { tanh: false }) => gelu(graph, place),
        LayerSpec::Gelu(Gelu { tanh: true }) => gelu_by_tanh(graph, place),
        LayerSpec::Silu(_) => silu(graph, place),
        LayerSpec::HardSwish(_) => place.function(graph, "HardSwish", Vec::new()),
        LayerSpec::Tanh(_) => place.function(graph, "Tanh", Vec::new()),
        LayerSpec::Sigmoid(_) => place.function(graph, "Sigmoid", Vec::new()),
        LayerSpec::Flatten(_) => place.function(graph, "Flatten", vec![Attribute::int("axis", 1)]),
    }
}

/// Adds the end of a block. Returns the name of its output.
pub(super) fn join(graph: &mut Graph, block: &PlacedBlock, shortcut: &str, body: &str) -> String {
    let (operator, word, attributes) = match block.kind {
        BlockKind::Residual(_) => ("Add", "residual", Vec::new()),
        BlockKind::Concat => ("Concat", "concat", vec![Attribute::int("axis", 1)]),
        BlockKind::Repeat(_) => unreachable!("repetitions are written out"),
    };
    graph.node(operator, &format!("{}.{word}", block.path()), &[shortcut, body], attributes)
}

impl Place<'_> {
    /// A node of the layer's input alone.
    fn function(&self, graph: &mut Graph, operator: &str, attributes: Vec<Attribute>) -> String {
        graph.node(operator, &self.name, &[&self.input], attributes)
    }

    /// Adds the layer's tensor to the graph, and returns its name there: PyTorch's.
    fn add_tensor(&self, graph: &mut Graph, name: &str) -> String {
        let tensor = (self.tensor)(name);
        graph.tensor(&format!("{}.{name}", self.layer.path()), &tensor.shape, &tensor.values)
    }
}

/// y = x·Wᵀ + b, with PyTorch's W.
fn dense(graph: &mut Graph, place: &Place) -> String {
    let [weight, bias] = ["weight", "bias"].map(|name| place.add_tensor(graph, name));
    let inputs = [place.input.as_str(), &weight, &bias];
    graph.node("Gemm", &place.name, &inputs, vec![Attribute::int("transB", 1)])
}

fn conv(graph: &mut Graph, place: &Place, of: Window, groups: usize) -> String {
    let [weight, bias] = ["weight", "bias"].map(|name| place.add_tensor(graph, name));
    let inputs = [place.input.as_str(), &weight, &bias];
    let mut attributes = window(of);
    if groups > 1 {
        attributes.push(Attribute::int("group", groups as i64));
    }
    graph.node("Conv", &place.name, &inputs, attributes)
}

/// One value for each channel, as a vector.
fn global_pool(graph: &mut Graph, place: &Place, operator: &str) -> String {
    let pooled = format!("{}.pooled", place.name);
    let pooled = graph.node(operator, &pooled, &[&place.input], Vec::new());
    graph.node("Flatten", &place.name, &[&pooled], vec![Attribute::int("axis", 1)])
}

/// Over all axes but the batch's.
fn layer_norm(graph: &mut Graph, place: &Place, layer: LayerNorm) -> String {
    let [weight, bias] = ["weight", "bias"].map(|name| place.add_tensor(graph, name));
    let inputs = [place.input.as_str(), &weight, &bias];
    let attributes = vec![Attribute::int("axis", 1), Attribute::float("epsilon", layer.epsilon)];
    graph.node("LayerNormalization", &place.name, &inputs, attributes)
}

/// `GroupNormalization` is of opset 18. An instance norm does the same to images whose channels are the
/// groups: `[batch, groups, values]`.
fn group_norm(graph: &mut Graph, place: &Place, layer: GroupNorm) -> String {
    let (name, groups, channels) = (&place.name, layer.groups, features(place.layer));
    let of = |part: &str| format!("{name}.{part}");
    let [weight, bias] = ["weight", "bias"].map(|name| place.add_tensor(graph, name));
    let (height, width) = match place.layer.input() {
        Shape::Image { height, width, .. } => (height, width),
        Shape::Flat { .. } => (1, 1),
    };
    let ones = graph.tensor(&of("ones"), &[groups], &vec![1.0; groups]);
    let zeros = graph.tensor(&of("zeros"), &[groups], &vec![0.0; groups]);
    // A 0 keeps the size of the batch, and a −1 is what is left.
    let grouped = graph.integers(&of("grouped_shape"), &[0, groups as i64, -1]);
    let sizes = [0, channels as i64, height as i64, width as i64];
    let image = graph.integers(&of("image_shape"), &sizes);
    let channel = graph.integers(&of("channel_shape"), &[channels as i64, 1, 1]);
    let mut node = |operator: &str, part: &str, inputs: &[&str], attributes: Vec<Attribute>| {
        graph.node(operator, &of(part), inputs, attributes)
    };
    let x = node("Reshape", "grouped", &[&place.input, &grouped], Vec::new());
    let epsilon = vec![Attribute::float("epsilon", layer.epsilon)];
    let normal = node("InstanceNormalization", "normal", &[&x, &ones, &zeros], epsilon);
    let normal = node("Reshape", "image", &[&normal, &image], Vec::new());
    let weight = node("Reshape", "weight", &[&weight, &channel], Vec::new());
    let bias = node("Reshape", "bias", &[&bias, &channel], Vec::new());
    let scaled = node("Mul", "scaled", &[&normal, &weight], Vec::new());
    graph.node("Add", name, &[&scaled, &bias], Vec::new())
}

fn max_pool(graph: &mut Graph, place: &Place, layer: MaxPool) -> String {
    place.function(graph, "MaxPool", window(layer.window))
}

fn avg_pool(graph: &mut Graph, place: &Place, layer: AvgPool) -> String {
    let mut attributes = window(layer.window);
    attributes.push(Attribute::int("count_include_pad", 1));
    place.function(graph, "AveragePool", attributes)
}

/// Size, stride and zeros of a window: `pads` has what is before the image on each axis, then what is
/// after it.
fn window(window: Window) -> Vec<Attribute> {
    let Window { height, width, stride, pad: Padding { before, after } } = window;
    vec![
        Attribute::ints("kernel_shape", &[height, width]),
        Attribute::ints("strides", &[stride.rows, stride.columns]),
        Attribute::ints("pads", &[before.rows, before.columns, after.rows, after.columns]),
    ]
}

fn batch_norm(graph: &mut Graph, place: &Place, layer: BatchNorm) -> String {
    let tensors = ["weight", "bias", "running_mean", "running_var"];
    let [weight, bias, mean, var] = tensors.map(|name| place.add_tensor(graph, name));
    let inputs = [place.input.as_str(), &weight, &bias, &mean, &var];
    let attributes = vec![Attribute::float("epsilon", layer.epsilon)];
    graph.node("BatchNormalization", &place.name, &inputs, attributes)
}

/// Dropout does nothing in inference, so it has no node.
fn dropout(place: &Place) -> String {
    place.input.clone()
}

fn leaky_relu(graph: &mut Graph, place: &Place, layer: LeakyRelu) -> String {
    place.function(graph, "LeakyRelu", vec![Attribute::float("alpha", layer.slope)])
}

/// x·(1 + erf(x/√2))/2, in the five nodes that PyTorch exports and ONNX Runtime fuses into one. `Gelu` itself is
/// of opset 20.
fn gelu(graph: &mut Graph, place: &Place) -> String {
    let Place { name, input: x, .. } = place;
    let root = graph.number("gelu.root_of_two", SQRT_2);
    let one = graph.number("gelu.one", 1.0);
    let half = graph.number("gelu.half", 0.5);
    let scaled = graph.node("Div", &format!("{name}.scaled"), &[x, &root], Vec::new());
    let erf = graph.node("Erf", &format!("{name}.erf"), &[&scaled], Vec::new());
    let sum = graph.node("Add", &format!("{name}.sum"), &[&erf, &one], Vec::new());
    let twice = graph.node("Mul", &format!("{name}.twice"), &[x, &sum], Vec::new());
    graph.node("Mul", name, &[&twice, &half], Vec::new())
}

/// x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))/2, as √(2/π)·x·(1 + 0.044715·x²).
fn gelu_by_tanh(graph: &mut Graph, place: &Place) -> String {
    let Place { name, input: x, .. } = place;
    let root = graph.number("gelu.root_of_two_over_pi", (2.0 / PI).sqrt());
    let cubic = graph.number("gelu.cubic", 0.044_715);
    let one = graph.number("gelu.one", 1.0);
    let half = graph.number("gelu.half", 0.5);
    let mut node = |operator: &str, part: &str, inputs: &[&str]| {
        graph.node(operator, &format!("{name}.{part}"), inputs, Vec::new())
    };
    let square = node("Mul", "square", &[x, x]);
    let bend = node("Mul", "bend", &[&square, &cubic]);
    let factor = node("Add", "factor", &[&bend, &one]);
    let cubic = node("Mul", "cubic", &[&factor, x]);
    let scaled = node("Mul", "scaled", &[&cubic, &root]);
    let tanh = node("Tanh", "tanh", &[&scaled]);
    let sum = node("Add", "sum", &[&tanh, &one]);
    let twice = node("Mul", "twice", &[x, &sum]);
    graph.node("Mul", name, &[&twice, &half], Vec::new())
}

/// x·σ(x). ONNX has no operator for it before opset 24.
fn silu(graph: &mut Graph, place: &Place) -> String {
    let Place { name, input: x, .. } = place;
    let share = graph.node("Sigmoid", &format!("{name}.share"), &[x], Vec::new());
    graph.node("Mul", name, &[x, &share], Vec::new())
}
