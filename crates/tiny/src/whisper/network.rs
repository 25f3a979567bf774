//! What are the two networks of a Whisper?
//!
//! Their operators are those that exports of Hugging Face's optimum have, with fewer detours for shapes. Weights have the names
//! that they have in transformers; matrices stand with their inputs first, as exports keep them.

use super::Size;
use super::net::Net;

/// The encoder's description.
pub(super) fn encoder(size: &Size, whole: bool) -> String {
    let (states, bands) = (size.states, size.bands);
    let mut net = Net::new(whole);
    net.line(&format!("in input_features float batch_size,{bands},3000"));
    let mut x = "input_features".to_owned();
    for (name, from, stride) in [("conv1", bands, 1), ("conv2", states, 2)] {
        let name = format!("model.encoder.{name}");
        let weight = net.weight(&format!("{name}.weight"), &[states, from, 3], from * 3, 1.0);
        let bias = net.weight(&format!("{name}.bias"), &[states], 300, 1.0);
        let attributes = format!("dilations=[1] group=1 kernel_shape=[3] pads=[1,1] strides=[{stride}]");
        let y = net.op("Conv", &[&x, &weight, &bias], &attributes);
        x = net.gelu(&y);
    }
    x = net.op("Transpose", &[&x], "perm=[0,2,1]");
    let positions = net.weight("model.encoder.embed_positions.weight", &[1500, states], 6, 1.0);
    x = net.op("Add", &[&x, &positions], "");
    for layer in 0..size.layers {
        let name = format!("model.encoder.layers.{layer}");
        let h = net.norm(&x, &format!("{name}.self_attn_layer_norm"), states);
        let attention = format!("{name}.self_attn");
        let [q, k, v] = ["q", "k", "v"].map(|part| project(&mut net, &h, &attention, part, size));
        let (y, _) = attend(&mut net, [&q, &k, &v], None, size);
        let y = net.linear(&y, &format!("{attention}.out_proj"), [states, states], true);
        x = net.op("Add", &[&x, &y], "");
        x = feed(&mut net, &x, &name, size);
    }
    let y = net.norm(&x, "model.encoder.layer_norm", states);
    net.named("last_hidden_state", "Identity", &[&y], "");
    net.line(&format!("out last_hidden_state float batch_size,1500,{states}"));
    net.text
}

/// The decoder's descriptions: what is shared, the half for further tokens, and the one for the first.
pub(super) fn decoder(size: &Size, whole: bool, timed: bool) -> [String; 3] {
    let (mut then, _) = half(size, whole, timed, true);
    let (mut or_else, weights) = half(size, whole, timed, false);
    then.line("");
    or_else.line("");
    let mut shared = Net::new(whole);
    shared.line("in input_ids int64 batch_size,decoder_sequence_length");
    shared
        .line(&format!("in encoder_hidden_states float batch_size,encoder_sequence_length,{}", size.states));
    let width = size.states / size.heads;
    let kept = |side: &str, of: &str| {
        let pairs = (0..size.layers).flat_map(move |layer| ["key", "value"].map(|part| (layer, part)));
        pairs
            .map(|(layer, part)| {
                format!("{side}.{layer}.{of}.{part} float batch_size,{},{of}_length,{width}", size.heads)
            })
            .collect::<Vec<_>>()
    };
    for of in ["decoder", "encoder"] {
        kept("past_key_values", of).iter().for_each(|line| shared.line(&format!("in {line}")));
    }
    shared.line(&format!("out logits float batch_size,decoder_sequence_length,{}", size.tokens()));
    for of in ["decoder", "encoder"] {
        kept("present", of).iter().for_each(|line| shared.line(&format!("out {line}")));
    }
    if timed {
        for layer in 0..size.layers {
            let dims = format!("batch_size,{},decoder_sequence_length,encoder_sequence_length", size.heads);
            shared.line(&format!("out cross_attentions.{layer} float {dims}"));
        }
    }
    shared.text.push_str(&weights);
    [shared.text, then.text, or_else.text].map(|text| text.trim_end().to_owned())
}

fn half(size: &Size, whole: bool, timed: bool, next: bool) -> (Net, String) {
    let (states, heads) = (size.states, size.heads);
    let mut net = Net::new(whole);
    net.shared = Some(String::new());
    let (zero, one) = (net.int(0), net.int(1));
    let shape = net.op("Shape", &["input_ids"], "");
    let count = net.op("Gather", &[&shape, &one], "axis=0");
    let before = if next {
        let shape = net.op("Shape", &["past_key_values.0.decoder.key"], "");
        let two = net.int(2);
        net.op("Gather", &[&shape, &two], "axis=0")
    } else {
        zero.clone()
    };
    let total = net.op("Add", &[&before, &count], "");
    let places = net.op("Range", &[&before, &total, &one], "");
    let tokens = "model.decoder.embed_tokens.weight";
    net.table(tokens, [size.tokens(), states]);
    let words = lookup(&mut net, tokens, "input_ids");
    let positions = net.weight("model.decoder.embed_positions.weight", &[448, states], 12, 1.0);
    let positions = net.op("Gather", &[&positions, &places], "axis=0");
    let mut x = net.op("Add", &[&words, &positions], "");
    // Exports trace the half for further tokens with one, which has nothing to be hidden from.
    let hidden = (!next).then(|| {
        let (row, column) = (net.ints(&[1]), net.ints(&[0]));
        let all = net.op("Range", &[&zero, &total, &one], "");
        let all = net.op("Unsqueeze", &[&all, &column], "");
        let own = net.op("Unsqueeze", &[&places, &row], "");
        let seen = net.op("LessOrEqual", &[&all, &own], "");
        let (yes, no) = (net.float(0.0), net.float(f32::NEG_INFINITY));
        net.op("Where", &[&seen, &yes, &no], "")
    });
    for layer in 0..size.layers {
        let name = format!("model.decoder.layers.{layer}");
        let h = net.norm(&x, &format!("{name}.self_attn_layer_norm"), states);
        let attention = format!("{name}.self_attn");
        let q = project(&mut net, &h, &attention, "q", size);
        let [k, v] = [("k", "key"), ("v", "value")].map(|(part, kept)| {
            let y = project(&mut net, &h, &attention, part, size);
            let present = format!("present.{layer}.decoder.{kept}");
            if next {
                let past = format!("past_key_values.{layer}.decoder.{kept}");
                net.named(&present, "Concat", &[&past, &y], "axis=-2");
            } else {
                net.named(&present, "Identity", &[&y], "");
            }
            present
        });
        let (y, _) = attend(&mut net, [&q, &k, &v], hidden.as_deref(), size);
        let y = net.linear(&y, &format!("{attention}.out_proj"), [states, states], true);
        x = net.op("Add", &[&x, &y], "");
        let h = net.norm(&x, &format!("{name}.encoder_attn_layer_norm"), states);
        let attention = format!("{name}.encoder_attn");
        let q = project(&mut net, &h, &attention, "q", size);
        let [k, v] = [("k", "key"), ("v", "value")].map(|(part, kept)| {
            let present = format!("present.{layer}.encoder.{kept}");
            let y = if next {
                format!("past_key_values.{layer}.encoder.{kept}")
            } else {
                project(&mut net, "encoder_hidden_states", &attention, part, size)
            };
            net.named(&present, "Identity", &[&y], "");
            present
        });
        let (y, looks) = attend(&mut net, [&q, &k, &v], None, size);
        if timed {
            net.named(&format!("cross_attentions.{layer}"), "Identity", &[&looks], "");
        }
        let y = net.linear(&y, &format!("{attention}.out_proj"), [states, states], true);
        x = net.op("Add", &[&x, &y], "");
        x = feed(&mut net, &x, &name, size);
    }
    debug_assert_eq!(heads * (states / heads), states);
    let y = net.norm(&x, "model.decoder.layer_norm", states);
    // Quantisers leave the scores' product alone, whose weights are those of the tokens.
    let table = if whole {
        let parts = ["quantized", "scale", "zero_point"].map(|part| format!("{tokens}_{part}"));
        net.op("DequantizeLinear", &parts.each_ref().map(String::as_str), "")
    } else {
        tokens.to_owned()
    };
    let turned = net.op("Transpose", &[&table], "perm=[1,0]");
    let logits = net.op("MatMul", &[&y, &turned], "");
    net.named("logits", "Identity", &[&logits], "");
    let weights = net.shared.take().unwrap_or_default();
    (net, weights)
}

/// Rows of a table.
fn lookup(net: &mut Net, table: &str, ids: &str) -> String {
    if !net.whole {
        return net.op("Gather", &[table, ids], "axis=0");
    }
    let rows = net.op("Gather", &[&format!("{table}_quantized"), ids], "axis=0");
    net.op("DequantizeLinear", &[&rows, &format!("{table}_scale"), &format!("{table}_zero_point")], "")
}

/// A projection into heads; questions are scaled, keys have no bias.
fn project(net: &mut Net, x: &str, attention: &str, part: &str, size: &Size) -> String {
    let (states, width) = (size.states, size.states / size.heads);
    let mut y = net.linear(x, &format!("{attention}.{part}_proj"), [states, states], part != "k");
    if part == "q" {
        let scale = net.float(1.0 / (width as f32).sqrt());
        y = net.op("Mul", &[&y, &scale], "");
    }
    net.split(&y, size.heads, width)
}

/// What questions find, and where.
fn attend(net: &mut Net, [q, k, v]: [&str; 3], hidden: Option<&str>, size: &Size) -> (String, String) {
    let turned = net.op("Transpose", &[k], "perm=[0,1,3,2]");
    let mut scores = net.op("MatMul", &[q, &turned], "");
    if let Some(hidden) = hidden {
        scores = net.op("Add", &[&scores, hidden], "");
    }
    let looks = net.op("Softmax", &[&scores], "axis=-1");
    let y = net.op("MatMul", &[&looks, v], "");
    (net.join(&y, size.states), looks)
}

/// The part of a layer that looks at each state alone.
fn feed(net: &mut Net, x: &str, name: &str, size: &Size) -> String {
    let (states, wide) = (size.states, 4 * size.states);
    let h = net.norm(x, &format!("{name}.final_layer_norm"), states);
    let h = net.linear(&h, &format!("{name}.fc1"), [states, wide], true);
    let h = net.gelu(&h);
    let h = net.linear(&h, &format!("{name}.fc2"), [wide, states], true);
    net.op("Add", &[x, &h], "")
}
