//! Which tensors does a `.safetensors` file hold, and where? A small reader for `F32` weights.
//!
//! The format: eight bytes with the header's length (little endian), the header (a JSON object from tensor
//! name to type, shape and byte range), then the data the ranges point into.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The longest header that is read. Silero's has 1.1 kB.
const MAX_HEADER: usize = 1 << 20;

/// Why bytes are no usable `.safetensors` file.
#[derive(Debug, thiserror::Error)]
pub enum SafetensorsError {
    /// The file ends before its header does, or the header claims an absurd length.
    #[error("the header is {claimed} bytes long, but at most {possible} are possible here")]
    HeaderLength {
        /// What the first eight bytes say.
        claimed: u64,
        /// What the file could hold.
        possible: usize,
    },
    /// The header is no JSON object of tensors.
    #[error("the header cannot be read: {0}")]
    Header(#[from] serde_json::Error),
    /// A tensor that is needed is not there.
    #[error("the tensor {name} is missing")]
    Missing {
        /// Its name.
        name: String,
    },
    /// A tensor has another type or shape than needed.
    #[error("the tensor {name} is {found}, needed is F32 {needed:?}")]
    Shape {
        /// Its name.
        name: String,
        /// Type and shape in the file.
        found: String,
        /// The needed shape.
        needed: Vec<usize>,
    },
    /// A tensor's bytes do not lie inside the file, or are not as many as its shape needs.
    #[error("the bytes of the tensor {name} ({from}..{to}) do not fit its shape or the file")]
    Range {
        /// Its name.
        name: String,
        /// First byte of the data section.
        from: usize,
        /// One past the last.
        to: usize,
    },
    /// A weight is infinite or not a number.
    #[error("the tensor {name} holds a value that is not finite")]
    NotFinite {
        /// Its name.
        name: String,
    },
}

#[derive(Debug, Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum HeaderValue {
    Tensor(Entry),
    /// `__metadata__` and whatever else is no tensor.
    Other(serde::de::IgnoredAny),
}

/// The tensors of one file, borrowed from its bytes.
#[derive(Debug)]
pub struct Tensors<'a> {
    entries: BTreeMap<String, HeaderValue>,
    data: &'a [u8],
}

impl<'a> Tensors<'a> {
    /// Reads the header of a file's bytes. Ranges are checked when a tensor is taken.
    ///
    /// # Errors
    /// When the header's length or its JSON is wrong.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, SafetensorsError> {
        let possible = bytes.len().saturating_sub(8).min(MAX_HEADER);
        let too_long = |claimed| SafetensorsError::HeaderLength { claimed, possible };
        let (len, rest) = bytes.split_first_chunk::<8>().ok_or(too_long(0))?;
        let claimed = u64::from_le_bytes(*len);
        let len = usize::try_from(claimed).ok().filter(|&len| len <= possible).ok_or(too_long(claimed))?;
        let (header, data) = rest.split_at(len);
        let entries = serde_json::from_slice(header)?;
        Ok(Self { entries, data })
    }

    /// The names of the tensors, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(|(_, v)| matches!(v, HeaderValue::Tensor(_))).map(|(k, _)| k.as_str())
    }

    /// The values of a tensor, row-major, which must be `F32` and have exactly this shape.
    ///
    /// # Errors
    /// When it is missing, has another type or shape, lies outside the file, or holds a value that is not
    /// finite.
    pub fn take(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, SafetensorsError> {
        let Some(HeaderValue::Tensor(entry)) = self.entries.get(name) else {
            return Err(SafetensorsError::Missing { name: name.into() });
        };
        if entry.dtype != "F32" || entry.shape != shape {
            return Err(SafetensorsError::Shape {
                name: name.into(),
                found: format!("{} {:?}", entry.dtype, entry.shape),
                needed: shape.into(),
            });
        }
        let [from, to] = entry.data_offsets;
        let bytes = self
            .data
            .get(from..to)
            .filter(|b| b.len() == shape.iter().product::<usize>() * 4)
            .ok_or_else(|| SafetensorsError::Range { name: name.into(), from, to })?;
        let (values, _) = bytes.as_chunks::<4>();
        let values: Vec<f32> = values.iter().map(|b| f32::from_le_bytes(*b)).collect();
        if values.iter().all(|v| v.is_finite()) {
            Ok(values)
        } else {
            Err(SafetensorsError::NotFinite { name: name.into() })
        }
    }
}
