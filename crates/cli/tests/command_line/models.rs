//! `fitroom predict` and `fitroom evaluate`: what they print, write and exit with.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use snapbox::{assert_data_eq, str};

use crate::fixture::{Called, Place, idx};

/// A place with a trained study.
fn trained() -> Place {
    let place = Place::new();
    place.succeed(&["run", "tiny.toml", "--out", "out"]);
    place
}

fn png(side: u32, pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(pixels).unwrap();
    file
}

/// The pixels of test images of the place.
fn test_images(place: &Place) -> Vec<Vec<u8>> {
    let file = fs::read(place.path("images/t10k-images-idx3-ubyte")).unwrap();
    file[16..].chunks(36).map(<[u8]>::to_vec).collect()
}

/// The value of a column in each row of a CSV file.
fn column<'a>(csv: &'a str, name: &str) -> Vec<&'a str> {
    let mut lines = csv.lines();
    let at = lines.next().unwrap().split(',').position(|column| column == name).unwrap();
    lines.map(|line| line.split(',').nth(at).unwrap()).collect()
}

fn fails(place: &Place, arguments: &[&str], says: &[&str]) -> Called {
    let called = place.call(arguments);
    assert_eq!(called.code, Some(2), "{arguments:?}: {}{}", called.stdout, called.stderr);
    for words in says {
        assert!(called.stderr.contains(words), "{words}: {}", called.stderr);
    }
    called
}

#[test]
fn test_images_are_predicted_as_stored_from_every_kind_of_file() {
    let place = trained();
    for (at, pixels) in test_images(&place).iter().enumerate() {
        place.write(&format!("pictures/{at:02}.png"), png(6, pixels));
    }
    let predict = |model: &str, image: &str| {
        place
            .succeed(&["predict", model, "--network", "1", "--seed", "2", image, "--format", "csv"])
            .stdout
    };
    let from_idx = predict("out", "images/t10k-images-idx3-ubyte");
    let from_folder = predict("out", "pictures");
    let same = ["class", "label", "probability", "probability of 0", "probability of 2"];
    for name in same {
        assert_eq!(column(&from_idx, name), column(&from_folder, name), "{name}");
    }
    assert_eq!(column(&from_folder, "image")[3], "pictures/03.png");
    assert_eq!(column(&from_idx, "image")[3], "images/t10k-images-idx3-ubyte[3]");

    // The run's own predictions, which are found by its seed and network.
    let runs = fs::read_dir(place.path("out/runs")).unwrap().map(|run| run.unwrap().path());
    let of_run = runs.into_iter().find(|run| {
        let facts = fs::read_to_string(run.join("run.json")).unwrap();
        facts.contains("\"seed\": 2") && facts.contains("dense 8, relu")
    });
    let of_run = of_run.unwrap();
    let stored = fs::read_to_string(of_run.join("predictions.csv")).unwrap();
    assert_eq!(column(&from_idx, "label"), column(&stored, "predicted"));
    let confidences = |csv: &str, name: &str| -> Vec<f32> {
        column(csv, name).iter().map(|number| number.parse().unwrap()).collect()
    };
    assert_eq!(confidences(&from_idx, "probability"), confidences(&stored, "confidence"));
    let run = of_run.display().to_string();
    let of_run = place.succeed(&["predict", &run, "pictures", "--format", "csv"]).stdout;
    assert_eq!(of_run, from_folder);
}

#[test]
fn a_table_for_people_and_json_lines_for_programs() {
    let place = trained();
    let images = test_images(&place);
    place.write("one.png", png(6, &images[0]));
    place.write("large.png", png(20, &[40; 400]));
    let model = ["predict", "out", "--network", "plain", "--ensemble"];
    let table = place.succeed(&[&model[..], &["one.png"]].concat());
    assert_data_eq!(
        table.stdout,
        str![[r#"
image     class        %   next        %            %   seeds agree
one.png       1   36.26%      0   33.88%   2   29.86%        1 of 2

"#]]
    );
    let lines = place.succeed(
        &[&model[..], &["one.png", "large.png", "--format", "jsonl", "--invert", "yes"]].concat(),
    );
    assert!(lines.stderr.contains("inverted: 2 of 2 images"), "{}", lines.stderr);
    let lines: Vec<serde_json::Value> =
        lines.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["image"], &lines[0]["inverted"]), (&"one.png".into(), &true.into()));
    assert_eq!(lines[1]["cropped"], false);
    let sum = |of: &serde_json::Value| -> f64 {
        of["probabilities"].as_object().unwrap().values().map(|p| p.as_f64().unwrap()).sum()
    };
    assert!((sum(&lines[0]) - 1.0).abs() < 1e-5);
    assert_eq!(lines[0]["seeds"].as_array().unwrap().len(), 2);
    assert!((sum(&lines[0]["seeds"][1]) - 1.0).abs() < 1e-5);
    let not = [&model[..], &["large.png", "--format", "jsonl", "--invert", "no"]].concat();
    assert!(place.succeed(&not).stdout.contains("\"inverted\":false"));
}

#[test]
fn standard_input_is_an_image_or_many() {
    let place = trained();
    let images = test_images(&place);
    let predict = |input: Vec<u8>| {
        let mut command =
            place.command(&["predict", "out", "--network", "plain", "-", "--format", "csv"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&input).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, one) = predict(png(6, &images[1]));
    assert_eq!((code, column(&one, "image")[0]), (Some(0), "standard input"));
    let (_, two) = predict(idx(&[2, 6, 6], images[..2].concat()));
    assert_eq!(column(&two, "class")[1], column(&one, "class")[0]);
    assert_eq!(predict(Vec::new()).0, Some(2));
}

#[test]
fn what_can_not_be_predicted_is_named_and_the_rest_is_predicted() {
    let place = trained();
    let images = test_images(&place);
    let whole = png(6, &images[0]);
    place.write("good.png", &whole);
    place.write("cut.png", &whole[..whole.len() - 20]);
    place.write("notes.txt", "no image");
    place.write("empty.png", "");
    fs::create_dir(place.path("nothing")).unwrap();
    fn predict<'a>(images: &[&'a str]) -> Vec<&'a str> {
        [&["predict", "out", "--network", "plain"], images].concat()
    }
    let called = fails(
        &place,
        &predict(&["cut.png", "good.png", "--format", "csv"]),
        &["error: cut.png: the picture is damaged", "error: 1 of 2 images can't be read"],
    );
    assert_eq!(column(&called.stdout, "image"), ["good.png"]);
    fails(&place, &predict(&["notes.txt"]), &["notes.txt holds no images", "hint: "]);
    fails(&place, &predict(&["empty.png"]), &["empty.png is empty"]);
    fails(&place, &predict(&["missing.png"]), &["missing.png"]);
    fails(&place, &predict(&["nothing"]), &["there is no picture in nothing"]);
    fails(
        &place,
        &["predict", "nowhere", "good.png"],
        &["there is no trained network at nowhere", "hint: "],
    );
    fails(&place, &["predict", "out", "good.png"], &["--network: `plain`, `all sorts`"]);
    fails(&place, &["predict", "out", "--network", "plin", "good.png"], &["did you mean `plain`?"]);
    fails(&place, &predict(&["good.png", "--seed", "9"]), &["has no seed 9", "seeds 1 to 2"]);
    let both = predict(&["good.png", "--seed", "1", "--ensemble"]);
    fails(&place, &both, &["cannot be used with"]);
}

#[test]
fn an_evaluation_agrees_with_the_study() {
    let place = trained();
    let called = place.succeed(&["evaluate", "out", "--network", "plain", "--seed", "1"]);
    let summary = place.read("out/summary.csv");
    let tested: f64 = column(&summary, "best_test_accuracy")[0].parse().unwrap();
    let shown = format!("{:.2}%", 100.0 * tested);
    assert!(called.stdout.contains(&shown), "{shown}: {}", called.stdout);
    assert!(called.stdout.contains("plain on 30 test images of"), "{}", called.stdout);
    let out = "fitroom-out/evaluate-plain-idx-images";
    for file in ["report.html", "report.md", "predictions.csv", "plots/network_reliability.svg"] {
        assert!(place.path(&format!("{out}/{file}")).is_file(), "{file}");
    }
    assert_eq!(column(&place.read(&format!("{out}/predictions.csv")), "image").len(), 30);

    let json = |arguments: &[&str]| -> serde_json::Value {
        let called =
            place.succeed(&[&["evaluate", "out", "--json", "--network", "1"], arguments].concat());
        serde_json::from_str(&called.stdout).unwrap()
    };
    let one = json(&["--seed", "1"]);
    assert_eq!(one["network"]["accuracy"]["value"], tested);
    assert_eq!(one["network"]["confusion"][0].as_array().unwrap().len(), 3);
    let both = json(&["--ensemble", "--other-network", "2", "--part", "all"]);
    assert_eq!(both["network"]["seeds"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&both["network"]["images"], &both["other"]["name"]),
        (&150.into(), &"all sorts".into())
    );
    let test = &both["comparison"];
    assert!(test["p"].as_f64().unwrap() <= 1.0 && test["test"] == "McNemar's exact test");
    assert!(both["notes"][0].as_str().unwrap().contains("was trained on some of these images"));
    let seeds = json(&["--seed", "1", "--other-seed", "1"]);
    assert_eq!(
        (&seeds["comparison"]["difference"], &seeds["comparison"]["p"]),
        (&0.0.into(), &1.0.into())
    );
}

#[test]
fn images_that_do_not_suit_the_network_can_not_be_evaluated() {
    let place = trained();
    place.write_images("four", 40, 4);
    place.write(
        "wide/train-images-idx3-ubyte",
        idx(&[8, 6, 7], (0..8 * 42).map(|at| at as u8).collect()),
    );
    place.write("wide/train-labels-idx1-ubyte", idx(&[8], vec![0, 1, 0, 1, 0, 1, 0, 1]));
    place.write("wide/t10k-images-idx3-ubyte", idx(&[2, 6, 7], (0..84).collect()));
    place.write("wide/t10k-labels-idx1-ubyte", idx(&[2], vec![0, 1]));
    let evaluate = |dataset: &str| {
        ["evaluate", "out", "--network", "plain", "--dataset", dataset].map(str::to_owned).to_vec()
    };
    for (dataset, says) in [
        ("idx:four", "does not know `3`; its classes are `0`, `1`, `2`"),
        ("idx:wide", "--resize 6x6"),
        ("idx:missing", "missing"),
    ] {
        let arguments = evaluate(dataset);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        fails(&place, &arguments, &[says]);
    }
    let scaled =
        [evaluate("idx:wide"), vec!["--resize".into(), "6x6".into(), "--json".into()]].concat();
    let scaled: Vec<&str> = scaled.iter().map(String::as_str).collect();
    assert!(place.succeed(&scaled).stdout.contains("\"images\": 2"));
}

#[test]
fn exported_networks_predict_as_the_study_does() {
    let place = trained();
    let images = "images/t10k-images-idx3-ubyte";
    for (format, files) in [
        ("onnx", &["plain_seed_2.onnx"][..]),
        ("torch", &["plain_seed_2.py", "plain_seed_2.safetensors"]),
        ("safetensors", &["plain_seed_2.safetensors"]),
        ("csv", &["plain-epochs.csv", "plain-predictions.csv"]),
    ] {
        let called = place
            .succeed(&["export", "out", "plain", "--to", format, "--seed", "2", "--out", format]);
        let expected: String = files.iter().map(|file| format!("{format}/{file}\n")).collect();
        assert_eq!(called.stdout, expected);
        assert!(
            files.iter().all(|file| place.path(&format!("{format}/{file}")).is_file()),
            "{format}"
        );
    }
    let predict = |model: &[&str]| {
        place.succeed(&[&["predict"], model, &[images, "--format", "csv"]].concat()).stdout
    };
    let of_study = predict(&["out", "--network", "plain", "--seed", "2"]);
    assert_eq!(predict(&["safetensors/plain_seed_2.safetensors"]), of_study);
    let called = place.succeed(&["export", "out", "--to", "tensorboard"]);
    assert_eq!(called.stdout, "tensorboard --logdir out/tensorboard\n");
    assert!(called.stderr.contains("4 runs written"), "{}", called.stderr);
    let evaluated = ["evaluate", "safetensors/plain_seed_2.safetensors"];
    fails(&place, &evaluated, &["--dataset"]);
    let named = [&evaluated[..], &["--dataset", "idx:images", "--json"]].concat();
    assert!(place.succeed(&named).stdout.contains("\"images\": 30"));
}

#[test]
fn what_can_not_be_exported_is_named() {
    let place = trained();
    fails(&place, &["export", "out", "--to", "onnx"], &["--network: `plain`, `all sorts`"]);
    fails(&place, &["export", "out", "plain"], &["--to"]);
    fails(&place, &["export", "out", "plain", "--to", "csv", "--fold"], &["are for --to onnx"]);
    fails(&place, &["export", "out", "--to", "tensorboard", "--seed", "1"], &["all seeds"]);
    fails(&place, &["export", "tiny.toml", "--to", "onnx"], &["tiny.toml: ", "hint: "]);
    place.write("file", "");
    let into_file = ["export", "out", "plain", "--to", "onnx", "--out", "file/x"];
    fails(&place, &into_file, &["cannot write file/x"]);
}
