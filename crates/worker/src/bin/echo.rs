//! A worker without an engine: it does what the tests of the supervisor tell it, crashes and hangs included.
//!
//! It speaks a clause as ten samples per byte, each the byte's value, with a word event before each word; and hears an
//! utterance as the number of its samples. What a clause or sample makes it do besides is in [`Deed`].
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::error::Error;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use tom_worker::child::{Handler, Link, Reply, Trouble, serve};
use tom_worker::{Fault, FaultKind, Hello, Supervisor, SupervisorOptions};

/// Samples per byte of text.
const PER_BYTE: usize = 10;

/// What a word of a clause, or a sample of an utterance, makes the worker do.
enum Deed {
    /// `crash`, 666: dies.
    Crash,
    /// `hang`, 667: never answers again.
    Hang,
    /// `garbage`: says what is no event.
    Garbage,
    /// `slow`: takes 50 ms.
    Slow,
    /// `fault`: refuses.
    Refuse,
    /// `print`: prints to standard output.
    Print,
}

impl Deed {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "crash" => Self::Crash,
            "hang" => Self::Hang,
            "garbage" => Self::Garbage,
            "slow" => Self::Slow,
            "fault" => Self::Refuse,
            "print" => Self::Print,
            _ => return None,
        })
    }

    fn run(&self) -> Result<(), Trouble> {
        match self {
            Self::Crash => std::process::abort(),
            Self::Hang => loop {
                std::thread::sleep(Duration::from_secs(60));
            },
            Self::Garbage => {
                let io = |e: std::io::Error| Trouble::Link(e.into());
                let socket = std::io::stdin().as_fd().try_clone_to_owned().map_err(io)?;
                UnixStream::from(socket).write_all(b"hello, this is the library speaking\n").map_err(io)
            }
            Self::Slow => {
                std::thread::sleep(Duration::from_millis(50));
                Ok(())
            }
            Self::Refuse => Err(Fault::bad_request("told to refuse").into()),
            Self::Print => {
                println!("a library prints to standard output");
                Ok(())
            }
        }
    }
}

/// What is known of the streams.
#[derive(Default)]
struct Echo {
    /// From the options `{"once":"FOLDER"}`: each deed is done only once ever, noted in that folder.
    once: HashMap<u32, PathBuf>,
    heard: HashMap<u32, usize>,
}

impl Echo {
    fn do_deed(&self, stream: u32, word: &str) -> Result<(), Trouble> {
        let Some(deed) = Deed::of(word) else {
            return Ok(());
        };
        if let Some(folder) = self.once.get(&stream) {
            let done = folder.join(word);
            let first = std::fs::File::create_new(done).is_ok();
            if !first {
                return Ok(());
            }
        }
        deed.run()
    }
}

impl Handler for Echo {
    fn open(&mut self, stream: u32, options: &str) -> Result<(), Fault> {
        let options: serde_json::Value =
            serde_json::from_str(options).map_err(|e| Fault::bad_request(e.to_string()))?;
        if let Some(folder) = options["once"].as_str() {
            self.once.insert(stream, folder.into());
        }
        Ok(())
    }

    fn begin(
        &mut self,
        stream: u32,
        _id: &str,
        context: &str,
        _reply: &mut Reply<'_>,
    ) -> Result<(), Trouble> {
        self.heard.insert(stream, 0);
        self.do_deed(stream, context)
    }

    fn audio(&mut self, stream: u32, pcm: &[i16], reply: &mut Reply<'_>) -> Result<(), Trouble> {
        for (sample, word) in [(666, "crash"), (667, "hang")] {
            if pcm.contains(&sample) {
                self.do_deed(stream, word)?;
            }
        }
        let heard = self.heard.entry(stream).or_default();
        *heard += pcm.len();
        reply.partial(&heard.to_string())?;
        Ok(())
    }

    fn finish(&mut self, stream: u32, reply: &mut Reply<'_>) -> Result<(), Trouble> {
        let heard = self.heard.remove(&stream).unwrap_or_default();
        reply.heard(&heard.to_string(), 0.5)?;
        Ok(())
    }

    fn speak(&mut self, stream: u32, text: &str, reply: &mut Reply<'_>) -> Result<(), Trouble> {
        let mut offset = 0;
        for word in text.split_inclusive(' ') {
            reply.word(offset as u32, (offset * PER_BYTE) as u64)?;
            let speech: Vec<i16> = word.bytes().flat_map(|byte| [i16::from(byte); PER_BYTE]).collect();
            reply.pcm(&speech)?;
            self.do_deed(stream, word.trim())?;
            offset += word.len();
        }
        Ok(())
    }

    fn close(&mut self, stream: u32) {
        self.once.remove(&stream);
        self.heard.remove(&stream);
    }
}

/// Stands in for TOM: runs workers like this one, one of which hangs, prints their numbers and waits to be
/// killed.
fn be_the_parent() -> Result<(), Box<dyn Error>> {
    let program = std::env::current_exe()?.display().to_string();
    let mut options = SupervisorOptions::new("echo", program);
    options.shards = 2;
    options.hung_after = Duration::from_secs(600);
    let supervisor = Supervisor::start(options)?;
    let status = supervisor.wait_ready(Duration::from_secs(60));
    let stream = supervisor.open("{}", Box::new(|_| Ok(())))?;
    stream.speak(tom_base::Epoch::new(1, 0), 0, "hang")?;
    for pid in status.pids {
        println!("{pid}");
    }
    loop {
        std::thread::sleep(Duration::from_secs(60));
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tom-worker-echo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().nth(1).unwrap_or_default();
    if argument == "parent" {
        return be_the_parent();
    }
    let mut link = Link::inherit()?;
    match argument.as_str() {
        "die" => return Err("told to die".into()),
        "mute" => loop {
            std::thread::sleep(Duration::from_secs(60));
        },
        "refuse" => {
            let fault = Fault::new(FaultKind::Missing, "the voice is not installed: apt install it");
            return Ok(link.refuse(fault)?);
        }
        _ => {}
    }
    let hello = Hello { engine: "echo".into(), version: "1".into(), details: "{}".into() };
    serve(&mut link, hello, &mut Echo::default())?;
    Ok(())
}
