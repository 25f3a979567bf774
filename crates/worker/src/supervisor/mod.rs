//! How TOM keeps a kind of worker running and talks to it.
//!
//! A [`Supervisor`] runs a number of processes (*shards*) of one program. Each shard has a long-lived thread
//! that starts it, reads what it says and starts it again when it dies, and a thread that writes to it.
//! (The kernel's parent-death signal follows the thread that started a process, hence threads and no tasks.)
//!
//! A [`Stream`] belongs to one call and to one shard. Its open requests are kept until they are answered; when
//! the shard dies they are put again, once: to the same shard if that is back soon, else to another.
//! After a crash the streams are fed one by one, each followed by a ping. If the worker dies again before
//! it answers, that stream's request is known to be the poison, and only that one is given up. A request
//! that was at work in two crashes without that proof is given up too.
//!
//! Nothing here makes a caller wait: requests go to bounded queues or fail with `Overload`, and events that
//! a receiver has no room for wait in its stream's own bounded queue.

mod backoff;
mod feeding;
mod handle;
mod locate;
mod options;
mod outbox;
mod outgoing;
mod pool;
mod process;
mod pulse;
mod shard;
mod sleep;
mod stream;
mod work;

pub use handle::{Status, Supervisor};
pub use options::SupervisorOptions;
pub use outbox::Sink;
pub use stream::Stream;
