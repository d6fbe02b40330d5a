//! Views of runs that another tool logged.

use fitroom_session::data::Places;
use fitroom_web::{ServeOptions, Served, start};

use super::client::Client;
use super::serve;

#[test]
fn names_from_files_are_text_everywhere() {
    let dir = tempfile::tempdir().unwrap();
    let client = serve(dir.path(), None);
    for path in [
        "/runs/overview",
        "/runs/curves",
        "/runs/network",
        "/runs/compare",
        "/runs/nothing%3Cscript%3E",
    ] {
        let page = client.get(path).text();
        assert!(!page.contains("<script>"), "{path}");
        assert!(!page.contains(" style="), "{path}: the policy forbids it");
    }
    assert!(client.get("/runs/overview").text().contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn a_view_is_the_same_whenever_its_address_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let client = serve(dir.path(), None);
    let address = "/runs/curves?network=plain&network=wide-deep&smoothing=0.5&log=y&x=2,4";
    let first = client.get(address);
    assert_eq!(first.status, 200);
    assert_eq!(first.text(), client.get(address).text());
    let other = client.get("/runs/curves?network=plain").text();
    assert!(first.text().contains("wide &amp; deep") && first.text() != other);
}

#[test]
fn figures_and_tables_can_be_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    let client = serve(dir.path(), None);
    let page = client.get("/runs/overview").text();
    let links: Vec<String> = page
        .split("href=\"?")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"))
        .filter(|link| link.contains("as="))
        .collect();
    assert!(links.len() >= 6, "{links:?}");
    for link in links {
        let answer = client.get(&format!("/runs/overview?{link}"));
        assert_eq!(answer.status, 200, "{link}");
        let begin: &[u8] = match answer.header("content-type").unwrap() {
            "image/png" => b"\x89PNG",
            "image/svg+xml" => b"<svg",
            "text/csv; charset=utf-8" => b"network",
            kind => panic!("{kind}"),
        };
        let begins = answer.body.starts_with(begin) || answer.body.starts_with(b"comparison");
        assert!(begins, "{link}: {}", answer.text());
        assert!(answer.header("content-disposition").unwrap().starts_with("attachment"));
    }
}

#[test]
fn wrong_addresses_say_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let client = serve(dir.path(), None);
    for (path, status, words) in [
        ("/runs/curves?smoothing=2", 400, "smoothing"),
        ("/runs/curves?x=5,1", 400, "the first must be smaller"),
        ("/runs/curves?x=a", 400, "no range"),
        ("/runs/curves?measure=beauty", 400, "beauty"),
        ("/runs/curves?measure=a&measure=b", 400, "stands twice"),
        ("/runs/curves?network=nobody", 404, "no such network"),
        ("/runs/overview?as=exe", 400, "svg, png or csv"),
        ("/runs/overview?as=png&figure=none", 404, "no such figure"),
        ("/runs/overview?as=csv&table=99", 404, "no such table"),
        ("/runs/sweep", 404, "nothing to see"),
        ("/runs/try", 404, "nothing to see"),
        ("/nobody/overview", 404, "no such directory"),
        ("/runs/beauty", 404, "no such view"),
    ] {
        let answer = client.get(path);
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.text().contains(words), "{path}: {}", answer.text());
    }
}

#[test]
fn a_browser_that_has_a_script_is_told_so() {
    let dir = tempfile::tempdir().unwrap();
    let client = serve(dir.path(), None);
    let first = client.get("/assets/main.js");
    let tag = first.header("etag").unwrap();
    let again = client.get_with("/assets/main.js", &format!("If-None-Match: {tag}\r\n"));
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[test]
fn a_figure_of_a_network_with_any_name_can_be_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("runs.csv");
    let mut table = "model,seed,epoch,val_acc\n".to_owned();
    for seed in 1..=6 {
        for epoch in 1..=3 {
            table +=
                &format!("größe β,{seed},{epoch},0.8{seed}\nkleine,{seed},{epoch},0.7{seed}\n");
        }
    }
    std::fs::write(&path, table).unwrap();
    let served = Served::open(&path, 0.005, &Places::default()).unwrap();
    let client = Client::of_link(&start(vec![served], &ServeOptions::default()).unwrap().link);
    let page = client.get("/runs/network").text();
    let links = page
        .split("href=\"?")
        .skip(1)
        .map(|it| it.split('"').next().unwrap().replace("&amp;", "&"));
    let links: Vec<String> = links.filter(|link| link.contains("as=svg")).collect();
    assert!(!links.is_empty());
    for link in links {
        assert_eq!(client.get(&format!("/runs/network?{link}")).status, 200, "{link}");
    }
}
