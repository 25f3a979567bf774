//! Which products of bytes does a processor round off, and what is done about it?
//!
//! Processors of x86 without VNNI add two products of an unsigned and a signed byte in 16 bits, where they are cut off at 32 767:
//! networks whose weights use all of 8 bits compute something else there. They multiply floats instead, which hold the same
//! whole numbers: the results are those of VNNI but for the last digits of sums beyond 2^24, as fast as those of a network
//! that was never brought to 8 bits, and as large in memory.

use std::collections::HashSet;

use rten_gemm::GemmExecutor;
use rten_onnx::onnx::{AttributeProto, AttributeType, DataType, GraphProto, NodeProto};

/// Makes a network compute what it says on this processor.
pub(super) fn exact(graph: &mut GraphProto) {
    if GemmExecutor::<u8, i8, i32>::default().may_saturate() {
        float(graph);
    }
}

/// Has products of bytes computed in floats. What takes them makes floats of them anyway.
fn float(graph: &mut GraphProto) {
    let scaled = |node: &&NodeProto| node.op_type.as_deref() == Some("DynamicQuantizeLinear");
    let scaled = graph.node.iter().filter(scaled).filter_map(|node| node.output.first().cloned());
    // These have one zero point; those of matrices that were quantised row by row would have to be turned.
    let scaled: HashSet<String> = scaled.collect();
    let mut floats = Floats::default();
    for mut node in std::mem::take(&mut graph.node) {
        let bytes = node.op_type.as_deref() == Some("MatMulInteger")
            && node.input.first().is_some_and(|input| scaled.contains(input));
        if bytes {
            let input = |at: usize| node.input.get(at).map(String::as_str).unwrap_or_default();
            let factors = [floats.of(input(0), input(2)), floats.of(input(1), input(3))];
            graph.node.append(&mut floats.nodes);
            node.op_type = Some("MatMul".into());
            node.input = factors.to_vec();
        }
        graph.node.push(node);
    }
}

/// Bytes as floats. What is made of weights is computed once, when the network is loaded.
#[derive(Default)]
struct Floats {
    known: HashSet<String>,
    nodes: Vec<NodeProto>,
}

impl Floats {
    /// The name of bytes, less their zero point if they have one, as floats.
    fn of(&mut self, bytes: &str, zero: &str) -> String {
        let plain = self.cast(bytes);
        if zero.is_empty() {
            return plain;
        }
        let zero = self.cast(zero);
        let value = format!("tom.{bytes}.value");
        self.add("Sub", &[&plain, &zero], &value, Vec::new());
        value
    }

    fn cast(&mut self, bytes: &str) -> String {
        let float = format!("tom.{bytes}.float");
        let to = AttributeProto {
            name: Some("to".into()),
            i: Some(DataType::FLOAT.0.into()),
            r#type: Some(AttributeType::INT),
            ..AttributeProto::default()
        };
        self.add("Cast", &[bytes], &float, vec![to]);
        float
    }

    fn add(&mut self, kind: &str, input: &[&str], output: &str, attribute: Vec<AttributeProto>) {
        if self.known.insert(output.to_owned()) {
            self.nodes.push(NodeProto {
                op_type: Some(kind.into()),
                name: Some(format!("op.{output}")),
                input: input.iter().map(|name| (*name).to_owned()).collect(),
                output: vec![output.to_owned()],
                attribute,
                ..NodeProto::default()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use rten::{Model, ModelOptions, Value};
    use rten_onnx::onnx::{ModelProto, OperatorSetIdProto, TensorProto, ValueInfoProto};
    use rten_tensor::prelude::*;
    use rten_tensor::{NdTensor, Tensor};

    use super::*;

    fn node(kind: &str, input: &[&str], output: &[&str]) -> NodeProto {
        let strings = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let to = (kind == "Cast").then(|| AttributeProto {
            name: Some("to".into()),
            i: Some(1),
            r#type: Some(AttributeType::INT),
            ..AttributeProto::default()
        });
        NodeProto {
            op_type: Some(kind.into()),
            name: Some(format!("node {}", output[0])),
            input: strings(input),
            output: strings(output),
            attribute: to.into_iter().collect(),
            ..NodeProto::default()
        }
    }

    /// Two products with what was quantised once: with signed weights, and with unsigned ones that have a zero point for
    /// each column. No sum of two products is beyond 16 bits, so every processor computes them right.
    fn graph() -> GraphProto {
        let tensor = |name: &str, dims: &[i64], kind: DataType, raw: &[i8]| TensorProto {
            name: Some(name.into()),
            dims: dims.to_vec(),
            data_type: Some(kind),
            raw_data: Some(raw.iter().map(|byte| byte.cast_unsigned()).collect::<Vec<u8>>().into()),
            ..TensorProto::default()
        };
        let value = |name: &str| ValueInfoProto { name: Some(name.into()), ..ValueInfoProto::default() };
        GraphProto {
            node: vec![
                node("DynamicQuantizeLinear", &["x"], &["q", "scale", "zero"]),
                node("MatMulInteger", &["q", "signed", "zero", ""], &["a"]),
                node("MatMulInteger", &["q", "unsigned", "zero", "zeros"], &["b"]),
                node("Cast", &["a"], &["y"]),
                node("Cast", &["b"], &["z"]),
            ],
            initializer: vec![
                tensor("signed", &[3, 2], DataType::INT8, &[60, -63, 7, 0, -1, 33]),
                tensor("unsigned", &[3, 2], DataType::UINT8, &[60, 63, 7, 0, 1, 33]),
                tensor("zeros", &[2], DataType::UINT8, &[30, 40]),
            ],
            input: vec![value("x")],
            output: vec![value("y"), value("z")],
            ..GraphProto::default()
        }
    }

    fn run(graph: GraphProto) -> [Vec<f32>; 2] {
        let opset = OperatorSetIdProto { domain: None, version: Some(17) };
        let proto = ModelProto {
            ir_version: Some(8),
            graph: Some(graph),
            opset_import: vec![opset],
            ..ModelProto::default()
        };
        let model: Model = ModelOptions::with_all_ops().load(proto.write_buf().unwrap()).unwrap();
        let x = NdTensor::from([[-1.0_f32, 0.3, 2.0], [0.7, -0.2, 1.1]]);
        let ids = ["x", "y", "z"].map(|name| model.node_id(name).unwrap());
        let outputs = model.run_n(vec![(ids[0], x.view().into())], [ids[1], ids[2]], None).unwrap();
        outputs.map(|value: Value| Tensor::<f32>::try_from(value).unwrap().to_vec())
    }

    #[test]
    fn floats_hold_the_products_of_bytes() {
        let mut floats = graph();
        float(&mut floats);
        let kinds: Vec<&str> = floats.node.iter().filter_map(|node| node.op_type.as_deref()).collect();
        assert!(
            !kinds.contains(&"MatMulInteger") && kinds.iter().filter(|kind| **kind == "MatMul").count() == 2
        );
        let input = kinds.iter().filter(|kind| **kind == "Sub").count();
        assert_eq!(input, 2, "what both take is made a float once: {kinds:?}");
        let (bytes, floats) = (run(graph()), run(floats));
        assert_eq!(bytes, floats);
        assert!(bytes.iter().flatten().any(|value| value.abs() > 1000.0), "{bytes:?}");
    }
}
