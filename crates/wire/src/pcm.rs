//! How do PCM samples become bytes and base64, and back?

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use crate::{ErrorCode, WireError};

/// Little-endian 16-bit bytes to samples.
///
/// # Errors
/// [`ErrorCode::BadAudio`] when a byte is left over.
pub fn bytes_to_pcm(bytes: &[u8]) -> Result<Vec<i16>, WireError> {
    let mut pcm = Vec::new();
    read_pcm(bytes, &mut pcm)?;
    Ok(pcm)
}

/// The same into a buffer that is used again: what it held is gone, and it is empty after an error.
///
/// # Errors
/// [`ErrorCode::BadAudio`] when a byte is left over.
pub fn read_pcm(bytes: &[u8], pcm: &mut Vec<i16>) -> Result<(), WireError> {
    pcm.clear();
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(WireError::new(
            ErrorCode::BadAudio,
            format!("audio of {} bytes: 16-bit samples need an even number", bytes.len()),
        ));
    }
    pcm.extend(pairs.iter().map(|&pair| i16::from_le_bytes(pair)));
    Ok(())
}

/// Samples to little-endian bytes.
#[must_use]
pub fn pcm_to_bytes(pcm: &[i16]) -> Vec<u8> {
    let mut bytes = vec![0; pcm.len() * 2];
    write_pcm(pcm, &mut bytes);
    bytes
}

/// The same into room that is there: two bytes a sample. What does not fit is left out.
pub fn write_pcm(pcm: &[i16], bytes: &mut [u8]) {
    for (pair, sample) in bytes.as_chunks_mut::<2>().0.iter_mut().zip(pcm) {
        *pair = sample.to_le_bytes();
    }
}

/// Base64 (standard alphabet, padded or not) of little-endian samples.
///
/// # Errors
/// [`ErrorCode::BadAudio`] when it is no base64 or a byte is left over.
pub fn base64_to_pcm(text: &str) -> Result<Vec<i16>, WireError> {
    bytes_to_pcm(&base64_bytes(text)?)
}

/// Little-endian samples as padded base64.
#[must_use]
pub fn pcm_to_base64(pcm: &[i16]) -> String {
    STANDARD.encode(pcm_to_bytes(pcm))
}

pub(crate) fn base64_bytes(text: &str) -> Result<Vec<u8>, WireError> {
    let mut bytes = Vec::new();
    base64_into(text, &mut bytes)?;
    Ok(bytes)
}

/// Appends the bytes that a base64 text holds.
pub(crate) fn base64_into(text: &str, bytes: &mut Vec<u8>) -> Result<(), WireError> {
    let engine = if text.ends_with('=') { &STANDARD } else { &STANDARD_NO_PAD };
    engine.decode_vec(text, bytes).map_err(|e| {
        WireError::new(
            ErrorCode::BadAudio,
            format!("the audio is not base64: {e}; use the standard alphabet without line breaks"),
        )
    })
}

/// Appends bytes as padded base64.
pub(crate) fn bytes_base64_into(bytes: &[u8], text: &mut String) {
    STANDARD.encode_string(bytes, text);
}
