//! How the fields of a message become bytes and back.

use tom_base::Epoch;

use crate::frame::{HEADER, seal};
use crate::{FaultKind, Job, WireError};

/// Writes fields one after the other, behind the place of a frame's header.
pub(crate) struct Put(Vec<u8>);

impl Put {
    pub(crate) fn new() -> Self {
        Self(vec![0; HEADER])
    }

    /// The frame of a message with that number.
    pub(crate) fn seal(self, kind: u8, stream: u32) -> Result<Vec<u8>, WireError> {
        seal(kind, stream, self.0)
    }

    pub(crate) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn f32(&mut self, value: f32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// Texts carry their length in bytes. One that is too long for a u32 is over the frame's limit anyway
    /// and refused there.
    pub(crate) fn text(&mut self, text: &str) {
        self.u32(text.len() as u32);
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Samples fill the rest of the frame.
    pub(crate) fn pcm(&mut self, pcm: &[i16]) {
        let began = self.0.len();
        self.0.resize(began + 2 * pcm.len(), 0);
        for (place, sample) in self.0[began..].as_chunks_mut::<2>().0.iter_mut().zip(pcm) {
            *place = sample.to_le_bytes();
        }
    }

    pub(crate) fn job(&mut self, job: Job) {
        self.u32(job.serial);
        self.u32(job.epoch.turn.0);
        self.u32(job.epoch.revision.0);
        self.u32(job.clause);
    }

    pub(crate) fn kind(&mut self, kind: FaultKind) {
        let place = FaultKind::ALL.iter().position(|k| *k == kind);
        self.u8(place.unwrap_or_default() as u8);
    }
}

/// Reads fields one after the other; `kind` is the message's number, for errors.
pub(crate) struct Get<'a> {
    pub(crate) kind: u8,
    pub(crate) rest: &'a [u8],
}

impl<'a> Get<'a> {
    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (chunk, rest) = self.rest.split_first_chunk::<N>().ok_or(WireError::Short(self.kind))?;
        self.rest = rest;
        Ok(*chunk)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, WireError> {
        self.chunk::<1>().map(|[b]| b)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, WireError> {
        self.chunk().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, WireError> {
        self.chunk().map(u64::from_le_bytes)
    }

    /// A share of one.
    pub(crate) fn confidence(&mut self) -> Result<f32, WireError> {
        let value = self.chunk().map(f32::from_le_bytes)?;
        if (0.0..=1.0).contains(&value) { Ok(value) } else { Err(WireError::BadField(self.kind)) }
    }

    pub(crate) fn text(&mut self) -> Result<String, WireError> {
        let length = self.u32()? as usize;
        let (text, rest) = self.rest.split_at_checked(length).ok_or(WireError::Short(self.kind))?;
        self.rest = rest;
        match std::str::from_utf8(text) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(WireError::BadField(self.kind)),
        }
    }

    pub(crate) fn pcm(&mut self) -> Result<Vec<i16>, WireError> {
        let (samples, half) = self.rest.as_chunks::<2>();
        if !half.is_empty() {
            return Err(WireError::BadField(self.kind));
        }
        self.rest = &[];
        Ok(samples.iter().map(|b| i16::from_le_bytes(*b)).collect())
    }

    pub(crate) fn job(&mut self) -> Result<Job, WireError> {
        Ok(Job { serial: self.u32()?, epoch: Epoch::new(self.u32()?, self.u32()?), clause: self.u32()? })
    }

    pub(crate) fn fault_kind(&mut self) -> Result<FaultKind, WireError> {
        let place = usize::from(self.u8()?);
        FaultKind::ALL.get(place).copied().ok_or(WireError::BadField(self.kind))
    }

    /// Gives the message only if nothing is left over.
    pub(crate) fn end<T>(self, message: T) -> Result<T, WireError> {
        if self.rest.is_empty() { Ok(message) } else { Err(WireError::Trailing(self.kind)) }
    }
}
