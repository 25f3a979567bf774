//! Where is sound audible? By level alone: 20 ms with an RMS above -50 dBFS, edges found to 5 ms.

/// Samples of 5 ms at 16 kHz: the steps in which edges are looked for.
pub const STEP: usize = 80;
/// Samples of 20 ms at 16 kHz.
pub const FRAME: usize = 320;
/// Steps of a frame.
pub const STEPS: usize = FRAME / STEP;
/// -50 dBFS as an RMS of samples: 32 768 / 10^(50/20), squared.
const AUDIBLE_SQUARE: f64 = 32_768.0 * 32_768.0 / 100_000.0;

/// The RMS of each 5 ms of a frame of 20 ms, in sample units.
#[must_use]
pub fn envelope(pcm: &[i16]) -> [u16; STEPS] {
    let mut out = [0; STEPS];
    for (rms, step) in out.iter_mut().zip(pcm.chunks(STEP)) {
        *rms = step_rms(step);
    }
    out
}

/// The same of little-endian bytes as they come off a socket.
#[must_use]
pub fn envelope_of_bytes(bytes: &[u8]) -> [u16; STEPS] {
    let mut out = [0; STEPS];
    for (rms, step) in out.iter_mut().zip(bytes.chunks(STEP * 2)) {
        let sum: u64 = step.as_chunks::<2>().0.iter().map(|b| square(i16::from_le_bytes(*b))).sum();
        *rms = (sum as f64 / STEP as f64).sqrt().round() as u16;
    }
    out
}

fn step_rms(step: &[i16]) -> u16 {
    let sum: u64 = step.iter().map(|s| square(*s)).sum();
    (sum as f64 / STEP as f64).sqrt().round() as u16
}

fn square(sample: i16) -> u64 {
    // At most 2^30: vector instructions have this product, and not that of 64 bits.
    u64::from((i32::from(sample) * i32::from(sample)).unsigned_abs())
}

/// Whether some steps of one length together are audible.
#[must_use]
pub fn is_audible(steps: &[u16]) -> bool {
    let sum: f64 = steps.iter().map(|rms| f64::from(*rms) * f64::from(*rms)).sum();
    !steps.is_empty() && sum / steps.len() as f64 > AUDIBLE_SQUARE
}

/// For a run of steps without a gap, whether each is audible: it is loud enough itself, and so are 20 ms that
/// begin or end with it. Outside the run there is silence.
#[must_use]
pub fn audible_steps(run: &[u16]) -> Vec<bool> {
    let window = |from: isize| {
        let level = |at: isize| usize::try_from(at).ok().and_then(|at| run.get(at)).copied().unwrap_or(0);
        is_audible(&std::array::from_fn::<_, STEPS, _>(|n| level(from + n as isize)))
    };
    let reach = STEPS as isize - 1;
    let audible = |at: usize| {
        let at = at as isize;
        is_audible(&run[at as usize..=at as usize]) && (window(at) || window(at - reach))
    };
    (0..run.len()).map(audible).collect()
}

/// The first and the last audible sample of a recording at 16 kHz: the first of the first step, the last of the
/// last. `None`: nothing is audible.
#[must_use]
pub fn edges(pcm: &[i16]) -> Option<(usize, usize)> {
    let steps: Vec<u16> = pcm.chunks(STEP).map(step_rms).collect();
    let audible = audible_steps(&steps);
    let first = audible.iter().position(|a| *a)?;
    let last = audible.iter().rposition(|a| *a)?;
    Some((first * STEP, ((last + 1) * STEP).min(pcm.len()) - 1))
}

/// The stretches of a recording that are inaudible for at least that many samples, between its edges: first
/// sample and length.
#[must_use]
pub fn pauses(pcm: &[i16], at_least: usize) -> Vec<(usize, usize)> {
    let steps: Vec<u16> = pcm.chunks(STEP).map(step_rms).collect();
    let audible = audible_steps(&steps);
    let mut found = Vec::new();
    let mut last = None;
    for (n, _) in audible.iter().enumerate().filter(|(_, a)| **a) {
        if let Some(last) = last
            && (n - last - 1) * STEP >= at_least.max(1)
        {
            found.push(((last + 1) * STEP, (n - last - 1) * STEP));
        }
        last = Some(n);
    }
    found
}

#[cfg(test)]
#[path = "voice_tests.rs"]
mod tests;
