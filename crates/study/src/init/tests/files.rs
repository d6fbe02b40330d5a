//! Files of initial weights: what is read and what is refused.

use super::*;
use crate::hostile;

const INIT: &str = "init = \"w.safetensors\"";

/// The message about the study's file, whose network has [`LAYERS`].
fn refused(place: &Place, init: &str) -> String {
    place.study(&text(LAYERS, init)).unwrap_err()
}

/// The message about the study on the images of [`dataset`].
fn unfit(place: &Place, layers: &str, init: &str) -> String {
    place.study(&text(layers, init)).unwrap().check(&dataset(150, 40)).unwrap_err().to_string()
}

#[test]
fn a_file_of_pytorch_gives_pytorch_s_logits() {
    let place = Place::new();
    place.write("w.safetensors", PYTORCH);
    let study = place.study(&text(LAYERS, INIT)).unwrap();
    let data = dataset(150, 40);
    study.check(&data).unwrap();
    let plan = &study.networks[0];
    let names: Vec<&str> =
        plan.init.as_ref().unwrap().tensors().map(|tensor| tensor.name.as_str()).collect();
    assert!(names.contains(&"1.running_var") && !names.contains(&"1.num_batches_tracked"));
    let architecture = plan.architecture(image_shape(&data), 3).unwrap();
    let mut network = plan.network(&architecture, 1).unwrap();
    let images: Vec<u8> = (0..5 * 36).map(|at| (at * 37 % 251) as u8).collect();
    let expected: Vec<f32> = serde_json::from_str(LOGITS).unwrap();
    let logits = network.logits(&images, &[0, 1, 2, 3, 4]);
    assert_eq!(logits.len(), expected.len());
    for (logit, expected) in logits.iter().zip(&expected) {
        assert!((logit - expected).abs() < 1e-5, "{logits:?} {expected:?}");
    }
    // Rounded to half precision, the weights are near, and others.
    place.write("half.safetensors", PYTORCH_HALF);
    let half = place.study(&text(LAYERS, "init = \"half.safetensors\"")).unwrap();
    half.check(&data).unwrap();
    let init = |study: &Study| study.networks[0].init.clone().unwrap();
    assert_ne!(init(&half).facts(), init(&study).facts());
    for (a, b) in init(&half).tensors().zip(init(&study).tensors()) {
        assert_eq!((&a.name, &a.shape), (&b.name, &b.shape));
        assert!(
            a.values.iter().zip(&b.values).all(|(a, b)| (a - b).abs() <= 1e-3 * b.abs().max(0.1))
        );
    }
}

#[test]
fn what_is_written_reads_back_and_a_network_overrides_the_study() {
    let place = Place::new();
    place.write("w.safetensors", &file_of("dense 8, relu", 1));
    place.write("other \u{e9} {x}' #.safetensors", &file_of("dense 8, relu", 2));
    let study = place
        .study(
            "[training]\ninit = { file = \"w.safetensors\", layers = 1 }\n\
             [[network]]\nname = \"a\"\nlayers = \"dense 8, relu\"\n\
             [[network]]\nname = \"b\"\nlayers = \"dense 8, relu\"\ninit = \"none\"\n\
             [[network]]\nname = \"c\"\nlayers = \"dense 8, relu\"\ninit = \"other \u{e9} {x}' #.safetensors\"\n\
             [[network]]\nname = \"d\"\nlayers = \"dense 8, relu\"\n\
             init = { file = \"./w.safetensors\", layers = 1, frozen = true }\n",
        )
        .unwrap();
    let settings: Vec<String> =
        study.networks.iter().map(|plan| plan.settings().last().unwrap().1.clone()).collect();
    assert_eq!(
        settings,
        [
            "{ file = \"w.safetensors\", layers = 1 }",
            "\"none\"",
            "{ file = \"other \u{e9} {x}' #.safetensors\" }",
            "{ file = \"./w.safetensors\", layers = 1, frozen = true }",
        ]
    );
    let written = study.to_toml();
    place.write("written.toml", written.as_bytes());
    assert_eq!(
        Study::find(place.at("written.toml").to_str().unwrap()).unwrap(),
        study,
        "{written}"
    );
    let facts = |index: usize| study.networks[index].training.init.unwrap();
    assert_eq!(facts(0).tensors, facts(3).tensors);
    assert_ne!(facts(0), facts(3));
    assert_eq!(study.networks[1].training.init, None);
}

#[test]
fn files_are_swept_over() {
    let place = Place::new();
    place.write("a.safetensors", &file_of("dense 8, relu", 1));
    place.write("b.safetensors", &file_of("dense 8, relu", 2));
    let sweep = |init: &str, values: &str| {
        let network = format!(
            "[[network]]\nname = \"from {{w}}\"\nlayers = \"dense 8, relu\"\ninit = {init}\nsweep = {{ w = {values} }}\n"
        );
        let study = place.study(&network).unwrap();
        study.networks.iter().map(|plan| plan.training.init).collect::<Vec<_>>()
    };
    let of_files = sweep("\"{w}\"", "[\"none\", \"a.safetensors\", \"b.safetensors\"]");
    assert!(of_files[0].is_none() && of_files[1].is_some() && of_files[1] != of_files[2]);
    let of_layers = sweep("{ file = \"a.safetensors\", layers = \"{w}\" }", "[1, 2]");
    let layers: Vec<_> = of_layers.iter().map(|init| init.unwrap().layers).collect();
    assert_eq!(layers, [Some(1), Some(2)]);
}

#[test]
fn mistakes_in_the_setting_name_line_and_key() {
    let place = Place::new();
    place.write("w.safetensors", PYTORCH);
    let must = "must be the path of a safetensors file, on one line";
    for (init, message) in [
        (
            "init = 3".to_owned(),
            format!("9:8: `init` in [[network]] 1 {must}, a table {{ file = \"...\", ... }}, or \"none\", got 3"),
        ),
        ("init = {}".to_owned(), "9:8: `file` is missing in `init` of [[network]] 1".to_owned()),
        (
            "init = { file = \"w.safetensors\", layer = 2 }".to_owned(),
            "9:34: unknown key `layer` in `init` of [[network]] 1\nhint: did you mean `layers`?".to_owned(),
        ),
        (
            "init = { file = \"\" }".to_owned(),
            format!("9:17: `file` in `init` of [[network]] 1 {must}, got \"\""),
        ),
        (
            "init = { file = \"w.safetensors\", layers = 0 }".to_owned(),
            "9:43: `layers` in `init` of [[network]] 1 must be a whole number from 1 to 100000, got 0".to_owned(),
        ),
        (
            "init = { file = \"w.safetensors\", frozen = true }".to_owned(),
            "9:43: `frozen` in `init` of [[network]] 1 must be left out where there is no `layers`: with all layers frozen, \
             nothing would be trained, got true".to_owned(),
        ),
        (
            "init = { file = \"w.safetensors\", layers = 6 }".to_owned(),
            "9:8: in the initial weights w.safetensors: layers = 6, and the network has 5 with parameters\n\
             hint: layers with weights count (dense layers, convolutions, norms), a block counts as one, and so does the dense layer that is added at the end".to_owned(),
        ),
        (
            "init = { file = \"w.safetensors\", layers = 5, frozen = true }".to_owned(),
            "9:8: in the initial weights w.safetensors: layers = 5 are all layers with parameters that the network has: with all \
             of them frozen, nothing is trained\nhint: freeze fewer, or leave `frozen` out".to_owned(),
        ),
        (
            "init = \"missing.safetensors\"".to_owned(),
            "9:8: in the initial weights missing.safetensors: it can't be read: No such file or directory (os error 2)\n\
             hint: `init` names a safetensors file, relative to the study file".to_owned(),
        ),
    ] {
        assert_eq!(refused(&place, &init), format!("mine.toml:{message}"), "{init}");
    }
    // A network may override what does not suit it, but a file that can't be read is a mistake anyway.
    let shared = "[training]\ninit = \"missing.safetensors\"\n[[network]]\nname = \"a\"\nlayers = \"\"\ninit = \"none\"\n";
    assert!(place.study(shared).unwrap_err().starts_with("mine.toml:3:8: in the initial weights"));
}

#[test]
fn every_tensor_that_does_not_match_is_listed() {
    let place = Place::new();
    place.write("w.safetensors", PYTORCH);
    let wider = LAYERS.replace("dense 5", "dense 6");
    assert_eq!(
        unfit(&place, &wider, INIT),
        "network `a` can't start from w.safetensors, since these tensors do not match:\n  \
         `4.bias` is [5] in the file, and the network needs [6]\n  \
         `4.weight` is [5, 32] in the file, and the network needs [6, 32]\n  \
         `5.bias` is [5] in the file, and the network needs [6]\n  \
         `5.running_mean` is [5] in the file, and the network needs [6]\n  \
         `5.running_var` is [5] in the file, and the network needs [6]\n  \
         `5.weight` is [5] in the file, and the network needs [6]\n  \
         `7.weight` is [3, 5] in the file, and the network needs [3, 6]\n\
         hint: write layers = 2 beside `file`: the first 2 of the layers with parameters fit"
    );
    let first = "init = { file = \"w.safetensors\", layers = 2 }";
    place.study(&text(&wider, first)).unwrap().check(&dataset(150, 40)).unwrap();
    let third = unfit(&place, &wider, &first.replace('2', "3"));
    assert!(
        third.contains("`4.weight`")
            && !third.contains("`5.")
            && third.ends_with("the first 2 of the layers with parameters fit"),
        "{third}"
    );
    // Without batchnorm, the layers behind it have other numbers.
    let shorter = unfit(&place, "conv 2 3x3, relu, flatten, dense 5, tanh", INIT);
    for line in [
        "  `3.weight` is missing in the file, and the network needs it as [5, 32]\n",
        "  `1.running_mean` is [2] in the file, and the network has none\n",
        "  `7.bias` is [3] in the file, and the network has none\n",
        "hint: write layers = 1 beside",
    ] {
        assert!(shorter.contains(line), "{shorter}");
    }
    // Names of another kind of module.
    let named: Vec<Raw> = tensors_of(LAYERS, 1)
        .iter()
        .map(|tensor| Raw { name: format!("features.{}\n\u{1b}", tensor.name), ..raw(tensor) })
        .collect();
    place.write("named.safetensors", &to_file(&named));
    let message = unfit(&place, LAYERS, "init = \"named.safetensors\"");
    assert!(message.contains("  `0.weight` is missing in the file"), "{message}");
    assert!(message.contains("`features.7.bias"), "{message}");
    assert!(
        message.contains("hint: names are those of the state dict of an `nn.Sequential`"),
        "{message}"
    );
    assert!(!message.contains('\u{1b}'), "{message:?}");
    // Names with a zero before the number are others.
    let zero: Vec<Raw> = tensors_of("", 1)
        .iter()
        .map(|tensor| Raw { name: format!("0{}", tensor.name), ..raw(tensor) })
        .collect();
    place.write("zero.safetensors", &to_file(&zero));
    assert!(
        unfit(&place, "", "init = \"zero.safetensors\"")
            .contains("`00.bias` is [3] in the file, and the network has none")
    );
    // A file of very many tensors.
    let many: Vec<Raw> = (0..3000)
        .map(|at| Raw {
            name: format!("x.{at}"),
            dtype: Dtype::F32,
            shape: vec![0],
            bytes: Vec::new(),
        })
        .collect();
    place.write("many.safetensors", &to_file(&many));
    let message = unfit(&place, "", "init = \"many.safetensors\"");
    assert!(message.contains("  and 2902 more\n") && message.lines().count() == 103, "{message}");
}

#[test]
fn values_that_no_network_can_start_from_are_refused() {
    let place = Place::new();
    let with = |name: &str, value: f32| {
        let mut tensors = tensors_of(LAYERS, 1);
        *tensors
            .iter_mut()
            .find(|tensor| tensor.name == name)
            .unwrap()
            .values
            .last_mut()
            .unwrap() = value;
        to_file(&tensors.iter().map(raw).collect::<Vec<_>>())
    };
    for (name, value, shown) in [
        ("4.weight", f32::NAN, "NaN"),
        ("7.bias", f32::NEG_INFINITY, "-inf"),
        ("5.running_var", -0.5, "-0.5"),
    ] {
        place.write("w.safetensors", &with(name, value));
        let message = refused(&place, INIT);
        assert!(
            message.contains(&format!("tensor `{name}` holds {shown}, and no network can start")),
            "{message}"
        );
        // Tensors that are not used do not matter.
        place.study(&text(LAYERS, "init = { file = \"w.safetensors\", layers = 2 }")).unwrap();
    }
    place.write("w.safetensors", &with("4.weight", -0.5));
    place.study(&text(LAYERS, INIT)).unwrap();
    let mut whole: Vec<Raw> = tensors_of(LAYERS, 1).iter().map(raw).collect();
    whole[0] = Raw { dtype: Dtype::I32, ..raw(&tensors_of(LAYERS, 1)[0]) };
    place.write("w.safetensors", &to_file(&whole));
    let message = refused(&place, INIT);
    assert!(
        message.ends_with("hold real numbers, and these do not: `0.weight (I32)`"),
        "{message}"
    );
}

#[test]
fn files_of_any_content_are_refused_or_read() {
    let place = Place::new();
    fs::create_dir(place.at("directory")).unwrap();
    assert!(refused(&place, "init = \"directory\"").contains("it is no ordinary file\nhint: "));
    for (bytes, message) in [
        (
            &b"PK\x03\x04 archive/data.pkl"[..],
            "one of `torch.save` or another archive\nhint: in Python, write",
        ),
        (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", "one of `torch.save`"),
        (b"", "it has 0 bytes"),
        (b"\xff\xff\xff\xff\xff\xff\xff\x7f{}", "its header has 9223372036854775807 bytes"),
        (&PYTORCH[..PYTORCH.len() - 1], "cut off or damaged"),
        (b"\x02\0\0\0\0\0\0\0{}", ""),
    ] {
        place.write("w.safetensors", bytes);
        match place.study(&text(LAYERS, INIT)) {
            Err(error) => assert!(
                error.contains("mine.toml:9:8: in the initial weights w.safetensors: ")
                    && error.contains(message),
                "{error}"
            ),
            Ok(study) => {
                assert!(bytes.ends_with(b"{}"));
                let message = study.check(&dataset(150, 40)).unwrap_err().to_string();
                assert!(message.contains("`0.weight` is missing in the file"), "{message}");
            }
        }
    }
    // Every byte of the header that is another one.
    let end = 8 + PYTORCH[0] as usize + 256 * PYTORCH[1] as usize;
    for at in 0..end {
        let mut bytes = PYTORCH.to_vec();
        bytes[at] ^= 0x15;
        place.write("w.safetensors", &bytes);
        if let Ok(study) = place.study(&text(LAYERS, INIT)) {
            let _ = study.check(&dataset(150, 40));
        }
    }
    // A sparse file that takes no room on the disk.
    let large = fs::File::create(place.at("w.safetensors")).unwrap();
    large.set_len(1 << 40).unwrap();
    let message = refused(&place, INIT);
    assert!(message.contains("of one study may have 536870912 bytes together"), "{message}");
    // Fuzzing reads no file of the disk.
    hostile::study_file(
        format!("name = \"x\"\n{}", text(LAYERS, "init = \"/dev/zero\"")).as_bytes(),
    );
    if cfg!(unix) {
        assert!(refused(&place, "init = \"/dev/zero\"").contains("it is no ordinary file"));
    }
}
