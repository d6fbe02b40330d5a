//! Writes models of every kind of layer for the checks of other programs: `layer_models DIR`.
//!
//! A directory per model: `model.py`, `model.safetensors`, ONNX files of all options, and what the model
//! must give: `images.npy` (bytes, `[count, height, width, channels]`) and `logits.npy` (f32,
//! `[count, classes]`).

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use fitroom_data::ModelImages;
use fitroom_export::{Model, OnnxInput, OnnxOptions, to_model_py, to_onnx};
use npyz::{AutoSerialize, WriterBuilder};

#[path = "../tests/models/mod.rs"]
mod models;

/// Neither a multiple of the larger batch nor of the network's own.
const IMAGES: usize = 23;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(env::args().nth(1).ok_or("usage: layer_models DIR")?);
    for (name, model) in models::models() {
        write(&directory.join(name), &model)?;
    }
    Ok(())
}

fn write(directory: &Path, model: &Model) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(directory)?;
    let ModelImages { height, width, channels, .. } = model.images;
    let images = models::images(model, IMAGES);
    let indices: Vec<u32> = (0..IMAGES as u32).collect();
    let logits = model.network(8)?.logits(&images, &indices);
    fs::write(directory.join("images.npy"), npy(&[IMAGES, height, width, channels], &images)?)?;
    fs::write(directory.join("logits.npy"), npy(&[IMAGES, model.classes.len()], &logits)?)?;
    fs::write(directory.join("model.safetensors"), model.to_safetensors()?)?;
    fs::write(directory.join("model.py"), to_model_py(model)?.content)?;
    for (input, input_name) in [(OnnxInput::Bytes, "bytes"), (OnnxInput::Floats, "floats")] {
        for (fold, ending) in [(false, ""), (true, "-folded")] {
            let file = to_onnx(model, &OnnxOptions { input, fold })?.content;
            fs::write(directory.join(format!("{input_name}{ending}.onnx")), file)?;
        }
    }
    Ok(())
}

/// An array's file, as NumPy writes it.
fn npy<T: AutoSerialize + Copy>(shape: &[usize], values: &[T]) -> Result<Vec<u8>, Box<dyn Error>> {
    let shape: Vec<u64> = shape.iter().map(|&size| size as u64).collect();
    let mut file = Vec::new();
    let options = npyz::WriteOptions::new().default_dtype().shape(&shape);
    let mut writer = options.writer(&mut file).begin_nd()?;
    writer.extend(values.iter().copied())?;
    writer.finish()?;
    Ok(file)
}
