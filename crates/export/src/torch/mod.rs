//! `model.py`: a few lines of Python that build the network in PyTorch, load its safetensors file, and
//! score a picture.

mod modules;
mod python_text;
#[cfg(test)]
mod tests;

use fitroom_data::ModelImages;
use fitroom_nn::{Architecture, BlockKind, Operation, Shape};

use self::modules::module;
use self::python_text::{lines, string};
use crate::checked::CheckedModel;
use crate::note::views_note;
use crate::{Exported, InvalidModel, Model};

/// A Python module that builds the network as an `nn.Sequential` and loads its tensors from
/// [`to_safetensors`](Model::to_safetensors)' file beside it, which has the same name and the ending
/// `.safetensors`. It has `load()`, `prepare(images)`, `read(path)` and `CLASSES`, and as a program it scores a
/// picture.
///
/// All text of the model stands in it as escaped literals.
///
/// # Errors
/// The model's parts do not fit each other.
pub fn to_model_py(model: &Model) -> Result<Exported<String>, InvalidModel> {
    let checked = CheckedModel::new(model)?;
    let note = views_note(&model.views);
    let views = note.as_ref().map(|note| format!("\nNote: {note}.\n")).unwrap_or_default();
    let ModelImages { height, width, channels, .. } = model.images;
    let constants = [
        format!("NETWORK = {}", string(&model.network)),
        format!("SEED = {}", model.seed),
        format!("CLASSES = {}", lines('[', model.classes.iter().map(|name| string(name)), ']')),
        format!("FACTS = {}", facts(model)),
        format!("CHANNELS, HEIGHT, WIDTH = {channels}, {height}, {width}"),
        "WEIGHTS = Path(__file__).with_suffix(\".safetensors\")\n".to_owned(),
    ];
    // Two empty lines before each function, as Python's style guide has it.
    let content = [
        format!("{ABOUT}{views}\"\"\"\n\n{IMPORTS}\n{}", constants.join("\n")),
        build(&checked),
        LOAD.to_owned(),
        prepare(model),
        read(channels),
        MAIN.to_owned(),
    ];
    Ok(Exported { content: content.join("\n\n"), notes: note.into_iter().collect() })
}

const ABOUT: &str = r#""""A network that Fitting Room trained, for PyTorch.

    python FILE.py PICTURE

prints the classes of a picture with their probabilities, the likeliest first. It needs torch, safetensors and
pillow, and the network's tensors beside it, in FILE.safetensors. A picture of another size is stretched to the
network's; `fitroom predict` keeps its proportions, and inverts and crops it where the training images ask for it.
"#;

const IMPORTS: &str = "\
import sys
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn
";

const LOAD: &str = r#"def load(path=WEIGHTS):
    """The trained network, in evaluation mode. It takes what `prepare` gives."""
    network = build()
    # Counters of batch norms (num_batches_tracked) are not in the file. PyTorch takes a file without them for one
    # of its early versions and leaves them at 0; they only matter to training with momentum=None.
    network.load_state_dict(load_file(path), strict=True)
    return network.eval()
"#;

const MAIN: &str = r#"def main():
    if len(sys.argv) != 2:
        sys.exit(f"usage: python {sys.argv[0]} PICTURE")
    with torch.inference_mode():
        probabilities = load()(prepare(read(sys.argv[1]))).softmax(1)[0].tolist()
    for probability, name in sorted(zip(probabilities, CLASSES), reverse=True):
        print(f"{probability:.4f}  {name}")


if __name__ == "__main__":
    main()
"#;

/// What is known of the network, as a dict.
fn facts(model: &Model) -> String {
    let facts =
        model.facts.iter().map(|(name, fact)| format!("{}: {}", string(name), string(fact)));
    if model.facts.is_empty() { "{}".to_owned() } else { lines('{', facts, '}') }
}

/// `build()`: an `nn.Sequential` of all layers. Where the first layer takes a vector, the network flattens the image
/// itself: a module for that would change the index of all others, and so the names of their tensors.
fn build(model: &CheckedModel) -> String {
    let architecture = &model.architecture;
    let first = architecture.layers().first();
    let takes_vector = matches!(first.map(|layer| layer.input()), Some(Shape::Flat { .. }));
    let (class, flattening) = match takes_vector {
        true => ("Network", FLATTENING),
        false => ("nn.Sequential", ""),
    };
    let has = |kind: fn(&BlockKind) -> bool| architecture.blocks().iter().any(|it| kind(&it.kind));
    let residual = if has(|kind| matches!(kind, BlockKind::Residual(_))) { RESIDUAL } else { "" };
    let concat = if has(|kind| *kind == BlockKind::Concat) { CONCAT } else { "" };
    let modules = modules(architecture);
    format!(
        "{residual}{concat}{flattening}def build():\n    \"\"\"The layers, with PyTorch's initial values.\"\"\"\n    \
         return {class}(\n{modules}    )\n"
    )
}

/// The module of each layer on a line of its own, with its place in the network and its words in a study file.
fn modules(architecture: &Architecture) -> String {
    let (layers, blocks) = (architecture.layers(), architecture.blocks());
    let (mut lines, mut depth, mut is_projection) = (String::new(), 2, false);
    for operation in architecture.operations() {
        let indentation = "    ".repeat(depth);
        match *operation {
            Operation::Layer(index) => {
                let (layer, words) = (module(&layers[index]), &layers[index].spec);
                let path = layers[index].path();
                match is_projection {
                    true => lines += &format!("{layer}),  # {path}: {words}\n"),
                    false => lines += &format!("{indentation}{layer},  # {path}: {words}\n"),
                }
            }
            Operation::Fork(index) => {
                let (path, kind) = (blocks[index].path(), blocks[index].kind);
                let class = match kind {
                    BlockKind::Residual(_) => "Residual",
                    BlockKind::Concat => "Concat",
                    BlockKind::Repeat(_) => unreachable!("repetitions are written out"),
                };
                lines += &format!("{indentation}{class}(nn.Sequential(  # {path}: {kind}\n");
                depth += 1;
            }
            Operation::Shortcut(_) => {
                lines += &format!("{}), ", "    ".repeat(depth - 1));
                is_projection = true;
            }
            Operation::Join(_) => {
                depth -= 1;
                if !is_projection {
                    lines += &format!("{})),\n", "    ".repeat(depth));
                }
                is_projection = false;
            }
        }
    }
    lines
}

const RESIDUAL: &str = r#"class Residual(nn.Module):
    """Adds the body's output to its input, or to a projection of it."""

    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body = body
        self.shortcut = shortcut or nn.Identity()

    def forward(self, x):
        return self.shortcut(x) + self.body(x)


"#;

const CONCAT: &str = r#"class Concat(nn.Module):
    """Puts the channels of the body's output after those of its input."""

    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        return torch.cat([x, self.body(x)], 1)


"#;

const FLATTENING: &str = r#"class Network(nn.Sequential):
    """Takes images, and its first layer the vector of all their values."""

    def forward(self, images):
        return super().forward(images.flatten(1))


"#;

/// `prepare(images)`: from bytes to what the network takes.
fn prepare(model: &Model) -> String {
    let scaled = "images.permute(0, 3, 1, 2).float() / 255";
    let (what, body) = match &model.normalisation {
        None => ("0 to 1", format!("    return {scaled}\n")),
        Some(channels) => {
            let list = |numbers: Vec<f32>| format!("torch.tensor({numbers:?}).view(-1, 1, 1)");
            let mean = list(channels.iter().map(|channel| channel.mean).collect());
            let divisor = |std: f32| if std > 0.0 { std } else { 1.0 };
            let std = list(channels.iter().map(|channel| divisor(channel.std)).collect());
            let body =
                format!("    mean = {mean}\n    std = {std}\n    return ({scaled} - mean) / std\n");
            ("normalised", body)
        }
    };
    format!(
        "def prepare(images):\n    \"\"\"Bytes [batch, height, width, channels] as the network takes them: {what}, \
         [batch, channels, height, width].\"\"\"\n{body}"
    )
}

/// `read(path)`: a picture as the bytes of one image.
fn read(channels: usize) -> String {
    let mode = match channels {
        1 => "L",
        3 => "RGB",
        _ => return READ_NOTHING.to_owned(),
    };
    READ.replace("MODE", mode)
}

const READ: &str = r#"def read(path):
    """The picture in a file, as bytes [1, height, width, channels]. What is transparent is white paper."""
    picture = Image.open(path).convert("RGBA")
    picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    picture = picture.convert("MODE").resize((WIDTH, HEIGHT))
    return torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8).view(1, HEIGHT, WIDTH, CHANNELS)
"#;

const READ_NOTHING: &str = r#"def read(path):
    """No picture file has as many channels as the network's images."""
    sys.exit(f"{path}: the network takes {CHANNELS} channels, and pictures have 1 or 3")
"#;
