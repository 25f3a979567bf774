//! How does a VITS network speak, so that its first sound comes early?
//!
//! The network makes two things one after the other: what the whole sentence sounds like, in frames of some
//! milliseconds, and from that the samples. The second part takes most of the time, and each of its samples depends on
//! a few frames around it alone. So it is run piece by piece, each with some frames more on both sides, and the
//! samples are the same as those of the whole. Where the seam between the parts is not found, the network runs as
//! a whole.

mod trial;

use std::sync::Arc;

use rten::{Model, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_onnx::onnx::ModelProto;
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, Tensor};

use super::config::Config;
use super::seam::{durations, seam};
use super::whole::Whole;
use crate::graph::ModelError;

/// Frames before and after a piece that its samples depend on: 11 in Piper's medium voices, 13.3 in its high ones.
const CONTEXT: usize = 14;
/// Frames of the first piece, about a quarter of a second; each further one is twice as long ...
const FIRST: usize = 24;
/// ... up to this.
const LONGEST: usize = 384;
/// Seconds of the longest sentence; a model that says more has gone wrong.
const MOST_SECONDS: usize = 120;

/// How a sentence is spoken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Manner {
    /// How much the voice varies; 0 is always the same.
    pub noise: f32,
    /// How long each sound is held: 1 is usual, 2 is slow.
    pub length: f32,
    /// How much the length varies.
    pub noise_w: f32,
    /// The speaker's number.
    pub speaker: i32,
}

/// A voice's network.
pub struct Network {
    model: Model,
    input: NodeId,
    lengths: NodeId,
    scales: NodeId,
    speaker: Option<NodeId>,
    output: NodeId,
    /// What goes from the first part to the second.
    seam: Option<NodeId>,
    /// How many frames each sound is held.
    durations: Option<NodeId>,
    /// Samples of a frame.
    hop: usize,
    most_samples: usize,
    /// Another runtime, which speaks sentences as a whole.
    whole: Option<Whole>,
    pool: Arc<ThreadPool>,
    /// Computes what is heard first.
    quick: Arc<ThreadPool>,
}

/// A sentence that is being spoken.
pub struct Utterance {
    speaker: i32,
    frames: Frames,
    /// Samples each number is held, if the model tells.
    pub durations: Option<Vec<usize>>,
    /// All samples there will be.
    pub samples: usize,
}

enum Frames {
    /// `[channels, frames]`, how many of them are samples already, and how many come next.
    Some { data: Vec<f32>, channels: usize, count: usize, done: usize, step: usize },
    /// It was computed at once.
    Whole(Option<Vec<f32>>),
}

fn another(what: impl Into<String>) -> ModelError {
    ModelError::Another(what.into())
}

impl Network {
    /// Takes the bytes of an ONNX file.
    ///
    /// # Errors
    /// When they are no ONNX file, or its inputs and outputs are not those of a voice as described.
    pub fn load(file: Vec<u8>, config: &Config) -> Result<Self, ModelError> {
        let graph = ModelProto::parse_buf(&file).map_err(|e| ModelError::Unreadable(e.to_string()))?;
        let graph = graph.graph.ok_or_else(|| ModelError::Unreadable("it has no graph".into()))?;
        let (seam, durations) = (seam(&graph), durations(&graph));
        drop(graph);
        let model = Model::load(file).map_err(|e| ModelError::Unreadable(e.to_string()))?;
        let input = |name: &str| {
            model
                .input_ids()
                .iter()
                .copied()
                .find(|id| model.node_info(*id).and_then(|info| info.name()) == Some(name))
        };
        let needed = |name: &str| {
            input(name).ok_or_else(|| {
                another(format!(
                    "it has no input {name:?}; those of a voice are input, input_lengths and scales"
                ))
            })
        };
        let (ids, lengths, scales, speaker) =
            (needed("input")?, needed("input_lengths")?, needed("scales")?, input("sid"));
        if config.speakers > 1 && speaker.is_none() {
            return Err(another("its description names several speakers, and it takes none (sid)"));
        }
        let output = *model.output_ids().first().ok_or_else(|| another("it has no output"))?;
        let find = |name: Option<String>| name.and_then(|name| model.find_node(&name));
        let pool = Arc::new(ThreadPool::with_num_threads(1));
        Ok(Self {
            input: ids,
            lengths,
            scales,
            speaker,
            output,
            seam: find(seam),
            durations: find(durations),
            hop: 0,
            most_samples: MOST_SECONDS * config.sample_rate as usize,
            whole: None,
            quick: Arc::clone(&pool),
            pool,
            model,
        })
    }

    /// Has another runtime speak, sentences as a whole.
    #[must_use]
    pub fn by(self, whole: Option<Whole>) -> Self {
        Self { whole, ..self }
    }

    /// Computes the first sound of a clause, for which a caller waits, on so many threads, and the rest on one.
    #[must_use]
    pub fn quick(self, threads: usize) -> Self {
        Self { quick: Arc::new(ThreadPool::with_num_threads(threads.max(1))), ..self }
    }

    /// What computes.
    #[must_use]
    pub fn runtime(&self) -> String {
        self.whole.as_ref().map_or_else(|| "rten".into(), Whole::runtime)
    }

    /// Whether speech comes piece by piece.
    #[must_use]
    pub fn is_streamed(&self) -> bool {
        self.seam.is_some()
    }

    /// Whether it tells how long each sound is.
    #[must_use]
    pub fn tells_durations(&self) -> bool {
        self.durations.is_some()
    }

    /// Speaks a sentence as a whole: samples from -1 to 1.
    ///
    /// # Errors
    /// When it cannot be computed.
    pub fn speak(&self, ids: &[i32], manner: Manner) -> Result<Vec<f32>, String> {
        let mut utterance = self.begin(ids, manner)?;
        let mut all = Vec::new();
        while let Some(piece) = self.next(&mut utterance)? {
            all.extend(piece);
        }
        Ok(all)
    }

    /// Begins to speak the numbers of a sentence's sounds.
    ///
    /// # Errors
    /// When it cannot be computed, or would be endless.
    pub fn begin(&self, ids: &[i32], manner: Manner) -> Result<Utterance, String> {
        if let Some(whole) = &self.whole {
            let spoken = whole.speak(ids, manner)?;
            let (speaker, samples) = (manner.speaker, spoken.len());
            if samples > self.most_samples {
                return Err(format!("it would speak {samples} samples for {} sounds", ids.len()));
            }
            return Ok(Utterance { speaker, frames: Frames::Whole(Some(spoken)), durations: None, samples });
        }
        let wanted: Vec<NodeId> =
            [Some(self.seam.unwrap_or(self.output)), self.durations].into_iter().flatten().collect();
        let mut values = self.run(ids, manner, &wanted)?.into_iter();
        let first = floats(values.next())?;
        let told = values.next().map(|told| floats(Some(told))).transpose()?;
        let durations =
            told.map(|told| told.to_vec().iter().map(|frames| *frames as usize * self.hop).collect());
        let shape = first.shape().to_vec();
        let (frames, samples) = match (self.seam, shape.as_slice()) {
            (Some(_), [1, channels, count]) => {
                let frames = Frames::Some {
                    data: first.to_vec(),
                    channels: *channels,
                    count: *count,
                    done: 0,
                    step: FIRST,
                };
                (frames, count * self.hop)
            }
            (None, _) => (Frames::Whole(Some(first.to_vec())), first.len()),
            (Some(_), other) => return Err(format!("its frames have the shape {other:?}")),
        };
        if samples > self.most_samples {
            return Err(format!("it would speak {samples} samples for {} sounds", ids.len()));
        }
        Ok(Utterance { speaker: manner.speaker, frames, durations, samples })
    }

    /// The next samples; `None`: there are no more.
    ///
    /// # Errors
    /// When they cannot be computed.
    pub fn next(&self, utterance: &mut Utterance) -> Result<Option<Vec<f32>>, String> {
        let speaker = utterance.speaker;
        let (data, channels, count, done, step) = match &mut utterance.frames {
            Frames::Whole(whole) => return Ok(whole.take()),
            Frames::Some { data, channels, count, done, step } => (data, *channels, *count, done, step),
        };
        let Some(seam) = self.seam.filter(|_| *done < count) else { return Ok(None) };
        let end = (*done + *step).min(count);
        // A last piece that is hardly longer than what surrounds it is not worth a run of its own.
        let end = if count - end < CONTEXT { count } else { end };
        let (from, to) = (done.saturating_sub(CONTEXT), (end + CONTEXT).min(count));
        let mut piece = Vec::with_capacity(channels * (to - from));
        for row in data.chunks_exact(count) {
            piece.extend_from_slice(&row[from..to]);
        }
        let mut inputs: Vec<(NodeId, ValueOrView<'_>)> =
            vec![(seam, NdTensor::from_data([1, channels, to - from], piece).into())];
        if let Some(sid) = self.speaker {
            inputs.push((sid, NdTensor::from_data([1], vec![speaker]).into()));
        }
        let pool = if *done == 0 { &self.quick } else { &self.pool };
        let [samples] = self.model.run_n(inputs, [self.output], Some(on(pool))).map_err(|e| e.to_string())?;
        let samples = floats(Some(samples))?.to_vec();
        let (first, last) = ((*done - from) * self.hop, (end - from) * self.hop);
        let samples = samples.get(first..last).ok_or("its samples are fewer than its frames")?.to_vec();
        (*done, *step) = (end, (*step * 2).min(LONGEST));
        Ok(Some(samples))
    }

    fn run(&self, ids: &[i32], manner: Manner, outputs: &[NodeId]) -> Result<Vec<Value>, String> {
        let length = i32::try_from(ids.len()).map_err(|e| e.to_string())?;
        let scales = vec![manner.noise, manner.length, manner.noise_w];
        let mut inputs: Vec<(NodeId, ValueOrView<'_>)> = vec![
            (self.input, NdTensor::from_data([1, ids.len()], ids.to_vec()).into()),
            (self.lengths, NdTensor::from_data([1], vec![length]).into()),
            (self.scales, NdTensor::from_data([3], scales).into()),
        ];
        if let Some(sid) = self.speaker {
            inputs.push((sid, NdTensor::from_data([1], vec![manner.speaker]).into()));
        }
        self.model.run(inputs, outputs, Some(on(&self.quick))).map_err(|e| e.to_string())
    }
}

fn on(pool: &Arc<ThreadPool>) -> RunOptions {
    RunOptions::default().with_thread_pool(Some(Arc::clone(pool)))
}

fn floats(value: Option<Value>) -> Result<Tensor<f32>, String> {
    value.and_then(|value| value.into_tensor::<f32>()).ok_or_else(|| "it gives no numbers".to_owned())
}
