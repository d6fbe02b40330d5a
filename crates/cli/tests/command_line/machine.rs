//! `doctor`, `bench`, and the choice of the instruction set. No test checks how fast anything is.

use snapbox::{assert_data_eq, str};

use crate::fixture::{Called, Place, without_seconds};

const COLUMNS: &str = "network,batch_size,threads,milliseconds,milliseconds_low,milliseconds_high,images_per_second,\
                       gflops,percent_of_peak,scoring_milliseconds";

/// Calls the program with an instruction set chosen.
fn call_under(place: &Place, set: &str, arguments: &[&str]) -> Called {
    let output = place.command(arguments).env("FITROOM_SIMD", set).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Called { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The instruction sets that `doctor` lists for this machine, the fastest first.
fn available(place: &Place) -> Vec<String> {
    let doctor = place.succeed(&["doctor"]).stdout;
    let line = doctor.lines().find_map(|line| line.strip_prefix("available: ")).expect(&doctor);
    line.split(", ").map(str::to_owned).collect()
}

/// The rows of a CSV file under the header of `bench`: network, batch size and threads, then seven
/// numbers above 0.
fn rows(csv: &str) -> Vec<[String; 3]> {
    let (header, rows) = csv.split_once('\n').expect(csv);
    assert_eq!(header, COLUMNS);
    let row = |row: &str| {
        let cells: Vec<&str> = row.split(',').collect();
        let numbers: Vec<f64> = cells[3..].iter().map(|cell| cell.parse().expect(row)).collect();
        assert_eq!(numbers.len(), 7, "{row}");
        assert!(numbers.iter().all(|&number| number >= 0.0 && number.is_finite()), "{row}");
        let [median, low, high, images, ..] = numbers[..] else { panic!("{row}") };
        assert!(0.0 < low && low <= median && median <= high && images > 0.0, "{row}");
        [0, 1, 2].map(|column| cells[column].to_owned())
    };
    rows.lines().map(row).collect()
}

#[test]
fn doctor_says_what_there_is() {
    let doctor = Place::new().succeed(&["doctor"]);
    assert_data_eq!(
        &doctor.stdout,
        str![[r#"
fitroom [..], [..], rustc [..]

processor: [..]
instruction set: [..] (detected; FITROOM_SIMD can set another)
available: [..]portable

  at most                         one core   all cores
  multiply-adds of f32, GFLOP/s[..]
  memory traffic (triad), GB/s[..]

fashion-mnist: not on disk (`fitroom data fetch fashion-mnist`)
mnist: not on disk (`fitroom data fetch mnist`)
kmnist: not on disk (`fitroom data fetch kmnist`)
drawn: built in

"#]]
    );
    assert!(
        doctor.stderr.contains("measuring memory traffic of one core (3 of 4)\n"),
        "{}",
        doctor.stderr
    );
    let limits = doctor.stdout.lines().filter(|line| line.contains("/s  "));
    let numbers: Vec<f64> = limits
        .flat_map(str::split_whitespace)
        .filter_map(|word| word.parse::<f64>().ok())
        .collect();
    assert!(numbers.len() == 4 && numbers.iter().all(|&number| number > 0.0), "{}", doctor.stdout);
}

#[test]
fn doctor_finds_data_sets_and_what_is_wrong_with_them() {
    let place = Place::new();
    // Files with the right names, but with made-up images.
    place.write_images("here/mnist", 40, 3);
    let doctor = place.succeed(&["doctor", "--data-dir", "here"]).stdout;
    assert!(
        doctor.contains("\nmnist: here/mnist, four files wrong (`fitroom data verify mnist`)\n"),
        "{doctor}"
    );
    assert!(doctor.contains("\nkmnist: not on disk"), "{doctor}");
}

#[test]
fn bench_has_a_row_for_each_network_and_number_of_threads() {
    let place = Place::new();
    let csv = place
        .succeed(&["bench", "tiny.toml", "--seconds", "0.01", "--threads", "2", "--csv", "-"])
        .stdout;
    assert_eq!(rows(&csv), [["plain", "16", "2"], ["all sorts", "16", "2"]]);

    let called = place.succeed(&[
        "bench",
        "tiny.toml",
        "--seconds",
        "0.01",
        "--only",
        "2",
        "--csv",
        "bench.csv",
    ]);
    let rows = rows(&place.read("bench.csv"));
    let cores = std::thread::available_parallelism().unwrap().get().to_string();
    let threads: Vec<&str> = if cores == "1" { vec!["1"] } else { vec!["1", &cores] };
    assert_eq!(
        rows,
        threads.iter().map(|threads| ["all sorts", "16", *threads]).collect::<Vec<_>>()
    );
    let table: Vec<&str> = called.stdout.lines().filter(|line| line.starts_with("  ")).collect();
    assert!(table[0].starts_with("  network     batch   cores   ms a step"), "{}", called.stdout);
    assert_eq!(table.len(), 1 + rows.len());
    assert!(table[1..].iter().all(|line| line.starts_with("  all sorts ")), "{}", called.stdout);
    assert!(called.stdout.starts_with("tiny: training steps on idx:images\n"), "{}", called.stdout);
    assert!(called.stderr.contains("measuring `all sorts` on one core ("), "{}", called.stderr);
}

#[test]
fn bench_takes_the_images_that_it_is_given() {
    let place = Place::new();
    place.write_images("more", 200, 4);
    let arguments = ["bench", "tiny.toml", "--only", "1", "--threads", "1", "--seconds", "0.001"];
    let called = place.succeed(&[&arguments[..], &["--dataset", "idx:more"]].concat());
    assert!(called.stdout.starts_with("tiny: training steps on idx:more\n"), "{}", called.stdout);
}

#[test]
fn wrong_requests_of_bench_are_refused_before_anything_is_measured() {
    let place = Place::new();
    let refused = |arguments: &[&str]| {
        let before = place.files();
        let called = place.call(&[&["bench", "tiny.toml"], arguments].concat());
        assert_eq!((called.code, called.stdout.as_str()), (Some(2), ""), "{}", called.stderr);
        assert!(place.files() == before, "something was written: {}", called.stderr);
        called.stderr
    };
    assert_data_eq!(
        refused(&["--only", "plian"]),
        str![[r#"
error: the study `tiny` has no network `plian`
hint: did you mean `plain`?
hint: its networks are `plain`, `all sorts`

"#]]
    );
    assert_data_eq!(
        refused(&["--seconds", "0"]),
        str![[r#"
error: invalid value '0' for '--seconds <S>': not a number of seconds from 0.001 to 3600

For more information, try '--help'.

"#]]
    );
    assert_data_eq!(
        refused(&["--csv", "nowhere/bench.csv"]),
        str![[r#"
error: cannot write nowhere/bench.csv: [..]

"#]]
    );
    assert_data_eq!(
        refused(&["--dataset", "mnits"]),
        str![[r#"
error: unknown data set `mnits`
hint: did you mean `mnist`?

"#]]
    );
}

#[test]
fn a_missing_instruction_set_is_refused_by_all_commands_that_compute() {
    let place = Place::new();
    let here = available(&place).join(", ");
    let before = place.files();
    for arguments in [&["run", "tiny.toml"][..], &["bench", "tiny.toml"], &["doctor"]] {
        let called = call_under(&place, "avx5l2", arguments);
        assert_eq!((called.code, called.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        let hints = format!("hint: did you mean `avx512`?\nhint: this machine has {here}\n");
        assert_eq!(
            called.stderr,
            format!("error: FITROOM_SIMD: unknown instruction set `avx5l2`\n{hints}")
        );

        let other = if cfg!(target_arch = "x86_64") { "neon" } else { "avx512" };
        let called = call_under(&place, other, arguments);
        assert_eq!(called.code, Some(2), "{arguments:?}");
        let refusal = format!(
            "error: FITROOM_SIMD: this machine does not have {other}\nhint: it has {here}\n"
        );
        assert_eq!(called.stderr, refusal);
    }
    assert!(place.files() == before);
    // `networks` computes nothing, so it does not mind.
    assert_eq!(call_under(&place, "avx5l2", &["networks", "tiny.toml"]).code, Some(0));
}

/// Networks that use every kernel, in sizes that leave vectors of 4, 8 and 16 values partly filled.
const NETWORKS: &str = r#"
name    = "kernels"
dataset = "idx:images"

[training]
epochs     = 2
batch_size = 16
validation = 24

[[network]]
name   = "dense"
layers = "dense 150, relu, dropout 0.3, dense 43, batchnorm, gelu"
penalty = { l1 = 0.0001, l2 = 0.0001 }

[[network]]
name   = "Winograd"
layers = "conv 24 3x3 pad 1, relu, conv 20 3x3 pad 1, relu, flatten, dense 37, tanh"

[[network]]
name      = "other windows"
layers    = "conv 24 5x5 pad 2, batchnorm, sigmoid, maxpool 2x2, conv 9 2x2, leakyrelu, avgpool 2x2, flatten"
optimizer = { name = "sgd", learning_rate = 0.01, momentum = 0.9 }

[[network]]
name      = "norms and groups"
layers    = "conv 20 3x3 pad 1, groupnorm 5, silu, depthwise 3x3 stride 2 pad 1, elu, conv 18 3x3 pad 1 groups 2, gelu tanh, spatialdropout 0.2, layernorm, selu, conv 21 1x1, hardswish, globalavgpool, dense 37, layernorm"
"#;

/// All sets with fused multiply-adds give the same numbers, to the last bit. Without fused
/// multiply-adds, sums are rounded differently.
#[test]
fn instruction_sets_agree() {
    let place = Place::new();
    place.write("kernels.toml", NETWORKS);
    let epochs = |set: &str| {
        let called = call_under(&place, set, &["run", "kernels.toml", "--out", set]);
        assert_eq!(called.code, Some(0), "{}", called.stderr);
        without_seconds(&place.path(&format!("{set}/epochs.csv")))
    };
    let sets = available(&place);
    let results: Vec<String> = sets.iter().map(|set| epochs(set)).collect();
    let (portable, fused) = results.split_last().expect("portable is everywhere");
    for (set, result) in sets.iter().zip(fused) {
        assert_eq!(result, &fused[0], "{set} and {}", sets[0]);
    }
    let Some(fused) = fused.first() else { return };
    for (line, other) in fused.lines().zip(portable.lines()).skip(1) {
        let losses = |line: &str| -> Vec<f64> {
            let cells: Vec<&str> = line.split(',').collect();
            [3, 5, 7].map(|column| cells[column].parse().unwrap()).to_vec()
        };
        for (loss, other) in losses(line).into_iter().zip(losses(other)) {
            assert!((loss - other).abs() < 1e-3 * loss, "{line}\n{other}");
        }
    }
}

/// `portable` rounds in another way than all others.
#[test]
fn runs_of_another_instruction_set_are_not_gone_on_with() {
    let place = Place::new();
    let run = ["run", "tiny.toml", "--epochs", "1", "--out"];
    let portable = |arguments: &[&str]| {
        let output = place.command(arguments).env("FITROOM_SIMD", "portable").output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    place.succeed(&[&run[..], &["fast"]].concat());
    let before = place.files();
    let (code, error) = portable(&[&run[..], &["fast"]].concat());
    assert_eq!(code, Some(2), "{error}");
    assert!(
        error.contains(
            "fast holds another study: the instruction set (FITROOM_SIMD chooses it) is "
        ),
        "{error}"
    );
    assert!(error.contains(" there and portable now\nhint: "), "{error}");
    place.assert_same_files(&before);
    // Its own directory has runs of its own, which every command reads on any instruction set.
    assert_eq!(portable(&[&run[..], &["portable"]].concat()).0, Some(0));
    let report = place.succeed(&["report", "portable"]);
    assert!(report.stdout.contains("plain       2 of 2"), "{}", report.stdout);
    let names = |out: &str| -> Vec<_> {
        let runs = std::fs::read_dir(place.path(out).join("runs")).unwrap();
        runs.map(|run| run.unwrap().file_name()).collect()
    };
    assert!(names("fast").iter().all(|id| !names("portable").contains(id)));
    assert_eq!(place.call(&[&run[..], &["portable"]].concat()).code, Some(2));
}
