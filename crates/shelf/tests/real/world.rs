//! A models folder, catalogues made of bytes, and a pull with little patience.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tom_shelf::{
    Catalogue, Client, Digest, NetOptions, Patience, Pulled, RelPath, Shelf, ShelfError, Watch, Wish,
};

/// Bytes that look like nothing and are the same every time.
pub(crate) fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut out = Vec::with_capacity(length + 8);
    while out.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend_from_slice(&state.to_le_bytes());
    }
    out.truncate(length);
    out
}

/// A catalogue of one model, `thing`, with these files: path, content, sources as TOML.
pub(crate) fn catalogue(files: &[(&str, &[u8], String)]) -> Catalogue {
    let mut text = String::from(
        "schema = 1\n[[model]]\nname = \"thing\"\ntitle = \"A thing\"\nkind = \"voice\"\nlicence = \"MIT\"\n\
         languages = [\"any\"]\nmemory_mb = 1\n",
    );
    for (path, body, sources) in files {
        let _ = write!(
            text,
            "[[model.file]]\npath = \"{path}\"\nbytes = {}\nsha256 = \"{}\"\nsource = [{sources}]\n",
            body.len(),
            Digest::of_bytes(body)
        );
    }
    Catalogue::read("test", &text, Some(&std::env::temp_dir())).unwrap()
}

pub(crate) fn url(url: &str) -> String {
    format!("{{ url = \"{url}\" }}")
}

/// The models folder of one test.
pub(crate) struct World {
    pub(crate) home: tempfile::TempDir,
    pub(crate) shelf: Shelf,
    pub(crate) net: NetOptions,
    pub(crate) mirror: Option<String>,
    pub(crate) notes: Arc<Notes>,
}

/// What a pull said, and how far each file came.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) said: Mutex<Vec<String>>,
    /// Where each beginning was.
    pub(crate) began: Mutex<Vec<u64>>,
}

impl Watch for Notes {
    fn began(&self, _: &RelPath, have: u64, _: u64) {
        self.began.lock().unwrap().push(have);
    }
    fn grew(&self, _: &RelPath, _: u64) {}
    fn ended(&self, _: &RelPath) {}
    fn said(&self, text: &str) {
        self.said.lock().unwrap().push(text.to_owned());
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(home.path().join("models"));
        let patience = Patience {
            connect: Duration::from_secs(20),
            silence: Duration::from_secs(20),
            pause: Duration::from_millis(5),
            cuts: 3,
        };
        let net = NetOptions { patience, ..NetOptions::default() };
        Self { home, shelf, net, mirror: None, notes: Arc::default() }
    }

    pub(crate) async fn pull(&self, catalogue: &Catalogue) -> Result<Pulled, ShelfError> {
        let models: Vec<_> = catalogue.models().iter().collect();
        let lock = self.shelf.lock()?;
        let plan = self.shelf.plan(&models)?;
        let wish = Wish { client: Client::new(self.net.clone()), mirror: self.mirror.clone(), parallel: 4 };
        self.shelf.pull(&plan, &wish, self.notes.clone(), &lock).await
    }

    /// A file of the models folder.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.shelf.folder().join(path)
    }

    pub(crate) fn read(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(self.file(path)).ok()
    }

    /// Files that are not whole.
    pub(crate) fn parts(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.file(".parts")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}
