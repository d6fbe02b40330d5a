//! Sweeps, whose winners are trained again on fresh seeds.

use super::*;

#[test]
fn the_best_of_a_sweep_and_its_baseline_are_trained_on_fresh_seeds() {
    let sweep = "[[network]]\nname = \"rate {rate}\"\nlayers = \"dense 8, relu\"\nvs = \"adam\"\n\
                 optimizer = { name = \"adam\", learning_rate = \"{rate}\" }\nepochs = 12\nsweep = { rate = [0.00001, 0.03] }\n";
    let swept = study(&format!("{TEXT}{sweep}"));
    let dir = tempfile::tempdir().unwrap();
    let [whole, parts] = ["whole", "parts"].map(|name| dir.path().join(name));
    let events = complete(&swept, &whole, 2);
    let added: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::RunsAdded { because: AddedBecause::Confirmation, runs } => Some(
                runs.iter()
                    .map(|run| (run.index, run.network.as_str(), run.seed))
                    .collect::<Vec<_>>(),
            ),
            _ => None,
        })
        .collect();
    // Eight runs were planned. `rate 0.03` beats the other rate, which learns nothing.
    assert_eq!(
        added,
        [[(8, "adam", 3), (9, "adam", 4), (10, "rate 0.03", 3), (11, "rate 0.03", 4)]]
    );
    let confirmed = |dir: &Path| {
        let stored = StoredStudy::open(dir).unwrap();
        let [confirmation] = stored.confirmations.as_slice() else {
            panic!("{:?}", stored.confirmations)
        };
        assert_eq!(
            (confirmation.sweep.as_str(), confirmation.network, confirmation.baseline),
            ("rate {rate}", 3, Some(0))
        );
        let runs = confirmation.runs.iter().chain(&confirmation.baseline_runs);
        runs.map(|run| {
            let test = run.outcome.map(|outcome| outcome.best.test);
            (run.network, run.seed, run.status, test.map(|test| test.accuracy))
        })
        .collect::<Vec<_>>()
    };
    let seeds: Vec<_> = confirmed(&whole)
        .iter()
        .map(|&(network, seed, status, _)| (network, seed, status))
        .collect();
    assert_eq!(
        seeds,
        [(3, 3), (3, 4), (0, 3), (0, 4)].map(|(network, seed)| (
            network,
            seed,
            RunStatus::Finished
        ))
    );
    // A study that was stopped within a confirmation continues to the same results. After that,
    // nothing is left to do.
    let (result, _) = run(
        &swept,
        &parts,
        1,
        |event| matches!(event, Event::RunStarted { run, .. } if run.index == 9),
    );
    assert_eq!(result.unwrap(), Completion { finished: 10, diverged: 0, pending: 2, elsewhere: 0 });
    complete(&swept, &parts, 1);
    assert_eq!(confirmed(&parts), confirmed(&whole));
    assert_eq!(started(&complete(&swept, &parts, 1)), []);
}

#[test]
fn a_sweep_that_is_run_in_parts_has_the_winner_of_the_whole() {
    let sweep = "[[network]]\nname = \"rate {rate}\"\nlayers = \"dense 8, relu\"\nepochs = 12\n\
                 optimizer = { name = \"adam\", learning_rate = \"{rate}\" }\nsweep = { rate = [0.03, 0.00001, 0.00002] }\n";
    let swept = study(&format!("seeds = 1\n[training]\nvalidation = 30\nbatch_size = 16\n{sweep}"));
    let dir = tempfile::tempdir().unwrap();
    let added = |part: &[&str]| {
        let mut some = swept.clone();
        some.only(&part.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        complete(&some, &dir.path().join("parts"), 1)
            .iter()
            .any(|event| matches!(event, Event::RunsAdded { .. }))
    };
    complete(&swept.clone(), &dir.path().join("whole"), 1);
    let whole = StoredStudy::open(&dir.path().join("whole")).unwrap().confirmations;
    assert!(added(&["rate 0.03", "rate 0.00001"]), "all networks in the directory have ended");
    assert!(added(&["rate 0.00002"]), "the winner and its runs on fresh seeds are the same");
    let parts = StoredStudy::open(&dir.path().join("parts")).unwrap().confirmations;
    assert_eq!(
        (parts.len(), parts[0].network, parts[0].runs[0].status),
        (1, whole[0].network, RunStatus::Finished)
    );
    assert_eq!(parts[0].runs[0].id, whole[0].runs[0].id);
}
