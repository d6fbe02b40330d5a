use std::cell::RefCell;

use super::*;
use crate::test_data::study;

/// Two networks of one speed with 10 s, one of them with 20 s, and a network of another speed.
const TEXT: &str = "[training]\nbudget = { seconds = 10 }\n\
    [[network]]\nname = \"a\"\nlayers = \"dense 4\"\n\
    [[network]]\nname = \"b\"\nlayers = \"dense 4\"\nschedule = \"constant\"\nmonitor = \"loss\"\n\
    optimizer = { name = \"adam\", learning_rate = 0.1 }\n\
    [[network]]\nname = \"c\"\nlayers = \"dense 4\"\nbudget = { seconds = 20 }\n\
    [[network]]\nname = \"d\"\nlayers = \"dense 5\"\n\
    [[network]]\nname = \"e\"\nlayers = \"dense 4\"\nepochs = 3\n";

fn steps(study: &Study) -> Vec<Option<u32>> {
    study.networks.iter().map(|network| network.training.steps).collect()
}

/// Measures `study`, where a step takes a quarter of a second. Returns which networks were measured,
/// and the events.
fn measure(study: &mut Study) -> (Vec<String>, Vec<Event>) {
    let (mut measured, told) = (Vec::new(), RefCell::new(Vec::new()));
    let mut takes = |network: &NetworkPlan| {
        measured.push(network.name.clone());
        Ok::<_, StudyError>(0.25)
    };
    let tell = |event: &Event| told.borrow_mut().push(event.clone());
    measure_steps(study, &mut takes, &tell).unwrap();
    (measured, told.into_inner())
}

#[test]
fn each_speed_is_measured_once() {
    let mut study = study(TEXT);
    let (measured, told) = measure(&mut study);
    assert_eq!(measured, ["a", "d"]);
    assert_eq!(steps(&study), [Some(40), Some(40), Some(80), Some(40), None]);
    let event = |networks: &[&str], seconds, steps| Event::BudgetMeasured {
        networks: networks.iter().map(|&name| name.to_owned()).collect(),
        seconds,
        steps,
    };
    assert_eq!(
        told,
        [event(&["a", "b"], 10.0, 40), event(&["c"], 20.0, 80), event(&["d"], 10.0, 40)]
    );
    assert_eq!(measure(&mut study), (Vec::new(), Vec::new()), "all is known");
}

#[test]
fn a_slow_network_gets_one_step_and_too_many_are_an_error() {
    let budget = |seconds: &str| {
        let mut study = study(&TEXT.replace("seconds = 10 ", &format!("seconds = {seconds} ")));
        let mut takes = |_: &NetworkPlan| Ok::<_, StudyError>(1.0);
        measure_steps(&mut study, &mut takes, &|_| {}).map(|()| steps(&study)[0])
    };
    assert_eq!(budget("0.001").unwrap(), Some(1));
    assert_eq!(budget("1.999").unwrap(), Some(1));
    let error = budget("1e300").unwrap_err().to_string();
    assert!(error.contains("hint: make `budget` smaller"), "{error}");
}

#[test]
fn what_was_measured_before_counts() {
    let mut stored = study(TEXT);
    measure(&mut stored);
    stored.networks[3].training.steps = Some(7);
    // Another learning rate does not change the speed; another batch size does.
    let text = TEXT.replace("learning_rate = 0.1", "learning_rate = 0.2").replace("\"a\"", "\"z\"");
    let mut again = study(&text);
    adopt_steps(&mut again, &stored.networks);
    assert_eq!(steps(&again), [Some(40), Some(40), Some(80), Some(7), None]);
    for change in ["batch_size = 65", "augmentation = { flip = true }", "penalty = { l1 = 0.1 }"] {
        let mut other = study(&TEXT.replace("[training]", &format!("[training]\n{change}")));
        adopt_steps(&mut other, &stored.networks);
        assert_eq!(steps(&other), [None; 5], "{change}");
    }
    // So does what the file says of another network of the study.
    let mut written =
        study(&TEXT.replace("budget = { seconds = 20 }", "budget = { seconds = 10, steps = 33 }"));
    adopt_steps(&mut written, &[]);
    assert_eq!(steps(&written), [Some(33), Some(33), Some(33), None, None]);
}
