//! Damaged files, files of others, and files that lie.

use safetensors::tensor::TensorView;

use super::*;

/// A model's file with another description.
fn file_about(model: &Model, change: &dyn Fn(String) -> String) -> Vec<u8> {
    let about = change(about::write(model).unwrap());
    file_of(&model.tensors, Some((METADATA_KEY, &about)))
}

/// Whether a message shows on a terminal as it is.
fn is_shown(message: &str) -> bool {
    message.len() < 2000 && message.lines().all(fitroom_data::is_plain)
}

#[test]
fn a_file_that_is_cut_off_or_goes_on_says_so() {
    let file = named("one-value").to_safetensors().unwrap();
    for len in 0..file.len() {
        let error = read_error(&file[..len]);
        assert!(error.starts_with("the file is cut off or damaged: it has "), "{len}: {error}");
    }
    assert!(read_error(&[&file[..], b"x"].concat()).starts_with("the file is cut off or damaged"));
}

#[test]
fn any_flipped_bit_gives_a_model_or_a_message() {
    let model = named("one-value");
    let file = model.to_safetensors().unwrap();
    let mut others = 0;
    for (at, bit) in (0..file.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut flipped = file.clone();
        flipped[at] ^= 1 << bit;
        match Model::from_safetensors(&flipped) {
            // The file has no seal: another number or letter is another model.
            Ok(read) => others += usize::from(read != model),
            Err(error) => assert!(is_shown(&error.to_string()), "{error}"),
        }
        // The tensors alone, whatever the description says.
        if let Err(error) = read_tensors(&flipped) {
            assert!(is_shown(&error.to_string()), "{error}");
        }
    }
    assert!(others > 64, "each bit of the two values makes another model: {others}");
}

#[test]
fn a_file_of_others_is_told_from_a_damaged_one() {
    let model = named("one-value");
    let error = read_error(&file_of(&model.tensors, None));
    assert!(error.starts_with("the file does not say its layers: "), "{error}");
    let error = read_error(&file_of(&model.tensors, Some(("format", "pt"))));
    assert!(error.starts_with("the file does not say its layers: "), "{error}");
    let error = read_error(&file_of(&model.tensors, Some(("fitroom", r#"{"epoch":1,"steps":2}"#))));
    assert!(error.starts_with("the file is a checkpoint of a run"), "{error}");
    for (bytes, expected) in [
        (&b""[..], "the file is cut off or damaged: it has 0 bytes"),
        (
            b"\x89PNG\r\n\x1a\n and more",
            "its header has 727905341920923785 bytes, more than this program reads",
        ),
        (&[0xff; 64], "its header has 18446744073709551615 bytes"),
        (
            b"\x02\0\0\0\0\0\0\0[]",
            "this is no safetensors file, or a damaged one: invalid JSON in header",
        ),
        (
            b"\x02\0\0\0\0\0\0\0\xff\xff",
            "this is no safetensors file, or a damaged one: invalid UTF-8",
        ),
        (b"\x02\0\0\0\0\0\0\0{}", "the file does not say its layers"),
    ] {
        let error = read_error(bytes);
        assert!(error.starts_with(expected), "{error}");
    }
    // Brackets in brackets, which must not use up the stack.
    let deep = "[".repeat(1 << 20);
    let file = [&(deep.len() as u64).to_le_bytes()[..], deep.as_bytes()].concat();
    assert!(read_error(&file).contains("invalid JSON in header"));
    let error = read_error(&file_of(&model.tensors, Some((METADATA_KEY, &deep))));
    assert!(error.starts_with("what the file says of its network can't be read: "), "{error}");
}

#[test]
fn a_description_is_not_believed() {
    let model = named("dense-first");
    for (from, to, expected) in [
        (
            r#""version":1"#,
            r#""version":2"#,
            "the file is of version 2, and this program reads version 1\nhint: ",
        ),
        (
            r#""version":1"#,
            r#""version":-1"#,
            "what the file says of its network can't be read: invalid value",
        ),
        (
            r#""views""#,
            "\"x\\u001b[2J\":1,\"views\"",
            "what the file says of its network can't be read: unknown field",
        ),
        (
            r#""classes":["#,
            r#""classes":[1,"#,
            "what the file says of its network can't be read: invalid type",
        ),
        (
            r#""height":5"#,
            r#""height":5e0"#,
            "what the file says of its network can't be read: invalid type",
        ),
        (
            r#""height":5"#,
            r#""height":1152921504606846976"#,
            "network `dense-first` has images of 1152921504606846976×7×1",
        ),
        (
            r#""channels":1"#,
            r#""channels":65536"#,
            "network `dense-first`: tensor `0.weight` has shape [12, 35]",
        ),
        (
            r#""height":5,"width":7"#,
            r#""height":65536,"width":65536"#,
            "network `dense-first` has images of 65536×65536×1",
        ),
        (
            r#""border":12.25"#,
            r#""border":-1"#,
            "network `dense-first`: the brightness of its images' border is -1",
        ),
        (
            r#""border":12.25"#,
            r#""border":1e999"#,
            "what the file says of its network can't be read: number out of range",
        ),
        (
            r#"dense 12, relu"#,
            r#"dense 12, relu, dense 65536, dense 65536"#,
            "network `dense-first`: layer 4 `dense 65536` has",
        ),
        (
            r#"dense 12, relu"#,
            r#"dense 13, relu"#,
            "network `dense-first`: tensor `0.weight` has shape [12, 35]",
        ),
        (
            r#"dense 12, relu"#,
            r#"dense 12, batchnorm"#,
            "network `dense-first`: tensor `1.weight` is missing",
        ),
        (
            r#"dense 12, relu"#,
            r#"relu"#,
            "network `dense-first`: layer 2 `dense 10` takes a vector, but",
        ),
        (
            r#""0.weight","#,
            "",
            "the file names tensor `0.weight` in one place, and not in the other",
        ),
        (
            r#""0.weight","#,
            r#""0.bias","#,
            "the file names tensor `0.bias` in one place, and not in the other",
        ),
        (
            r#""0.weight","#,
            r#""0.weight","7.weight","#,
            "the file names tensor `7.weight` in one place",
        ),
        (
            r#""network":"dense-first""#,
            r#""network":"\u001b[2J""#,
            "the network's name `\u{fffd}[2J` has control",
        ),
        (r#""seed":"3""#, r#""seed":"\u0007""#, "the fact `\u{fffd}` has control characters"),
        (r#""seed":"3""#, r#""se\ned":"3""#, "the fact `se\u{fffd}ed` has control characters"),
        (
            r#""shift":0"#,
            r#""shift":4294967296"#,
            "what the file says of its network can't be read: invalid value",
        ),
    ] {
        let file = file_about(&model, &|about| {
            assert!(about.contains(from), "{from} in {about}");
            about.replacen(from, to, 1)
        });
        let error = read_error(&file);
        assert!(error.starts_with(expected), "{from} → {to}: {error}");
        assert!(is_shown(&error), "{error}");
    }
}

#[test]
fn tensors_of_another_type_or_without_layers_are_named() {
    let model = named("one-value");
    let about = about::write(&model).unwrap();
    let metadata = || Some(HashMap::from([(METADATA_KEY.to_owned(), about.clone())]));
    let view =
        |dtype, shape: &[usize], bytes| TensorView::new(dtype, shape.to_vec(), bytes).unwrap();
    let weight = || ("0.weight", view(Dtype::F32, &[1, 1], &[0; 4]));
    let file =
        serialize([weight(), ("0.bias", view(Dtype::F16, &[1], &[0; 2]))], metadata()).unwrap();
    assert!(read_error(&file).starts_with("tensor `0.bias` holds F16 and not F32\nhint: "));
    let mut model = model;
    model.tensors.push(tensor("9.wei\u{1b}ght", &[1], &[0.0]));
    let file = file_about(&model, &|about| about);
    let error = read_error(&file);
    assert_eq!(error, "network `one-value`: this network has no tensor `9.wei\u{fffd}ght`");
}
