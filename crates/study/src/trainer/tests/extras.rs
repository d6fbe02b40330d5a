//! Averages of weights, clipped gradients, decay of weights alone and class weights in whole trainings.

use super::*;

/// Averages are scored and kept, and training goes on with the weights themselves: also in a run that
/// goes on from a checkpoint, and in a longer run that begins with a shorter one.
#[test]
fn averages_are_scored_and_kept_and_a_run_that_goes_on_has_the_same_bits() {
    let data = dataset(150, 40);
    let settings = "ema = 0.9\nclip_norm = 0.5\nclass_weights = \"balanced\"";
    let text = |epochs: u32| {
        TEXT.replace("epochs = 6", &format!("epochs = {epochs}\n{settings}"))
            .replace("0.01 }", "0.01, weight_decay = 0.1, decay_on = \"weights\" }")
    };
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (ended, whole) = train(dir.path(), &text(5), &data);
    let Ended::Finished(outcome) = ended else { panic!("{ended:?}") };
    let (_, first) = train(other.path(), &text(3), &data);
    let (ended, rest) = train(other.path(), &text(5), &data);
    let Ended::Finished(again) = ended else { panic!("{ended:?}") };
    assert_eq!((again.best, again.last), (outcome.best, outcome.last));
    assert_eq!((first.len(), rest.len()), (3, 2));
    let numbers = |record: &EpochRecord| (record.train_loss, record.fit(), record.val());
    for (one, other) in whole.iter().zip(first.iter().chain(&rest)) {
        assert_eq!(numbers(one), numbers(other));
    }
    // The stored weights give the scores that the run has, in a network without averages.
    let study = study(&text(5));
    let architecture = study.networks[0].architecture(image_shape(&data), 3).unwrap();
    let (run, id) = (run_directory(dir.path(), &text(5), &data), facts(&study, &data).id());
    let all: Vec<u32> = (0..40).collect();
    for (file, at) in [("best", outcome.best), ("last", outcome.last)] {
        let path = run.file(&format!("{file}.safetensors"));
        let mut network = Network::new(&architecture, &Recipe::default(), 16, 9);
        network.load_tensors(&weights::load(&path, &id).unwrap().unwrap().0).unwrap();
        let score = network.score(&data.test.images, &data.test.labels, &all);
        assert_eq!(Scores::from(score), at.test, "{file}");
    }
    let (tensors, _) = weights::load(&run.file("checkpoint.safetensors"), &id).unwrap().unwrap();
    let (last, _) = weights::load(&run.file("last.safetensors"), &id).unwrap().unwrap();
    let values = |name: &str| &tensors.iter().find(|tensor| tensor.name == name).unwrap().values;
    assert_eq!(last.len(), 8, "two dense layers and a batchnorm with its statistics");
    for average in last {
        assert_eq!(&average.values, values(&format!("{}.ema", average.name)));
        assert_ne!(&average.values, values(&average.name));
    }
}

#[test]
fn clipping_decay_and_class_weights_reach_the_network() {
    let data = dataset(150, 40);
    let record = |settings: &str| {
        let text = TEXT.replace("epochs = 6", &format!("epochs = 1\n{settings}"));
        train(tempfile::tempdir().unwrap().path(), &text, &data).1[0]
    };
    let plain = record("");
    // Adam is blind to the length of gradients, but not to changes of it.
    for settings in ["clip_norm = 0.1", "class_weights = [9, 1, 1]"] {
        assert_ne!(record(settings).train_loss, plain.train_loss, "{settings}");
    }
    assert_eq!(record("class_weights = \"none\"\nclip_norm = 1e9").train_loss, plain.train_loss);
    let decayed = |on: &str| {
        let optimizer = format!("0.01, weight_decay = 1, decay_on = \"{on}\" }}");
        let text = TEXT.replace("epochs = 6", "epochs = 1").replace("0.01 }", &optimizer);
        train(tempfile::tempdir().unwrap().path(), &text, &data).1[0].train_loss
    };
    assert_ne!(decayed("weights"), decayed("all"));
}

#[test]
fn another_number_of_class_weights_names_the_number_of_classes() {
    let study = study(&TEXT.replace("epochs = 6", "class_weights = [1, 2]"));
    let error = study.check(&dataset(150, 40)).unwrap_err().to_string();
    assert!(
        error
            .starts_with("network `a` has 2 class_weights, and the data set has 3 classes\nhint: "),
        "{error}"
    );
}
