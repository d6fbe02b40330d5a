//! A directory of a model for the checks of other programs: `model.py`, `model.safetensors`, ONNX files of all
//! options, and what the model must give: `images.npy` (bytes, `[count, height, width, channels]`) and
//! `logits.npy` (f32, `[count, classes]`).

use std::error::Error;
use std::fs;
use std::path::Path;

use fitroom_data::ModelImages;
use fitroom_export::{Model, OnnxInput, OnnxOptions, to_model_py, to_onnx};
use npyz::{AutoSerialize, WriterBuilder};

/// Writes the directory of a model, with these images.
pub fn write(directory: &Path, model: &Model, images: &[u8]) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(directory)?;
    let ModelImages { height, width, channels, .. } = model.images;
    let count = images.len() / (height * width * channels);
    let indices: Vec<u32> = (0..count as u32).collect();
    let logits = model.network(8)?.logits(images, &indices);
    fs::write(directory.join("images.npy"), npy(&[count, height, width, channels], images)?)?;
    fs::write(directory.join("logits.npy"), npy(&[count, model.classes.len()], &logits)?)?;
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
