//! PocketSphinx in a process of its own: it recognises English, by grammar.
//!
//! Started by TOM, with which it talks over its standard input (see `tom-worker`); with `--dictation` where callers will
//! speak without a grammar. By hand it checks grammars:
//! `tom-worker-sphinx --check-words < FILE.jsgf`.

use std::io::Read;
use std::process::ExitCode;

use anyhow::{Context, bail};
use tom_worker::child::{self, Link};
use tom_worker::{Fault, Hello};
use tom_worker_sphinx::lexicon::Lexicon;
use tom_worker_sphinx::model::Model;
use tom_worker_sphinx::{Limits, Listener, Recogniser, doubtful_words};

fn main() -> anyhow::Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        None => {
            work(false)?;
            Ok(ExitCode::SUCCESS)
        }
        Some("--dictation") => {
            work(true)?;
            Ok(ExitCode::SUCCESS)
        }
        Some("--check-words") => check_words(),
        Some(other) => {
            bail!(
                "{other} is no option: there are --check-words, which reads a JSGF grammar, and --dictation, which \
                 loads the language model at once"
            )
        }
    }
}

fn work(dictates: bool) -> anyhow::Result<()> {
    let mut link = Link::inherit()?;
    match load(dictates) {
        Ok((hello, mut listener)) => child::serve(&mut link, hello, &mut listener)?,
        Err(fault) => link.refuse(fault).context("tom did not hear why PocketSphinx cannot be loaded")?,
    }
    Ok(())
}

fn load(dictates: bool) -> Result<(Hello, Listener), Fault> {
    let model = Model::find()?;
    let dictation = model.language.is_file();
    let mut recogniser = Recogniser::load(model, Limits::default())?;
    recogniser.warm(dictates)?;
    let listener = Listener::new(recogniser);
    let details = serde_json::json!({ "languages": ["en"], "dictation": dictation });
    let hello =
        Hello { engine: "pocketsphinx".into(), version: "5prealpha".into(), details: details.to_string() };
    Ok((hello, listener))
}

/// Reads a grammar and names the words that the dictionary lacks, one a line, with a tab and the pronunciation
/// that is guessed from their letters. Fails when a word cannot be pronounced at all or the grammar is broken.
fn check_words() -> anyhow::Result<ExitCode> {
    let mut jsgf = String::new();
    std::io::stdin().read_to_string(&mut jsgf).context("standard input cannot be read")?;
    let model = Model::find()?;
    let lexicon = Lexicon::load(&model.dictionary)?;
    let mut speakable = true;
    for (word, guess) in doubtful_words(&jsgf, &lexicon)? {
        speakable &= guess.is_some();
        println!("{word}\t{}", guess.as_deref().unwrap_or("?"));
    }
    Ok(if speakable { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
