//! How do PCM samples become bytes and base64, and back?

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use crate::{ErrorCode, WireError};

/// Little-endian 16-bit bytes to samples.
///
/// # Errors
/// [`ErrorCode::BadAudio`] when a byte is left over.
pub fn bytes_to_pcm(bytes: &[u8]) -> Result<Vec<i16>, WireError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(WireError::new(
            ErrorCode::BadAudio,
            format!("audio of {} bytes: 16-bit samples need an even number", bytes.len()),
        ));
    }
    Ok(pairs.iter().map(|&pair| i16::from_le_bytes(pair)).collect())
}

/// Samples to little-endian bytes.
#[must_use]
pub fn pcm_to_bytes(pcm: &[i16]) -> Vec<u8> {
    pcm.iter().flat_map(|sample| sample.to_le_bytes()).collect()
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
    let engine = if text.ends_with('=') { &STANDARD } else { &STANDARD_NO_PAD };
    engine.decode(text).map_err(|e| {
        WireError::new(
            ErrorCode::BadAudio,
            format!("the audio is not base64: {e}; use the standard alphabet without line breaks"),
        )
    })
}

pub(crate) fn bytes_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
