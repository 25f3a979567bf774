//! How is a GGUF file written?
//!
//! Header, facts, descriptions of tensors, then their data, each at a multiple of 32 bytes. Little-endian; the format is
//! described in ggml's `docs/gguf.md`.

use std::io::{self, Write};

/// Where data may begin.
const ALIGNMENT: usize = 32;

/// A fact.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A whole number.
    U32(u32),
    /// A number.
    F32(f32),
    /// Yes or no.
    Bool(bool),
    /// A text.
    Text(String),
    /// Texts.
    Texts(Vec<String>),
    /// Whole numbers.
    I32s(Vec<i32>),
}

/// How the numbers of a tensor are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As they are.
    F32,
    /// Blocks of 32: a scale in half precision, then 4 bits each.
    Q4_0,
    /// Blocks of 32: a scale in half precision, then 8 bits each.
    Q8_0,
}

impl Kind {
    /// Its number in the format.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::F32 => 0,
            Self::Q4_0 => 2,
            Self::Q8_0 => 8,
        }
    }

    /// Bytes of so many numbers, which are whole blocks.
    #[must_use]
    pub const fn bytes(self, count: usize) -> usize {
        match self {
            Self::F32 => count * 4,
            Self::Q4_0 => count / 32 * 18,
            Self::Q8_0 => count / 32 * 34,
        }
    }
}

/// What is known of a tensor before its data are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Its name: `blk.0.attn_q.weight`.
    pub name: String,
    /// Its sizes, the one of a row first.
    pub dims: Vec<u64>,
    /// How its numbers are kept.
    pub kind: Kind,
}

impl Shape {
    /// How many numbers it has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.dims.iter().product::<u64>() as usize
    }
}

/// Writes a file. `data` writes a tensor's numbers, [`Kind::bytes`] of them.
///
/// # Errors
/// When it cannot be written.
pub fn write<W: Write>(
    out: &mut W,
    facts: &[(String, Fact)],
    shapes: &[Shape],
    mut data: impl FnMut(&Shape, &mut W) -> io::Result<()>,
) -> io::Result<()> {
    let mut head = b"GGUF".to_vec();
    head.extend(3u32.to_le_bytes());
    head.extend((shapes.len() as u64).to_le_bytes());
    head.extend((facts.len() as u64).to_le_bytes());
    for (name, fact) in facts {
        text(&mut head, name);
        put(&mut head, fact);
    }
    let mut at = 0;
    for shape in shapes {
        text(&mut head, &shape.name);
        head.extend((shape.dims.len() as u32).to_le_bytes());
        head.extend(shape.dims.iter().flat_map(|d| d.to_le_bytes()));
        head.extend(shape.kind.number().to_le_bytes());
        head.extend((at as u64).to_le_bytes());
        at += shape.kind.bytes(shape.count()).next_multiple_of(ALIGNMENT);
    }
    head.resize(head.len().next_multiple_of(ALIGNMENT), 0);
    out.write_all(&head)?;
    for shape in shapes {
        data(shape, out)?;
        let bytes = shape.kind.bytes(shape.count());
        out.write_all(&[0; ALIGNMENT][..bytes.next_multiple_of(ALIGNMENT) - bytes])?;
    }
    Ok(())
}

fn put(head: &mut Vec<u8>, fact: &Fact) {
    let kind = |head: &mut Vec<u8>, number: u32| head.extend(number.to_le_bytes());
    match fact {
        Fact::U32(n) => {
            kind(head, 4);
            head.extend(n.to_le_bytes());
        }
        Fact::F32(n) => {
            kind(head, 6);
            head.extend(n.to_le_bytes());
        }
        Fact::Bool(yes) => {
            kind(head, 7);
            head.push(u8::from(*yes));
        }
        Fact::Text(words) => {
            kind(head, 8);
            text(head, words);
        }
        Fact::Texts(all) => {
            kind(head, 9);
            kind(head, 8);
            head.extend((all.len() as u64).to_le_bytes());
            all.iter().for_each(|one| text(head, one));
        }
        Fact::I32s(all) => {
            kind(head, 9);
            kind(head, 5);
            head.extend((all.len() as u64).to_le_bytes());
            head.extend(all.iter().flat_map(|n| n.to_le_bytes()));
        }
    }
}

fn text(head: &mut Vec<u8>, text: &str) {
    head.extend((text.len() as u64).to_le_bytes());
    head.extend(text.as_bytes());
}
