//! Which weights does a name stand for?

/// Numbers from `-scale` to `scale`: `SplitMix64`, seeded by the FNV-1a hash of the name, the upper 24 bits of each. The same
/// as `random_weights` of `data/voice.py`, bit by bit.
#[must_use]
pub fn random(name: &str, scale: f32, count: usize) -> Vec<f32> {
    let hash = |seed: u64, byte: u8| (seed ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    let mut state = name.bytes().fold(0xcbf2_9ce4_8422_2325, hash);
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let unit = ((x ^ (x >> 31)) >> 40) as f32 / 16_777_216.0;
        (unit * 2.0 - 1.0) * scale
    };
    (0..count).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_always_has_the_same_weights() {
        let (a, b) = (random("a.weight", 0.5, 100), random("b.weight", 0.5, 100));
        assert_eq!(a, random("a.weight", 0.5, 100));
        assert_ne!(a, b);
        assert!(a.iter().all(|w| w.abs() <= 0.5) && a.iter().any(|w| w.abs() > 0.4));
        assert!(a.iter().sum::<f32>().abs() < 10.0);
    }
}
