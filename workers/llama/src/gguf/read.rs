//! How is the head of a GGUF file read without believing it?

use std::collections::{HashMap, HashSet};
use std::io::{ErrorKind, Read};

use super::GgufError;
use super::facts::{Fact, KINDS, wanted};

/// Facts and tensors of the largest models there are, some times over.
const MOST_FACTS: u64 = 4096;
const MOST_TENSORS: u64 = 65_536;
/// Bytes of a fact's or tensor's name.
const LONGEST_NAME: u64 = 256;
/// Bytes of a text: chat templates are the longest.
const LONGEST_TEXT: u64 = 1 << 20;
/// Items of a list: vocabularies are the longest.
const LONGEST_LIST: u64 = 1 << 22;
/// Bytes of everything before the weights.
const LONGEST_HEAD: u64 = 1 << 28;

/// What stands before the weights.
#[derive(Debug)]
pub(super) struct Head {
    /// The facts that matter here.
    pub(super) facts: HashMap<String, Fact>,
    pub(super) tensors: Vec<Tensor>,
    /// Where the head ends.
    pub(super) end: u64,
}

/// A tensor's description.
#[derive(Debug)]
pub(super) struct Tensor {
    pub(super) name: String,
    pub(super) dims: Vec<u64>,
    pub(super) kind: u32,
    pub(super) offset: u64,
}

/// Reads on, and knows how far it may.
struct Source<R> {
    from: R,
    at: u64,
    size: u64,
}

impl<R: Read> Source<R> {
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], GgufError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), GgufError> {
        self.at += bytes.len() as u64;
        if self.at > LONGEST_HEAD.min(self.size) {
            return Err(self.cut_short());
        }
        self.from.read_exact(bytes).map_err(|e| match e.kind() {
            ErrorKind::UnexpectedEof => self.cut_short(),
            _ => e.into(),
        })
    }

    fn cut_short(&self) -> GgufError {
        if self.size > LONGEST_HEAD {
            return GgufError::Broken("its head is longer than 256 MiB".into());
        }
        GgufError::CutShort { what: "head", size: self.size }
    }

    fn u32(&mut self) -> Result<u32, GgufError> {
        self.bytes().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, GgufError> {
        self.bytes().map(u64::from_le_bytes)
    }

    /// A length that is followed by at least so many bytes for each item.
    fn length(&mut self, most: u64, each: u64, what: &str) -> Result<u64, GgufError> {
        let length = self.u64()?;
        if length > most {
            return Err(GgufError::Broken(format!("it counts {length} {what}, and {most} are the most")));
        }
        if length * each > self.size.saturating_sub(self.at) {
            return Err(self.cut_short());
        }
        Ok(length)
    }

    fn text(&mut self, most: u64, what: &str) -> Result<Vec<u8>, GgufError> {
        let length = self.length(most, 1, what)?;
        let mut text = vec![0; length as usize];
        self.fill(&mut text)?;
        Ok(text)
    }

    fn name(&mut self) -> Result<String, GgufError> {
        let name = self.text(LONGEST_NAME, "bytes of a name")?;
        let fits = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
        let name = String::from_utf8(name).ok().filter(|_| fits);
        name.ok_or_else(|| GgufError::Broken("a name in it is no name".into()))
    }

    fn skip(&mut self, bytes: u64) -> Result<(), GgufError> {
        let mut rest = bytes;
        let mut scrap = [0; 4096];
        while rest > 0 {
            let some = rest.min(scrap.len() as u64);
            self.fill(&mut scrap[..some as usize])?;
            rest -= some;
        }
        Ok(())
    }

    /// A fact's value. Lists are counted and passed over.
    fn fact(&mut self, kind: u32) -> Result<Fact, GgufError> {
        Ok(match kind {
            0 => Fact::Whole(u64::from(self.bytes::<1>()?[0])),
            2 => Fact::Whole(u64::from(u16::from_le_bytes(self.bytes()?))),
            4 => Fact::Whole(u64::from(self.u32()?)),
            10 => Fact::Whole(self.u64()?),
            7 => match self.bytes::<1>()? {
                [0 | 1] => Fact::Other,
                _ => return Err(GgufError::Broken("a fact is neither true nor false".into())),
            },
            6 => Fact::Real(f32::from_le_bytes(self.bytes()?)),
            8 => {
                let text = self.text(LONGEST_TEXT, "bytes of a text")?;
                Fact::Text(
                    String::from_utf8(text).map_err(|_| GgufError::Broken("a text is no UTF-8".into()))?,
                )
            }
            9 => {
                let of = self.u32()?;
                let size = size_of(of).ok_or_else(|| GgufError::Broken(format!("a list of kind {of}")))?;
                let count = self.length(LONGEST_LIST, size, "items of a list")?;
                if of == 8 {
                    for _ in 0..count {
                        let length = self.length(LONGEST_TEXT, 1, "bytes of a text")?;
                        self.skip(length)?;
                    }
                } else {
                    self.skip(count * size)?;
                }
                Fact::List(count)
            }
            other => {
                let size =
                    size_of(other).ok_or_else(|| GgufError::Broken(format!("a fact of kind {other}")))?;
                self.skip(size)?;
                Fact::Other
            }
        })
    }
}

/// The least bytes of a value of a kind; none: there is no such kind, or it may not stand in a list.
fn size_of(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        8 | 10..=12 => Some(8),
        _ => None,
    }
}

/// Reads all that stands before the weights.
pub(super) fn head(from: impl Read, size: u64) -> Result<Head, GgufError> {
    let mut source = Source { from, at: 0, size };
    match source.bytes::<4>() {
        Ok([b'G', b'G', b'U', b'F']) => {}
        Ok(_) | Err(GgufError::CutShort { .. }) => return Err(GgufError::NotGguf),
        Err(error) => return Err(error),
    }
    let version = source.u32()?;
    if !(2..=3).contains(&version) {
        return Err(GgufError::Version(version));
    }
    let tensors = source.length(MOST_TENSORS, 24, "tensors")?;
    let count = source.length(MOST_FACTS, 13, "facts")?;
    let mut facts = HashMap::new();
    let mut names = HashSet::new();
    for _ in 0..count {
        let name = source.name()?;
        let kind = source.u32()?;
        let fact = source.fact(kind)?;
        if !names.insert(name.clone()) {
            return Err(GgufError::Broken(format!("it says {name} twice")));
        }
        if wanted(&name) {
            facts.insert(name, fact);
        }
    }
    let tensors = (0..tensors).map(|_| tensor(&mut source)).collect::<Result<_, _>>()?;
    Ok(Head { facts, tensors, end: source.at })
}

fn tensor(source: &mut Source<impl Read>) -> Result<Tensor, GgufError> {
    let name = source.name()?;
    let count = source.u32()?;
    if !(1..=4).contains(&count) {
        return Err(GgufError::Broken(format!("the tensor {name} has {count} dimensions")));
    }
    let dims = (0..count).map(|_| source.u64()).collect::<Result<_, _>>()?;
    let kind = source.u32()?;
    if !KINDS.iter().any(|known| known.number == kind) {
        let what = format!(
            "the weights {name} are of a kind ({kind}) that this version of llama.cpp does not know; take a file \
             in another quantisation, such as Q4_K_M"
        );
        return Err(GgufError::NotForUs(what));
    }
    Ok(Tensor { name, dims, kind, offset: source.u64()? })
}
