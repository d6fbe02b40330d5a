//! Tests of exported files.

use fitroom_data::Places;

use super::*;
use crate::models::SeedChoice;
use crate::test_data::{study_of, trained};

const TWO: &str = "network = [{ name = '1 & more', layers = 'dense 4, relu' }, { name = 'b', layers = 'conv 2 2x2, flatten' }]";

fn request(dir: &Path, network: &str, seeds: SeedChoice, format: ExportFormat) -> ExportRequest {
    let model = ModelRequest {
        path: dir.to_owned(),
        network: Some(network.to_owned()),
        seeds,
        places: Places::default(),
    };
    ExportRequest { model, format, out: dir.join("exported") }
}

#[test]
fn each_format_has_its_files_and_each_seed_its_own() {
    let dir = tempfile::tempdir().unwrap();
    trained(study_of(TWO), dir.path());
    let names = |network: &str, seeds, format| -> Vec<String> {
        let exported = export(&request(dir.path(), network, seeds, format)).unwrap();
        assert!(exported.notes.is_empty(), "{:?}", exported.notes);
        let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        exported.files.iter().map(name).collect()
    };
    let onnx = ExportFormat::Onnx(OnnxOptions::default());
    assert_eq!(names("b", SeedChoice::All, onnx), ["b_seed_1.onnx", "b_seed_2.onnx"]);
    assert_eq!(
        names("1", SeedChoice::Seed(2), ExportFormat::Torch),
        ["network_1_more_seed_2.py", "network_1_more_seed_2.safetensors"]
    );
    assert_eq!(
        names("b", SeedChoice::Seed(1), ExportFormat::Safetensors),
        ["b_seed_1.safetensors"]
    );
    let path = dir.path().join("exported/b_seed_1.safetensors");
    let again =
        ModelRequest { path, network: None, seeds: SeedChoice::Best, places: Places::default() };
    assert_eq!(find_models(&again).unwrap().models[0].network, "b");
}

#[test]
fn tables_hold_the_epochs_and_predictions_of_the_seeds_that_are_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    trained(study_of(TWO), dir.path());
    let lines = |seeds, file: &str| {
        export(&request(dir.path(), "b", seeds, ExportFormat::Csv)).unwrap();
        let text = std::fs::read_to_string(dir.path().join("exported").join(file)).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let all = std::fs::read_to_string(dir.path().join("epochs.csv")).unwrap();
    let of_b: Vec<&str> = all.lines().filter(|line| !line.starts_with("1 & more,")).collect();
    assert_eq!(lines(SeedChoice::All, "b-epochs.csv"), of_b);
    assert_eq!(lines(SeedChoice::Seed(2), "b-epochs.csv").len(), 1 + 3);
    let predictions = lines(SeedChoice::All, "b-predictions.csv");
    assert_eq!(predictions.len(), 1 + 2 * 20);
    assert!(predictions[1].starts_with("b,1,0,first,"), "{}", predictions[1]);
    let file = request(&dir.path().join("epochs.csv"), "b", SeedChoice::All, ExportFormat::Csv);
    assert!(export(&file).unwrap_err().to_string().contains("give the study's directory"));
}

#[test]
fn views_that_are_left_out_are_told_once() {
    let dir = tempfile::tempdir().unwrap();
    let views =
        "network = [{ name = 'v', layers = '', augmentation = { flip = true, test_time = true } }]";
    trained(study_of(views), dir.path());
    let format = ExportFormat::Onnx(OnnxOptions::default());
    let exported = export(&request(dir.path(), "v", SeedChoice::All, format)).unwrap();
    assert_eq!((exported.files.len(), exported.notes.len()), (2, 1));
}
