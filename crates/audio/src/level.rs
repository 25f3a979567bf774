//! How loud a piece of audio is.
//!
//! 0 dBFS is the largest magnitude a sample can have (32 768), for peaks and for RMS alike: a full-scale
//! sine has an RMS of -3 dBFS, a full-scale square wave of 0 dBFS.

/// What digital silence reads as, so that a level is always a finite number.
pub const SILENCE_DBFS: f32 = -120.0;

/// The RMS over 20 ms above which a caller hears something.
pub const AUDIBLE_DBFS: f32 = -50.0;

/// A sample of this magnitude or more counts as clipped.
pub const CLIPPED: u16 = 32_760;

const FULL_SCALE: f32 = 32_768.0;

/// Root mean square in dBFS; nothing at all is [`SILENCE_DBFS`].
#[must_use]
pub fn rms_dbfs(pcm: &[i16]) -> f32 {
    if pcm.is_empty() {
        return SILENCE_DBFS;
    }
    let energy: u64 = pcm.iter().map(|&sample| u64::from(sample.unsigned_abs()).pow(2)).sum();
    dbfs((energy as f64 / pcm.len() as f64).sqrt() as f32)
}

/// The largest magnitude in dBFS; nothing at all is [`SILENCE_DBFS`].
#[must_use]
pub fn peak_dbfs(pcm: &[i16]) -> f32 {
    dbfs(f32::from(peak(pcm)))
}

/// The largest magnitude, 0 to 32 768.
#[must_use]
pub fn peak(pcm: &[i16]) -> u16 {
    pcm.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0)
}

/// Whether a caller hears something in these (usually 20) milliseconds: RMS above [`AUDIBLE_DBFS`].
#[must_use]
pub fn is_audible(pcm: &[i16]) -> bool {
    rms_dbfs(pcm) > AUDIBLE_DBFS
}

/// How many samples are clipped: magnitude [`CLIPPED`] or more.
#[must_use]
pub fn clipped(pcm: &[i16]) -> usize {
    pcm.iter().filter(|sample| sample.unsigned_abs() >= CLIPPED).count()
}

fn dbfs(magnitude: f32) -> f32 {
    (20.0 * (magnitude / FULL_SCALE).log10()).max(SILENCE_DBFS)
}
