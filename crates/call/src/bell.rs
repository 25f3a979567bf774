//! Was a task woken for the sake of what rings seldom?
//!
//! A task that waits for several things looks at all of them whenever one of them wakes it. That is dear where one
//! wakes it a hundred times a second and the others once in a while: looking at what has not changed costs as much as
//! the frame of audio that has come. Those others are polled with a bell for a waker. It wakes the task as its own
//! waker would, and remembers that it did.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Wake, Waker};

use tom_kernel::Nearby;

/// What is polled with [`context`](Self::context) is to be polled again only when the bell [rang](Self::rang). A new
/// bell has rung.
#[derive(Debug)]
pub struct Bell {
    inner: Arc<Inner>,
    waker: Waker,
}

#[derive(Debug)]
struct Inner {
    rung: AtomicBool,
    sleeper: Mutex<Sleeper>,
}

/// Whom it wakes.
#[derive(Debug, Default)]
struct Sleeper {
    /// The task; none until it has looked for the first time.
    task: Option<Waker>,
    needs: Nearby,
}

impl Inner {
    fn sleeper(&self) -> MutexGuard<'_, Sleeper> {
        self.sleeper.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Inner {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        let sleeper = self.sleeper();
        if let Some(task) = &sleeper.task {
            task.wake_by_ref();
            sleeper.needs.fetch();
        }
    }
}

impl Default for Bell {
    fn default() -> Self {
        let inner = Arc::new(Inner { rung: AtomicBool::new(true), sleeper: Mutex::default() });
        Self { waker: Waker::from(inner.clone()), inner }
    }
}

impl Bell {
    /// Whether it rang since this was last asked. From now on it wakes the task of `cx`.
    pub fn rang(&self, cx: &Context<'_>) -> bool {
        // The task first: a ring after it wakes it, one before it is seen below.
        match &mut self.inner.sleeper().task {
            Some(task) => task.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        self.inner.rung.swap(false, Ordering::AcqRel)
    }

    /// What the task needs when it is woken. It is fetched while those before it run.
    pub fn needs(&self, needs: Nearby) {
        self.inner.sleeper().needs = needs;
    }

    /// Whether it has rung, without ending that.
    #[must_use]
    pub fn is_rung(&self) -> bool {
        self.inner.rung.load(Ordering::Acquire)
    }

    /// Rings it without waking anybody: the task that does so looks again before it sleeps.
    pub fn ring(&self) {
        self.inner.rung.store(true, Ordering::Release);
    }

    /// What others are polled with.
    #[must_use]
    pub fn context(&self) -> Context<'_> {
        Context::from_waker(&self.waker)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn it_wakes_the_task_that_asked_last_and_tells_once() {
        let (first, second) = (Arc::new(Count::default()), Arc::new(Count::default()));
        let (one, two) = (Waker::from(first.clone()), Waker::from(second.clone()));
        let bell = Bell::default();
        let waker = bell.context().waker().clone();
        waker.wake_by_ref();
        assert!(bell.rang(&Context::from_waker(&one)), "it had rung before anybody asked");
        assert!(!bell.rang(&Context::from_waker(&one)));
        waker.wake_by_ref();
        assert!(bell.is_rung() && bell.is_rung());
        assert!(bell.rang(&Context::from_waker(&two)) && !bell.is_rung());
        waker.wake();
        bell.ring();
        assert!(bell.rang(&Context::from_waker(&two)));
        assert_eq!((first.0.load(Ordering::Relaxed), second.0.load(Ordering::Relaxed)), (1, 1));
    }
}
