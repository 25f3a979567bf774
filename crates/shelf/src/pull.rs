//! What has to be brought for some models, and how does all of it come at once?

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::fetch::{Fetch, Mirror};
use crate::{Client, Digest, Lock, Model, ModelFile, Shelf, ShelfError, State, Watch};

/// How models shall be brought.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What asks servers.
    pub client: Client,
    /// Where all files come from: a web address or a folder, with the paths of the models folder below it. None: from
    /// the places that the catalogue names.
    pub mirror: Option<String>,
    /// Files at once; at least one.
    pub parallel: usize,
}

/// What has to be done for a pull.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The models of which something is missing.
    pub models: Vec<Model>,
    /// Bytes to be brought.
    pub bytes: u64,
    /// What is missing: one entry for a content, with all the files that have it.
    files: Vec<(Digest, Vec<ModelFile>)>,
}

impl Plan {
    /// Whether all is there.
    pub fn is_done(&self) -> bool {
        self.files.is_empty()
    }

    /// Files to be brought.
    pub fn files(&self) -> usize {
        self.files.iter().map(|(_, files)| files.len()).sum()
    }
}

/// What a pull did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// Files that got their name.
    pub files: usize,
    /// Bytes that were missing before.
    pub bytes: u64,
    /// How long it took.
    pub took: Duration,
}

impl Shelf {
    /// Looks what is missing of some models: what is there is read and compared. Blocks.
    ///
    /// # Errors
    /// When a checksum is not known, or a file cannot be read.
    pub fn plan(&self, models: &[&Model]) -> Result<Plan, ShelfError> {
        let mut plan = Plan { models: Vec::new(), bytes: 0, files: Vec::new() };
        let mut wanted: BTreeMap<Digest, Vec<ModelFile>> = BTreeMap::new();
        for model in models {
            let mut complete = true;
            for file in &model.files {
                let Some(sha256) = file.sha256 else {
                    return Err(ShelfError::NoChecksum {
                        model: model.name.clone(),
                        file: file.path.to_string(),
                    });
                };
                let state = self.verify(file)?;
                if state == State::There {
                    continue;
                }
                complete = false;
                let have = match state {
                    State::Begun(bytes) if bytes <= file.bytes => bytes,
                    _ => 0,
                };
                let same = wanted.entry(sha256).or_default();
                plan.bytes += if same.is_empty() { file.bytes - have } else { 0 };
                same.push(file.clone());
            }
            if !complete {
                plan.models.push((*model).clone());
            }
        }
        plan.files = wanted.into_iter().collect();
        Ok(plan)
    }

    /// Brings what is missing. Files whose download fails do not stop the others; what came of them stays for the next
    /// time.
    ///
    /// # Errors
    /// All that failed: one error, or several in one.
    pub async fn pull(
        &self,
        plan: &Plan,
        wish: &Wish,
        watch: Arc<dyn Watch>,
        _lock: &Lock,
    ) -> Result<Pulled, ShelfError> {
        let began = Instant::now();
        let mirror = wish.mirror.as_deref().map(mirror).transpose()?.map(Arc::new);
        self.room_for("the models", plan.bytes)?;
        let turn = Arc::new(Semaphore::new(wish.parallel.max(1)));
        let mut tasks = JoinSet::new();
        for (sha256, files) in plan.files.clone() {
            let (shelf, client, watch) = (self.clone(), wish.client.clone(), watch.clone());
            let (mirror, turn) = (mirror.clone(), turn.clone());
            tasks.spawn(async move {
                // Never closed, so there is always a turn.
                let _turn = turn.acquire().await;
                let fetch =
                    Fetch { shelf: &shelf, client: &client, mirror: mirror.as_deref(), watch: &*watch };
                let brought = one(&fetch, sha256, &files).await;
                for file in &files {
                    watch.ended(&file.path);
                }
                brought
            });
        }
        let mut errors = Vec::new();
        while let Some(done) = tasks.join_next().await {
            match done {
                Ok(Ok(())) => {}
                Ok(Err(error)) => errors.push(error),
                Err(error) => errors.push(ShelfError::Broken(error.to_string())),
            }
        }
        match one_of(errors) {
            None => Ok(Pulled { files: plan.files(), bytes: plan.bytes, took: began.elapsed() }),
            Some(error) => Err(error),
        }
    }
}

/// One error of several: what has one cause is told once.
fn one_of(errors: Vec<ShelfError>) -> Option<ShelfError> {
    let mut failed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut others = Vec::new();
    for error in errors {
        match error {
            ShelfError::Failed { file, why } => failed.entry(why).or_default().push(file),
            other => others.push(other),
        }
    }
    let mut all: Vec<ShelfError> = failed
        .into_iter()
        .map(|(why, mut files)| {
            files.sort();
            ShelfError::Failed { file: files.join(", "), why }
        })
        .collect();
    all.extend(others);
    if all.len() < 2 {
        return all.pop();
    }
    let mut lines: Vec<String> = all.iter().map(ShelfError::to_string).collect();
    lines.dedup();
    Some(ShelfError::Several(lines.join("\n")))
}

/// Brings one content and gives it to all the files that have it.
async fn one(fetch: &Fetch<'_>, sha256: Digest, files: &[ModelFile]) -> Result<(), ShelfError> {
    let Some((first, others)) = files.split_first() else { return Ok(()) };
    fetch.bring(first, sha256).await?;
    let from = first.path.under(fetch.shelf.folder());
    for other in others {
        let copied = fetch.copied(&from, other, sha256).await;
        copied.map_err(|miss| miss.into_error(other))?;
    }
    Ok(())
}

/// A web address, or a folder.
fn mirror(text: &str) -> Result<Mirror, ShelfError> {
    if text.contains("://") && !text.starts_with("file://") {
        let read = text.parse().map(Mirror::Web);
        return read.map_err(|why| ShelfError::Mirror { text: text.into(), why: why.to_string() });
    }
    let folder = Path::new(text.strip_prefix("file://").unwrap_or(text));
    if !folder.is_dir() {
        return Err(ShelfError::Mirror { text: text.into(), why: "there is no such folder".into() });
    }
    Ok(Mirror::Folder(folder.to_owned()))
}
