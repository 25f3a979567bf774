//! How do states become tokens, one after the other, with what was computed before kept?

use std::sync::Arc;

use rten::{Model, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView, SliceRange, Tensor};

use super::config::Config;
use super::export::{Export, Half};
use crate::graph::ModelError;

/// The second half of a Whisper.
pub struct Decoder {
    first: Part,
    next: Part,
    tokens: usize,
    heads: usize,
    width: usize,
    pub(super) pool: Arc<ThreadPool>,
}

/// One of its two networks.
struct Part {
    model: Model,
    ids: NodeId,
    hidden: Option<NodeId>,
    logits: NodeId,
    /// For each layer, where keys and values of the tokens go in ...
    past: Vec<NodeId>,
    /// ... and those of the states ...
    seen: Vec<NodeId>,
    /// ... and where the first come out, and the others.
    kept: Vec<NodeId>,
    made: Vec<NodeId>,
    /// Where each layer looked; empty: the export does not tell.
    looks: Vec<NodeId>,
}

/// What a decoder keeps of the tokens and states so far.
pub struct Memory {
    /// Keys and values of the tokens, layer by layer: `[1, heads, count, width]`.
    kept: Vec<Value>,
    /// Those of the states.
    seen: Vec<Value>,
    count: usize,
}

/// Scores of tokens, a row for each place.
pub struct Scores {
    all: Vec<f32>,
    tokens: usize,
}

impl Scores {
    /// The row of a place.
    #[must_use]
    pub fn row(&self, place: usize) -> &[f32] {
        self.all.chunks_exact(self.tokens).nth(place).unwrap_or_default()
    }
}

impl Part {
    fn load(export: Export, half: Half, layers: usize) -> Result<Self, ModelError> {
        let model = export.load(half == Half::First)?;
        let needed = |name: String| {
            model.find_node(&name).ok_or_else(|| ModelError::Another(format!("it has no {name}")))
        };
        let all = |before: &str, of: &str| {
            (0..layers)
                .flat_map(|layer| ["key", "value"].map(|part| format!("{before}.{layer}.{of}.{part}")))
                .map(needed)
                .collect::<Result<Vec<_>, _>>()
        };
        let inputs = model.input_ids();
        for id in inputs {
            let name = model.node_info(*id).and_then(|info| info.name()).unwrap_or_default();
            let known =
                matches!(name, "input_ids" | "encoder_hidden_states") || name.starts_with("past_key_values.");
            if !known {
                return Err(ModelError::Another(format!("it wants {name:?}, which no known export does")));
            }
        }
        let hidden = model.find_node("encoder_hidden_states").filter(|id| inputs.contains(id));
        let looks = (0..layers).map(|layer| model.find_node(&format!("cross_attentions.{layer}")));
        let next = half == Half::Next;
        Ok(Self {
            ids: needed("input_ids".into())?,
            hidden,
            logits: needed("logits".into())?,
            past: if next { all("past_key_values", "decoder")? } else { Vec::new() },
            seen: if next { all("past_key_values", "encoder")? } else { Vec::new() },
            kept: all("present", "decoder")?,
            made: if next { Vec::new() } else { all("present", "encoder")? },
            looks: looks.collect::<Option<_>>().unwrap_or_default(),
            model,
        })
    }
}

impl Decoder {
    pub(super) fn load(
        first: Export,
        next: Export,
        config: &Config,
        pool: Arc<ThreadPool>,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            first: Part::load(first, Half::First, config.layers)?,
            next: Part::load(next, Half::Next, config.layers)?,
            tokens: config.tokens,
            heads: config.heads,
            width: config.states / config.heads,
            pool,
        })
    }

    /// Whether it tells where it looked, which words' times need.
    #[must_use]
    pub fn tells_looks(&self) -> bool {
        !self.first.looks.is_empty()
    }

    /// Takes the first tokens over some states, and scores what may follow each of them.
    ///
    /// # Errors
    /// When it cannot be computed.
    pub fn begin(&self, states: &Value, tokens: &[u32]) -> Result<(Scores, Memory), String> {
        let part = &self.first;
        let outputs: Vec<NodeId> = std::iter::once(part.logits)
            .chain(part.kept.iter().copied())
            .chain(part.made.iter().copied())
            .collect();
        let mut values = self.run(part, states, tokens, &outputs)?;
        let seen = values.split_off(1 + part.kept.len());
        let kept = values.split_off(1);
        let scores = self.scores(values, tokens.len())?;
        let memory = Memory { kept, seen, count: tokens.len() };
        self.check(&memory)?;
        Ok((scores, memory))
    }

    /// Takes one more token, and scores what may follow.
    ///
    /// # Errors
    /// When it cannot be computed.
    pub fn step(&self, states: &Value, memory: &mut Memory, token: u32) -> Result<Scores, String> {
        let part = &self.next;
        let mut inputs: Vec<(NodeId, ValueOrView<'_>)> =
            vec![(part.ids, NdTensor::from_data([1, 1], vec![token.cast_signed()]).into())];
        if let Some(hidden) = part.hidden {
            inputs.push((hidden, states.into()));
        }
        let kept = std::mem::take(&mut memory.kept).into_iter().map(ValueOrView::Value);
        inputs.extend(part.past.iter().copied().zip(kept));
        inputs.extend(part.seen.iter().copied().zip(memory.seen.iter().map(ValueOrView::from)));
        let outputs: Vec<NodeId> = std::iter::once(part.logits).chain(part.kept.iter().copied()).collect();
        let mut values = part.model.run(inputs, &outputs, Some(self.options())).map_err(|e| e.to_string())?;
        memory.kept = values.split_off(1);
        memory.count += 1;
        self.check(memory)?;
        self.scores(values, 1)
    }

    /// Where the layers look while they take tokens over states: for each layer `[heads, tokens, states]`.
    ///
    /// # Errors
    /// When it does not tell, or it cannot be computed.
    pub fn looks(&self, states: &Value, tokens: &[u32]) -> Result<Vec<NdTensor<f32, 3>>, String> {
        let values = self.run(&self.first, states, tokens, &self.first.looks)?;
        let seen = states.shape()[1];
        let tensor = |value: Value| {
            let all: NdTensor<f32, 4> =
                value.try_into().map_err(|_| "its looks are no numbers".to_owned())?;
            let [1, heads, rows, columns] = all.shape() else {
                return Err("its looks are of many".to_owned());
            };
            if (heads, rows, columns) != (self.heads, tokens.len(), seen) {
                return Err(format!("its looks have the shape {:?}", all.shape()));
            }
            Ok(all.into_shape([heads, rows, columns]))
        };
        values.into_iter().map(tensor).collect()
    }

    /// Forgets all tokens but the first so many.
    ///
    /// # Errors
    /// When the memory is none.
    pub fn forget(&self, memory: &mut Memory, count: usize) -> Result<(), String> {
        if count >= memory.count {
            return Ok(());
        }
        for value in &mut memory.kept {
            let view: NdTensorView<'_, f32, 4> =
                (&*value).try_into().map_err(|_| "no keys were kept".to_owned())?;
            let part = SliceRange::new(0, Some(count as isize), 1);
            let shorter: Tensor<f32> = view.slice((.., .., part)).to_tensor().into_dyn();
            *value = shorter.into();
        }
        memory.count = count;
        Ok(())
    }

    fn run(
        &self,
        part: &Part,
        states: &Value,
        tokens: &[u32],
        outputs: &[NodeId],
    ) -> Result<Vec<Value>, String> {
        let ids: Vec<i32> = tokens.iter().map(|id| id.cast_signed()).collect();
        let mut inputs: Vec<(NodeId, ValueOrView<'_>)> =
            vec![(part.ids, NdTensor::from_data([1, ids.len()], ids).into())];
        if let Some(hidden) = part.hidden {
            inputs.push((hidden, states.into()));
        }
        part.model.run(inputs, outputs, Some(self.options())).map_err(|e| e.to_string())
    }

    /// Whether what was kept is what it should be.
    fn check(&self, memory: &Memory) -> Result<(), String> {
        let wanted = [1, self.heads, memory.count, self.width];
        match memory.kept.iter().find(|value| value.shape().as_slice() != wanted) {
            Some(odd) => {
                Err(format!("what the decoder keeps has the shape {:?}, not {wanted:?}", odd.shape()))
            }
            None => Ok(()),
        }
    }

    fn scores(&self, values: Vec<Value>, rows: usize) -> Result<Scores, String> {
        let logits = values.into_iter().next().and_then(|value| value.into_tensor::<f32>());
        let logits = logits.ok_or("the decoder gives no numbers")?;
        if logits.shape() != [1, rows, self.tokens] {
            return Err(format!("the decoder gives {:?} for {rows} tokens", logits.shape()));
        }
        Ok(Scores { all: logits.into_data(), tokens: self.tokens })
    }

    fn options(&self) -> RunOptions {
        RunOptions::default().with_thread_pool(Some(Arc::clone(&self.pool)))
    }
}
