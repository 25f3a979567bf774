//! Is a catalogue sound: complete, of sane sizes, and unable to write outside the models folder?

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Catalogue, Kind, Model, ModelFile, NONE_YET, Origin};
use crate::path::is_plain;
use crate::{RelPath, ShelfError, Url};

/// The largest file believed in, in bytes.
const MOST_BYTES: u64 = 256 << 30;
/// Files of one model.
const MOST_FILES: usize = 256;
/// Memory believed in, in MB.
const MOST_MEMORY: u32 = 1 << 20;
/// Letters of a text that people see.
const MOST_LETTERS: usize = 300;

/// The file as TOML has it; the meaning is looked at afterwards.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    schema: u32,
    #[serde(default)]
    model: Vec<RawModel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawModel {
    name: String,
    title: String,
    kind: Kind,
    licence: String,
    home: Option<String>,
    languages: Vec<String>,
    memory_mb: u32,
    evidence: Option<String>,
    file: Vec<RawFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    path: String,
    #[serde(default)]
    bytes: u64,
    sha256: String,
    #[serde(default)]
    source: Vec<RawOrigin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOrigin {
    url: Option<String>,
    file: Option<PathBuf>,
    wheel: Option<String>,
    version: Option<String>,
    member: Option<String>,
}

/// Reads and checks a catalogue.
pub(super) fn catalogue(place: &str, text: &str, beside: Option<&Path>) -> Result<Catalogue, ShelfError> {
    let raw: Raw = toml::from_str(text)
        .map_err(|error| ShelfError::Catalogue(format!("{place}: {}", error.to_string().trim_end())))?;
    let mut mistakes = Vec::new();
    if raw.schema != 1 {
        mistakes.push(format!("schema = {} is not known to this version of TOM, which knows 1", raw.schema));
    }
    let models = raw.model.into_iter().map(|one| model(one, beside, &mut mistakes)).collect::<Vec<_>>();
    let models: Vec<Model> = models.into_iter().flatten().collect();
    if let Err(clash) = together(&models) {
        mistakes.push(clash);
    }
    if mistakes.is_empty() {
        return Ok(Catalogue { models });
    }
    let lines: Vec<String> = mistakes.into_iter().map(|mistake| format!("{place}: {mistake}")).collect();
    Err(ShelfError::Catalogue(lines.join("\n")))
}

fn model(raw: RawModel, beside: Option<&Path>, mistakes: &mut Vec<String>) -> Option<Model> {
    let name = shortened(&raw.name);
    let before = mistakes.len();
    let mut wrong = |what: String| mistakes.push(format!("model {name:?}: {what}"));
    if !is_plain(&raw.name) || raw.name.bytes().any(|b| b.is_ascii_uppercase() || b == b'+') {
        wrong("its name is not of small letters, digits, . _ and -".into());
    }
    for (what, text) in [("title", &raw.title), ("licence", &raw.licence)] {
        if !is_readable(text) {
            wrong(format!("it needs a {what} of one line"));
        }
    }
    if raw.evidence.as_ref().is_some_and(|text| !is_readable(text)) {
        wrong("evidence is a text of one line".into());
    }
    if raw.home.as_deref().is_some_and(|home| home.parse::<Url>().is_err()) {
        wrong("home is no web address".into());
    }
    let tag = |tag: &String| tag.len() <= 35 && tag.split('-').all(is_plain_tag);
    if raw.languages.is_empty() || raw.languages.len() > 200 || !raw.languages.iter().all(tag) {
        wrong("languages are tags such as \"de\" and \"pt-BR\", or \"any\"".into());
    }
    if raw.memory_mb > MOST_MEMORY {
        wrong(format!("memory_mb = {} is more than any machine has", raw.memory_mb));
    }
    if raw.file.is_empty() || raw.file.len() > MOST_FILES {
        wrong(format!("it needs between 1 and {MOST_FILES} files"));
    }
    let files: Vec<_> = raw.file.into_iter().filter_map(|one| file(one, beside, &mut wrong)).collect();
    if mistakes.len() > before {
        return None;
    }
    Some(Model {
        name: raw.name,
        title: raw.title,
        kind: raw.kind,
        licence: raw.licence,
        home: raw.home,
        languages: raw.languages,
        memory_mb: raw.memory_mb,
        evidence: raw.evidence,
        files,
    })
}

fn file(raw: RawFile, beside: Option<&Path>, wrong: &mut impl FnMut(String)) -> Option<ModelFile> {
    let path = RelPath::new(&raw.path).map_err(|error| wrong(format!("path {error}"))).ok()?;
    let sha256 = if raw.sha256 == NONE_YET {
        None
    } else {
        let read = raw.sha256.parse();
        Some(read.map_err(|error| wrong(format!("{path}: sha256: {error}, or \"{NONE_YET}\""))).ok()?)
    };
    if raw.bytes > MOST_BYTES || sha256.is_some() && raw.bytes == 0 {
        wrong(format!("{path}: bytes = {} is no size of a model file", raw.bytes));
    }
    if raw.source.len() > 16 {
        wrong(format!("{path}: 16 sources are enough"));
    }
    let origins = raw
        .source
        .into_iter()
        .filter_map(|one| origin(one, beside).map_err(|why| wrong(format!("{path}: a source {why}"))).ok());
    let origins = origins.collect();
    Some(ModelFile { path, bytes: raw.bytes, sha256, origins })
}

fn origin(raw: RawOrigin, beside: Option<&Path>) -> Result<Origin, String> {
    match raw {
        RawOrigin { url: Some(url), file: None, wheel: None, version: None, member: None } => {
            url.parse().map(|url| Origin::Url { url }).map_err(|why| format!("{:?}: {why}", shortened(&url)))
        }
        RawOrigin { file: Some(file), url: None, wheel: None, version: None, member: None } => match beside {
            Some(folder) => Ok(Origin::Local { file: folder.join(file) }),
            None => Err("is a file of this machine, which only a catalogue of your own may name".into()),
        },
        RawOrigin {
            wheel: Some(wheel),
            version: Some(version),
            member: Some(member),
            url: None,
            file: None,
        } => {
            let version_plain = version.bytes().all(|b| b.is_ascii_alphanumeric() || b".+!_-".contains(&b));
            if !is_plain(&wheel) || wheel.contains('+') {
                return Err(format!("names {:?}, which is no package", shortened(&wheel)));
            }
            if !version_plain || version.is_empty() || version.len() > 60 {
                return Err(format!("names {:?}, which is no version", shortened(&version)));
            }
            // Python packages have names with underscores in front, but these are nobody's way out.
            RelPath::new(&member).map_err(|error| format!("has a member that cannot be: {error}"))?;
            Ok(Origin::Wheel { wheel, version, member })
        }
        _ => Err("has either url, or file, or wheel with version and member".into()),
    }
}

/// What has to hold over several catalogues: names and paths are there once, and no file stands where a folder must.
pub(super) fn together(models: &[Model]) -> Result<(), String> {
    let mut names = BTreeSet::new();
    let mut paths = BTreeMap::new();
    for model in models {
        if !names.insert(&*model.name) {
            return Err(format!("there are two models named {}", model.name));
        }
        for file in &model.files {
            // Some disks do not tell large letters from small ones.
            if let Some(other) = paths.insert(file.path.as_str().to_ascii_lowercase(), &*model.name) {
                return Err(format!("{} is a file of both {other} and {}", file.path, model.name));
            }
        }
    }
    for (model, file) in models.iter().flat_map(|model| model.files.iter().map(move |file| (model, file))) {
        for folder in file.path.folders() {
            if let Some(other) = paths.get(&folder.to_ascii_lowercase()) {
                let name = &model.name;
                return Err(format!("{folder} is a file of {other}, and a folder of {name}"));
            }
        }
    }
    Ok(())
}

fn is_readable(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= MOST_LETTERS && !text.chars().any(char::is_control)
}

fn is_plain_tag(part: &str) -> bool {
    (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}
