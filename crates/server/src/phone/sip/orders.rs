//! What may be asked of a running SIP call from outside?

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use tom_base::{CallId, Key};

/// Orders that wait for a call. Full: the next one is refused, who gives so many does not mean it.
const WAITING: usize = 8;

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Press these keys.
    Keys(Vec<Key>),
    /// Ask the other side to connect itself with this number, and leave when that is done.
    Transfer(String),
    /// Call this number, tell whoever answers a summary, and join them with the other side.
    Connect {
        /// The number.
        to: String,
        /// What they are told; none: nothing.
        summary: Option<String>,
    },
}

/// The calls that take orders. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk(Arc<Mutex<HashMap<CallId, mpsc::Sender<Order>>>>);

/// A call's end: its orders come out here. Dropped, it takes none any more.
#[derive(Debug)]
pub(crate) struct Orders {
    desk: Desk,
    id: CallId,
    inbox: mpsc::Receiver<Order>,
}

impl Desk {
    /// Lets a call take orders.
    pub(crate) fn open(&self, id: &CallId) -> Orders {
        let (orders, inbox) = mpsc::channel(WAITING);
        self.with(|calls| calls.insert(id.clone(), orders));
        Orders { desk: self.clone(), id: id.clone(), inbox }
    }

    /// Gives an order. False: no such call takes one now.
    pub(crate) fn give(&self, id: &CallId, order: Order) -> bool {
        self.with(|calls| calls.get(id).is_some_and(|call| call.try_send(order).is_ok()))
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<CallId, mpsc::Sender<Order>>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Orders {
    /// The next order. Waits for ever where there is none.
    pub(crate) async fn next(&mut self) -> Order {
        match self.inbox.recv().await {
            Some(order) => order,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Orders {
    fn drop(&mut self) {
        self.desk.with(|calls| calls.remove(&self.id));
    }
}
