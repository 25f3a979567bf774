//! Which products of bytes does a processor round off, and what is done about it?
//!
//! Processors of x86 without VNNI add two products of an unsigned and a signed byte in 16 bits, where they are cut off at 32 767:
//! networks whose weights use all of 8 bits compute something else there. Weights are halved into two matrices that are their
//! sum, with 7 bits each, so that nothing is ever cut off. The results are the same as with VNNI, for twice the products.

use std::collections::HashSet;

use rten_gemm::GemmExecutor;
use rten_onnx::onnx::{DataType, GraphProto, NodeProto, TensorProto};

use super::export::{another, location};
use crate::graph::ModelError;

/// What stands for 0 in the second halves of unsigned weights.
const MIDDLE: &str = "tom.middle";

/// Makes a network compute what it says on this processor. `data`: files with weights, by name.
///
/// # Errors
/// When weights are not where they should be.
pub(super) fn exact(graph: &mut GraphProto, data: &[(String, Vec<u8>)]) -> Result<(), ModelError> {
    if GemmExecutor::<u8, i8, i32>::default().may_saturate() { split(graph, data) } else { Ok(()) }
}

fn split(graph: &mut GraphProto, data: &[(String, Vec<u8>)]) -> Result<(), ModelError> {
    let mut known = HashSet::new();
    for node in std::mem::take(&mut graph.node) {
        let weight = node.input.get(1).filter(|_| node.op_type.as_deref() == Some("MatMulInteger"));
        let of = |tensor: &&TensorProto| tensor.name.as_deref() == weight.map(String::as_str);
        let Some((name, tensor)) = weight.cloned().zip(graph.initializer.iter().find(of)) else {
            graph.node.push(node);
            continue;
        };
        let [low, high] = ["low", "high"].map(|half| format!("{name}.{half}"));
        let unsigned = tensor.data_type == Some(DataType::UINT8);
        if known.insert(name) {
            let (dims, kind) = (tensor.dims.clone(), tensor.data_type);
            let (lows, highs) = halves(&bytes(tensor, data)?, unsigned);
            graph.initializer.push(whole(low.clone(), dims.clone(), kind, lows));
            graph.initializer.push(whole(high.clone(), dims, kind, highs));
        }
        let output = node.output.first().cloned().unwrap_or_default();
        let input = |at: usize| node.input.get(at).cloned().unwrap_or_default();
        let parts = [format!("{output}.low"), format!("{output}.high")];
        // Unsigned bytes stand for what they are less 128, twice; one of these the weights' own zero point has.
        let middle = if unsigned { MIDDLE.to_owned() } else { String::new() };
        for (part, half, zero) in [(&parts[0], low, input(3)), (&parts[1], high, middle)] {
            graph.node.push(NodeProto {
                op_type: Some("MatMulInteger".into()),
                name: Some(format!("tom/{part}")),
                input: vec![input(0), half, input(2), zero],
                output: vec![part.clone()],
                ..NodeProto::default()
            });
        }
        graph.node.push(NodeProto {
            op_type: Some("Add".into()),
            name: Some(format!("tom/{output}")),
            input: parts.to_vec(),
            output: vec![output],
            ..NodeProto::default()
        });
    }
    graph.initializer.push(whole(MIDDLE.into(), Vec::new(), Some(DataType::UINT8), vec![128]));
    Ok(())
}

fn whole(name: String, dims: Vec<i64>, data_type: Option<DataType>, raw: Vec<u8>) -> TensorProto {
    TensorProto { name: Some(name), dims, data_type, raw_data: Some(raw.into()), ..TensorProto::default() }
}

/// Two bytes for each, within 64 of the middle, that are their sum (unsigned ones: less 128).
fn halves(weights: &[u8], unsigned: bool) -> (Vec<u8>, Vec<u8>) {
    let flip = if unsigned { 0x80 } else { 0 };
    let of = |byte: &u8| {
        let value = (byte ^ flip).cast_signed();
        let low = value >> 1;
        (low.cast_unsigned() ^ flip, (value - low).cast_unsigned() ^ flip)
    };
    weights.iter().map(of).unzip()
}

/// The bytes of a tensor.
fn bytes(tensor: &TensorProto, data: &[(String, Vec<u8>)]) -> Result<Vec<u8>, ModelError> {
    if let Some(file) = location(tensor) {
        let entry = |key: &str| {
            let entry = tensor.external_data.iter().find(|entry| entry.key.as_deref() == Some(key))?;
            entry.value.as_deref()?.parse::<usize>().ok()
        };
        let file = data.iter().find(|(name, _)| *name == file).map(|(_, file)| file.as_slice());
        let count =
            tensor.dims.iter().try_fold(1_usize, |all, dim| all.checked_mul(usize::try_from(*dim).ok()?));
        let (from, count) = (entry("offset").unwrap_or(0), entry("length").or(count).unwrap_or(usize::MAX));
        let part = file.and_then(|file| file.get(from..from.checked_add(count)?));
        return part.map(<[u8]>::to_vec).ok_or_else(|| another("its weights are not where it says"));
    }
    Ok(match tensor.raw_data.as_ref() {
        Some(raw) => raw.borrow().clone(),
        None => tensor.int32_data.iter().map(|value| *value as u8).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_the_sum_and_far_from_the_ends() {
        let all: Vec<u8> = (0..=255).collect();
        for unsigned in [false, true] {
            let (lows, highs) = halves(&all, unsigned);
            let value =
                |byte: u8| if unsigned { i32::from(byte) - 128 } else { i32::from(byte.cast_signed()) };
            for ((byte, low), high) in all.iter().zip(lows).zip(highs) {
                let (low, high) = (value(low), value(high));
                assert_eq!(low + high, value(*byte));
                assert!([low, high].iter().all(|half| (-64..=64).contains(half)), "{low} {high}");
            }
        }
    }
}
