//! How is the server under test started, and which processes belong to it?

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use tom_probe::line::Target;
use tom_probe::process::Usage;

/// A server that ends with this.
pub struct Served {
    child: Child,
    address: String,
    // Kept, so that the server's last words find a reader.
    _out: BufReader<ChildStdout>,
}

/// What the configuration of the bench says: no limit is in the way of its calls from one address. The judge of ends
/// of turns is on only where it is asked for: it was trained on people, and the corpus is spoken by machines.
#[must_use]
pub fn config(engines: Option<&str>, calls: usize, judge: bool) -> String {
    let mut out = String::from("[agent]\n");
    match engines {
        Some(url) => {
            out.push_str("mode = \"llm\"\n");
            for section in ["stt", "llm", "tts"] {
                out.push_str(&format!(
                    "\n[{section}]\nengine = \"openai\"\nurl = \"{url}\"\nmodel = \"bench\"\n"
                ));
            }
        }
        None => out.push_str("mode = \"flow\"\nflow = \"reception\"\n"),
    }
    let model = if judge { "auto" } else { "off" };
    out.push_str(&format!("\n[turn]\nmodel = \"{model}\"\n"));
    let calls = calls + 20;
    out.push_str(&format!(
        "\n[limits]\nmax_calls = {calls}\nconnections_per_address = {calls}\nconnections_per_minute = 100000\n\
         \n[log]\nlevel = \"warn\"\n"
    ));
    out
}

impl Served {
    /// Starts `tom serve` with that configuration, written into a folder; what it logs goes into a file there.
    ///
    /// # Errors
    /// When it does not start, or is not ready within a minute.
    pub fn start(tom: &Path, dir: &Path, name: &str, config: &str) -> Result<Self> {
        let file = dir.join(format!("{name}.toml"));
        std::fs::write(&file, config).with_context(|| format!("{} cannot be written", file.display()))?;
        let log_file = dir.join(format!("{name}.log"));
        let log = std::fs::File::create(&log_file)
            .with_context(|| format!("{} cannot be written", log_file.display()))?;
        let mut command = Command::new(tom);
        for (name, _) in std::env::vars_os() {
            // The configuration of the bench is the file's, whatever is set here.
            let set = name.to_str().is_some_and(|n| n.starts_with("TOM_"));
            if set && name != "TOM_WORKERS_DIR" && name != "TOM_DATA_DIR" {
                command.env_remove(name);
            }
        }
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} does not start; cargo xtask bench builds it", tom.display()))?;
        let Some(out) = child.stdout.take() else { bail!("the server has no output") };
        let mut out = BufReader::new(out);
        let mut line = String::new();
        let address = loop {
            line.clear();
            if out.read_line(&mut line).context("the server's output cannot be read")? == 0 {
                let status = child.wait().context("the server is gone")?;
                let said = std::fs::read_to_string(&log_file).unwrap_or_default();
                bail!("the server ended ({status}) before it was ready: {}", said.trim());
            }
            if line.starts_with("ready in ")
                && let Some((_, address)) = line.trim_end().trim_end_matches('/').rsplit_once("http://")
            {
                break address.to_owned();
            }
        };
        Ok(Self { child, address, _out: out })
    }

    /// It, in a language.
    ///
    /// # Errors
    /// Never in practice: the address is the server's own.
    pub fn target(&self, lang: &str) -> Result<Target> {
        Ok(Target::new(&format!("ws://{}", self.address), Some(lang), None)?)
    }

    /// What its own process has used.
    ///
    /// # Errors
    /// When it is gone.
    pub fn usage(&self) -> Result<Usage> {
        Usage::of(self.child.id()).context("the server is gone")
    }

    /// What it has open, and its threads.
    ///
    /// # Errors
    /// When it is gone.
    pub fn open(&self) -> Result<Open> {
        let of = |what: &str| format!("/proc/{}/{what}", self.child.id());
        let entries = |what| std::fs::read_dir(of(what)).context("the server is gone");
        let table = |what| std::fs::read_to_string(of(what)).unwrap_or_default();
        let tables = [table("net/udp"), table("net/udp6")];
        let inodes: BTreeSet<&str> = tables.iter().flat_map(|table| udp_inodes(table)).collect();
        let files: Vec<_> =
            entries("fd")?.flatten().flat_map(|file| std::fs::read_link(file.path())).collect();
        let inode = |file: &PathBuf| {
            let name = file.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
            inodes.contains(name).then_some(())
        };
        Ok(Open {
            files: files.len(),
            udp: files.iter().filter_map(inode).count(),
            threads: entries("task")?.count(),
        })
    }

    /// One of its metrics, written as it writes them; 0: it was never counted.
    ///
    /// # Errors
    /// When it does not tell.
    pub fn metric(&self, name: &str) -> Result<f64> {
        metric(&self.address, name)
    }

    /// What its workers have used together, and how many they are.
    #[must_use]
    pub fn workers(&self) -> (Usage, usize) {
        children_of(self.child.id())
    }

    /// Whether it has ended.
    pub fn is_gone(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

/// What a process has open.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Open {
    /// Files and sockets of all kinds.
    pub files: usize,
    /// Of these, sockets of UDP.
    pub udp: usize,
    /// Threads.
    pub threads: usize,
}

/// The inodes in `/proc/PID/net/udp`: the tenth column below the head.
fn udp_inodes(table: &str) -> impl Iterator<Item = &str> {
    table.lines().skip(1).filter_map(|line| line.split_whitespace().nth(9))
}

/// A metric of the server at an address; 0: it was never counted.
///
/// # Errors
/// When it does not tell.
pub fn metric(address: &str, name: &str) -> Result<f64> {
    let mut socket = TcpStream::connect(address).context("the server cannot be asked for its metrics")?;
    write!(socket, "GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).context("the server's metrics cannot be read")?;
    anyhow::ensure!(answer.starts_with("HTTP/1.1 200"), "the server does not tell its metrics");
    let value = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
    Ok(value.unwrap_or(0.0))
}

/// What the processes that a process started have used together, and how many they are.
#[must_use]
pub fn children_of(parent: u32) -> (Usage, usize) {
    let ours = format!(" {parent} ");
    let mut all = (Usage::default(), 0);
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // After the name: state, parent.
        let is_ours = stat
            .rsplit_once(')')
            .is_some_and(|(_, rest)| rest.get(2..).is_some_and(|r| r.starts_with(&ours)));
        if is_ours && let Ok(usage) = Usage::of(pid) {
            all.0.cpu += usage.cpu;
            all.0.resident += usage.resident;
            all.1 += 1;
        }
    }
    all
}

impl Drop for Served {
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        // Gently first, so that its workers end, too; a server that is gone already needs neither.
        drop(Command::new("kill").args(["-s", "TERM", &pid]).status());
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(15) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn sockets_of_udp_are_known_by_their_inodes() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n\
                     \x20 90: 0100007F:4E20 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 41532 2 0 0\n\
                     broken\n";
        assert_eq!(udp_inodes(table).collect::<Vec<_>>(), ["41532"]);
        assert_eq!(udp_inodes("").count(), 0);
    }

    #[test]
    fn a_metric_is_found_by_its_whole_name() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let serves = std::thread::spawn(move || {
            for head in ["HTTP/1.1 200 OK", "HTTP/1.1 200 OK", "HTTP/1.1 401 Unauthorized"] {
                let (mut socket, _) = listener.accept().unwrap();
                let mut request = BufReader::new(socket.try_clone().unwrap());
                let mut line = String::new();
                while line != "\r\n" {
                    line.clear();
                    request.read_line(&mut line).unwrap();
                }
                write!(socket, "{head}\r\n\r\n# HELP calls\ncalls_total 9\ncalls 3\n").unwrap();
            }
        });
        assert_eq!(metric(&address, "calls").unwrap(), 3.0);
        assert_eq!(metric(&address, "none").unwrap(), 0.0);
        assert!(metric(&address, "calls").is_err());
        serves.join().unwrap();
    }
}
