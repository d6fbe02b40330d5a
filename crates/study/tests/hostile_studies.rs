//! Study files that were made to do harm: small files that expand to huge ones, names with paths or
//! control characters, networks that fit into no memory.

mod common;

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use common::dataset;
use fitroom_study::{Event, RunOptions, StoredStudy, Study, StudyError, run_study};
use safetensors::SafeTensors;
use sha2::{Digest, Sha256};

fn parse(text: &str) -> Result<Study, StudyError> {
    Study::parse(text, "hostile.toml")
}

/// The error of a study named `x`, with `text` as the rest of its file.
fn mistake(text: &str) -> String {
    parse(&format!("name = \"x\"\n{text}")).unwrap_err().to_string()
}

#[test]
fn a_study_file_has_a_largest_size() {
    let network = "[[network]]\nname = \"a\"\nlayers = \"\"\n";
    let text = |bytes: usize| {
        format!("name = \"x\"\n{network}#{}", "x".repeat(bytes - 11 - network.len() - 1))
    };
    assert_eq!(text(16 << 20).len(), 16 << 20);
    parse(&text(16 << 20)).unwrap();
    assert_eq!(
        parse(&text((16 << 20) + 1)).unwrap_err().to_string(),
        "hostile.toml:1:1: the file has more than 16777216 bytes, the most that a study may have"
    );
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("endless.toml");
    // A sparse file: it takes no room on the disk, but reading it would take memory.
    std::fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let error = Study::find(path.to_str().unwrap()).unwrap_err().to_string();
    assert!(error.contains("endless.toml:1:1: the file has more than 16777216 bytes"), "{error}");
}

#[test]
fn a_small_file_does_not_stand_for_a_huge_one() {
    let numbers =
        |count: usize| (0..count).map(|number| number.to_string()).collect::<Vec<_>>().join(", ");
    let large = "with every network and every default written out, the study would have more than 16777216 bytes\n\
                 hint: sweep over fewer values, or divide the study";
    // A long list that a sweep would copy a thousand times.
    let list = format!(
        "[[network]]\nname = \"{{p}}\"\nlayers = \"dropout 0.{{p}}\"\nmore = [{}]\nsweep = {{ p = [{}] }}\n",
        "0, ".repeat(300_000),
        numbers(1000)
    );
    assert_eq!(mistake(&list), format!("hostile.toml:6:9: {large}"));
    // A long value that replaces its name many times.
    let value = "x".repeat(1 << 22);
    let text = format!(
        "[[network]]\nname = \"{{p}}\"\nlayers = \"{}\"\nsweep = {{ p = [\"{value}\"] }}\n",
        "{p}".repeat(1 << 18)
    );
    assert_eq!(mistake(&text), format!("hostile.toml:4:10: {large}"));
    // Many sweeps, each as large as it may be.
    let mut sweeps = String::new();
    for sweep in 0..5000 {
        let values = numbers(10);
        let _ = writeln!(
            sweeps,
            "[[network]]\nname = \"{sweep} {{a}} {{b}} {{c}}\"\nlayers = \"dense 1{{a}}, dense 1{{b}}, dense 1{{c}}\"\n\
             sweep = {{ a = [{values}], b = [{values}], c = [{values}] }}"
        );
    }
    let error = mistake(&sweeps);
    assert!(error.ends_with(large), "{error}");
    // As many networks as a file has room for, with their defaults.
    let networks: String = (0..40_000)
        .map(|index| format!("[[network]]\nname = \"{index}\"\nlayers = \"\"\n"))
        .collect();
    assert_eq!(mistake(&networks), format!("hostile.toml:1:1: {large}"));
}

#[test]
fn a_study_has_a_largest_number_of_runs() {
    let networks: String =
        (0..101).map(|index| format!("[[network]]\nname = \"{index}\"\nlayers = \"\"\n")).collect();
    let text = |seeds: u32| format!("name = \"x\"\nseeds = {seeds}\n{networks}");
    let mut study = parse(&text(990)).unwrap();
    let problem = "101 networks over 991 seeds are 100091 runs, and a study may have 100000\n\
                   hint: train over fewer seeds, or divide the study";
    assert_eq!(parse(&text(991)).unwrap_err().to_string(), format!("hostile.toml:2:9: {problem}"));
    assert_eq!(study.set_seeds(991).unwrap_err().to_string(), problem);
    assert_eq!(study.seeds, 990);
    study.set_seeds(989).unwrap();
}

#[test]
fn tables_that_are_nested_too_deeply_are_an_error() {
    for text in [
        format!("x = {}", "[".repeat(1 << 20)),
        format!("x = {}", "{ a = ".repeat(1 << 18)),
        format!("{}x = 1", "a.".repeat(1 << 18)),
        format!("[{}x]", "a.".repeat(1 << 18)),
    ] {
        let error = mistake(&text);
        assert!(error.starts_with("hostile.toml:") && error.contains("recurs"), "{error}");
    }
}

#[test]
fn a_network_that_fits_into_no_memory_is_refused_before_it_is_made() {
    let check = |layers: &str| {
        let text = format!(
            "name = \"x\"\n[training]\nvalidation = 4\nbatch_size = 4\n[[network]]\nname = \"a\"\nlayers = \"{layers}\""
        );
        parse(&text).unwrap().check(&dataset())
    };
    // Each of 1000 layers has a gibibyte of parameters, and as much of each of two moments.
    let error = check(&["dense 16000"; 1000].join(", ")).unwrap_err();
    assert!(
        matches!(&error, StudyError::TooLarge { network, needed, .. } if network == "a" && *needed > 3_000_000_000_000),
        "{error}"
    );
    let message = error.to_string();
    assert!(message.starts_with("network `a` needs at least 28"), "{message}");
    assert!(
        message.contains(" GiB of memory for its parameters, and this machine has "),
        "{message}"
    );
    assert!(message.contains("\nhint: make its layers smaller"), "{message}");
    check("dense 16, relu").unwrap();
}

#[test]
fn names_with_paths_or_control_characters_are_refused() {
    let network = "[[network]]\nname = \"a\"\nlayers = \"\"\n";
    let long = "x".repeat(65);
    let wide = "\u{10428}".repeat(33);
    for name in [
        "../../x",
        "/etc/x",
        "..",
        ".",
        "a\\\\b",
        "C:x",
        "a/b",
        "a\\u0000b",
        "a\\nb",
        "\\u001b[31m",
        "\\u009b31m",
        "",
        " a",
        "a ",
        "<script>alert(1)</script>",
        "\\\"onmouseover=",
        "a\\u202eb",
        "~",
        "$HOME",
        "a;b",
        "a|b",
        "`a`",
        &long,
        &wide,
    ] {
        let error = parse(&format!("name = \"{name}\"\n{network}")).unwrap_err().to_string();
        assert!(
            error.contains(
                "`name` in the study must be 1 to 64 letters, digits, spaces, `-` and `_`"
            ),
            "{error}"
        );
        assert!(!error.chars().any(|c| c.is_control() && c != '\n'), "{error:?}");
    }
    // `CON` is a device on Windows, but is allowed: the output directory's name also contains the
    // data set's name.
    assert_eq!(parse(&format!("name = \"CON\"\n{network}")).unwrap().name, "CON");

    for name in [
        "a\\u0000b",
        "a\\nb",
        "a\\rb",
        "\\u001b[31m",
        "\\u009b31m",
        "a\\u202eb",
        "a\\u2028b",
        "a\\u2066b",
        &"x".repeat(101),
    ] {
        let error = mistake(&network.replace("\"a\"", &format!("\"{name}\"")));
        assert!(
            error.contains("`name` in a network must be 1 to 100 characters on one line"),
            "{error}"
        );
        assert!(!error.chars().any(|c| c.is_control() && c != '\n'), "{error:?}");
        let title = format!("title = \"{name}{name}\"\n{network}");
        let error = mistake(&title);
        assert!(
            error.contains("`title` in the study must be at most 200 characters on one line"),
            "{error}"
        );
        let swept = format!("{network}swept = {{ of = \"{name}{name}\", at = {{ p = \"1\" }} }}\n");
        let error = mistake(&swept);
        assert!(
            error.contains(
                "`of` in `swept` of [[network]] 1 must be at most 200 characters on one line"
            ),
            "{error}"
        );
    }
    // Markup is allowed in names: `fitroom-report` escapes it.
    let name = "<b>a|b`c` *d* \\\"onmouseover=\\\" ../../etc =1+1";
    parse(&format!("name = \"x\"\n{}", network.replace("\"a\"", &format!("\"{name}\"")))).unwrap();
    for at in ["{ \"a b\" = \"1\" }", "{ p = \"\\u001b\" }", "{ p = 1 }"] {
        let error = mistake(&format!("{network}swept = {{ of = \"a\", at = {at} }}\n"));
        assert!(
            error.contains(
                "`at` in `swept` of [[network]] 1 must be a table of strings, each on one line"
            ),
            "{error}"
        );
    }
}

#[test]
fn messages_that_quote_a_file_have_no_control_characters() {
    let network = "[[network]]\nname = \"a\"\nlayers = \"\"\n";
    let escape = "\\u001b[31m\\u009b\\u202ex\\r";
    for text in [
        format!("\"{escape}\" = 1\n{network}"),
        format!("dataset = \"{escape}\"\n{network}"),
        network.replace("\"\"", &format!("\"relu, {escape}\"")),
        network.replace("\"\"", &format!("\"dense {escape}\"")),
        format!("{network}loss = \"{escape}\"\n"),
        format!("{network}vs = \"{escape}\"\n"),
        format!("{network}optimizer = \"{escape}\"\n"),
        format!("{network}sweep = {{ p = [\"{escape}\"] }}\n").replace("\"a\"", "\"{p}\""),
        format!("{network}patience = \u{9b}\n"),
        format!("{network}# \u{1b}[2J\n"),
    ] {
        let message = mistake(&text);
        let reaches_out = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!message.contains(reaches_out), "{message:?}");
    }
    let long = mistake(&network.replace("\"\"", &format!("\"{}\"", "x".repeat(1 << 20))));
    assert!(long.len() < 2000, "{}", long.len());
}

#[test]
fn a_checkpoint_within_an_epoch_of_more_images_than_there_are_does_no_harm() {
    let study = parse(
        "name = \"x\"\n[training]\nepochs = 3\nvalidation = 4\nbatch_size = 4\n[[network]]\nname = \"a\"\nlayers = \"\"",
    )
    .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let stop = AtomicBool::new(false);
    let run = |observer: &(dyn Fn(&Event) + Sync)| {
        stop.store(false, Ordering::Relaxed);
        run_study(&study, &dataset(), dir.path(), &RunOptions::new(1), &stop, observer)
    };
    let stop_after_an_epoch = |event: &Event| {
        stop.fetch_or(matches!(event, Event::EpochDone { .. }), Ordering::Relaxed);
    };
    assert_eq!(run(&stop_after_an_epoch).unwrap().pending, 1);

    // A file as an earlier version wrote it: its SHA-256 is that of the tensors alone, so it can say
    // anything of its epoch.
    let id = &StoredStudy::open(dir.path()).unwrap().runs[0].id;
    let path = dir.path().join(format!("runs/{id}/checkpoint.safetensors"));
    let file = std::fs::read(&path).unwrap();
    let stored = SafeTensors::deserialize(&file).unwrap();
    let mut tensors: Vec<_> = stored.iter().collect();
    tensors.sort_by_key(|&(name, _)| name);
    let mut digest = Sha256::new();
    for (name, tensor) in &tensors {
        for part in [name.as_bytes(), tensor.data()] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
    }
    let sha256: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let images = u64::MAX;
    let about = serde_json::json!({ "epoch": 1, "steps": 5, "sha256": sha256, "part": {
        "images": images, "loss_sum": 0.0, "correct": 0, "learning_rate": 0.1, "seconds": 0.0
    } });
    let about = std::collections::HashMap::from([("fitroom".to_owned(), about.to_string())]);
    let changed = safetensors::serialize(tensors, Some(about)).unwrap();
    std::fs::write(&path, changed).unwrap();

    assert_eq!(run(&|_| {}).unwrap().pending, 0);
    assert_eq!(StoredStudy::open(dir.path()).unwrap().runs[0].epochs.len(), 3);
}
