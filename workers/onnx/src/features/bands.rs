//! Which frequencies belong to which band? Triangles on Slaney's mel scale, of equal area.

use super::BINS;

/// The filters, as far as they are not 0.
pub(crate) struct Bands {
    /// For each band its first bin and the weights from there on.
    filters: Vec<(usize, Vec<f64>)>,
}

/// Slaney's scale: linear up to 1 kHz (15 mel), logarithmic above, 27 mel for a factor of 6.4.
fn hertz(mel: f64) -> f64 {
    if mel < 15.0 { mel * 200.0 / 3.0 } else { 1000.0 * ((mel - 15.0) * 6.4f64.ln() / 27.0).exp() }
}

impl Bands {
    /// So many bands up to 8 kHz.
    pub(crate) fn new(count: usize) -> Self {
        let top = 15.0 + 8.0f64.ln() * 27.0 / 6.4f64.ln();
        let edge = |n: usize| hertz(top * n as f64 / (count + 1) as f64);
        let bin = |n: usize| 8000.0 * n as f64 / (BINS - 1) as f64;
        let filters = (0..count).map(|band| {
            let (low, middle, high) = (edge(band), edge(band + 1), edge(band + 2));
            let weight = |f: f64| ((f - low) / (middle - low)).min((high - f) / (high - middle)).max(0.0);
            let weights: Vec<f64> = (0..BINS).map(|n| weight(bin(n)) * 2.0 / (high - low)).collect();
            let first = weights.iter().position(|w| *w > 0.0).unwrap_or(0);
            let count = weights[first..].iter().take_while(|w| **w > 0.0).count();
            (first, weights[first..first + count].to_vec())
        });
        Self { filters: filters.collect() }
    }

    /// The energies of the bands of a frame.
    pub(crate) fn energies(&self, powers: &[f64; BINS], out: &mut [f32]) {
        for ((first, weights), out) in self.filters.iter().zip(out) {
            let energy: f64 =
                powers[*first..].iter().zip(weights).map(|(power, weight)| power * weight).sum();
            *out = energy as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_band_has_its_middle_where_slaney_puts_it() {
        assert!((hertz(15.0) - 1000.0).abs() < 1e-9);
        assert!((hertz(42.0) - 6400.0).abs() < 1e-9);
        let bands = Bands::new(80);
        assert_eq!(bands.filters.len(), 80);
        for pair in bands.filters.windows(2) {
            assert!(pair[0].0 <= pair[1].0);
        }
        // A tone of 1 kHz (bin 25) is loudest in the band around 15 mel.
        let mut powers = [0.0; BINS];
        powers[25] = 1.0;
        let mut out = [0.0; 80];
        bands.energies(&powers, &mut out);
        let loudest = (0..80).max_by(|a, b| out[*a].total_cmp(&out[*b])).unwrap();
        assert!((26..=27).contains(&loudest), "{loudest}");
    }
}
