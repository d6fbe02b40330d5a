//! Study files: what is read from them, and how their mistakes are reported.

use fitroom_data::Source;
use fitroom_nn::optimizer::Sgd;
use fitroom_nn::{Decay, PenaltyScope};

use super::*;
use crate::report_curves::REPORT_CURVES;
use crate::test_data::study;

const NETWORK: &str = "[[network]]\nname = \"a\"\nlayers = \"dense 4\"\n";

#[test]
fn defaults_are_filled_in() {
    let study = study(NETWORK);
    assert_eq!(
        (study.title.as_str(), study.seeds, study.validation),
        ("test", 1, Validation::default())
    );
    assert_eq!((study.dataset, study.train_images), (None, None));
    let training = study.networks[0].training;
    assert_eq!((training.epochs, training.batch_size), (20, 64));
    assert_eq!(training.optimizer, Optimizer::default());
    assert_eq!(training.schedule, Schedule::default());
}

#[test]
fn a_network_overrides_the_study_s_settings() {
    let study = study(
        "[training]\nepochs = 3\noptimizer = \"sgd\"\npenalty = { l1 = 0.5 }\n\
         [[network]]\nname = \"a\"\nlayers = \"\"\n\
         [[network]]\nname = \"b\"\nlayers = \"relu\"\nvs = \"a\"\nepochs = 5\n\
         penalty = { l2 = 1, on = \"weights\" }\nschedule = { name = \"cosine\", warmup_epochs = 0.5 }\n\
         optimizer = { name = \"sgd\", momentum = 0.9, nesterov = true }\n",
    );
    let [a, b] = study.networks.as_slice() else { panic!("{study:?}") };
    assert_eq!((a.training.epochs, b.training.epochs), (3, 5));
    assert_eq!((a.training.penalty.l1, a.training.penalty.l2), (0.5, 0.0));
    assert_eq!(b.training.penalty, Penalty { l1: 0.0, l2: 1.0, on: PenaltyScope::Weights });
    assert_eq!(
        b.training.schedule,
        Schedule {
            warmup_epochs: 0.5,
            decay: Decay::Cosine { minimum: 0.0 },
            ..Schedule::default()
        }
    );
    let sgd = |momentum, nesterov| Optimizer::Sgd(Sgd { momentum, nesterov, ..Sgd::default() });
    assert_eq!((a.training.optimizer, b.training.optimizer), (sgd(0.0, false), sgd(0.9, true)));
    assert_eq!(b.vs.as_deref(), Some("a"));
}

#[test]
fn parts_take_swept_values_and_are_stored_as_layers() {
    let study = study(
        "[parts]\nunit = \"conv {f} 3x3 pad same, relu\"\n\
         [[network]]\nname = \"{f} filters, {n} blocks\"\n\
         layers = \"unit f={f}, repeat {n} (residual (unit f={f})), flatten\"\n\
         sweep = { f = [4, 8], n = [1, 2] }\n",
    );
    let layers: Vec<String> = study.networks.iter().map(NetworkPlan::layers_text).collect();
    let expected = [(4, 1), (4, 2), (8, 1), (8, 2)].map(|(f, n)| {
        // A study's own file has the padding in numbers.
        let unit = format!("conv {f} 3x3 pad 1, relu");
        format!("{unit}, repeat {n} (residual ({unit})), flatten")
    });
    assert_eq!(layers, expected);
    let written = study.to_toml();
    assert!(!written.contains("parts") && !written.contains("unit"), "{written}");
}

#[test]
fn what_is_written_reads_back() {
    let study = study(
        "title = \"a \\\"title\\\" with # and \\\\\"\ndataset = \"drawn\"\nseeds = 7\n\
         [training]\nvalidation = 3\ntrain_images = 12\nschedule = { name = \"step\", every_epochs = 2, factor = 0.1 }\n\
         [[network]]\nname = \"a\"\nlayers = \"conv 3 5x3 stride 2 pad 1, leakyrelu 0.2, flatten, dropout 0.3\"\n\
         loss = \"cross-entropy-of-softmax\"\n\
         [[network]]\nname = \"µ's \\\"b\\\"\"\nlayers = \"batchnorm momentum 0.2\"\nvs = \"a\"\n\
         optimizer = { name = \"rmsprop\", learning_rate = 1e-7, alpha = 0.95 }\n\
         penalty = { l1 = 0.1, l2 = 3e-9 }\nschedule = { name = \"cosine\", minimum = 0.0003 }\n\
         [[network]]\nname = \"c\"\nlayers = \"\"\noptimizer = \"adamw\"\nschedule = \"constant\"\n\
         monitor = \"loss\"\npatience = 4\naugmentation = { flip = true, cutout = 9 }\nchoose = \"last-quarter\"\n\
         label_smoothing = 0.1\ninitial_values = \"xavier-uniform\"\n\
         clip_norm = 0.3\nema = 0.9999\nclass_weights = [1, 0.1, 3e-9]\n\
         [[network]]\nname = \"mixed\"\nlayers = \"\"\naugmentation = { rotate = 7.5, mixup = 0.2, cutmix = 1 }\n\
         [[network]]\nname = \"d\"\nlayers = \"\"\nschedule = { name = \"onecycle\", pct_start = 0.25 }\n\
         optimizer = { name = \"nadam\", momentum_decay = 0.01, decay_on = \"weights\" }\n\
         class_weights = \"balanced\"\n\
         [[network]]\nname = \"e\"\nlayers = \"\"\nschedule = { name = \"exponential\", gamma = 0.9, warmup_steps = 7 }\n\
         optimizer = { name = \"adagrad\", lr_decay = 0.001, initial_accumulator_value = 0.1 }\n\
         [[network]]\nname = \"f\"\nlayers = \"\"\n\
         schedule = { name = \"cosine-restarts\", first_epochs = 3, multiplier = 2, minimum = 1e-5 }\n\
         [[network]]\nname = \"g\"\nlayers = \"\"\nschedule = { name = \"plateau\", patience = 0 }\n",
    );
    assert_eq!(study.dataset, Some(Source::Drawn));
    let written = study.to_toml();
    assert_eq!(Study::parse(&written, "written.toml").unwrap(), study, "{written}");
    assert!(written.contains("learning_rate = 0.0000001,"), "{written}");
    for name in Study::built_in_names() {
        let study = Study::find(name).unwrap();
        let curves = CurvePlace::Memory(&[REPORT_CURVES]);
        assert_eq!(Study::parse_with(&study.to_toml(), name, curves).unwrap(), study);
    }
}

#[test]
fn mistakes_are_reported_with_line_and_key() {
    let after_name = |text: &str| format!("name = \"test\"\n{text}\n{NETWORK}");
    let in_training = |text: &str| after_name(&format!("[training]\n{text}"));
    let in_network = |text: &str| format!("name = \"test\"\n{NETWORK}{text}\n");
    let unknown_optimizer = format!(
        "3:22: unknown name `adm` in `optimizer` of [training]\nhint: did you mean `adam`?\nhint: known are {}",
        crate::plain_text::quoted(Optimizer::NAMES.iter().copied())
    );
    for (text, message) in [
        (
            in_training("optimiser = 1"),
            "3:1: unknown key `optimiser` in [training]\nhint: did you mean `optimizer`?",
        ),
        (in_training("xyzzy = 1"), "3:1: unknown key `xyzzy` in [training]"),
        (in_network("validation = 1"), "5:1: unknown key `validation` in [[network]] 1"),
        (
            after_name("seed = 5"),
            "2:1: unknown key `seed` in the study\nhint: did you mean `seeds`?",
        ),
        (
            in_training("optimizer = { name = \"adam\", momentum = 0.9 }"),
            "3:30: unknown key `momentum` in `optimizer` of [training]",
        ),
        (in_training("optimizer = { name = \"adm\" }"), &unknown_optimizer),
        (
            in_training("loss = \"crossentropy\""),
            "3:8: unknown loss `crossentropy` in [training]\nhint: did you mean `cross-entropy`?\n\
             hint: known are `cross-entropy`, `cross-entropy-of-softmax`",
        ),
        (
            in_training("epochs = 0"),
            "3:10: `epochs` in [training] must be a whole number from 1 to 1000000, got 0",
        ),
        (
            in_training("epochs = 2.5"),
            "3:10: `epochs` in [training] must be a whole number from 1 to 1000000, got 2.5",
        ),
        (
            in_network("patience = \"never\""),
            "5:12: `patience` in [[network]] 1 must be a whole number, 1 or above, or \"none\", got \"never\"",
        ),
        (
            in_training("augmentation = { flipp = true }"),
            "3:18: unknown key `flipp` in `augmentation` of [training]\nhint: did you mean `flip`?",
        ),
        (
            in_training("augmentation = { mixup = -0.1 }"),
            "3:26: `mixup` in `augmentation` of [training] must be a finite number, 0 or above, got -0.1",
        ),
        (
            in_network("augmentation = { cutmix = nan }"),
            "5:27: `cutmix` in `augmentation` of [[network]] 1 must be a finite number, 0 or above, got nan",
        ),
        (
            in_training("augmentation = { rotate = 181 }"),
            "3:27: `rotate` in `augmentation` of [training] must be a number from 0 to 180, got 181",
        ),
        (
            in_training("augmentation = { flip = true, crop = 4 }"),
            "3:31: unknown key `crop` in `augmentation` of [training]\nhint: write `shift = ...`: it is torchvision's \
             RandomCrop(size, padding=shift)",
        ),
        (
            in_training("augmentation = { rotation = 4 }"),
            "3:18: unknown key `rotation` in `augmentation` of [training]\nhint: write `rotate = ...`: it is torchvision's \
             RandomRotation(rotate), bilinear",
        ),
        (
            in_network("mixup = 0.2"),
            "5:1: unknown key `mixup` in [[network]] 1\nhint: write `augmentation = { mixup = ... }`: it changes training \
             images",
        ),
        (
            in_training("crop = 2"),
            "3:1: unknown key `crop` in [training]\nhint: write `augmentation = { shift = ... }`: it changes training images",
        ),
        (
            in_training("monitor = \"los\""),
            "3:11: unknown monitor `los` in [training]\nhint: did you mean `loss`?\nhint: known are `accuracy`, `loss`",
        ),
        (
            after_name("seeds = 0"),
            "2:9: `seeds` in the study must be a whole number from 1 to 10000, got 0",
        ),
        (
            in_network("batch_size = 0"),
            "5:14: `batch_size` in [[network]] 1 must be a whole number, 1 or above, got 0",
        ),
        (
            in_network("published = 3"),
            "5:13: `published` is a key of earlier versions: a network now names a file of curves\n\
             hint: write reference = { curves = \"report-curves.csv\", network = \"3\" }, and put \
             studies/report-curves.csv of the program's source beside the study file",
        ),
        (
            in_network("optimizer = { name = \"sgd\", learning_rate = 0.0 }"),
            "5:45: `learning_rate` in `optimizer` of [[network]] 1 must be a finite number above 0, got 0.0",
        ),
        (
            in_network("optimizer = { name = \"sgd\", learning_rate = inf }"),
            "5:45: `learning_rate` in `optimizer` of [[network]] 1 must be a finite number above 0, got inf",
        ),
        (
            in_network("optimizer = { name = \"sgd\", momentum = 1 }"),
            "5:40: `momentum` in `optimizer` of [[network]] 1 must be a number from 0 to below 1, got 1",
        ),
        (
            in_network("optimizer = { name = \"sgd\", nesterov = true }"),
            "5:40: `nesterov` in the optimizer must be false where there is no momentum to look ahead along, got \"true\"",
        ),
        (
            in_network("penalty = { l2 = -0.1 }"),
            "5:18: `l2` in `penalty` of [[network]] 1 must be a finite number, 0 or above, got -0.1",
        ),
        (
            in_network("penalty = { l2 = 1e39 }"),
            "5:18: `l2` in `penalty` of [[network]] 1 must be a finite number, 0 or above, got 1e39",
        ),
        (
            in_network("schedule = { name = \"step\", factor = 0.5 }"),
            "5:12: `every_epochs` is missing in `schedule` of [[network]] 1",
        ),
        (
            in_network("schedule = \"step\""),
            "5:12: `schedule` in training must be a table: { name = \"step\", ... }, got \"step\"",
        ),
        (
            in_network("schedule = { name = \"one-cycle\" }"),
            "5:21: unknown name `one-cycle` in `schedule` of [[network]] 1\nhint: did you mean `onecycle`?\n\
             hint: known are `constant`, `step`, `exponential`, `cosine`, `cosine-restarts`, `onecycle`, `plateau`",
        ),
        (
            in_network("schedule = { name = \"onecycle\", warmup_steps = 9 }"),
            "5:48: `warmup_steps` in `schedule` of [[network]] 1 must be left out of `onecycle`, which begins with a \
             rise of its own, got 9",
        ),
        (
            in_network("schedule = { name = \"exponential\", gama = 0.9 }"),
            "5:36: unknown key `gama` in `schedule` of [[network]] 1\nhint: did you mean `gamma`?",
        ),
        (
            in_network("schedule = { name = \"constant\", warmup_epochs = 1, warmup_steps = 9 }"),
            "5:67: `warmup_steps` in `schedule` of [[network]] 1 must be left out where there are `warmup_epochs`, got 9",
        ),
        (
            in_network("schedule = { name = \"cosine-restarts\", first_epochs = 0 }"),
            "5:55: `first_epochs` in `schedule` of [[network]] 1 must be a whole number, 1 or above, got 0",
        ),
        (
            in_network("optimizer = { name = \"nadam\", momentum_decay = -1 }"),
            "5:48: `momentum_decay` in `optimizer` of [[network]] 1 must be a finite number, 0 or above, got -1",
        ),
        (
            in_network("label_smoothing = 1"),
            "5:19: `label_smoothing` in [[network]] 1 must be a number from 0 to below 1, got 1",
        ),
        (
            in_network("clip_norm = 0"),
            "5:13: `clip_norm` in [[network]] 1 must be a finite number above 0, got 0",
        ),
        (
            in_network("clip_norm = \"non\""),
            "5:13: `clip_norm` in [[network]] 1 must be a finite number above 0, or \"none\", got \"non\"",
        ),
        (
            in_network("ema = 1"),
            "5:7: `ema` in [[network]] 1 must be a number from 0 to below 1, got 1",
        ),
        (
            in_network("optimizer = { name = \"adamw\", decay_on = \"weight\" }"),
            "5:42: unknown decay_on `weight` in `optimizer` of [[network]] 1\nhint: did you mean `weights`?\n\
             hint: known are `all`, `weights`",
        ),
        (
            in_network("class_weights = [1, 0]"),
            "5:17: `class_weights` in [[network]] 1 must be \"none\", \"balanced\", or a list of finite numbers above 0, \
             one for each class, got [1, 0]",
        ),
        (
            in_network("class_weights = \"balance\""),
            "5:17: `class_weights` in [[network]] 1 must be \"none\", \"balanced\", or a list of finite numbers above 0, \
             one for each class, got \"balance\"",
        ),
        (
            in_training("label_smooting = 0.1"),
            "3:1: unknown key `label_smooting` in [training]\nhint: did you mean `label_smoothing`?",
        ),
        (
            in_network("initial_values = \"kaiming-norml\""),
            "5:18: unknown initial_values `kaiming-norml` in [[network]] 1\nhint: did you mean `kaiming-normal`?\n\
             hint: known are `pytorch`, `kaiming-normal`, `kaiming-uniform`, `xavier-normal`, `xavier-uniform`, \
             `orthogonal`",
        ),
        (in_network("vs = \"a\""), "5:6: unknown vs `a` in [[network]] 1\nhint: known are "),
        (
            in_network(NETWORK),
            "6:8: a second network is called `a`\nhint: results are told apart by name: give it another",
        ),
        (
            "name = \"test\"\n[[network]]\nname = \"µ\"\nlayers = \"dens 3\"".to_owned(),
            "4:10: network `µ`: unknown layer `dens`\nhint: did you mean `dense`?",
        ),
        (
            "name = \"test\"\n[[network]]\nlayers = \"\"".to_owned(),
            "2:1: `name` is missing in [[network]] 1",
        ),
        (
            "name = \"test\"\n[[network]]\nname = \"a\"\nlayer = \"\"".to_owned(),
            "4:1: unknown key `layer` in [[network]] 1\nhint: did you mean `layers`?",
        ),
        (
            "name = \"test\"\n".to_owned(),
            "1:1: the study has no networks\nhint: a network begins with a line [[network]]",
        ),
        (
            format!("name = \"../up\"\n{NETWORK}"),
            "1:8: `name` in the study must be 1 to 64 letters, digits, spaces, `-` and `_`: it names a directory, got \"../up\"",
        ),
        (after_name("dataset = \"fashion-minst\""), "2:11: unknown data set `fashion-minst`"),
    ] {
        let error = Study::parse(&text, "s.toml").unwrap_err().to_string();
        let same = error == format!("s.toml:{message}")
            || message.contains("data set") && error.contains(message);
        assert!(same, "{text}\ngives  {error}\nwanted s.toml:{message}");
    }
    let syntax = Study::parse("name = \"test\"\nseeds = = 3", "s.toml").unwrap_err().to_string();
    assert!(syntax.starts_with("s.toml:2:"), "{syntax}");
}
