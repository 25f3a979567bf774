//! How does a described model become an ONNX file?
//!
//! A line is an input or output (`in NAME KIND DIMS`), a weight (`w NAME SCALE DIMS`), a constant (`i` or `f NAME DIMS VALUES`),
//! or an operator (`n KIND OUTPUTS INPUTS ATTRIBUTE=VALUE ...`). Lists have commas and no blanks; `-` is a scalar's shape. `q` is a
//! weight in whole numbers, as dynamic quantisation makes them: `NAME_quantized`, `NAME_scale` and `NAME_zero_point`.

use std::cell::RefCell;

use rten_onnx::onnx::{
    AttributeProto, AttributeType, DataType, Dimension, GraphProto, ModelProto, NodeProto,
    OperatorSetIdProto, TensorProto, TensorShapeProto, TypeProto, TypeProtoTensor, ValueInfoProto,
};

use crate::weights::random;

/// The operators' version of voices.
const OPSET: i64 = 15;
/// The operators' version of what has two branches and norms of layers.
const LATER: i64 = 17;

/// Why a description makes no model.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// A line that cannot be read, counted from 1.
    #[error("line {0} cannot be read")]
    Line(usize),
    /// The file cannot be written.
    #[error("the model cannot be written: {0}")]
    Write(String),
}

/// The bytes of the ONNX file that a description stands for.
///
/// # Errors
/// When a line is not of the form above.
pub fn build(text: &str) -> Result<Vec<u8>, GraphError> {
    model(graph(text)?, OPSET)
}

/// The same with later operators.
pub(crate) fn build_later(text: &str) -> Result<Vec<u8>, GraphError> {
    model(graph(text)?, LATER)
}

/// The bytes of a file that runs one of two descriptions, as an input says, on weights, inputs and outputs that they share.
pub(crate) fn build_merged(
    shared: &str,
    switch: &str,
    [then, or_else]: [&str; 2],
) -> Result<Vec<u8>, GraphError> {
    let mut whole = graph(shared)?;
    let kind = TypeProtoTensor {
        elem_type: Some(DataType::BOOL),
        shape: Some(TensorShapeProto { dim: vec![Dimension { dim_value: Some(1), dim_param: None }] }),
    };
    whole.input.push(ValueInfoProto {
        name: Some(switch.to_owned()),
        r#type: Some(TypeProto { tensor_type: Some(kind), sequence: None }),
    });
    let mut attribute = Vec::new();
    for (name, text) in [("else_branch", or_else), ("then_branch", then)] {
        let mut branch = graph(text)?;
        branch.output = whole.output.clone();
        attribute.push(AttributeProto {
            name: Some(name.into()),
            g: Some(branch),
            r#type: Some(AttributeType::GRAPH),
            ..AttributeProto::default()
        });
    }
    whole.node.push(NodeProto {
        name: Some("optimum::if".into()),
        op_type: Some("If".into()),
        input: vec![switch.to_owned()],
        output: whole.output.iter().filter_map(|output| output.name.clone()).collect(),
        attribute,
        ..NodeProto::default()
    });
    model(whole, LATER)
}

fn graph(text: &str) -> Result<GraphProto, GraphError> {
    let mut graph = GraphProto::default();
    for (number, line) in (1..).zip(text.lines()) {
        add(&mut graph, line).ok_or(GraphError::Line(number))?;
    }
    Ok(graph)
}

fn model(graph: GraphProto, opset: i64) -> Result<Vec<u8>, GraphError> {
    let opset = OperatorSetIdProto { domain: Some(String::new()), version: Some(opset) };
    let model = ModelProto {
        ir_version: Some(8),
        graph: Some(graph),
        opset_import: vec![opset],
        producer_name: Some("tom-tiny".into()),
        ..ModelProto::default()
    };
    model.write_buf().map_err(|e| GraphError::Write(e.to_string()))
}

fn add(graph: &mut GraphProto, line: &str) -> Option<()> {
    let mut fields = line.split(' ');
    match fields.next()? {
        "in" => graph.input.push(value(&mut fields)?),
        "out" => graph.output.push(value(&mut fields)?),
        "w" => {
            let (name, scale, dims) = (fields.next()?, fields.next()?.parse().ok()?, dims(fields.next()?)?);
            let count = usize::try_from(dims.iter().product::<i64>()).ok()?;
            let values = random(name, scale, count);
            graph.initializer.push(tensor(
                name,
                dims,
                DataType::FLOAT,
                values.iter().flat_map(|v| v.to_le_bytes()),
            ));
        }
        "f" => {
            let (name, dims) = (fields.next()?, dims(fields.next()?)?);
            let values: Vec<f32> = list(fields.next()?)?;
            graph.initializer.push(tensor(
                name,
                dims,
                DataType::FLOAT,
                values.iter().flat_map(|v| v.to_le_bytes()),
            ));
        }
        "i" => {
            let (name, dims) = (fields.next()?, dims(fields.next()?)?);
            let values: Vec<i64> = list(fields.next()?)?;
            graph.initializer.push(tensor(
                name,
                dims,
                DataType::INT64,
                values.iter().flat_map(|v| v.to_le_bytes()),
            ));
        }
        "q" => {
            let (name, scale, dims) = (fields.next()?, fields.next()?.parse().ok()?, dims(fields.next()?)?);
            let count = usize::try_from(dims.iter().product::<i64>()).ok()?;
            let (values, scale, zero) = whole(&random(name, scale, count));
            let named = |part: &str| format!("{name}_{part}");
            graph.initializer.push(tensor(&named("quantized"), dims, DataType::UINT8, values.into_iter()));
            graph.initializer.push(tensor(
                &named("scale"),
                Vec::new(),
                DataType::FLOAT,
                scale.to_le_bytes().into_iter(),
            ));
            graph.initializer.push(tensor(
                &named("zero_point"),
                Vec::new(),
                DataType::UINT8,
                std::iter::once(zero),
            ));
        }
        "n" => graph.node.push(node(&mut fields)?),
        _ => return None,
    }
    Some(())
}

fn node<'t>(fields: &mut impl Iterator<Item = &'t str>) -> Option<NodeProto> {
    let names = |list: &str| list.split(',').map(str::to_owned).collect::<Vec<_>>();
    let kind = fields.next()?.to_owned();
    let output = names(fields.next()?);
    let name = output.first()?.trim_end_matches("_output_0").to_owned();
    Some(NodeProto {
        name: Some(name),
        op_type: Some(kind),
        input: names(fields.next()?),
        output,
        attribute: fields.map(attribute).collect::<Option<_>>()?,
        ..NodeProto::default()
    })
}

fn attribute(text: &str) -> Option<AttributeProto> {
    let (name, value) = text.split_once('=')?;
    let mut attribute = AttributeProto { name: Some(name.to_owned()), ..AttributeProto::default() };
    if let Some(values) = value.strip_prefix('[') {
        attribute.ints = list(values.strip_suffix(']')?)?;
        attribute.r#type = Some(AttributeType::INTS);
    } else if value.contains('.') {
        attribute.f = Some(value.parse().ok()?);
        attribute.r#type = Some(AttributeType::FLOAT);
    } else {
        attribute.i = Some(value.parse().ok()?);
        attribute.r#type = Some(AttributeType::INT);
    }
    Some(attribute)
}

fn value<'t>(fields: &mut impl Iterator<Item = &'t str>) -> Option<ValueInfoProto> {
    let name = fields.next()?.to_owned();
    let kind = match fields.next()? {
        "int64" => DataType::INT64,
        "float" => DataType::FLOAT,
        _ => return None,
    };
    let dim = |text: &str| match text.parse() {
        Ok(size) => Dimension { dim_value: Some(size), dim_param: None },
        Err(_) => Dimension { dim_value: None, dim_param: Some(text.to_owned()) },
    };
    let shape = TensorShapeProto { dim: fields.next()?.split(',').map(dim).collect() };
    let tensor = TypeProtoTensor { elem_type: Some(kind), shape: Some(shape) };
    Some(ValueInfoProto {
        name: Some(name),
        r#type: Some(TypeProto { tensor_type: Some(tensor), sequence: None }),
    })
}

fn tensor(name: &str, dims: Vec<i64>, kind: DataType, bytes: impl Iterator<Item = u8>) -> TensorProto {
    TensorProto {
        name: Some(name.to_owned()),
        dims,
        data_type: Some(kind),
        raw_data: Some(RefCell::new(bytes.collect())),
        ..TensorProto::default()
    }
}

/// Weights as bytes, with what a step is worth and which stands for 0, as onnxruntime's dynamic quantisation reckons them.
fn whole(values: &[f32]) -> (Vec<u8>, f32, u8) {
    let least = values.iter().copied().fold(0.0, f32::min);
    let most = values.iter().copied().fold(0.0, f32::max);
    let scale = ((most - least) / 255.0).max(f32::MIN_POSITIVE);
    let zero = (-least / scale).round_ties_even();
    let byte = |value: f32| ((value / scale).round_ties_even() + zero).clamp(0.0, 255.0) as u8;
    (values.iter().map(|value| byte(*value)).collect(), scale, zero as u8)
}

fn dims(text: &str) -> Option<Vec<i64>> {
    if text == "-" { Some(Vec::new()) } else { list(text) }
}

fn list<T: std::str::FromStr>(text: &str) -> Option<Vec<T>> {
    text.split(',').map(|value| value.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_description_becomes_a_model() {
        let text = "in x float 1,n\nw a.weight 0.5 2,3\ni c - 4\nn Add y x,c axis=1 alpha=0.5 pads=[1,-1]\nout y float 1";
        let model = ModelProto::parse_buf(&build(text).unwrap()).unwrap();
        let graph = model.graph.unwrap();
        assert_eq!(
            (graph.input.len(), graph.output.len(), graph.initializer.len(), graph.node.len()),
            (1, 1, 2, 1)
        );
        assert_eq!(graph.node[0].attribute[2].ints, [1, -1]);
        assert_eq!(graph.initializer[0].dims, [2, 3]);
        assert!(matches!(build("in x float 1\nw a"), Err(GraphError::Line(2))));
    }

    proptest! {
        #[test]
        fn any_text_is_a_model_or_refused(text in "([inwfo]|in|out)( [a-z0-9,.=\\[\\]-]{0,6}){0,5}") {
            build(&text).ok();
        }
    }
}
