//! How does a described model become an ONNX file?
//!
//! A line is an input or output (`in NAME KIND DIMS`), a weight (`w NAME SCALE DIMS`), a constant (`i` or `f NAME DIMS VALUES`),
//! or an operator (`n KIND OUTPUTS INPUTS ATTRIBUTE=VALUE ...`). Lists have commas and no blanks; `-` is a scalar's shape.

use std::cell::RefCell;

use rten_onnx::onnx::{
    AttributeProto, AttributeType, DataType, Dimension, GraphProto, ModelProto, NodeProto,
    OperatorSetIdProto, TensorProto, TensorShapeProto, TypeProto, TypeProtoTensor, ValueInfoProto,
};

use crate::weights::random;

/// The operators' version.
const OPSET: i64 = 15;

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
    let mut graph = GraphProto::default();
    for (number, line) in (1..).zip(text.lines()) {
        add(&mut graph, line).ok_or(GraphError::Line(number))?;
    }
    let opset = OperatorSetIdProto { domain: Some(String::new()), version: Some(OPSET) };
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
