//! Layer: real. `tom calls` against a running server, and against its database when it is gone.

use std::time::Duration;

use crate::serve::Serving;
use crate::support::{json, stderr, stdout, tom};

#[test]
fn calls_are_listed_shown_and_deleted_with_and_without_a_server() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("tom.toml");
    let text = "[stt]\nengine = \"off\"\n[tts]\nengine = \"off\"\n[store]\ntranscripts = true\n";
    std::fs::write(&file, text).expect("written");
    let run = |args: &[&str]| tom(home.path()).arg("--config").arg(&file).args(args).output().expect("runs");

    let nothing = run(&["calls", "ls"]);
    assert_eq!(nothing.status.code(), Some(3), "{}", stderr(&nothing));
    assert!(stderr(&nothing).contains("tom serve"), "{}", stderr(&nothing));

    let server = Serving::start(home.path(), &["--config", file.to_str().expect("a path")]);
    let socket = format!("ws://{}/ws/stream/web-17", server.address);
    let call = run(&["call", "--json", "--keys", "1:3", "--url", &socket]);
    let url = format!("http://{}", server.address);
    let listed = json(&run(&["calls", "ls", "--json", "--url", &url]));
    let calls = listed["calls"].as_array().expect("a list");
    assert_eq!(calls.len(), 1, "{listed:#} {}", stderr(&call));
    let id = calls[0]["id"].as_str().expect("a name").to_owned();

    let shown = run(&["calls", "show", &id, "--url", &url]);
    assert!(stdout(&shown).contains("turn 0: opening"), "{}{}", stdout(&shown), stderr(&shown));
    let wrong = run(&["calls", "ls", "--where", "stat=live", "--url", &url]);
    assert_eq!(wrong.status.code(), Some(2), "{}", stderr(&wrong));
    let none = run(&["calls", "show", "nobody", "--url", &url]);
    assert_eq!(none.status.code(), Some(1), "{}", stderr(&none));
    server.signal("TERM");
    let (code, log) = server.end(Duration::from_secs(20));
    assert_eq!(code, Some(0), "{log}");

    // The port of the configuration is free: nothing listens at port 9.
    std::fs::write(&file, format!("{text}[server]\nlisten = \"127.0.0.1:9\"\n")).expect("written");
    let offline = json(&run(&["calls", "ls", "--json", "--where", "state=ended"]));
    assert_eq!(offline["calls"][0]["id"], id.as_str(), "{offline:#}");
    let shown = json(&run(&["calls", "show", "--json", &id]));
    assert!(shown["turns"][0]["heard"].is_string(), "{shown:#}");
    let refused = run(&["calls", "rm", &id]);
    assert_eq!(refused.status.code(), Some(3), "{}", stderr(&refused));

    let server = Serving::start(home.path(), &["--config", file.to_str().expect("a path")]);
    let url = format!("http://{}", server.address);
    let deleted = run(&["calls", "rm", &id, "--url", &url]);
    assert_eq!(deleted.status.code(), Some(0), "{}", stderr(&deleted));
    let listed = stdout(&run(&["calls", "ls", "--url", &url]));
    assert!(listed.starts_with("BEGAN") && !listed.contains(&id), "{listed}");
}

#[test]
fn a_server_without_its_database_takes_calls_and_says_what_is_wrong() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("tom.toml");
    let database = home.path().join("calls.db");
    std::fs::write(&database, "no database, but long enough to be looked at".repeat(100)).expect("written");
    let text = format!(
        "[stt]\nengine = \"off\"\n[tts]\nengine = \"off\"\n[store]\npath = \"{}\"\n",
        database.display()
    );
    std::fs::write(&file, text).expect("written");
    let server = Serving::start(home.path(), &["--config", file.to_str().expect("a path")]);
    let health = server.get("/health");
    assert!(health.contains("\"degraded\"") && health.contains("move it away"), "{health}");
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
    server.signal("TERM");
    let (code, log) = server.end(Duration::from_secs(20));
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("calls are held, and not kept"), "{log}");
}
