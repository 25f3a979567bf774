//! What does an ONNX file hold, and how do its quantised operators hang together?
//!
//! The file keeps each operator between `DequantizeLinear` and `QuantizeLinear` nodes: numbers travel as bytes, and
//! a real number is `(byte - zero) * scale`. What is looked for here are those scales, the weights and the way
//! from one operator to the next.

use std::collections::HashMap;

use rten_onnx::onnx::{DataType, ModelProto, NodeProto, TensorProto};

/// Why a file is not the model it should be.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// It is no ONNX file.
    #[error("it is no ONNX file: {0}")]
    Unreadable(String),
    /// It lacks something this model has.
    #[error("it is another model than the one this program was written for: {0}")]
    Another(String),
}

/// How bytes stand for numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quant {
    /// What a step of one is worth.
    pub(crate) scale: f32,
    /// The byte that stands for 0.
    pub(crate) zero: u8,
}

/// Quantised weights: a number is `values * scales`, with a scale for each output.
pub(crate) struct Weights {
    pub(crate) values: Vec<i8>,
    pub(crate) scales: Vec<f32>,
    pub(crate) dims: Vec<usize>,
}

/// A file's graph.
pub(crate) struct Graph {
    nodes: Vec<NodeProto>,
    tensors: HashMap<String, TensorProto>,
    makers: HashMap<String, usize>,
    users: HashMap<String, Vec<usize>>,
}

fn another(what: impl Into<String>) -> ModelError {
    ModelError::Another(what.into())
}

impl Graph {
    pub(crate) fn read(file: &[u8]) -> Result<Self, ModelError> {
        let model = ModelProto::parse_buf(file).map_err(|e| ModelError::Unreadable(e.to_string()))?;
        let graph = model.graph.ok_or_else(|| ModelError::Unreadable("it has no graph".into()))?;
        let mut this = Self {
            nodes: graph.node,
            tensors: HashMap::new(),
            makers: HashMap::new(),
            users: HashMap::new(),
        };
        for tensor in graph.initializer {
            this.tensors.insert(tensor.name.clone().unwrap_or_default(), tensor);
        }
        for (index, node) in this.nodes.iter().enumerate() {
            for output in &node.output {
                this.makers.insert(output.clone(), index);
            }
            for input in &node.input {
                this.users.entry(input.clone()).or_default().push(index);
            }
        }
        Ok(this)
    }

    fn tensor(&self, name: &str) -> Result<&TensorProto, ModelError> {
        self.tensors.get(name).ok_or_else(|| another(format!("no tensor is named {name}")))
    }

    /// The bytes of a tensor whose elements have a type and size. ONNX keeps them raw or as a list of numbers.
    fn raw(&self, name: &str, kind: DataType, size: usize) -> Result<Vec<u8>, ModelError> {
        let tensor = self.tensor(name)?;
        if tensor.data_type != Some(kind) {
            return Err(another(format!("{name} has another type")));
        }
        if let Some(raw) = tensor.raw_data.as_ref() {
            return Ok(raw.borrow().clone());
        }
        let floats = tensor.float_data.iter().flat_map(|x| x.to_le_bytes());
        let whole = tensor.int32_data.iter().flat_map(|x| x.to_le_bytes().into_iter().take(size));
        Ok(floats.chain(whole).collect())
    }

    /// A tensor of floats.
    pub(crate) fn floats(&self, name: &str) -> Result<Vec<f32>, ModelError> {
        let raw = self.raw(name, DataType::FLOAT, 4)?;
        Ok(raw.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect())
    }

    /// A tensor of whole numbers: how a bias is quantised.
    pub(crate) fn whole(&self, name: &str) -> Result<Vec<i32>, ModelError> {
        let raw = self.raw(name, DataType::INT32, 4)?;
        Ok(raw.as_chunks().0.iter().map(|four| i32::from_le_bytes(*four)).collect())
    }

    /// The node that makes a value.
    pub(crate) fn maker(&self, value: &str) -> Result<&NodeProto, ModelError> {
        let index = self.makers.get(value).ok_or_else(|| another(format!("nothing makes {value}")))?;
        Ok(&self.nodes[*index])
    }

    /// The nodes of a kind that take a value.
    pub(crate) fn users(&self, value: &str, kind: &str) -> Vec<&NodeProto> {
        let users = self.users.get(value).map(Vec::as_slice).unwrap_or_default();
        users.iter().map(|i| &self.nodes[*i]).filter(|node| is(node, kind)).collect()
    }

    /// The only node of a kind that takes a value.
    pub(crate) fn user(&self, value: &str, kind: &str) -> Result<&NodeProto, ModelError> {
        match self.users(value, kind)[..] {
            [one] => Ok(one),
            _ => Err(another(format!("{value} does not go into one {kind}"))),
        }
    }

    /// How a value that comes out of a `DequantizeLinear` is quantised.
    pub(crate) fn quant_of(&self, value: &str) -> Result<Quant, ModelError> {
        self.quant(self.maker(value)?)
    }

    /// Follows a value to where it is quantised next. Gives the quantisation and the value behind it.
    pub(crate) fn next_quant(&self, value: &str) -> Result<(Quant, String), ModelError> {
        let mut value = value.to_owned();
        for _ in 0..12 {
            let users = self.users.get(&value).map(Vec::as_slice).unwrap_or_default();
            let quantised = users.iter().map(|i| &self.nodes[*i]).find(|node| is(node, "QuantizeLinear"));
            if let Some(node) = quantised {
                let back = self.user(&output(node)?, "DequantizeLinear")?;
                return Ok((self.quant(node)?, output(back)?));
            }
            let on = users.iter().rev().map(|i| &self.nodes[*i]).find(|node| !is(node, "Shape"));
            value = output(on.ok_or_else(|| another(format!("{value} is never quantised")))?)?;
        }
        Err(another(format!("{value} is quantised too far away")))
    }

    /// The weights behind a value that comes out of a `DequantizeLinear`.
    pub(crate) fn weights(&self, value: &str) -> Result<Weights, ModelError> {
        let node = self.maker(value)?;
        let (name, scales) = (input(node, 0)?, self.floats(input(node, 1)?)?);
        let zeros = self.raw(input(node, 2)?, DataType::INT8, 1)?;
        if zeros.iter().any(|zero| *zero != 0) {
            return Err(another(format!("the weights {name} are not symmetric")));
        }
        let values: Vec<i8> = self.raw(name, DataType::INT8, 1)?.into_iter().map(u8::cast_signed).collect();
        let dims = self.tensor(name)?.dims.iter().map(|d| usize::try_from(*d).unwrap_or_default());
        let dims: Vec<usize> = dims.collect();
        if dims.iter().product::<usize>() != values.len() {
            return Err(another(format!("the weights {name} have another size")));
        }
        Ok(Weights { values, scales, dims })
    }

    fn quant(&self, node: &NodeProto) -> Result<Quant, ModelError> {
        let (scale, zero) = (input(node, 1)?, input(node, 2)?);
        let (scales, zeros) = (self.floats(scale)?, self.raw(zero, DataType::UINT8, 1)?);
        match (&scales[..], &zeros[..]) {
            ([scale], [zero]) => Ok(Quant { scale: *scale, zero: *zero }),
            _ => Err(another(format!("{scale} is no single number"))),
        }
    }
}

fn is(node: &NodeProto, kind: &str) -> bool {
    node.op_type.as_deref() == Some(kind)
}

/// A node's input of that number.
pub(crate) fn input(node: &NodeProto, index: usize) -> Result<&str, ModelError> {
    let missing = || another(format!("{} lacks an input", node.name.as_deref().unwrap_or("a node")));
    node.input.get(index).map(String::as_str).ok_or_else(missing)
}

/// A node's output.
pub(crate) fn output(node: &NodeProto) -> Result<String, ModelError> {
    node.output.first().cloned().ok_or_else(|| another("a node has no output"))
}
