//! The nodes of each kind of layer. A function per kind: it adds the layer's nodes and returns the name
//! of their output.

use std::f32::consts::SQRT_2;

use fitroom_nn::layer::{AvgPool, BatchNorm, Conv, LeakyRelu, MaxPool, Padding, Window};
use fitroom_nn::{BlockKind, LayerSpec, PlacedBlock, PlacedLayer, Tensor};

use super::graph::Graph;
use super::message::Attribute;

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
        LayerSpec::Conv(layer) => conv(graph, place, layer),
        LayerSpec::MaxPool(layer) => max_pool(graph, place, layer),
        LayerSpec::AvgPool(layer) => avg_pool(graph, place, layer),
        LayerSpec::BatchNorm(layer) => batch_norm(graph, place, layer),
        LayerSpec::Dropout(_) => dropout(place),
        LayerSpec::Relu(_) => place.function(graph, "Relu", Vec::new()),
        LayerSpec::LeakyRelu(layer) => leaky_relu(graph, place, layer),
        LayerSpec::Gelu(_) => gelu(graph, place),
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

fn conv(graph: &mut Graph, place: &Place, layer: Conv) -> String {
    let [weight, bias] = ["weight", "bias"].map(|name| place.add_tensor(graph, name));
    let inputs = [place.input.as_str(), &weight, &bias];
    graph.node("Conv", &place.name, &inputs, window(layer.window))
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
