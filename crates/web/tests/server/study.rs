//! Views of a study, finished and in training.

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use fitroom_session::data::Places;
use fitroom_session::{Session, SessionControl, SessionOptions, StudyActions, StudyRequest};
use fitroom_web::{ServeOptions, Served, Training, start};

use super::client::Client;

/// A study of two networks over two seeds, on images of 6×6: a bright upper or lower half.
fn session(dir: &Path, epochs: u32) -> Session {
    let images = |count: usize| {
        let mut table = String::new();
        for image in 0..count {
            let label = image % 2;
            let pixel =
                |at: usize| (200 * usize::from(at / 18 == label) + image * 7 % 50).to_string();
            let pixels: Vec<String> = (0..36).map(pixel).collect();
            writeln!(table, "{label},{}", pixels.join(",")).unwrap();
        }
        table
    };
    let path = |name: &str| dir.join(name).display().to_string();
    std::fs::write(path("train.csv"), images(80)).unwrap();
    std::fs::write(path("test.csv"), images(20)).unwrap();
    let text = format!(
        "name = \"small\"\ntitle = \"Small <study>\"\nseeds = 2\n\
         training = {{ epochs = {epochs}, batch_size = 8, validation = 16 }}\n\
         network = [{{ name = \"narrow\", layers = \"dense 1, relu\" }}, \
         {{ name = \"wide\", layers = \"dense 8, relu\", vs = \"narrow\" }}]\n"
    );
    std::fs::write(path("study.toml"), text).unwrap();
    let request = StudyRequest {
        dataset: Some(format!("csv:{},{}", path("train.csv"), path("test.csv"))),
        ..StudyRequest::new(path("study.toml"))
    };
    let options = SessionOptions {
        out: Some(dir.join("out")),
        threads: Some(1),
        ..SessionOptions::default()
    };
    Session::open(&request, &options, &mut |_| {}).unwrap()
}

fn finished(dir: &Path) -> Client {
    let session = session(dir, 3);
    session.train(&SessionControl::default(), &mut |_| {}).unwrap().runs.unwrap();
    let served = Served::open(&session.dir, 0.005, &Places::default()).unwrap();
    Client::of_link(&start(vec![served], &ServeOptions::default()).unwrap().link)
}

/// A picture of 12×12, whose lower half is bright.
fn picture() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 12, 12);
    encoder.set_color(png::ColorType::Grayscale);
    let pixels: Vec<u8> = (0..144).map(|at| if at >= 72 { 220 } else { 20 }).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    file
}

#[test]
fn a_network_leads_to_the_images_behind_its_cells() {
    let dir = tempfile::tempdir().unwrap();
    let client = finished(dir.path());
    let page = client.get("/out/network?network=wide");
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    for words in ["dense 8", "Layer by layer", "label=0", "The confusion matrix as a table"] {
        assert!(text.contains(words), "{words}");
    }
    let cell = client.get("/out/network?network=wide&label=1&predicted=1").text();
    assert!(cell.contains("1 recognised") && cell.contains("/out/images/test/"), "{cell}");
    let image = client.get("/out/images/test/3.png");
    assert_eq!((image.status, image.header("content-type")), (200, Some("image/png")));
    assert_eq!(client.get("/out/images/test/20.png").status, 404);
    assert_eq!(client.get("/out/network?network=wide&label=9&predicted=0").status, 400);
}

#[test]
fn two_networks_are_compared_and_their_data_shown() {
    let dir = tempfile::tempdir().unwrap();
    let client = finished(dir.path());
    let compared = client.get("/out/compare?network=wide&baseline=narrow").text();
    assert!(compared.contains("wide against narrow") && compared.contains("Right only by wide"));
    assert!(compared.contains("dense 8"), "what differs");
    assert_eq!(client.get("/out/compare?network=wide&baseline=wide").status, 400);
    let data = client.get("/out/data").text();
    assert!(data.contains("images of 6×6 in 2 classes") && data.contains("/out/images/train/"));
    assert!(client.get("/out/report").text().contains("Small &lt;study&gt;"));
}

#[test]
fn every_seed_says_what_it_makes_of_a_picture() {
    let dir = tempfile::tempdir().unwrap();
    let client = finished(dir.path());
    let own = client.own_origin();
    let predict = |body: &[u8]| client.post("/out/predict?network=wide&drawn=yes", &own, body);
    let answer = predict(&picture());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = answer.text();
    assert!(
        text.contains("<strong>1</strong>") && text.contains("seed 1") && text.contains("seed 2"),
        "{text}"
    );
    for broken in [&b""[..], b"\x89PNG\r\n\x1a\n", b"GIF89a", b"<svg/>", &picture()[..60]] {
        let answer = predict(broken);
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    assert_eq!(client.post("/out/predict?network=nobody", &own, &picture()).status, 404);
    let image = client.get("/out/try?network=wide&test=3").text();
    assert!(image.contains("In truth it is 1."), "{image}");
    assert!(client.get("/out/try?network=wide&test=99").text().contains("there are 20 images"));
}

#[test]
fn a_study_in_training_is_followed_paused_and_extended() {
    let dir = tempfile::tempdir().unwrap();
    let session = session(dir.path(), 3);
    let training = Training::new(StudyActions::new());
    let served = Served::trained_here(&session.dir, 0.005, &Places::default(), training.clone());
    let client = Client::of_link(&start(vec![served], &ServeOptions::default()).unwrap().link);
    assert_eq!(client.get("/out/overview").status, 503, "nothing has begun");
    let headers = client.own_origin() + "Content-Type: application/json\r\n";
    let act = |action: &str| client.post("/out/actions", &headers, action.as_bytes());
    let until = |words: &str| {
        let began = Instant::now();
        loop {
            let page = client.get("/out/overview").text();
            if page.contains(words) {
                return page;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{words} is not in {page}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    std::thread::scope(|scope| {
        // A failed assertion ends the training too.
        let _end = End(&training.actions);
        scope.spawn(|| {
            let outcome = session.train_attended(
                &training.actions,
                &SessionControl::default(),
                &mut |event| {
                    training.note(event);
                },
            );
            assert_eq!(outcome.unwrap().runs.unwrap().finished, 6);
        });
        until("At rest");
        assert_eq!(act("{\"action\":\"pause\"}").status, 200);
        until("Paused");
        let page = act("{\"action\":\"add_seeds\",\"count\":1}");
        assert_eq!(page.text(), "One more seed for every network.");
        assert_eq!(act("{\"action\":\"go_on\"}").status, 200);
        until("6 of 6 runs ended");
        for wrong in [
            "{\"action\":\"add_seeds\",\"count\":0}",
            "{\"action\":\"add_seeds\",\"count\":4000000000}",
            "{\"action\":\"stop_run\",\"network\":0,\"seed\":1}",
            "{\"action\":\"stop_run\",\"network\":7,\"seed\":1}",
            "{\"action\":\"explode\"}",
            "not JSON",
        ] {
            let answer = act(wrong);
            assert_eq!(answer.status, 400, "{wrong}: {}", answer.text());
        }
    });
}

/// Ends the training when it is dropped.
struct End<'a>(&'a StudyActions);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}
