//! Where does a VITS network come apart?

use rten_onnx::onnx::GraphProto;

/// What the decoder's first convolution takes.
pub(super) fn seam(graph: &GraphProto) -> Option<String> {
    let first = |node: &&rten_onnx::onnx::NodeProto| {
        node.name.as_deref().is_some_and(|name| name.ends_with("dec/conv_pre/Conv"))
    };
    graph.node.iter().find(first)?.input.first().cloned()
}

/// The whole numbers of frames: what the only rounding up gives.
pub(super) fn durations(graph: &GraphProto) -> Option<String> {
    let mut up = graph.node.iter().filter(|node| node.op_type.as_deref() == Some("Ceil"));
    let only = up.next()?.output.first()?.clone();
    up.next().is_none().then_some(only)
}
