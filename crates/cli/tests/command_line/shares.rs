//! Shares of a study: trained beside each other, joined, submitted to Slurm, and looked at.

use std::fs;
use std::path::Path;

use crate::fixture::{Place, without_seconds};

/// A sweep, whose winner and baseline are trained on fresh seeds.
const SWEEP: &str = r#"
name    = "tiny"
dataset = "idx:images"
seeds   = 3

[training]
epochs     = 2
batch_size = 16
validation = 24

[[network]]
name   = "base"
layers = "dense 4, relu"

[[network]]
name   = "width {w}"
layers = "dense {w}, relu"
vs     = "base"
sweep  = { w = [3, 5] }
"#;

fn place() -> Place {
    let place = Place::new();
    place.write("sweep.toml", SWEEP);
    place.succeed(&["run", "sweep.toml", "--out", "whole"]);
    place
}

/// Fails if a study in `out` has other tables than the one that was trained at once.
fn assert_whole(place: &Place, out: &str) {
    for table in ["epochs.csv", "summary.csv"] {
        let [there, whole] =
            [out, "whole"].map(|dir| without_seconds(&place.path(dir).join(table)));
        assert_eq!(there, whole, "{table}");
    }
    assert_eq!(place.read(&format!("{out}/comparisons.csv")), place.read("whole/comparisons.csv"));
}

#[test]
fn shares_in_one_directory_become_the_whole_study() {
    let place = place();
    let share =
        |share: &str| ["run", "sweep.toml", "--out", "shared", "--share", share].map(str::to_owned);
    let mut processes: Vec<_> = ["1/3", "2/3", "2/3"]
        .map(|of| place.command(&share(of).each_ref().map(String::as_str)).spawn().unwrap())
        .into();
    assert!(processes.iter_mut().all(|process| process.wait().unwrap().success()));
    let called = place.succeed(&["status", "shared"]);
    assert!(called.stdout.starts_with("tiny on idx:images: "), "{}", called.stdout);
    assert!(called.stdout.contains("waiting"), "{}", called.stdout);

    let mut last = place.command(&["run", "sweep.toml", "--out", "shared", "--share", "auto/3"]);
    let last = last.env("JOB_COMPLETION_INDEX", "2").output().unwrap();
    let stdout = String::from_utf8(last.stdout).unwrap();
    assert!(stdout.starts_with("share 3/3: ") && stdout.ends_with(" are done\n"), "{stdout}");
    assert!(!place.path("shared/report.html").exists(), "that is for the last job");
    let called = place.succeed(&["run", "sweep.toml", "--out", "shared"]);
    assert!(called.stderr.contains("9 of 9 runs were done before"), "{}", called.stderr);
    assert_whole(&place, "shared");
    let called = place.succeed(&["status", "shared"]);
    assert!(
        called.stdout.starts_with("tiny on idx:images: 15 of 15 runs are done\n"),
        "{}",
        called.stdout
    );
    let json = place.succeed(&["status", "shared", "--json"]).stdout;
    assert!(json.contains("\"finished\": 15,") && json.contains("\"seconds\": 0.0,"), "{json}");
}

#[test]
fn shares_of_different_processors_are_joined_to_the_whole_study() {
    let place = place();
    for (share, simd) in [("1/2", "avx2"), ("2/2", "")] {
        let out = share.replace('/', " of ");
        let run = |simd| {
            let mut command =
                place.command(&["run", "sweep.toml", "--share", share, "--out", &out]);
            command.env("FITROOM_SIMD", simd).status().unwrap().code()
        };
        let code = run(simd);
        // Where there is no AVX2, both shares take what there is.
        assert!(code == Some(0) || (code == Some(2) && run("") == Some(0)));
    }
    let called = place.succeed(&["merge", "joined", "1 of 2", "2 of 2"]);
    assert_eq!(
        called.stdout,
        "joined: 9 of 9 runs have ended\n9 runs copied\n\
         fitroom run joined/study.toml --out joined trains what is left, and writes the report\n"
    );
    place.succeed(&["run", "joined/study.toml", "--out", "joined"]);
    assert_whole(&place, "joined");
    let called = place.succeed(&["merge", "joined", "1 of 2", "2 of 2"]);
    assert!(
        called.stdout.contains("0 runs copied, 9 were there already and have the same results")
    );

    let mut portable = place.command(&["run", "sweep.toml", "--share", "1/2", "--out", "portable"]);
    assert!(portable.env("FITROOM_SIMD", "portable").status().unwrap().success());
    let called = place.call(&["merge", "mixed", "1 of 2", "portable"]);
    assert_eq!(called.code, Some(2));
    assert!(called.stderr.contains("the instruction set is "), "{}", called.stderr);
    assert!(!place.path("mixed").exists());
}

#[test]
fn what_can_not_be_shared_is_refused() {
    let place = Place::new();
    let refused = |arguments: &[&str], message: &str| {
        let called = place.call(arguments);
        assert_eq!(called.code, Some(2), "{}", called.stderr);
        assert!(called.stderr.contains(message), "{}", called.stderr);
        assert!(!place.path("out").exists());
    };
    let run = |options: &[&'static str]| [&["run", "tiny.toml", "--out", "out"], options].concat();
    refused(
        &run(&["--share", "1/2", "--until-clear"]),
        "a study that runs until clear has no shares",
    );
    refused(&run(&["--share", "3/2"]), "`3/2` is no share");
    refused(&run(&["--share", "auto/2"]), "so no engine says which share this is");
    refused(&["status", "out"], "there is no study in out");
    refused(&["merge", "out", "nowhere"], "there is no study in nowhere");
    refused(
        &["submit", "slurm", "tiny.toml", "--jobs", "2", "--out", "out", "--until-clear"],
        "a study that runs until clear has no shares",
    );
    refused(
        &["submit", "slurm", "tiny.toml", "--jobs", "2", "--out", "out", "--", "--array=1-9"],
        "--array=1-9 is given by `fitroom submit slurm` itself\nhint: use --jobs",
    );
}

#[cfg(unix)]
#[test]
fn signals_in_fast_succession_are_one_request() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Stdio};

    let place = Place::new();
    let mut command =
        place.command(&["run", "tiny.toml", "--epochs", "2000", "--out", "out", "--share", "1/1"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut log = String::new();
    while !log.contains(": epoch 1/2000") {
        assert_ne!(stderr.read_line(&mut log).unwrap(), 0, "{log}");
    }
    // As GNU parallel and HyperQueue send them.
    for signal in ["-INT", "-TERM", "-TERM"] {
        Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    }
    stderr.read_to_string(&mut log).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{log}");
    assert_eq!(log.matches("stopping after the current step").count(), 1, "{log}");
    assert!(
        log.contains("0 of 4 runs are done; the others are stored up to their last step"),
        "{log}"
    );
    let left = fs::read_dir(place.path("out/runs")).unwrap().map(|run| run.unwrap().path());
    let locks: Vec<_> = left.filter(|run| run.join("lock").exists()).collect();
    assert_eq!(locks, Vec::<std::path::PathBuf>::new(), "a run that has stopped is not locked");
}

/// A command that notes its arguments in `calls`, and then does what `then` says.
#[cfg(unix)]
fn fake(bin: &Path, name: &str, then: &str) {
    use std::os::unix::fs::PermissionsExt;

    fs::create_dir_all(bin).unwrap();
    let path = bin.join(name);
    fs::write(&path, format!("#!/bin/sh\necho {name} \"$@\" >>\"${{0%/*}}/calls\"\n{then}\n"))
        .unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_study_is_submitted_and_its_scripts_train_it() {
    let place = place();
    let bin = place.path("bin");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let submit = || {
        let words = [
            "submit",
            "slurm",
            "sweep.toml",
            "--jobs",
            "3",
            "--time",
            "10",
            "--out",
            "out",
            "--",
            "--mem=1G",
        ];
        let output = place.command(&words).env("PATH", &path).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    // The second job is refused.
    fake(
        &bin,
        "sbatch",
        "case \"$*\" in *afterany*) echo no such partition >&2; exit 1;; esac; echo 41",
    );
    fake(&bin, "scancel", "");
    let (code, _, stderr) = submit();
    assert_eq!(code, Some(1));
    assert!(
        stderr.contains("warning: the array, job 41, is cancelled, since its last job is refused"),
        "{stderr}"
    );
    assert!(stderr.contains(": no such partition\nhint: options for sbatch"), "{stderr}");
    assert!(place.read("bin/calls").ends_with("scancel 41\n"));

    fs::remove_file(bin.join("calls")).unwrap();
    fake(&bin, "sbatch", "case \"$*\" in *afterany*) echo '42;cluster';; *) echo 41;; esac");
    let (code, stdout, stderr) = submit();
    assert_eq!(code, Some(0), "{stderr}");
    assert!(
        stdout.starts_with("job 41: 3 tasks train 9 runs; job 42 writes the report"),
        "{stdout}"
    );
    let scripts = fs::canonicalize(place.path("out/slurm")).unwrap();
    assert_eq!(
        place.read("bin/calls"),
        format!(
            "sbatch --parsable --mem=1G {0}/array.sh\n\
             sbatch --parsable --dependency=afterany:41 --mem=1G {0}/last.sh\n",
            scripts.display()
        )
    );

    // Slurm's part is played here.
    let script = |name: &str, task: &str| {
        let mut script = std::process::Command::new("bash");
        script.arg(scripts.join(name)).env("PATH", &path).current_dir("/");
        for (name, value) in [
            ("ARRAY_JOB_ID", "41"),
            ("ARRAY_TASK_ID", task),
            ("ARRAY_TASK_MIN", "1"),
            ("ARRAY_TASK_COUNT", "3"),
            ("JOB_ID", "42"),
            ("CPUS_PER_TASK", "1"),
        ] {
            script.env(format!("SLURM_{name}"), value);
        }
        script.env("HOME", place.path("home")).env_remove("FITROOM_DATA");
        script
    };
    for task in ["1", "2", "3"] {
        assert!(script("array.sh", task).status().unwrap().success());
    }
    assert!(script("last.sh", "1").status().unwrap().success());
    assert_whole(&place, "out");
}

#[cfg(unix)]
#[test]
fn a_task_is_started_again_after_its_time_limit_and_not_after_its_end() {
    use std::io::{BufRead, BufReader, Read};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    let place = Place::new();
    let bin = place.path("bin");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    fake(&bin, "sbatch", "echo 41");
    fake(&bin, "scontrol", "kill -KILL $PPID");
    let words = ["submit", "slurm", "tiny.toml", "--jobs", "1", "--epochs", "2000", "--out", "out"];
    assert!(place.command(&words).env("PATH", &path).status().unwrap().success());
    for (signal, is_cancelled) in [("-USR1", false), ("-TERM", true)] {
        let mut script = Command::new("bash");
        script.arg(place.path("out/slurm/array.sh")).env("PATH", &path);
        script.env("SLURM_ARRAY_JOB_ID", "41").env("SLURM_ARRAY_TASK_ID", "1").process_group(0);
        let mut child = script.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut log = String::new();
        while !log.contains(": epoch ") {
            assert_ne!(stderr.read_line(&mut log).unwrap(), 0, "{log}");
        }
        // Slurm ends all processes of a task at once, and warns the shell alone.
        let to = if is_cancelled { format!("-{}", child.id()) } else { child.id().to_string() };
        Command::new("kill").args([signal, "--", &to]).status().unwrap();
        stderr.read_to_string(&mut log).unwrap();
        let status = child.wait().unwrap();
        let calls = place.read("bin/calls");
        let is_requeued = calls.contains("scontrol requeue 41_1\n");
        assert_eq!(is_requeued, !is_cancelled, "{calls}{log}");
        assert_eq!(status.code(), is_cancelled.then_some(130), "{log}");
        fs::write(bin.join("calls"), "").unwrap();
    }
}
