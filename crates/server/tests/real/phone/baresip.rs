//! Layer: real. baresip, a telephone of another maker, in a folder of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tom_peers::free_port;

use crate::common::PATIENCE;

/// A running baresip that speaks what a WAV file says.
pub(crate) struct Baresip {
    control: TcpStream,
    /// Where it takes calls for +49 30 12345, and picks up at once.
    pub(crate) address: SocketAddr,
    folder: tempfile::TempDir,
    _child: Child,
}

fn modules() -> &'static str {
    let places = ["/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules"];
    places.into_iter().find(|place| Path::new(place).exists()).expect("baresip has its modules somewhere")
}

impl Baresip {
    /// Starts it. `speech`: 8 kHz, what it says from the moment a call is up.
    pub(crate) async fn start(speech: &[i16]) -> Self {
        let mut last = String::new();
        // Between choosing a port and taking it, somebody else may take it.
        for _ in 0..5 {
            match Self::try_start(speech).await {
                Ok(baresip) => return baresip,
                Err(log) => last = log,
            }
        }
        panic!("baresip does not start: {last}");
    }

    /// `Err`: what it wrote before it ended or did nothing.
    async fn try_start(speech: &[i16]) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let (sip, control) = (free_port().unwrap(), free_port().unwrap());
        let wav = folder.path().join("speech.wav");
        std::fs::write(&wav, tom_audio::wav::to_bytes(8_000, 1, speech)).unwrap();
        let config = format!(
            "poll_method epoll\nsip_listen 127.0.0.1:{sip}\nnet_interface 127.0.0.1\nrtp_timeout 60\n\
             audio_source aufile,{wav}\naudio_player aubridge,x\naudio_alert aubridge,x\nausrc_srate 8000\n\
             auplay_srate 8000\nausrc_channels 1\nauplay_channels 1\nctrl_tcp_listen 127.0.0.1:{control}\n\
             module_path {modules}\nmodule g711.so\nmodule aufile.so\nmodule aubridge.so\nmodule_app account.so\n\
             module_app menu.so\nmodule_app ctrl_tcp.so\n",
            wav = wav.display(),
            modules = modules(),
        );
        std::fs::write(folder.path().join("config"), config).unwrap();
        std::fs::write(
            folder.path().join("accounts"),
            "<sip:anna@127.0.0.1>;regint=0;audio_codecs=PCMA\n\
             <sip:+493012345@127.0.0.1>;regint=0;answermode=auto;audio_codecs=PCMA\n",
        )
        .unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut child = Command::new("baresip")
            .arg("-f")
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let connect = async {
            while child.try_wait().is_ok_and(|ended| ended.is_none()) {
                match TcpStream::connect(("127.0.0.1", control)).await {
                    Ok(stream) => return Some(stream),
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
            None
        };
        let connected = tokio::time::timeout(PATIENCE, connect).await;
        match connected {
            Ok(Some(control)) => {
                Ok(Self { control, address: ([127, 0, 0, 1], sip).into(), folder, _child: child })
            }
            _ => Err(std::fs::read_to_string(folder.path().join("log")).unwrap_or_default()),
        }
    }

    /// Gives it a command, and waits until it was taken.
    pub(crate) async fn command(&mut self, command: &str, params: &str) {
        let json = serde_json::json!({ "command": command, "params": params, "token": "t" }).to_string();
        self.control.write_all(format!("{}:{json},", json.len()).as_bytes()).await.unwrap();
        let mut told = String::new();
        let mut piece = [0; 4096];
        let taken = async {
            while !told.contains("\"token\"") {
                let length = self.control.read(&mut piece).await.unwrap();
                assert!(length > 0, "baresip ended: {}", self.log());
                told.push_str(&String::from_utf8_lossy(&piece[..length]));
            }
        };
        tokio::time::timeout(PATIENCE, taken).await.expect("baresip does not answer");
    }

    /// What it wrote.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}
