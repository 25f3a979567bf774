//! What happens to the streams when a shard comes and goes.

use std::sync::Arc;

use super::outgoing::Outgoing;
use super::pool::{Condition, Delivery, Pool};
use crate::{Event, Fault, FaultKind, Hello};

/// How a shard went.
pub(crate) struct Loss {
    /// Whether it died at work, so that a request may be why.
    pub(crate) crashed: bool,
    /// Why it will not be back soon; `None` if it will.
    pub(crate) fault: Option<Fault>,
}

impl Pool {
    /// A worker has said hello: its streams are fed.
    pub(crate) fn up(
        &mut self,
        index: usize,
        hello: Arc<Hello>,
        pid: u32,
        outgoing: Outgoing,
    ) -> Vec<Delivery> {
        let shard = &mut self.shards[index];
        // One that was asleep did not die.
        if shard.incarnation > 0 && !matches!(shard.condition, Condition::Starting) {
            self.counters.restarts += 1;
        }
        self.last_incarnation += 1;
        shard.incarnation = self.last_incarnation;
        shard.condition = Condition::Up;
        shard.outgoing = Some(outgoing);
        shard.hello = Some(hello);
        shard.pid = Some(pid);
        for (id, stream) in &mut self.streams {
            if stream.shard == index {
                stream.live = stream.work.is_empty();
                if !stream.live {
                    shard.waiting.push_back(*id);
                }
            }
        }
        self.feed(index)
    }

    /// A worker is gone: what may have killed it is counted, and its streams wait, move or fail.
    pub(crate) fn down(&mut self, index: usize, loss: Loss) -> Vec<Delivery> {
        let shard = &mut self.shards[index];
        shard.outgoing = None;
        shard.pid = None;
        shard.waiting.clear();
        shard.closes.clear();
        let probed = shard.probing.take().map(|(_, stream)| stream);
        let mut deliveries = Vec::new();
        for (id, stream) in &mut self.streams {
            if stream.shard != index {
                continue;
            }
            let suspect = std::mem::take(&mut stream.live) && probed.is_none_or(|p| p == *id);
            if loss.crashed && suspect {
                let lost = stream.work.blame();
                self.counters.lost += lost.len() as u64;
                deliveries.extend(lost.into_iter().map(|e| (Arc::clone(&stream.outbox), e)));
            }
        }
        let Some(fault) = loss.fault else {
            self.shards[index].condition = Condition::Restarting;
            return deliveries;
        };
        self.shards[index].condition = Condition::Down(fault.clone());
        deliveries.extend(self.leave(index, &fault));
        deliveries
    }

    /// Streams with open requests go to a shard that is up, or fail.
    fn leave(&mut self, index: usize, fault: &Fault) -> Vec<Delivery> {
        let refuge = self.roomiest();
        let mut deliveries = Vec::new();
        for (id, stream) in &mut self.streams {
            if stream.shard != index || stream.work.is_empty() {
                continue;
            }
            if let Some(refuge) = refuge {
                stream.shard = refuge;
                self.shards[refuge].waiting.push_back(*id);
            } else {
                deliveries.extend(stream.fail(fault));
            }
        }
        if let Some(refuge) = refuge {
            deliveries.extend(self.feed(refuge));
        }
        deliveries
    }

    /// The shard that is up and has the fewest streams.
    pub(crate) fn roomiest(&self) -> Option<usize> {
        let up = (0..self.shards.len()).filter(|i| self.shards[*i].is_up());
        // One that is to sleep gets no new streams where another is there.
        up.min_by_key(|i| (*i >= self.allowed, self.streams.values().filter(|s| s.shard == *i).count()))
    }

    /// Puts the open requests of the next waiting stream, and a ping: until that comes back, the next one
    /// waits, so that a crash shows whose request it was.
    fn feed(&mut self, index: usize) -> Vec<Delivery> {
        let shard = &mut self.shards[index];
        let mut deliveries = Vec::new();
        while shard.is_up() && shard.probing.is_none() {
            let Some(id) = shard.waiting.pop_front() else {
                break;
            };
            let Some(stream) = self.streams.get_mut(&id).filter(|s| s.shard == index) else {
                continue;
            };
            if std::mem::replace(&mut stream.live, true) || stream.work.is_empty() {
                continue;
            }
            let requests = stream.work.again();
            let fed = requests.iter().try_for_each(|request| stream.send(shard, id, request));
            match fed.and_then(|()| shard.ping()) {
                Ok(nonce) => {
                    shard.probing = Some((nonce, id));
                    self.counters.fed_again += 1;
                }
                Err(fault) => deliveries.extend(stream.fail(&fault)),
            }
        }
        deliveries
    }

    /// A worker said something about a stream.
    pub(crate) fn take(&mut self, index: usize, id: u32, event: Event) -> Option<Delivery> {
        let stream = self.streams.get_mut(&id)?;
        if stream.shard != index || !stream.live {
            return None;
        }
        let news = stream.work.accept(event)?;
        Some((Arc::clone(&stream.outbox), news))
    }

    /// A ping came back.
    pub(crate) fn pong(&mut self, index: usize, nonce: u32) -> Vec<Delivery> {
        let shard = &mut self.shards[index];
        shard.probing.take_if(|(asked, _)| *asked == nonce);
        self.feed(index)
    }

    /// Why no shard takes a request just now, if none does.
    pub(crate) fn fault(&self) -> Option<Fault> {
        let mut fault = None;
        for shard in &self.shards {
            match &shard.condition {
                Condition::Down(why) => fault = Some(why.clone()),
                Condition::Asleep => {}
                _ => return None,
            }
        }
        fault.or_else(|| Some(Fault::new(FaultKind::Unavailable, "the engine has no workers")))
    }
}
