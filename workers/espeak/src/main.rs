//! espeak-ng in a process of its own: it speaks clauses in more than a hundred languages.
//!
//! Started by TOM, with which it talks over its standard input (see `tom-worker`). Under the GPL, like the
//! library it links; TOM itself does not link it.

mod engine;
mod ffi;
mod sounds;
mod speaker;
#[cfg(test)]
mod tests;
mod text;
mod voices;

use anyhow::Context;
use tom_worker::child::{self, Link};
use tom_worker::{Fault, Hello};

use crate::engine::Engine;
use crate::speaker::Speaker;

fn main() -> anyhow::Result<()> {
    let mut link = Link::inherit()?;
    match load() {
        Ok((hello, mut speaker)) => child::serve(&mut link, hello, &mut speaker)?,
        Err(fault) => link.refuse(fault).context("tom did not hear why espeak-ng cannot be loaded")?,
    }
    Ok(())
}

/// The library and who it is.
fn load() -> Result<(Hello, Speaker), Fault> {
    let engine = Engine::load()?;
    let hello = Hello {
        engine: "espeak-ng".into(),
        version: engine.version(),
        details: serde_json::json!({ "voices": engine.voices(), "variants": engine.variants() }).to_string(),
    };
    Ok((hello, Speaker::new(engine)))
}
