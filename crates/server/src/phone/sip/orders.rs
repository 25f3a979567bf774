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
    /// Press these keys; for whom, once the caller talks to a person through us: none is the person.
    Keys(Vec<Key>, Option<Whom>),
    /// Hang up, on both once they talk through us; why, for their telephones.
    HangUp(Option<String>),
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

/// One of the two who talk through us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    /// Who called.
    Caller,
    /// Whom the caller was put through to.
    Person,
}

/// Why an order is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoOrder {
    /// No such call takes one now.
    Unknown,
    /// The caller talks to a person through us.
    PutThrough,
    /// There is no person yet.
    Alone,
}

/// The calls that take orders. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk(Arc<Mutex<HashMap<CallId, Place>>>);

#[derive(Debug)]
struct Place {
    orders: mpsc::Sender<Order>,
    /// The caller talks to a person through us.
    put_through: bool,
}

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
        self.with(|calls| calls.insert(id.clone(), Place { orders, put_through: false }));
        Orders { desk: self.clone(), id: id.clone(), inbox }
    }

    /// Gives an order.
    ///
    /// # Errors
    /// [`NoOrder`]: why it is not taken.
    pub(crate) fn give(&self, id: &CallId, order: Order) -> Result<(), NoOrder> {
        self.with(|calls| {
            let call = calls.get(id).ok_or(NoOrder::Unknown)?;
            match (&order, call.put_through) {
                (Order::Transfer(_) | Order::Connect { .. }, true) => return Err(NoOrder::PutThrough),
                (Order::Keys(_, Some(Whom::Person)), false) => return Err(NoOrder::Alone),
                _ => {}
            }
            call.orders.try_send(order).map_err(|_full_or_gone| NoOrder::Unknown)
        })
    }

    /// Whether the caller of that call talks to a person through us.
    pub(crate) fn is_put_through(&self, id: &CallId) -> bool {
        self.with(|calls| calls.get(id).is_some_and(|call| call.put_through))
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<CallId, Place>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Orders {
    /// From now on the caller talks to a person through us.
    pub(crate) fn put_through(&self) {
        self.desk.with(|calls| {
            if let Some(call) = calls.get_mut(&self.id) {
                call.put_through = true;
            }
        });
    }

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
