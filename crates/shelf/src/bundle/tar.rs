//! How are ordinary files written into a tar archive, and read out of one that may be hostile?
//!
//! Only what POSIX calls ustar, with regular files, and GNU's binary sizes above 8 GiB. Any tar can read it.

use std::io::{self, Read, Write};

/// A tar file consists of pieces of this size.
pub(super) const BLOCK: usize = 512;
/// Octal sizes have eleven digits.
const MOST_OCTAL: u64 = 0o777_7777_7777;

/// What stands before a file's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) bytes: u64,
}

/// Bytes between a file's end and the next block.
pub(super) fn padding(bytes: u64) -> usize {
    (BLOCK - (bytes % BLOCK as u64) as usize) % BLOCK
}

/// The header of a regular file that everyone may read; none if the name is too long for one.
pub(super) fn header(entry: &Entry) -> Option<[u8; BLOCK]> {
    let (prefix, name) = split(&entry.name)?;
    let mut block = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    if entry.bytes <= MOST_OCTAL {
        put(124, format!("{:011o}\0", entry.bytes).as_bytes());
    } else {
        put(124, &[0x80, 0, 0, 0]);
        put(128, &entry.bytes.to_be_bytes());
    }
    // No time: the same models give the same archive.
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    put(345, prefix.as_bytes());
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Some(block)
}

/// A name of at most 100 bytes, with the folders before it where it is longer.
fn split(name: &str) -> Option<(&str, &str)> {
    if name.len() <= 100 {
        return Some(("", name));
    }
    name.match_indices('/')
        .map(|(at, _)| (&name[..at], &name[at + 1..]))
        .find(|(prefix, rest)| prefix.len() <= 155 && rest.len() <= 100)
}

/// Reads the next header; none at the end of the archive.
///
/// # Errors
/// What is wrong with the archive, as text.
pub(super) fn next(from: &mut impl Read) -> Result<Option<Entry>, String> {
    let mut block = [0; BLOCK];
    fill(from, &mut block)?;
    if block.iter().all(|byte| *byte == 0) {
        fill(from, &mut block)?;
        if block.iter().any(|byte| *byte != 0) {
            return Err("it goes on after its end".into());
        }
        return Ok(None);
    }
    let sum: u32 = block
        .iter()
        .enumerate()
        .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) })
        .sum();
    if octal(&block[148..156]) != Some(u64::from(sum)) {
        return Err("it is no tar archive, or is damaged".into());
    }
    if &block[257..263] != b"ustar\0" || !matches!(block[156], b'0' | 0) {
        return Err("it holds something else than ordinary files".into());
    }
    let text = |bytes: &[u8]| {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        std::str::from_utf8(&bytes[..end])
            .map(str::to_owned)
            .map_err(|_| "a name in it is no text".to_owned())
    };
    let (prefix, name) = (text(&block[345..500])?, text(&block[..100])?);
    let name = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
    let bytes = match block[124] {
        0x80 if block[125..128] == [0; 3] => {
            let mut size = [0; 8];
            size.copy_from_slice(&block[128..136]);
            Some(u64::from_be_bytes(size))
        }
        _ => octal(&block[124..136]),
    };
    let bytes = bytes.ok_or_else(|| "a size in it is no number".to_owned())?;
    Ok(Some(Entry { name, bytes }))
}

/// An octal number with blanks or zero bytes around it.
fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    if text.is_empty() || text.contains('+') {
        return None;
    }
    u64::from_str_radix(text, 8).ok()
}

/// Skips what fills a file's last block.
pub(super) fn skip_padding(from: &mut impl Read, bytes: u64) -> Result<(), String> {
    let mut rest = [0; BLOCK];
    fill(from, &mut rest[..padding(bytes)])
}

pub(super) fn fill(from: &mut impl Read, block: &mut [u8]) -> Result<(), String> {
    from.read_exact(block).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => "it is cut off".into(),
        _ => format!("it cannot be read: {error}"),
    })
}

/// Two empty blocks.
pub(super) fn finish(to: &mut impl Write) -> io::Result<()> {
    to.write_all(&[0; 2 * BLOCK])
}
