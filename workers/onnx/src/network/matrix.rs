//! How are matrices of bytes multiplied on this machine?

use rten_gemm::{
    BiasVector, GemmError, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix, QuantParams,
};
use rten_tensor::prelude::*;
use rten_tensor::{Matrix, NdTensorView};

#[cfg(target_arch = "x86_64")]
use super::quads::{self, Panels};
use crate::lanes::wide;
#[cfg(target_arch = "x86_64")]
use crate::lanes::{Level, level};

/// What multiplies. Results are whole numbers, and the same, either way.
pub(crate) enum Kernel {
    /// In bytes: AVX-512 VNNI or ARM's dot products, four multiplications where floats have one.
    Bytes(GemmExecutor<u8, i8, i32>),
    /// In bytes with AVX2, whose instruction for them clips sums, if nothing is done about that.
    #[cfg(target_arch = "x86_64")]
    Quads,
    /// In floats, where a machine has neither.
    Floats(GemmExecutor<f32, f32, f32>),
}

/// A right-hand matrix, laid out for the kernel.
pub(crate) struct Packed {
    form: Form,
    rows: usize,
    cols: usize,
}

enum Form {
    Bytes(PackedBMatrix<i8>),
    #[cfg(target_arch = "x86_64")]
    Quads(Panels),
    Floats(PackedBMatrix<f32>),
}

impl Kernel {
    /// The fastest that is exact here.
    pub(crate) fn best() -> Self {
        let bytes = GemmExecutor::default();
        if !bytes.may_saturate() {
            return Self::Bytes(bytes);
        }
        #[cfg(target_arch = "x86_64")]
        if level() != Level::Plain {
            return Self::Quads;
        }
        Self::floats()
    }

    pub(crate) fn floats() -> Self {
        Self::Floats(GemmExecutor::default())
    }

    /// For the worker's greeting.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Bytes(kernel) => format!("int8 {}", kernel.kernel_name()),
            #[cfg(target_arch = "x86_64")]
            Self::Quads => "int8 avx2".to_owned(),
            Self::Floats(kernel) => format!("float {}", kernel.kernel_name()),
        }
    }

    /// Lays out a matrix that is used again and again.
    pub(crate) fn pack(&self, b: Matrix<'_, i8>) -> Packed {
        let (rows, cols) = (b.size(0), b.size(1));
        let form = match self {
            Self::Bytes(kernel) => Form::Bytes(kernel.prepack_b(b)),
            #[cfg(target_arch = "x86_64")]
            Self::Quads => Form::Quads(Panels::new(b, 0)),
            Self::Floats(kernel) => Form::Floats(kernel.prepack_b(b.map(|x| f32::from(*x)).view())),
        };
        Packed { form, rows, cols }
    }

    /// `out = (a - zero) * b + bias`, row by row.
    pub(crate) fn multiply(
        &self,
        out: &mut [i32],
        (a, zero): (Matrix<'_, u8>, u8),
        b: &Packed,
        bias: Option<&[i32]>,
    ) -> Result<(), GemmError> {
        match (self, &b.form) {
            (Self::Bytes(kernel), Form::Bytes(packed)) => {
                let zeros = vec![zero; a.size(0)];
                let options = GemmOptions {
                    bias: bias.map(BiasVector::Row),
                    a_quant: Some(QuantParams { zero_point: &zeros }),
                    ..GemmOptions::default()
                };
                kernel.gemm(out, GemmInputA::Unpacked(a), GemmInputB::Packed(packed), options)
            }
            #[cfg(target_arch = "x86_64")]
            (Self::Quads, Form::Quads(panels)) => {
                quads::multiply(out, b.cols, (a, zero), panels, bias.unwrap_or_default());
                Ok(())
            }
            (Self::Floats(kernel), Form::Floats(packed)) => {
                in_floats(kernel, out, (a, zero), GemmInputB::Packed(packed))?;
                add_to_rows(out, bias.unwrap_or_default());
                Ok(())
            }
            // A matrix that was laid out for another kernel.
            _ => Err(GemmError::KSizeMismatch),
        }
    }

    /// `out = (a - zero) * (b - other)` for a matrix that is not used again.
    pub(crate) fn multiply_once(
        &self,
        out: &mut [i32],
        a: Matrix<'_, u8>,
        b: Matrix<'_, i8>,
        (zero, other): (u8, i8),
    ) -> Result<(), GemmError> {
        match self {
            Self::Bytes(kernel) => {
                let (zeros, others) = (vec![zero; a.size(0)], vec![other; b.size(1)]);
                let options = GemmOptions {
                    a_quant: Some(QuantParams { zero_point: &zeros }),
                    b_quant: Some(QuantParams { zero_point: &others }),
                    ..GemmOptions::default()
                };
                kernel.gemm(out, GemmInputA::Unpacked(a), GemmInputB::Unpacked(b), options)
            }
            #[cfg(target_arch = "x86_64")]
            Self::Quads => {
                quads::multiply(out, b.size(1), (a, zero), &Panels::new(b, other), &[]);
                Ok(())
            }
            Self::Floats(kernel) => {
                let b = b.map(|x| f32::from(*x) - f32::from(other));
                in_floats(kernel, out, (a, zero), GemmInputB::Unpacked(b.view()))
            }
        }
    }
}

/// Adds a number to each column; none if there are none.
fn add_to_rows(out: &mut [i32], bias: &[i32]) {
    if bias.is_empty() {
        return;
    }
    for row in out.chunks_exact_mut(bias.len()) {
        row.iter_mut().zip(bias).for_each(|(sum, bias)| *sum += bias);
    }
}

/// A product of whole numbers, made of floats.
fn in_floats(
    kernel: &GemmExecutor<f32, f32, f32>,
    out: &mut [i32],
    (a, zero): (Matrix<'_, u8>, u8),
    b: GemmInputB<'_, f32>,
) -> Result<(), GemmError> {
    let a = a.map(|x| f32::from(*x) - f32::from(zero));
    let mut product = vec![0.0; out.len()];
    kernel.gemm(&mut product, GemmInputA::Unpacked(a.view()), b, GemmOptions::default())?;
    whole(&product, out);
    Ok(())
}

wide! {
    /// The nearest whole numbers.
    fn whole(floats: &[f32], out: &mut [i32]) {
        for (float, out) in floats.iter().zip(out) {
            *out = float.round_ties_even() as i32;
        }
    }
}

impl Packed {
    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) const fn cols(&self) -> usize {
        self.cols
    }
}

/// A slice as a matrix of that many columns.
pub(crate) fn matrix<T>(data: &[T], cols: usize) -> Matrix<'_, T> {
    NdTensorView::from_data([data.len() / cols, cols], &data[..data.len() / cols * cols])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All that this machine can use.
    fn kernels() -> Vec<Kernel> {
        let mut kernels = vec![Kernel::best(), Kernel::floats()];
        #[cfg(target_arch = "x86_64")]
        kernels.extend((level() != Level::Plain).then_some(Kernel::Quads));
        kernels
    }

    proptest! {
        #[test]
        fn kernels_multiply_exactly(
            m in 1usize..14, k in 1usize..600, n in 1usize..36, zero: u8, other: i8, seed: u32,
        ) {
            let mut state = seed;
            let mut next = || { state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223); state >> 24 };
            let a: Vec<u8> = (0..m * k).map(|_| next() as u8).collect();
            let b: Vec<i8> = (0..k * n).map(|_| next() as u8 as i8).collect();
            let turned: Vec<i8> = (0..n * k).map(|at| b[at % k * n + at / k]).collect();
            let bias: Vec<i32> = (0..n).map(|_| next() as i32 * 99).collect();
            let want = |other: i8, bias: &[i32]| -> Vec<i32> { (0..m * n).map(|at| {
                let (row, col) = (at / n, at % n);
                bias[col] + (0..k).map(|i| {
                    (i32::from(a[row * k + i]) - i32::from(zero)) * (i32::from(b[i * n + col]) - i32::from(other))
                }).sum::<i32>()
            }).collect() };
            for kernel in kernels() {
                let mut out = vec![0; m * n];
                let packed = kernel.pack(matrix(&b, n));
                kernel.multiply(&mut out, (matrix(&a, k), zero), &packed, Some(&bias)).unwrap();
                prop_assert_eq!(&out, &want(0, &bias), "{}", kernel.name());
                kernel.multiply_once(&mut out, matrix(&a, k), matrix(&b, n), (zero, other)).unwrap();
                prop_assert_eq!(&out, &want(other, &vec![0; n]), "{}", kernel.name());
                let turned = matrix(&turned, k);
                kernel.multiply_once(&mut out, matrix(&a, k), turned.transposed(), (zero, other)).unwrap();
                prop_assert_eq!(&out, &want(other, &vec![0; n]), "{} turned", kernel.name());
            }
        }
    }
}
