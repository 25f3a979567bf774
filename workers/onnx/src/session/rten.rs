//! How does rten compute a model?

use std::sync::Arc;

use rten::{Model, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::prelude::*;

use super::{Data, Session, Tensor};

/// A model in rten.
pub struct Rten {
    model: Model,
    pool: Arc<ThreadPool>,
}

impl Rten {
    /// Loads a file's bytes on so many threads.
    ///
    /// # Errors
    /// When it is no model that rten knows.
    pub fn load(file: Vec<u8>, threads: usize) -> Result<Self, String> {
        let model = Model::load(file).map_err(|e| e.to_string())?;
        Ok(Self { model, pool: Arc::new(ThreadPool::with_num_threads(threads.max(1))) })
    }

    fn node(&self, name: &str) -> Result<NodeId, String> {
        self.model.find_node(name).ok_or_else(|| format!("the model has nothing called {name}"))
    }

    fn names(&self, ids: &[NodeId]) -> Vec<String> {
        let name = |id: &NodeId| self.model.node_info(*id)?.name().map(str::to_owned);
        ids.iter().filter_map(name).collect()
    }
}

impl Session for Rten {
    fn run(&mut self, inputs: &[(&str, &Tensor)], outputs: &[&str]) -> Result<Vec<Tensor>, String> {
        let mut values: Vec<(NodeId, ValueOrView<'_>)> = Vec::with_capacity(inputs.len());
        for (name, tensor) in inputs {
            if !tensor.is_whole() {
                return Err(format!("{name} has not as many numbers as its shape says"));
            }
            let shape = tensor.shape.as_slice();
            let value: Value = match &tensor.data {
                Data::Floats(data) => rten_tensor::Tensor::from_data(shape, data.clone()).into(),
                // All whole numbers have 32 bits in rten.
                Data::Whole(data) => {
                    let narrow: Result<Vec<i32>, _> = data.iter().map(|n| i32::try_from(*n)).collect();
                    let narrow = narrow.map_err(|_| format!("{name} holds a number of more than 32 bits"))?;
                    rten_tensor::Tensor::from_data(shape, narrow).into()
                }
            };
            values.push((self.node(name)?, value.into()));
        }
        let wanted: Result<Vec<NodeId>, String> = outputs.iter().map(|name| self.node(name)).collect();
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&self.pool)));
        let found = self.model.run(values, &wanted?, Some(options)).map_err(|e| e.to_string())?;
        found.into_iter().zip(outputs).map(|(value, name)| tensor(value, name)).collect()
    }

    fn inputs(&self) -> Vec<String> {
        self.names(self.model.input_ids())
    }

    fn outputs(&self) -> Vec<String> {
        self.names(self.model.output_ids())
    }

    fn name(&self) -> String {
        "rten".into()
    }
}

fn tensor(value: Value, name: &str) -> Result<Tensor, String> {
    let shape = value.shape().to_vec();
    match value {
        Value::FloatTensor(floats) => Ok(Tensor::floats(&shape, floats.to_vec())),
        Value::Int32Tensor(whole) => Ok(Tensor::whole(&shape, whole.iter().map(|n| i64::from(*n)).collect())),
        _ => Err(format!("{name} holds numbers of a kind that nobody here expects")),
    }
}
