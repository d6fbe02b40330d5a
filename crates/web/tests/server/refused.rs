//! Requests that are refused.

use super::serve;

#[test]
fn a_forged_host_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let client = serve(dir.path(), None);
    let get = |host: &str| {
        client
            .send(format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes())
    };
    let port = client.address.port();
    assert_eq!(get(&format!("localhost:{port}")).status, 303);
    for host in ["evil.example", &format!("evil.example:{port}"), "192.168.0.7", ""] {
        assert_eq!(get(host).status, 403, "{host}");
    }
    let without = client.send(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert!([400, 403].contains(&without.status), "{}", without.status);
}

#[test]
fn another_sites_page_can_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let client = serve(dir.path(), None);
    let act =
        |headers: &str| client.post("/runs/actions", headers, b"{\"action\":\"pause\"}").status;
    assert_eq!(act("Origin: http://evil.example\r\n"), 403);
    assert_eq!(act("Origin: null\r\n"), 403);
    assert_eq!(act(""), 403);
    let own = client.own_origin();
    assert_eq!(act(&format!("{own}Sec-Fetch-Site: cross-site\r\n")), 403);
    // Nothing is trained here, so that nothing can be paused.
    assert_eq!(act(&format!("{own}Content-Type: application/json\r\n")), 404);
    assert_eq!(client.get_with("/runs/overview", "Sec-Fetch-Site: cross-site\r\n").status, 403);
}

#[test]
fn a_token_is_asked_for_and_becomes_a_cookie() {
    let dir = tempfile::tempdir().unwrap();
    let client = serve(dir.path(), Some("correct-horse"));
    for path in [
        "/",
        "/runs/overview",
        "/assets/main.js",
        "/runs/events",
        "/?token=wrong-horse",
        "/?token=",
    ] {
        let answer = client.get(path);
        assert_eq!(answer.status, 403, "{path}");
        assert!(!answer.text().contains("plain") && answer.header("set-cookie").is_none());
    }
    let answer = client.get("/runs/curves?network=plain&token=correct-horse");
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/runs/curves?network=plain"))
    );
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    assert_eq!(client.get_with("/runs/overview", &format!("Cookie: {cookie}\r\n")).status, 200);
    assert_eq!(client.get_with("/runs/overview", "Cookie: fitroom=correct-horse\r\n").status, 403);
    let elsewhere = client.get("//evil.example/?token=correct-horse");
    assert_eq!(elsewhere.header("location"), Some("/evil.example/"), "a link that leads away");
}

#[test]
fn no_path_leads_out_of_the_directories() {
    let dir = tempfile::tempdir().unwrap();
    let client = serve(dir.path(), None);
    for path in [
        "/runs/../../etc/passwd",
        "/runs/%2e%2e/%2e%2e/etc/passwd",
        "/assets/../Cargo.toml",
        "/assets/..%2fCargo.toml",
        "/assets/%2fetc%2fpasswd",
        "/runs/images/test/..%2f..%2fruns.csv",
        "/runs/images/test/0.png",
        "/runs/report",
        "/runs.csv",
        "/%00",
        "/runs/%ff",
        "//runs/overview",
    ] {
        let answer = client.get(path);
        assert!((400..=404).contains(&answer.status), "{path}: {}", answer.status);
        assert!(!answer.text().contains("root:") && !answer.text().contains("[package]"), "{path}");
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let client = serve(dir.path(), None);
    let long = "a".repeat(100_000);
    let path = client.get(&format!("/runs/overview?{long}"));
    assert!([400, 414, 431].contains(&path.status), "{}", path.status);
    let header = client.get_with("/runs/overview", &format!("X-Long: {long}\r\n"));
    assert_eq!(header.status, 431);
    let many: String = (0..200).map(|number| format!("X-{number}: a\r\n")).collect();
    assert_eq!(client.get_with("/runs/overview", &many).status, 431);
    let own = client.own_origin();
    let body = client.post("/runs/predict?network=plain", &own, &vec![0; (16 << 20) + 1]);
    assert_eq!(body.status, 413);
    let length = format!("{own}Transfer-Encoding: chunked\r\n");
    let smuggled = client.post("/runs/actions", &length, b"0\r\n\r\n").status;
    assert!((400..=415).contains(&smuggled), "{smuggled}");
}

#[test]
fn every_answer_forbids_what_the_page_does_not_need() {
    let dir = tempfile::tempdir().unwrap();
    let client = serve(dir.path(), None);
    for path in
        ["/runs/overview", "/assets/main.js", "/nowhere", "/runs/curves?as=svg&figure=curves"]
    {
        let answer = client.get(path);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("script-src 'unsafe"),
            "{path}"
        );
        for header in ["x-content-type-options", "cross-origin-resource-policy", "x-frame-options"]
        {
            assert!(answer.header(header).is_some(), "{path}: {header}");
        }
    }
}
