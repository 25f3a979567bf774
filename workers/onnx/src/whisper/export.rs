//! How does a published ONNX file become networks that can be run the way a call needs them?
//!
//! A merged decoder keeps its two halves, for the first tokens and for each further one, in the branches of an `If`: they are
//! taken apart. An encoder adds its positions to exactly as many states as 30 s have: they become an input, so that a shorter
//! window can be given its own.

use std::collections::HashSet;
use std::path::Path;

use rten::{Model, ModelOptions};
use rten_onnx::onnx::{
    AttributeProto, DataLocation, DataType, Dimension, GraphProto, ModelProto, NodeProto, TensorProto,
    TensorShapeProto, TypeProto, TypeProtoTensor, ValueInfoProto,
};

use super::exact::exact;
use crate::graph::ModelError;

/// Bytes of the largest file.
const LARGEST: u64 = 4 << 30;
/// The input that takes the positions.
pub(super) const POSITIONS: &str = "tom.positions";

fn another(what: impl Into<String>) -> ModelError {
    ModelError::Another(what.into())
}

/// A file, taken in as far as its structure goes.
pub(super) struct Export {
    model: ModelProto,
    graph: GraphProto,
    /// Files beside it that hold its weights.
    data: Vec<(String, Vec<u8>)>,
}

/// Which half of a decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    /// It takes the first tokens, and what the encoder gives.
    First,
    /// It takes a further token, and what it kept of those before.
    Next,
}

impl Export {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is too large, is no ONNX file, or keeps numbers in a form that cannot be computed with.
    pub(super) fn read(path: &Path) -> Result<Self, ModelError> {
        let file = bytes(path, LARGEST)?;
        let mut model = ModelProto::parse_buf(&file).map_err(|e| ModelError::Unreadable(e.to_string()))?;
        drop(file);
        let graph = model.graph.take().ok_or_else(|| ModelError::Unreadable("it has no graph".into()))?;
        let half = |t: &TensorProto| matches!(t.data_type, Some(DataType::FLOAT16 | DataType::BFLOAT16));
        if graph.initializer.iter().any(half) {
            return Err(another(
                "its numbers have 16 bits (fp16), which only a GPU computes with; take the same model without fp16",
            ));
        }
        let mut names: Vec<String> = graph.initializer.iter().filter_map(location).collect();
        names.sort_unstable();
        names.dedup();
        let beside = |name: String| {
            // It lies in the same folder, whatever it is called.
            let plain = Path::new(&name).file_name().is_some_and(|file| file == name.as_str());
            let folder = path.parent().filter(|_| plain);
            let folder = folder.ok_or_else(|| another(format!("its weights are said to be in {name:?}")))?;
            Ok((name.clone(), bytes(&folder.join(&name), LARGEST)?))
        };
        let data = names.into_iter().map(beside).collect::<Result<_, ModelError>>()?;
        Ok(Self { model, graph, data })
    }

    /// Whether its halves are merged.
    pub(super) fn is_merged(&self) -> bool {
        self.graph.input.iter().any(|input| input.name.as_deref() == Some("use_cache_branch"))
    }

    /// One half of a merged decoder, as a file of its own would hold it.
    ///
    /// # Errors
    /// When the halves are not where they should be.
    pub(super) fn half(mut self, half: Half) -> Result<Self, ModelError> {
        let graph = &mut self.graph;
        let place = graph.node.iter().position(|node| node.op_type.as_deref() == Some("If"));
        let node = graph.node.remove(place.ok_or_else(|| another("its halves are not merged by an If"))?);
        let name = if half == Half::First { "else_branch" } else { "then_branch" };
        let branch = node.attribute.into_iter().find(|a| a.name.as_deref() == Some(name));
        let branch = branch.and_then(|a| a.g).ok_or_else(|| another(format!("it lacks {name}")))?;
        if branch.output.len() != node.output.len() {
            return Err(another(format!("{name} gives something else than the whole")));
        }
        graph.node.extend(branch.node);
        graph.initializer.extend(branch.initializer);
        graph.value_info = Vec::new();
        // The branch may have names of its own for what comes out.
        for (inner, outer) in branch.output.iter().zip(&node.output) {
            let inner = inner.name.clone().unwrap_or_default();
            if inner != *outer {
                graph.node.push(NodeProto {
                    op_type: Some("Identity".into()),
                    name: Some(format!("tom/{outer}")),
                    input: vec![inner],
                    output: vec![outer.clone()],
                    ..NodeProto::default()
                });
            }
        }
        let other = |name: &str| {
            name == "use_cache_branch"
                || match half {
                    Half::First => name.starts_with("past_key_values."),
                    Half::Next => false,
                }
        };
        graph.input.retain(|input| !input.name.as_deref().is_some_and(other));
        if half == Half::Next {
            // What comes from the encoder stays the same; some exports give nothing in its place.
            graph.output.retain(|output| !output.name.as_deref().is_some_and(of_encoder));
        }
        Ok(self)
    }

    /// Makes the encoder's positions an input and gives them; none where they are not found.
    pub(super) fn free_length(&mut self, positions: usize, states: usize) -> Option<Vec<f32>> {
        let graph = &mut self.graph;
        let dims = [positions as i64, states as i64];
        let adds = graph.node.iter().filter(|node| node.op_type.as_deref() == Some("Add"));
        let added: HashSet<&str> = adds.flat_map(|node| node.input.iter().map(String::as_str)).collect();
        let place = graph.initializer.iter().position(|tensor| {
            let plain = tensor.data_type == Some(DataType::FLOAT) && location(tensor).is_none();
            let dims = tensor.dims == dims || tensor.dims == [1, dims[0], dims[1]];
            plain && dims && tensor.name.as_deref().is_some_and(|name| added.contains(name))
        })?;
        let tensor = graph.initializer.remove(place);
        let name = tensor.name.clone().unwrap_or_default();
        let values = floats(&tensor);
        for node in &mut graph.node {
            node.input.iter_mut().filter(|input| **input == name).for_each(|input| *input = POSITIONS.into());
        }
        let mut free = |input: &mut ValueInfoProto| {
            let shape =
                input.r#type.as_mut().and_then(|t| t.tensor_type.as_mut()).and_then(|t| t.shape.as_mut());
            if let Some(frames) = shape.and_then(|shape| shape.dim.get_mut(2)) {
                *frames = Dimension { dim_value: None, dim_param: Some("frames".into()) };
            }
        };
        graph.input.iter_mut().for_each(&mut free);
        // What was said of lengths further on does not hold any more.
        graph.value_info = Vec::new();
        let dim = |size: Option<i64>, name: &str| Dimension {
            dim_value: size,
            dim_param: size.is_none().then(|| name.to_owned()),
        };
        let shape = TensorShapeProto { dim: vec![dim(None, "positions"), dim(Some(dims[1]), "")] };
        let kind = TypeProtoTensor { elem_type: Some(DataType::FLOAT), shape: Some(shape) };
        graph.input.push(ValueInfoProto {
            name: Some(POSITIONS.into()),
            r#type: Some(TypeProto { tensor_type: Some(kind), sequence: None }),
        });
        (values.len() == positions * states).then_some(values)
    }

    /// Leaves out what no output needs, and gives a network that can be run.
    ///
    /// # Errors
    /// When it holds something that cannot be run.
    pub(super) fn load(mut self, prepacked: bool) -> Result<Model, ModelError> {
        exact(&mut self.graph);
        prune(&mut self.graph);
        self.model.graph = Some(self.graph);
        let bytes = self.model.write_buf().map_err(|e| ModelError::Unreadable(e.to_string()))?;
        drop(self.model);
        let mut options = ModelOptions::with_all_ops();
        options.prepack_weights(prepacked);
        for (name, data) in self.data {
            options.external_data(&name, data);
        }
        options.load(bytes).map_err(|e| ModelError::Unreadable(e.to_string()))
    }
}

/// Whether an output is what a decoder keeps of the encoder.
fn of_encoder(name: &str) -> bool {
    name.starts_with("present.") && name.contains(".encoder.")
}

/// Keeps the operators and weights that lead to an output.
fn prune(graph: &mut GraphProto) {
    let mut needed: HashSet<String> = graph.output.iter().filter_map(|output| output.name.clone()).collect();
    let mut kept = Vec::new();
    // Operators come after what they take.
    for node in std::mem::take(&mut graph.node).into_iter().rev() {
        if node.output.iter().any(|output| needed.contains(output)) {
            needed.extend(node.input.iter().cloned());
            node.attribute.iter().filter_map(|a| a.g.as_ref()).for_each(|g| captured(g, &mut needed));
            kept.push(node);
        }
    }
    kept.reverse();
    graph.node = kept;
    graph.initializer.retain(|tensor| tensor.name.as_ref().is_some_and(|name| needed.contains(name)));
}

fn captured(graph: &GraphProto, needed: &mut HashSet<String>) {
    for node in &graph.node {
        needed.extend(node.input.iter().cloned());
        node.attribute.iter().filter_map(|a: &AttributeProto| a.g.as_ref()).for_each(|g| captured(g, needed));
    }
    needed.extend(graph.output.iter().filter_map(|output| output.name.clone()));
}

/// The file beside it that holds a tensor.
fn location(tensor: &TensorProto) -> Option<String> {
    (tensor.data_location == Some(DataLocation::EXTERNAL)).then(|| {
        let entry = tensor.external_data.iter().find(|entry| entry.key.as_deref() == Some("location"));
        entry.and_then(|entry| entry.value.clone()).unwrap_or_default()
    })
}

fn floats(tensor: &TensorProto) -> Vec<f32> {
    match tensor.raw_data.as_ref() {
        Some(raw) => raw.borrow().as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect(),
        None => tensor.float_data.clone(),
    }
}

/// A file's bytes, if they are not too many.
pub(super) fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, ModelError> {
    let unreadable = |e: std::io::Error| ModelError::Unreadable(e.to_string());
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    if length > most {
        return Err(another(format!("it has {length} bytes, more than the {most} that are allowed")));
    }
    std::fs::read(path).map_err(unreadable)
}
