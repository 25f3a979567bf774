//! How is a line's audio written down?

use tom_audio::Law;

use crate::WireError;

/// How samples are written. One channel, always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// G.711: a byte a sample.
    Law(Law),
    /// Signed 16 bit, little-endian.
    Linear,
}

impl Coding {
    /// Appends the samples that `bytes` hold.
    ///
    /// # Errors
    /// `BAD_AUDIO` when a byte is left over.
    pub fn decode_into(self, bytes: &[u8], pcm: &mut Vec<i16>) -> Result<(), WireError> {
        match self {
            Self::Law(law) => law.decode_into(bytes, pcm),
            Self::Linear => {
                let (pairs, rest) = bytes.as_chunks::<2>();
                if !rest.is_empty() {
                    return Err(super::bad_audio(format!(
                        "audio of {} bytes: 16-bit samples need an even number",
                        bytes.len()
                    )));
                }
                pcm.extend(pairs.iter().map(|&pair| i16::from_le_bytes(pair)));
            }
        }
        Ok(())
    }

    /// Appends the bytes of samples.
    pub fn encode_into(self, pcm: &[i16], bytes: &mut Vec<u8>) {
        match self {
            Self::Law(law) => law.encode_into(pcm, bytes),
            Self::Linear => bytes.extend(pcm.iter().flat_map(|sample| sample.to_le_bytes())),
        }
    }
}
