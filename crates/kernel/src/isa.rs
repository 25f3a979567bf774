//! Which vector instructions does this machine have, and how does an operation run on them?
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "instructions may only be used where they are, which is found out here")
)]

use std::fmt;

use crate::portable::Portable;
use crate::simd::Op;

/// A set of vector instructions that this machine has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Isa(Kind);

/// A value exists only where the instructions do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Isa {
    /// What every machine has.
    pub const PORTABLE: Self = Self(Kind::Portable);

    /// The fastest set here.
    #[must_use]
    pub fn best() -> Self {
        Self::all().last().unwrap_or(Self::PORTABLE)
    }

    /// All sets that this machine has, from the slowest to the fastest.
    pub fn all() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let more = {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            let avx512 = avx2
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512bw")
                // Not needed. Its absence tells the generation whose clock drops for wide registers.
                && is_x86_feature_detected!("avx512vbmi2");
            [(avx2, Kind::Avx2), (avx512, Kind::Avx512)]
        };
        #[cfg(target_arch = "aarch64")]
        let more = [(true, Kind::Neon)];
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let more: [(bool, Kind); 0] = [];
        let more = more.into_iter().filter_map(|(there, kind)| there.then_some(Self(kind)));
        std::iter::once(Self::PORTABLE).chain(more)
    }

    /// `portable`, `avx2`, `avx512` or `neon`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            Kind::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => "avx512",
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => "neon",
        }
    }

    /// Does something with these instructions.
    #[inline]
    pub fn run<O: Op>(self, op: O) -> O::Out {
        match self.0 {
            Kind::Portable => op.run(Portable),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the value exists only where `all` found AVX2 and FMA.
            Kind::Avx2 => unsafe { avx2(op) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the value exists only where `all` found all of these.
            Kind::Avx512 => unsafe { avx512(op) },
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => op.run(crate::neon::Neon),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<O: Op>(op: O) -> O::Out {
    // SAFETY: whoever calls this function vouches for the instructions it enables.
    op.run(unsafe { crate::x86::Avx2::new() })
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
fn avx512<O: Op>(op: O) -> O::Out {
    // SAFETY: whoever calls this function vouches for the instructions it enables.
    op.run(unsafe { crate::x86::Avx512::new() })
}

impl fmt::Debug for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
