"""Compares ONNX files with logits that Fitting Room computed: `python compare.py DIR` (onnx, onnxruntime, numpy).

DIR has a directory per model, with the model's ONNX files and two arrays: images.npy (uint8 [count, height, width,
channels]) and logits.npy (float32 [count, classes]). Each file must pass ONNX's own checker, be of the versions that
are promised, and give the same logits and labels in ONNX Runtime, image by image and in batches of 7. The exit
code is 1 if one does not, or if there is none.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

TOLERANCE = 1e-4  # of logits
BATCHES = (1, 7)


def session_of(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def inputs_of(images, session):
    """The images as the graph takes them, by the type of its input."""
    (value,) = session.get_inputs()
    assert value.name == "images", value.name
    if value.type == "tensor(uint8)":
        arrays = images
    else:
        assert value.type == "tensor(float)", value.type
        arrays = np.ascontiguousarray(images.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255))
    assert value.shape == ["batch", *arrays.shape[1:]], value.shape
    return arrays


def check_file(path, classes):
    """The versions, the outputs and the metadata of a file."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert model.ir_version <= 8, model.ir_version
    assert [(opset.domain, opset.version <= 17) for opset in model.opset_import] == [("", True)], model.opset_import
    assert model.graph.doc_string, "the graph says what it is"
    for output, name in zip(model.graph.output, ["logits", "probabilities"], strict=True):
        shape = output.type.tensor_type.shape.dim
        assert (output.name, shape[0].dim_param, shape[1].dim_value) == (name, "batch", classes), output


def check_metadata(session, classes):
    found = session.get_modelmeta().custom_metadata_map
    names = json.loads(found["classes"])
    assert len(names) == classes and all(isinstance(name, str) for name in names), names
    assert found["network"] and found["layers"], found
    assert found["batchnorm"] in ("folded", "kept"), found


def softmax(logits):
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def largest_difference(path, images, expected):
    """The largest difference of a logit. Labels and probabilities must agree."""
    check_file(path, expected.shape[1])
    session = session_of(path)
    check_metadata(session, expected.shape[1])
    arrays = inputs_of(images, session)
    difference = 0.0
    for batch in BATCHES:
        parts = [
            session.run(["logits", "probabilities"], {"images": arrays[at : at + batch]})
            for at in range(0, len(arrays), batch)
        ]
        logits, probabilities = (np.concatenate(parts) for parts in zip(*parts, strict=True))
        assert logits.dtype == np.float32 and logits.shape == expected.shape, (logits.dtype, logits.shape)
        labels = (logits.argmax(axis=1), expected.argmax(axis=1))
        assert np.array_equal(*labels), f"labels differ in batches of {batch}: {np.flatnonzero(labels[0] != labels[1])}"
        assert np.abs(probabilities - softmax(logits)).max() < 1e-6, "probabilities are softmax of the logits"
        difference = max(difference, float(np.abs(logits - expected).max()))
    assert difference < TOLERANCE, f"logits differ by {difference:.1e}"
    return difference


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    paths = sorted(Path(sys.argv[1]).glob("*/*.onnx"))
    failures, differences = [], {}
    for path in paths:
        images, logits = (np.load(path.parent / f"{name}.npy") for name in ("images", "logits"))
        assert len(images) == len(logits) > 0, path
        try:
            difference = largest_difference(path, images, logits)
            differences[path.parent] = max(differences.get(path.parent, 0.0), difference)
        except Exception as error:  # the other files are compared too
            failures.append(f"{path}: {error}")
    print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}")
    for directory, difference in differences.items():
        count = len(np.load(directory / "logits.npy"))
        files = len(list(directory.glob("*.onnx")))
        print(f"{directory.name:24} {files} files, {count:5} images, largest difference of a logit {difference:.1e}")
    print("\n".join(failures))
    sys.exit(1 if failures or not paths else 0)


if __name__ == "__main__":
    main()
