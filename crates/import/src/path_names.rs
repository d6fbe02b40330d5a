//! Names runs by their paths, where their logs do not say it: the name, the seed and the network.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::error::shown;
use crate::note::{Note, NoteKind};
use crate::path_facts::{self, Parts};
use crate::{ImportedRun, Setting, names};

/// A run that may be named by its path.
pub(crate) struct Unnamed<'a> {
    pub run: &'a mut ImportedRun,
    /// The run is one of several in its file.
    pub is_one_of_many: bool,
}

/// All runs of a file or directory.
struct Source {
    name: Option<String>,
    seed: Option<u64>,
    words: Vec<String>,
    runs: Vec<usize>,
    is_of_many: bool,
}

/// Names runs that were read from several paths, one after another, as [`read`](crate::read) names the
/// runs of one directory: a run whose log names no network gets the file's stem as its network, or the
/// directory's name, whichever differs. Nothing happens if all runs are of one file.
///
/// ```
/// use fitroom_import::{ImportedRun, name_by_path};
///
/// let run = |path: &str| ImportedRun::new(path.as_ref(), "run");
/// let mut runs = [run("results/base.csv"), run("results/new.csv")];
/// name_by_path(&mut runs);
/// assert_eq!(runs[1].settings["network"].to_string(), "new");
/// ```
pub fn name_by_path(runs: &mut [ImportedRun]) {
    let mut of_source: HashMap<PathBuf, usize> = HashMap::new();
    for run in runs.iter() {
        *of_source.entry(run.source.clone()).or_insert(0) += 1;
    }
    if of_source.len() < 2 {
        return;
    }
    let Some(root) = common_directory(of_source.keys()) else { return };
    let mut unnamed = Vec::with_capacity(runs.len());
    for run in runs {
        // What one path alone said is read again, beside the others.
        forget(run);
        let is_one_of_many = of_source.get(&run.source).is_some_and(|&count| count > 1);
        unnamed.push(Unnamed { run, is_one_of_many });
    }
    add(unnamed, &root, false);
}

fn common_directory<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Option<PathBuf> {
    let parents = paths.map(|path| path.parent().unwrap_or(path).to_owned());
    parents.reduce(|common, parent| {
        let same = common.components().zip(parent.components()).take_while(|(a, b)| a == b);
        same.map(|(part, _)| part).collect()
    })
}

/// Takes back what was read from the path.
fn forget(run: &mut ImportedRun) {
    let mut network = None;
    run.notes.retain(|note| match &note.kind {
        NoteKind::NetworkFromPath { network: found } => {
            network = Some(found.clone());
            false
        }
        _ => true,
    });
    if let Some(network) = network {
        run.settings.retain(|name, value| {
            names::network_rank(name).is_none() || shown(&value.to_string()) != network
        });
    }
}

/// Names runs by their paths below `root`, and adds the seed and the network if the log does not say
/// them.
pub(crate) fn add(mut runs: Vec<Unnamed<'_>>, root: &Path, is_named_anew: bool) {
    let mut sources = sources(&runs, root);
    let distinct: HashSet<Vec<String>> =
        sources.iter().map(|source| source.words.clone()).collect();
    let mut shared: HashMap<Vec<String>, usize> = HashMap::new();
    for source in &sources {
        *shared.entry(source.words.clone()).or_insert(0) += 1;
    }
    let known = runs.iter().flat_map(|read| read.run.settings.keys());
    let setting = known.filter_map(|name| Some((names::network_rank(name)?, name.clone()))).min();
    let setting = setting.map_or_else(|| "network".to_owned(), |(_, name)| name);
    for source in &mut sources {
        let is_new_seed = give_seed(source, &mut runs);
        let mut is_said = false;
        for &position in &source.runs {
            let run = &mut *runs[position].run;
            if let Some(name) = source.name.as_ref().filter(|_| is_named_anew && !source.is_of_many)
            {
                run.name = name.clone();
            }
            let names_network = |name: &String| {
                // A table's column `name` is a setting only if it was taken for the network.
                names::network_rank(name).is_some() || names::run_name_rank(name).is_some()
            };
            let is_named = run.settings.keys().any(names_network);
            let has_settings = run.settings.keys().any(|name| !names::is_ignored(name));
            let is_network = match source.is_of_many {
                true => distinct.len() > 1,
                // The path of a run with settings may be nothing but the number of a job.
                false => is_new_seed || !has_settings || shared[&source.words] > 1,
            };
            if is_named || source.words.is_empty() || !is_network {
                continue;
            }
            let network = source.words.join("/");
            if !is_said {
                is_said = true;
                let kind = NoteKind::NetworkFromPath { network: shown(&network) };
                run.notes.push(Note { path: run.source.clone(), line: None, kind });
            }
            run.settings.insert(setting.clone(), Setting::text(&network));
        }
    }
}

fn sources(runs: &[Unnamed<'_>], root: &Path) -> Vec<Source> {
    let mut positions: HashMap<&Path, usize> = HashMap::new();
    let mut sources: Vec<Source> = Vec::new();
    let mut paths: Vec<Parts> = Vec::new();
    for (position, read) in runs.iter().enumerate() {
        let next = sources.len();
        let source = *positions.entry(&read.run.source).or_insert(next);
        if source == next {
            let of_path = Parts::of(&read.run.source, root);
            let (seed, words) = of_path.seed_and_words(None);
            let (name, runs) = (of_path.name.clone(), Vec::new());
            paths.push(of_path);
            sources.push(Source { name, seed, words, runs, is_of_many: read.is_one_of_many });
        }
        sources[source].runs.push(position);
    }
    // A number is no seed if it may count jobs: runs of a file, or of other settings.
    let counts_jobs = sources.iter().any(|source| source.seed.is_some() || source.is_of_many)
        || runs.iter().any(|read| key_settings(read.run).ne(key_settings(runs[0].run)));
    if !counts_jobs {
        for (source, numbered) in sources.iter_mut().zip(path_facts::numbered(&paths)) {
            let path = &paths[positions[runs[source.runs[0]].run.source.as_path()]];
            (source.seed, source.words) = path.seed_and_words(numbered);
        }
    }
    sources
}

/// The settings that tell groups apart, besides the network's name.
fn key_settings(run: &ImportedRun) -> impl Iterator<Item = (&String, &Setting)> {
    let is_key = |name: &str| !names::is_ignored(name) && names::network_rank(name).is_none();
    run.settings.iter().filter(move |(name, _)| is_key(name))
}

/// Gives the runs of a source the seed in its path. Returns whether a run got it.
fn give_seed(source: &Source, runs: &mut [Unnamed<'_>]) -> bool {
    let Some(seed) = source.seed else { return false };
    let mut of = source.runs.iter().map(|&position| &runs[position].run);
    let is_free = match source.is_of_many {
        false => of.all(|run| run.seed.is_none()),
        // One run of each network: a file with the results of one seed.
        true => {
            let mut seen: BTreeSet<&BTreeMap<String, Setting>> = BTreeSet::new();
            of.all(|run| run.seed.is_none() && seen.insert(&run.settings))
        }
    };
    if !is_free {
        return false;
    }
    for (count, &position) in source.runs.iter().enumerate() {
        let run = &mut *runs[position].run;
        run.seed = Some(seed);
        if count == 0 {
            let kind = NoteKind::SeedFromPath { seed };
            run.notes.push(Note { path: run.source.clone(), line: None, kind });
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add_one(run: &mut ImportedRun) {
        add(vec![Unnamed { run, is_one_of_many: false }], Path::new("root"), true);
    }

    #[test]
    fn seeds_and_networks_stand_in_paths() {
        for (path, seed, network) in [
            ("wide/seed_3/version_0", Some(3), Some("wide")),
            ("2026-01-01/wide-Seed=12-adam", Some(12), Some("wide_adam")),
            ("lightning_logs/version_4", None, None),
            ("plain", None, Some("plain")),
            ("seeds/reseed", None, Some("seeds/reseed")),
            ("seed99999999999999999999", None, Some("seed99999999999999999999")),
        ] {
            let mut run = ImportedRun::new(&Path::new("root").join(path), "run");
            add_one(&mut run);
            let found = run.settings.get("network").map(Setting::to_string);
            assert_eq!((run.name.as_str(), run.seed, found.as_deref()), (path, seed, network));
        }
    }

    #[test]
    fn what_the_log_says_goes_before_the_path() {
        let mut run = ImportedRun::new(Path::new("root/wide/seed_3"), "run");
        run.seed = Some(1);
        run.settings.insert("model".into(), Setting::Text("plain".into()));
        add_one(&mut run);
        assert_eq!((run.seed, run.settings.len()), (Some(1), 1));
    }

    fn runs_of(files: &[(&str, &str)]) -> (tempfile::TempDir, Vec<ImportedRun>) {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let runs = crate::read(dir.path(), &crate::TidyColumns::default()).unwrap().runs;
        (dir, runs)
    }

    fn networks(runs: &[ImportedRun]) -> Vec<String> {
        let network = |run: &ImportedRun| run.settings.get("network").map(Setting::to_string);
        runs.iter().map(|run| network(run).unwrap_or_default()).collect()
    }

    const TWO_SEEDS: &str = "seed,acc\n0,0.81\n1,0.82\n";

    #[test]
    fn tables_of_several_runs_are_networks_if_there_are_several() {
        for [one, other, network] in [
            ["base.csv", "new.csv", "base"],
            ["cnn/log.csv", "mlp/log.csv", "cnn"],
            ["cnn/a.csv", "cnn/b.csv", "cnn/a"],
        ] {
            let (_dir, runs) = runs_of(&[(one, TWO_SEEDS), (other, TWO_SEEDS)]);
            assert_eq!((runs.len(), networks(&runs)[1].as_str()), (4, network));
            assert_eq!(networks(&runs).into_iter().collect::<HashSet<_>>().len(), 2);
            let notes = runs.iter().flat_map(|run| &run.notes).count();
            assert_eq!(notes, 2, "one for each file");
        }
        let (_dir, runs) = runs_of(&[("base.csv", TWO_SEEDS)]);
        assert_eq!(networks(&runs), ["", ""], "one file is no network");
        let named = "model,seed,acc\na,0,0.8\nb,0,0.9\n";
        let (_dir, runs) = runs_of(&[("x.csv", named), ("y.csv", TWO_SEEDS)]);
        assert_eq!(runs[0].settings["model"].to_string(), "a");
        assert_eq!(runs[2].settings["model"].to_string(), "y", "by the name that others use");
    }

    #[test]
    fn runs_with_settings_are_networks_if_several_seeds_share_the_directory() {
        let log = |seed: u64| format!("epoch,acc,lr,seed\n1,0.5,0.1,{seed}\n2,0.6,0.1,{seed}\n");
        let files = [
            ("ppo_a_seed0/p.csv", log(0)),
            ("ppo_a_seed1/p.csv", log(1)),
            ("job-x/p.csv", log(0)),
            ("job-y/p.csv", log(1)),
        ];
        let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let (_dir, runs) = runs_of(&files);
        let found = networks(&runs);
        assert_eq!(found.iter().filter(|name| *name == "ppo_a/p").count(), runs.len() / 2);
        assert_eq!(found.iter().filter(|name| name.is_empty()).count(), runs.len() / 2);
    }

    #[test]
    fn numbers_of_all_paths_beside_each_other_are_seeds() {
        const LOG: &str = "epoch,acc\n1,0.81\n2,0.82\n";
        for paths in [
            ["cnn_s1/log.csv", "cnn_s2/log.csv", "mlp_s1/log.csv", "mlp_s2/log.csv"],
            ["cnn/1/log.csv", "cnn/2/log.csv", "mlp/1/log.csv", "mlp/2/log.csv"],
            ["cnn_1.csv", "cnn_2.csv", "mlp_1.csv", "mlp_2.csv"],
        ] {
            let (_dir, runs) = runs_of(&paths.map(|path| (path, LOG)));
            let seeds: Vec<_> = runs.iter().map(|run| run.seed).collect();
            assert_eq!(seeds, [Some(1), Some(2), Some(1), Some(2)], "{paths:?}");
            assert_eq!(networks(&runs), ["cnn", "cnn", "mlp", "mlp"], "{paths:?}");
        }
        let (_dir, runs) = runs_of(&[("resnet_18.csv", LOG), ("resnet_50.csv", LOG)]);
        assert_eq!(networks(&runs), ["resnet_18", "resnet_50"]);
        let job = |lr: &str| format!("epoch,lr,acc\n1,{lr},0.81\n2,{lr},0.82\n");
        let (_dir, runs) = runs_of(&[("0/log.csv", &job("0.1")), ("1/log.csv", &job("0.2"))]);
        assert_eq!(runs[1].seed, None, "the number of a job");
    }

    #[test]
    fn a_file_of_one_seed_holds_a_run_of_each_network() {
        let text = "model,acc\na,0.8\nb,0.9\n";
        let (_dir, runs) = runs_of(&[("seed_1.csv", text), ("seed_2.csv", text)]);
        let seeds: Vec<_> = runs.iter().map(|run| run.seed).collect();
        assert_eq!(seeds, [Some(1), Some(1), Some(2), Some(2)]);
        let twice = "model,acc\na,0.8\na,0.9\n";
        let (_dir, runs) = runs_of(&[("seed_1.csv", twice), ("seed_2.csv", text)]);
        assert_eq!(runs[0].seed, None);
    }

    #[test]
    fn paths_that_the_user_named_are_read_beside_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let mut runs = Vec::new();
        for (name, text) in [("base", TWO_SEEDS), ("new", TWO_SEEDS), ("one", "seed,acc\n0,0.5\n")]
        {
            let path = dir.path().join(name).with_extension("csv");
            std::fs::write(&path, text).unwrap();
            runs.extend(crate::read(&path, &crate::TidyColumns::default()).unwrap().runs);
        }
        name_by_path(&mut runs);
        assert_eq!(networks(&runs), ["base", "base", "new", "new", "one"]);
        let mut one = runs[..2].to_vec();
        name_by_path(&mut one);
        assert_eq!(one, runs[..2]);
    }
}
