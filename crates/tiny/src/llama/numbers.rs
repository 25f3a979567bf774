//! Which numbers are in a tensor of a made-up language model?

use std::io::{self, Write};

use crate::gguf::{Kind, Shape};
use crate::weights::random;

/// The numbers of a tensor, by its name.
pub(super) fn weights<W: Write>(shape: &Shape, out: &mut W) -> io::Result<()> {
    let count = shape.count();
    let row = shape.dims.first().copied().unwrap_or(1) as f32;
    match shape.kind {
        Kind::F32 => {
            let (middle, scale) = match &*shape.name {
                name if name.ends_with("norm.weight") => (1.0, 0.2),
                name if name.ends_with(".bias") => (0.0, 0.1),
                "token_embd.weight" => (0.0, 1.0),
                // So that some tokens are much likelier than others.
                "output.weight" => (0.0, 4.0 * (3.0 / row).sqrt()),
                _ => (0.0, (3.0 / row).sqrt()),
            };
            let values = random(&shape.name, scale, count);
            out.write_all(&values.iter().flat_map(|v| (v + middle).to_le_bytes()).collect::<Vec<u8>>())
        }
        Kind::Q4_0 => blocks(&shape.name, count, 16, (3.0 / row).sqrt() / 8.0, out),
        Kind::Q8_0 => blocks(&shape.name, count, 32, 1.0 / 128.0, out),
    }
}

/// Blocks of 32 numbers with the same scale and random bits.
pub(super) fn blocks<W: Write>(
    name: &str,
    count: usize,
    bytes: usize,
    scale: f32,
    out: &mut W,
) -> io::Result<()> {
    let scale = half(scale).to_le_bytes();
    let noise = noise(name, bytes);
    for block in 0..count / 32 {
        out.write_all(&scale)?;
        out.write_all(bits(&noise, block, bytes))?;
    }
    Ok(())
}

/// Random bytes for blocks of so many.
pub(super) fn noise(name: &str, bytes: usize) -> Vec<u8> {
    random(name, 128.0, 4096 + bytes).iter().map(|v| *v as i8 as u8).collect()
}

/// Those of a block. The same 4096 again and again, each time a little later: it only has to take time to compute.
pub(super) fn bits(noise: &[u8], block: usize, bytes: usize) -> &[u8] {
    let from = block * 7 % 4096;
    &noise[from..from + bytes]
}

/// A number in half precision, cut off. For numbers between 2^-14 and 1.
pub(super) fn half(x: f32) -> u16 {
    let bits = x.to_bits();
    let exponent = (bits >> 23 & 0xff) as u16;
    (exponent.saturating_sub(112) << 10) | (bits >> 13 & 0x3ff) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_is_that_of_the_tables() {
        assert_eq!((half(1.0), half(0.5), half(0.1), half(0.0078125)), (0x3c00, 0x3800, 0x2e66, 0x2000));
    }
}
