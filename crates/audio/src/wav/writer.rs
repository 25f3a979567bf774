//! How a WAV file is written: 16-bit PCM, whole or while the audio arrives.

use std::io::{self, Seek, SeekFrom, Write};

const HEADER: usize = 44;

/// The header of a 16-bit PCM file with that many bytes of samples.
fn header(rate_hz: u32, channels: u16, data: u32) -> [u8; HEADER] {
    let group = channels.saturating_mul(2);
    let mut bytes = [0; HEADER];
    let mut at = 0;
    let mut put = |field: &[u8]| {
        bytes[at..at + field.len()].copy_from_slice(field);
        at += field.len();
    };
    put(b"RIFF");
    put(&data.saturating_add(HEADER as u32 - 8).to_le_bytes());
    put(b"WAVEfmt ");
    put(&16_u32.to_le_bytes());
    put(&1_u16.to_le_bytes());
    put(&channels.to_le_bytes());
    put(&rate_hz.to_le_bytes());
    put(&rate_hz.saturating_mul(u32::from(group)).to_le_bytes());
    put(&group.to_le_bytes());
    put(&16_u16.to_le_bytes());
    put(b"data");
    put(&data.to_le_bytes());
    bytes
}

/// A whole WAV file: 16-bit PCM, the samples of all channels in turn. What does not fit into the 4 GiB of a
/// WAV file is left out.
#[must_use]
pub fn to_bytes(rate_hz: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    let most = (u32::MAX as usize - HEADER) / 2;
    let samples = &samples[..samples.len().min(most)];
    let mut bytes = Vec::with_capacity(HEADER + samples.len() * 2);
    bytes.extend(header(rate_hz, channels, samples.len() as u32 * 2));
    crate::pcm::to_le_bytes(samples, &mut bytes);
    bytes
}

/// Writes a WAV file while its audio arrives. The header is right after every call, so that a file whose
/// writer dies can be played up to there.
#[derive(Debug)]
pub struct WavWriter<W: Write + Seek> {
    sink: W,
    rate_hz: u32,
    channels: u16,
    data: u32,
    bytes: Vec<u8>,
}

impl<W: Write + Seek> WavWriter<W> {
    /// Writes the header of a file without audio. The sink must be empty and at its start.
    ///
    /// # Errors
    ///
    /// What the sink says.
    pub fn new(mut sink: W, rate_hz: u32, channels: u16) -> io::Result<Self> {
        sink.write_all(&header(rate_hz, channels, 0))?;
        Ok(Self { sink, rate_hz, channels, data: 0, bytes: Vec::new() })
    }

    /// Appends samples, those of all channels in turn, then sets the header right. Give it a second or so at
    /// a time: each call costs two seeks.
    ///
    /// # Errors
    ///
    /// What the sink says; [`io::ErrorKind::FileTooLarge`] when a WAV file cannot hold more (4 GiB). The
    /// header stays right in both cases.
    pub fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        let grown = u32::try_from(samples.len())
            .ok()
            .and_then(|samples| samples.checked_mul(2))
            .and_then(|more| self.data.checked_add(more))
            .filter(|&data| data <= u32::MAX - HEADER as u32)
            .ok_or(io::ErrorKind::FileTooLarge)?;
        self.bytes.clear();
        crate::pcm::to_le_bytes(samples, &mut self.bytes);
        self.sink.seek(SeekFrom::Start(HEADER as u64 + u64::from(self.data)))?;
        self.sink.write_all(&self.bytes)?;
        self.sink.seek(SeekFrom::Start(0))?;
        self.sink.write_all(&header(self.rate_hz, self.channels, grown))?;
        self.data = grown;
        Ok(())
    }

    /// The sink, to look at.
    #[must_use]
    pub fn get_ref(&self) -> &W {
        &self.sink
    }

    /// Flushes and hands back the sink.
    ///
    /// # Errors
    ///
    /// What the sink says.
    pub fn finish(mut self) -> io::Result<W> {
        self.sink.seek(SeekFrom::End(0))?;
        self.sink.flush()?;
        Ok(self.sink)
    }
}
