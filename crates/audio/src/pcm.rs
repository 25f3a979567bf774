//! How PCM16LE bytes become samples and samples bytes.

/// The bytes do not make whole 16-bit samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} bytes are no whole number of 16-bit samples; send an even number of bytes")]
pub struct OddBytes(pub usize);

/// Appends the samples of little-endian bytes to `out`; allocates only if `out` lacks the room.
///
/// # Errors
///
/// [`OddBytes`] when half a sample is left over; `out` is then unchanged.
pub fn from_le_bytes(bytes: &[u8], out: &mut Vec<i16>) -> Result<(), OddBytes> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(OddBytes(bytes.len()));
    }
    out.extend(pairs.iter().map(|&pair| i16::from_le_bytes(pair)));
    Ok(())
}

/// Appends the little-endian bytes of samples to `out`; allocates only if `out` lacks the room.
pub fn to_le_bytes(pcm: &[i16], out: &mut Vec<u8>) {
    out.extend(pcm.iter().flat_map(|sample| sample.to_le_bytes()));
}
