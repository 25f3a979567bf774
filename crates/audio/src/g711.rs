//! How telephone codes become samples and samples telephone codes: G.711, both laws.
//!
//! Decoding looks the code up in a table of 256 samples made at compile time; encoding finds the segment by
//! counting leading zeros. Levels follow ITU-T G.711 on the 16-bit scale: 14-bit µ-law values times 4,
//! 13-bit A-law values times 8.

/// One of the two companding laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// µ-law (PCMU, RTP payload type 0): North America, Japan.
    Mu,
    /// A-law (PCMA, RTP payload type 8): Europe and most of the world.
    A,
}

impl Law {
    /// Both laws.
    pub const ALL: [Self; 2] = [Self::Mu, Self::A];

    /// The code of silence: what an idle line carries.
    #[must_use]
    pub const fn silence(self) -> u8 {
        match self {
            Self::Mu => 0xFF,
            Self::A => 0xD5,
        }
    }

    /// The sample of one code.
    #[must_use]
    pub const fn decode(self, code: u8) -> i16 {
        match self {
            Self::Mu => MU[code as usize],
            Self::A => A[code as usize],
        }
    }

    /// The code of one sample.
    #[must_use]
    pub const fn encode(self, sample: i16) -> u8 {
        match self {
            Self::Mu => mu_encode(sample),
            Self::A => a_encode(sample),
        }
    }

    /// Appends the sample of each code to `out`; allocates only if `out` lacks the room.
    pub fn decode_into(self, codes: &[u8], out: &mut Vec<i16>) {
        let table = match self {
            Self::Mu => &MU,
            Self::A => &A,
        };
        out.extend(codes.iter().map(|&code| table[usize::from(code)]));
    }

    /// Appends the code of each sample to `out`; allocates only if `out` lacks the room.
    pub fn encode_into(self, pcm: &[i16], out: &mut Vec<u8>) {
        match self {
            Self::Mu => out.extend(pcm.iter().map(|&sample| mu_encode(sample))),
            Self::A => out.extend(pcm.iter().map(|&sample| a_encode(sample))),
        }
    }
}

/// Added before companding so that each µ-law segment starts at a power of two (33 on the 14-bit scale).
const MU_BIAS: i32 = 33 << 2;

static MU: [i16; 256] = table(Law::Mu);
static A: [i16; 256] = table(Law::A);

const fn table(law: Law) -> [i16; 256] {
    let mut samples = [0; 256];
    let mut code = 0;
    while code < 256 {
        samples[code] = match law {
            Law::Mu => mu_decode(code as u8),
            Law::A => a_decode(code as u8),
        };
        code += 1;
    }
    samples
}

const fn mu_decode(code: u8) -> i16 {
    let code = !code;
    let segment = (code >> 4) & 7;
    let mantissa = (code & 15) as i32;
    let magnitude = (((mantissa << 3) + MU_BIAS) << segment) - MU_BIAS;
    (if code & 0x80 == 0 { magnitude } else { -magnitude }) as i16
}

const fn mu_encode(sample: i16) -> u8 {
    // The largest magnitude that still falls into the last step of the last segment.
    const CLIP: i32 = 0x7FFF - MU_BIAS;
    let wide = sample as i32;
    let magnitude = if wide < 0 { -wide } else { wide };
    let biased = (if magnitude > CLIP { CLIP } else { magnitude }) + MU_BIAS;
    // Biased values lie in 132..=32767, so their highest bit is bit 7 to 14.
    let segment = 24 - biased.leading_zeros() as i32;
    let mantissa = (biased >> (segment + 3)) & 15;
    let sign = if wide < 0 { 0x80 } else { 0 };
    !((sign | (segment << 4) | mantissa) as u8)
}

const fn a_decode(code: u8) -> i16 {
    // Every even bit travels inverted.
    let code = code ^ 0x55;
    let segment = (code >> 4) & 7;
    let step = (((code & 15) as i32) << 4) + 8;
    let magnitude = if segment == 0 { step } else { (step + 0x100) << (segment - 1) };
    (if code & 0x80 != 0 { magnitude } else { -magnitude }) as i16
}

const fn a_encode(sample: i16) -> u8 {
    // The one's complement of a negative sample, so that -1 is as small as 0 (there is no zero in A-law).
    let magnitude = (if sample < 0 { !sample } else { sample } as i32) >> 4;
    let sign = if sample < 0 { 0 } else { 0x80 };
    let body = if magnitude < 32 {
        magnitude
    } else {
        let segment = 27 - magnitude.leading_zeros() as i32;
        (segment + 1) << 4 | ((magnitude >> segment) & 15)
    };
    (sign | body) as u8 ^ 0x55
}
