//! Layer: real. The model store as people use it: exit codes, JSON, Ctrl-C, a full disk, and silence while serving.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use crate::support::{json, stderr, stdout, tom};

/// How long a thing may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A model of one file, served from loopback, in a catalogue of its own.
struct Shop {
    home: tempfile::TempDir,
    body: Vec<u8>,
    listener: TcpListener,
}

impl Shop {
    fn new(length: usize) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let body: Vec<u8> = (0..length).map(|at| (at * 7 % 251) as u8).collect();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let file = home.path().join("body");
        std::fs::write(&file, &body).expect("written");
        let sum = Command::new("sha256sum").arg(&file).output().expect("sha256sum is there");
        let catalogue = format!(
            "schema = 1\n[[model]]\nname = \"thing\"\ntitle = \"A thing\"\nkind = \"voice\"\nlicence = \"MIT\"\n\
             languages = [\"de\"]\nmemory_mb = 1\n[[model.file]]\npath = \"thing/a.onnx\"\nbytes = {length}\n\
             sha256 = \"{}\"\nsource = [{{ url = \"http://{}/a\" }}]\n",
            &stdout(&sum)[..64],
            listener.local_addr().expect("bound"),
        );
        std::fs::create_dir_all(home.path().join("data")).expect("made");
        std::fs::write(home.path().join("data/catalogue.toml"), catalogue).expect("written");
        Self { home, body, listener }
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn tom(&self, args: &[&str]) -> Command {
        let mut command = tom(self.home.path());
        command.args(args).arg("--data-dir").arg(self.data());
        command
    }

    /// Takes the next request and says from which byte it wants the file.
    fn asked(&self) -> (TcpStream, usize) {
        asked(self.listener.accept().expect("a request").0)
    }

    fn send(&self, stream: &mut TcpStream, from: usize, to: usize) {
        let (length, all) = (self.body.len() - from, self.body.len());
        let head = if from == 0 {
            format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n")
        } else {
            let range = format!("content-range: bytes {from}-{}/{all}\r\n", all - 1);
            format!("HTTP/1.1 206 Partial Content\r\ncontent-length: {length}\r\n{range}\r\n")
        };
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&self.body[from..to]));
    }

    /// The file that is not whole yet.
    fn part(&self) -> Option<PathBuf> {
        let parts = std::fs::read_dir(self.data().join("models/.parts")).ok()?;
        parts.filter_map(|entry| Some(entry.ok()?.path())).next()
    }
}

fn asked(mut stream: TcpStream) -> (TcpStream, usize) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("a request");
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let from =
        head.lines().find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok());
    (stream, from.unwrap_or(0))
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_pull_that_ctrl_c_ended_goes_on_where_it_was() {
    let shop = Shop::new(4_000_000);
    let pull = ["models", "pull", "thing", "--yes", "--json"];
    let running = shop.tom(&pull).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("starts");
    let (mut stream, from) = shop.asked();
    assert_eq!(from, 0);
    shop.send(&mut stream, 0, 2_500_000);
    until("the part", || {
        shop.part().is_some_and(|part| part.metadata().is_ok_and(|meta| meta.len() > 2_000_000))
    });

    let second = shop.tom(&pull).output().expect("runs");
    assert_eq!(second.status.code(), Some(1));
    assert!(stderr(&second).contains(&format!("process {}", running.id())), "{}", stderr(&second));

    let interrupt = Command::new("kill").args(["-INT", &running.id().to_string()]).status();
    assert!(interrupt.expect("kill is there").success());
    let ended = running.wait_with_output().expect("ends");
    assert_eq!(ended.status.code(), Some(130), "{}", stderr(&ended));
    assert!(stderr(&ended).contains("goes on with it"), "{}", stderr(&ended));
    assert!(!shop.data().join("models/thing/a.onnx").exists());
    let listed = json(&shop.tom(&["models", "list", "--json"]).output().expect("runs"));
    let thing =
        listed.as_array().expect("a list").iter().find(|model| model["name"] == "thing").expect("listed");
    assert_eq!(thing["state"], "begun");
    let not_yet = shop.tom(&["models", "path", "thing"]).output().expect("runs");
    assert_eq!(not_yet.status.code(), Some(3));

    let running = shop.tom(&pull).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let (mut stream, from) = shop.asked();
    assert!(from > 2_000_000, "it went on at {from}");
    shop.send(&mut stream, from, shop.body.len());
    let ended = running.wait_with_output().expect("ends");
    assert_eq!(ended.status.code(), Some(0), "{}", stderr(&ended));
    assert_eq!(json(&ended)["bytes"], shop.body.len() - from);
    let path = shop.tom(&["models", "path", "thing"]).output().expect("runs");
    assert_eq!(std::fs::read(stdout(&path).trim()).expect("there"), shop.body);
    assert_eq!(shop.tom(&["models", "verify"]).output().expect("runs").status.code(), Some(0));

    std::fs::write(stdout(&path).trim(), &shop.body[1..]).expect("written");
    let verified = shop.tom(&["models", "verify", "thing"]).output().expect("runs");
    assert_eq!(verified.status.code(), Some(1));
    assert!(stdout(&verified).contains("-> tom models pull thing"), "{}", stdout(&verified));
    let removed = json(&shop.tom(&["models", "remove", "thing", "--json"]).output().expect("runs"));
    assert_eq!(removed["bytes"], shop.body.len() - 1);
    let brought = shop.home.path().join("body");
    let imported = shop.tom(&["models", "import"]).arg(&brought).output().expect("runs");
    assert_eq!(imported.status.code(), Some(0), "{}", stderr(&imported));
    assert_eq!(shop.tom(&["models", "verify", "thing"]).output().expect("runs").status.code(), Some(0));
}

#[test]
fn licences_are_not_accepted_by_silence() {
    let shop = Shop::new(10);
    let refused = shop.tom(&["models", "pull", "thing"]).output().expect("runs");
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("licence MIT") && stderr(&refused).contains("--yes"),
        "{}",
        stderr(&refused)
    );
    let unknown = shop.tom(&["models", "pull", "thin", "--yes"]).output().expect("runs");
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("did you mean thing?"), "{}", stderr(&unknown));
}

/// The disk is a small one in memory, in a namespace of its own. It is filled by somebody else in the middle.
#[test]
fn a_disk_that_runs_full_is_said_and_the_pull_goes_on_once_there_is_room() {
    let shop = Shop::new(60_000_000);
    let mut may = Command::new("unshare");
    may.args(["--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
    if !may.output().is_ok_and(|ended| ended.status.success()) {
        eprintln!("skipped: this machine lets us mount no disk of our own (unshare --map-root-user --mount)");
        return;
    }
    let script = r#"
        set -e
        mkdir -p "$DISK"
        mount -t tmpfs -o size=90m tmpfs "$DISK"
        "$TOM" models pull thing --yes > "$HOME/first" 2>&1 &
        pull=$!
        until [ -e "$HOME/half" ]; do sleep 0.05; done
        dd if=/dev/zero of="$DISK/filler" bs=1M 2> /dev/null || true
        touch "$HOME/full"
        wait $pull || echo "code $?" >> "$HOME/first"
        rm "$DISK/filler"
        "$TOM" models pull thing --yes > "$HOME/second" 2>&1
        sha256sum "$DISK/thing/a.onnx" > "$HOME/sum"
    "#;
    let home = shop.home.path();
    let (said, log) = sync_channel(4);
    std::thread::scope(|scope| {
        let mut namespace = shop.tom(&[]);
        let program = namespace.get_program().to_owned();
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", script]);
        command.envs(namespace.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("HOME", home).env("TOM", program).env("DISK", shop.data().join("models"));
        command.env("TOM_DATA_DIR", shop.data()).env_remove("TOM_WORKERS_DIR");
        namespace.stdin(Stdio::null());
        scope.spawn(move || said.send(command.output().expect("unshare is there")));
        let (mut stream, _) = shop.asked();
        shop.send(&mut stream, 0, 20_000_000);
        // So that what came is on the disk before it is full.
        std::fs::write(home.join("half"), "").expect("written");
        until("a full disk", || home.join("full").exists());
        let _ = stream.write_all(&shop.body[20_000_000..]);
        drop(stream);
        let (mut stream, from) = shop.asked();
        assert!(from > 0, "it goes on");
        shop.send(&mut stream, from, shop.body.len());
        drop(stream);
        let ended = ended(&log);
        let read = |name: &str| std::fs::read_to_string(home.join(name)).unwrap_or_default();
        assert!(ended.status.success(), "{} {} {}", stderr(&ended), read("first"), read("second"));
        let first = read("first");
        assert!(first.contains("there is no room for thing/a.onnx") && first.contains("code 1"), "{first}");
        let wanted = Command::new("sha256sum").arg(home.join("body")).output().expect("sha256sum is there");
        assert_eq!(read("sum").get(..64), stdout(&wanted).get(..64));
    });
}

fn ended(log: &Receiver<std::process::Output>) -> std::process::Output {
    log.recv_timeout(PATIENCE).expect("the script ends")
}

#[test]
fn a_server_that_starts_asks_nobody_for_models() {
    let shop = Shop::new(10);
    let address = shop.listener.local_addr().expect("bound");
    let mut command = shop.tom(&["serve", "--listen", "127.0.0.1:0"]);
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        command.env(name, format!("http://{address}"));
    }
    command.env("TOM_MODELS__MIRROR", format!("http://{address}/"));
    let mut running = command.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("starts");
    let mut said = running.stdout.take().expect("piped");
    let mut line = Vec::new();
    let mut byte = [0];
    while !String::from_utf8_lossy(&line).contains("http://") && said.read(&mut byte).is_ok_and(|n| n > 0) {
        line.push(byte[0]);
    }
    assert!(String::from_utf8_lossy(&line).contains("http://"), "it became ready");
    shop.listener.set_nonblocking(true).expect("set");
    let nobody = shop.listener.accept().map(|_| ()).map_err(|error| error.kind());
    running.kill().expect("ended");
    running.wait().expect("ended");
    assert_eq!(nobody, Err(std::io::ErrorKind::WouldBlock));
    assert!(!Path::new(&shop.data().join("models/thing")).exists());
}

#[test]
fn a_bundle_carries_models_and_settings_but_no_secrets() {
    let shop = Shop::new(300_000);
    let brought = shop.home.path().join("body");
    let imported = shop.tom(&["models", "import"]).arg(&brought).output().expect("runs");
    assert_eq!(imported.status.code(), Some(0), "{}", stderr(&imported));
    let config = shop.home.path().join("tom.toml");
    let text = "[agent]\nlanguage = \"de\"\n[server]\ntoken = \"hush-hush\"\ntoken_file = \"secret.txt\"\n[limits]\nmax_calls = 7\n";
    std::fs::write(&config, text).expect("written");
    std::fs::write(shop.home.path().join("secret.txt"), "hush-hush").expect("written");
    let archive = shop.home.path().join("bundle.tar");
    let create = |extra: &[&str]| {
        let mut command = shop.tom(&["bundle", "create"]);
        command.arg(&archive).args(extra).arg("--config").arg(&config).current_dir(shop.home.path());
        command.output().expect("runs")
    };
    let made = create(&["--json"]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    let made = json(&made);
    let notes = made["notes"].to_string();
    assert!(
        notes.contains("server.token is a secret") && notes.contains("server.token_file names"),
        "{notes}"
    );
    let bytes = std::fs::read(&archive).expect("there");
    assert!(!String::from_utf8_lossy(&bytes).contains("hush-hush"));
    assert_eq!(create(&[]).status.code(), Some(1), "it replaces nothing unasked");
    assert_eq!(create(&["--force"]).status.code(), Some(0));

    let there = tempfile::tempdir().expect("a folder");
    let sum = made["sha256"].as_str().expect("a checksum").to_owned();
    let restore = |sum: &str, archive: &Path| {
        let mut command = tom(there.path());
        command.args(["bundle", "restore", "--json", "--sha256", sum]).arg(archive);
        command.arg("--data-dir").arg(there.path().join("data")).output().expect("runs")
    };
    let cut = there.path().join("cut.tar");
    std::fs::write(&cut, &bytes[..bytes.len() - 600]).expect("written");
    let refused = restore(&sum, &cut);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("nothing was restored"), "{}", stderr(&refused));
    assert!(!there.path().join("data/models/thing").exists());
    assert_eq!(restore(&"0".repeat(64), &archive).status.code(), Some(1));

    let restored = restore(&sum, &archive);
    assert_eq!(restored.status.code(), Some(0), "{}", stderr(&restored));
    assert_eq!(json(&restored)["models"][0], "thing");
    let data = there.path().join("data");
    assert_eq!(std::fs::read(data.join("models/thing/a.onnx")).expect("there"), shop.body);
    let verify = |args: &[&str]| {
        tom(there.path()).args(args).arg("--data-dir").arg(&data).output().expect("runs").status.code()
    };
    assert_eq!(verify(&["models", "verify", "thing"]), Some(0), "its catalogue came along");
    let settings = std::fs::read_to_string(data.join("tom.toml")).expect("there");
    assert!(settings.contains("max_calls = 7") && settings.contains("language = \"de\""), "{settings}");
    let config = data.join("tom.toml").display().to_string();
    assert_eq!(restore(&sum, &archive).status.code(), Some(0), "twice is no mistake");
    // The token's file is not there, and that is said.
    assert_eq!(verify(&["config", "check", "--config", &config]), Some(4));
}

#[test]
fn a_profile_names_its_models_and_what_is_missing_of_them() {
    let shop = Shop::new(10);
    let profiles = json(&shop.tom(&["models", "profiles", "--json"]).output().expect("runs"));
    let profiles = profiles.as_array().expect("a list");
    assert_eq!(profiles.iter().filter(|profile| profile["suits_this_machine"] == true).count(), 1);
    let listed = shop.tom(&["models", "list", "--profile", "pi5_performance"]).output().expect("runs");
    let told = stdout(&listed);
    assert!(told.contains("whisper-base-int8") && !told.contains("qwen3-14b"), "{told}");
    assert!(
        told.contains("missing (") && told.contains("tom models pull --profile pi5_performance"),
        "{told}"
    );
    let unknown = shop.tom(&["models", "list", "--profile", "pi6"]).output().expect("runs");
    assert_eq!(unknown.status.code(), Some(2), "{}", stderr(&unknown));
    let refused = shop.tom(&["models", "pull", "--profile", "minimal"]).output().expect("runs");
    assert!(
        stderr(&refused).contains("silero-vad: ") && stderr(&refused).contains("--yes"),
        "{}",
        stderr(&refused)
    );
    assert_eq!(shop.tom(&["models", "pull"]).output().expect("runs").status.code(), Some(2));
    let mut doctor = shop.tom(&["doctor", "--json"]);
    doctor.env("TOM_MODELS__PROFILE", "minimal");
    let findings = json(&doctor.output().expect("runs")).to_string();
    assert!(findings.contains("minimal: silero-vad smart-turn missing"), "{findings}");
}

#[test]
fn servers_of_language_models_are_found_with_their_models() {
    let home = tempfile::tempdir().expect("a folder");
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", server.local_addr().expect("bound"));
    let answering = std::thread::spawn(move || {
        for stream in server.incoming().take(2) {
            let mut stream = stream.expect("a connection");
            let mut request = [0; 1024];
            let length = stream.read(&mut request).expect("a request");
            assert!(request[..length].starts_with(b"GET /v1/models HTTP/1.1\r\n"));
            let body =
                r#"{"object":"list","data":[{"id":"qwen3:4b","object":"model","owned_by":"library"}]}"#;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all((head + body).as_bytes()).expect("written");
        }
    });
    let found = tom(home.path()).args(["models", "discover", &url, "--json"]).output().expect("runs");
    assert_eq!(json(&found), serde_json::json!([{ "server": "Ollama", "url": url, "models": ["qwen3:4b"] }]));
    let told = tom(home.path()).args(["models", "discover", &url]).output().expect("runs");
    let told = stdout(&told);
    assert!(told.contains("Ollama at http://127.0.0.1") && told.contains("model = \"qwen3:4b\""), "{told}");
    answering.join().expect("it answered");
    // Nobody listens there any more.
    let none = tom(home.path()).args(["models", "discover", &url]).output().expect("runs");
    assert_eq!(none.status.code(), Some(0), "{}", stderr(&none));
    assert!(stdout(&none).contains("no server of language models listens here"));
    let wrong = tom(home.path()).args(["models", "discover", "ftp://a"]).output().expect("runs");
    assert_eq!(wrong.status.code(), Some(2));
}
