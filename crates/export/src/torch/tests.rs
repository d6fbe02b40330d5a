//! What stands in `model.py`. PyTorch runs it in `tests/pytorch/check.py`.

use super::*;
use crate::models::{models, named};

fn code(model: &Model) -> String {
    to_model_py(model).unwrap().content
}

/// The lines of `build()` that make a module.
fn modules_of(code: &str) -> Vec<&str> {
    code.lines().filter_map(|line| line.strip_prefix("        nn.")).collect()
}

#[test]
fn each_layer_is_a_module_at_its_index() {
    let text = code(&named("every-layer"));
    assert_eq!(
        modules_of(&text),
        [
            "Conv2d(3, 8, 3, padding=1),  # 0: conv 8 3x3 pad 1",
            "BatchNorm2d(8),  # 1: batchnorm",
            "ReLU(),  # 2: relu",
            "MaxPool2d(2),  # 3: maxpool 2x2",
            "Conv2d(8, 8, 5, padding=2),  # 4: conv 8 5x5 pad 2",
            "BatchNorm2d(8, eps=0.001),  # 5: batchnorm epsilon 0.001",
            "GELU(),  # 6: gelu",
            "AvgPool2d(2),  # 7: avgpool 2x2",
            "Dropout(0.25),  # 8: dropout 0.25",
            "Flatten(),  # 9: flatten",
            "Linear(392, 32),  # 10: dense 32",
            "BatchNorm1d(32),  # 11: batchnorm",
            "LeakyReLU(0.1),  # 12: leakyrelu 0.1",
            "Linear(32, 16),  # 13: dense 16",
            "Sigmoid(),  # 14: sigmoid",
            "Linear(16, 16),  # 15: dense 16",
            "Tanh(),  # 16: tanh",
            "Linear(16, 10),  # 17: dense 10",
        ]
    );
    for (name, model) in models() {
        let text = code(&model);
        let found = text.lines().filter(|line| line.contains(",  # ")).count();
        assert_eq!(found, model.architecture().unwrap().layers().len(), "{name}");
    }
}

#[test]
fn blocks_hold_the_modules_of_their_layers() {
    let text = code(&named("blocks"));
    let built = text.split("return nn.Sequential(\n").nth(1).unwrap();
    let lines: Vec<&str> = built.lines().collect();
    assert_eq!(
        lines[3..16],
        [
            "        Residual(nn.Sequential(  # 3: residual",
            "            nn.BatchNorm2d(6),  # 3.body.0: batchnorm",
            "            nn.Conv2d(6, 6, 3, padding=1),  # 3.body.1: conv 6 3x3 pad 1",
            "            nn.BatchNorm2d(6),  # 3.body.2: batchnorm",
            "            nn.ReLU(),  # 3.body.3: relu",
            "            nn.Conv2d(6, 6, 1),  # 3.body.4: conv 6 1x1",
            "            nn.BatchNorm2d(6),  # 3.body.5: batchnorm",
            "        )),",
            "        nn.ReLU(),  # 4: relu",
            "        Residual(nn.Sequential(  # 5: residual shortcut conv",
            "            nn.Conv2d(6, 8, 3, stride=2, padding=1),  # 5.body.0: conv 8 3x3 stride 2 pad 1",
            "            Concat(nn.Sequential(  # 5.body.1: concat",
            "                nn.Tanh(),  # 5.body.1.body.0: tanh",
        ]
    );
    assert_eq!(
        lines[17..20],
        [
            "            )),",
            "            nn.BatchNorm2d(11),  # 5.body.2: batchnorm",
            "        ), nn.Conv2d(6, 11, 1, stride=2)),  # 5.shortcut: conv 11 1x1 stride 2",
        ]
    );
    assert!(!code(&named("every-layer")).contains("class Residual"));
}

#[test]
fn windows_say_what_differs_from_pytorchs_defaults() {
    let text = code(&named("same-even"));
    assert_eq!(
        modules_of(&text)[0],
        "Conv2d(2, 5, (2, 4), padding=\"same\"),  # 0: conv 5 2x4 pad same"
    );
    assert!(modules_of(&text)[2].starts_with(
        "Sequential(nn.ConstantPad2d((1, 1, 0, 1), float(\"-inf\")), nn.MaxPool2d((2, 3), stride=1)),"
    ));
    assert!(modules_of(&text)[3].starts_with(
        "Sequential(nn.ConstantPad2d((0, 1, 1, 2), 0.0), nn.AvgPool2d((4, 2), stride=1)),"
    ));
    let text = code(&named("strides"));
    assert!(
        modules_of(&text)[0].starts_with("Conv2d(3, 6, (3, 2), stride=(2, 1), padding=(1, 0)),")
    );
    let text = code(&named("norms-of-images"));
    assert!(modules_of(&text)[4].starts_with("BatchNorm2d(8, eps=0.01, momentum=0.2),"));
}

#[test]
fn later_layers_are_modules_with_pytorchs_arguments() {
    let modules = |name: &str| -> Vec<String> {
        let text = code(&named(name));
        let module = |line: &str| line.split(",  #").next().unwrap_or_default().to_owned();
        modules_of(&text).into_iter().map(module).collect()
    };
    let functions =
        ["ELU()", "SELU()", "GELU(approximate=\"tanh\")", "SiLU()", "Hardswish()", "ELU(0.4)"];
    assert_eq!(modules("later-functions")[..6], functions);
    assert_eq!(modules("global-pools")[2], "Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())");
    assert_eq!(modules("global-max")[1], "Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten())");
    let norms = modules("norms-of-each-image");
    let of_norms = [&norms[0], &norms[2], &norms[4], &norms[6], &norms[7], &norms[9]];
    assert_eq!(
        of_norms,
        [
            "LayerNorm((3, 8, 7))",
            "GroupNorm(4, 8)",
            "Dropout2d(0.2)",
            "GroupNorm(1, 6, eps=0.01)",
            "LayerNorm((6, 6, 5), eps=0.001)",
            "LayerNorm(180)",
        ]
    );
    let groups = modules("groups");
    let of_groups = [&groups[0], &groups[4], &groups[7], &groups[8]];
    assert_eq!(
        of_groups,
        [
            "Conv2d(3, 3, (3, 2), stride=(2, 1), padding=(1, 0), groups=3)",
            "Conv2d(8, 12, 3, padding=1, groups=4)",
            "Conv2d(12, 12, 2, padding=\"same\", groups=12)",
            "Conv2d(12, 12, 3, groups=12)",
        ]
    );
}

#[test]
fn the_file_flattens_and_normalises_only_where_the_network_does() {
    let text = code(&named("dense-first"));
    assert!(text.contains("class Network(nn.Sequential):") && text.contains("return Network(\n"));
    assert!(text.contains("    return images.permute(0, 3, 1, 2).float() / 255\n"));
    assert!(text.contains(".convert(\"L\")"));
    let text = code(&named("functions-of-images"));
    assert!(!text.contains("class Network") && text.contains("return nn.Sequential(\n"));
    assert!(text.contains("mean = torch.tensor([0.2, 0.3]).view(-1, 1, 1)\n"));
    assert!(text.contains("sys.exit(f\"{path}: the network takes {CHANNELS} channels"));
    // A channel that is constant is divided by 1.
    let text = code(&named("no-layers"));
    assert!(text.contains("std = torch.tensor([0.35, 0.35, 1.0]).view(-1, 1, 1)\n"));
    assert!(text.contains(".convert(\"RGB\")"));
}

#[test]
fn names_of_strangers_stay_names() {
    let plain = code(&named("no-layers"));
    let mut model = named("no-layers");
    let hostile = "\"\"\"\\\"]\nimport os\r\nos.abort() #\0\u{2028}{0}\u{202e}\\";
    model.network = hostile.to_owned();
    model.classes.fill(hostile.to_owned());
    model.facts = model.facts.into_keys().map(|key| (key, hostile.to_owned())).collect();
    let text = code(&model);
    // What they say stands within one line each, and nothing else has changed.
    assert_eq!(text.lines().count(), plain.lines().count());
    let literal = r#""\"\"\"\\\"]\nimport os\x0d\nos.abort() #\x00\u2028{0}\u202e\\""#;
    for (line, of_plain) in text.lines().zip(plain.lines()) {
        let is_name = line == format!("    {literal},")
            || line == format!("NETWORK = {literal}")
            || line
                .strip_suffix(&format!(": {literal},"))
                .is_some_and(|key| key.starts_with("    \""));
        assert!(line == of_plain || is_name, "{line}");
    }
    assert_eq!(text.matches(literal).count(), 1 + 4 + 2);
}

#[test]
fn views_are_noted_in_the_file_and_to_the_caller() {
    let mut model = named("one-value");
    assert_eq!(to_model_py(&model).unwrap().notes, []);
    model.views.shift = 1;
    model.views.test_time = true;
    let Exported { content, notes } = to_model_py(&model).unwrap();
    assert_eq!(notes.len(), 1);
    assert!(content.contains(&format!("\nNote: {}.\n", notes[0])));
    assert_eq!(content, code(&model), "equal models make equal files");
}
