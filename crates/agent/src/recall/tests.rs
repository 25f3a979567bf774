//! Layer: pure. Only whole replies to first questions are kept, and only for a while.

use std::sync::atomic::{AtomicUsize, Ordering};

use tom_engine::ToolCall;

use super::*;

/// Answers with the number of the question, in two pieces; "tool" calls a tool first, "fail" breaks off.
#[derive(Default)]
struct Counter {
    asked: Arc<AtomicUsize>,
}

struct Counting(Arc<AtomicUsize>, mpsc::Sender<LlmEvent>);

impl Llm for Counter {
    fn open(&self, events: mpsc::Sender<LlmEvent>) -> Result<Box<dyn LlmStream>, EngineError> {
        Ok(Box::new(Counting(Arc::clone(&self.asked), events)))
    }

    fn health(&self) -> Health {
        Health::Ok
    }

    fn name(&self) -> &'static str {
        "counter"
    }
}

impl LlmStream for Counting {
    fn generate(&mut self, request: LlmRequest) -> Result<(), EngineError> {
        let (epoch, n) = (request.epoch, self.0.fetch_add(1, Ordering::Relaxed));
        let words = format!("{:?}", request.messages.last());
        let mut all = vec![LlmEvent::Text { epoch, text: "Reply ".into() }];
        if words.contains("tool") {
            let call = ToolCall { id: "1".into(), name: "t".into(), arguments: "{}".into() };
            all.push(LlmEvent::Call { epoch, call });
        }
        all.push(LlmEvent::Text { epoch, text: n.to_string().into() });
        all.push(if words.contains("fail") {
            let error = EngineError::new(tom_engine::ErrorKind::Timeout, "too slow");
            LlmEvent::Failed { epoch, error }
        } else {
            LlmEvent::Done { epoch }
        });
        all.into_iter().for_each(|event| self.1.try_send(event).expect("there is room"));
        Ok(())
    }

    fn cancel(&mut self) {}
}

fn user(text: &str) -> Vec<LlmMessage> {
    let greeting = LlmMessage::Assistant { text: "Hello.".into(), calls: Vec::new() };
    vec![LlmMessage::System("Be short.".into()), greeting, LlmMessage::User(text.into())]
}

/// What a new call hears to a conversation, and whether it ended well.
async fn ask(recall: &Recall, messages: Vec<LlmMessage>) -> (String, bool) {
    let (tx, mut events) = mpsc::channel(16);
    let mut stream = recall.open(tx).expect("it is up");
    let epoch = Epoch::new(1, 0);
    stream.generate(LlmRequest { epoch, messages, tools: Arc::new([]), max_tokens: 100 }).expect("taken");
    let mut text = String::new();
    loop {
        match events.recv().await.expect("an end") {
            LlmEvent::Text { text: piece, .. } => text.push_str(&piece),
            LlmEvent::Call { .. } => {}
            LlmEvent::Done { .. } => return (text, true),
            LlmEvent::Failed { .. } => return (text, false),
        }
    }
}

fn recall(most: usize) -> (Recall, Arc<AtomicUsize>) {
    let counter = Counter::default();
    let asked = Arc::clone(&counter.asked);
    (Recall::new(Arc::new(counter), most, Handle::current()), asked)
}

#[tokio::test]
async fn the_same_first_question_has_the_same_reply_without_the_model() {
    let (recall, asked) = recall(8);
    assert_eq!(ask(&recall, user("When are you open?")).await, ("Reply 0".into(), true));
    assert_eq!(ask(&recall, user("When are you open?")).await, ("Reply 0".into(), true));
    assert_eq!(ask(&recall, user("Where are you?")).await, ("Reply 1".into(), true));
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    let counts = recall.counts();
    assert_eq!((counts.entries, counts.hits, counts.misses), (2, 1, 2));
    assert!(counts.bytes > 100);
    recall.forget();
    assert_eq!(ask(&recall, user("When are you open?")).await, ("Reply 2".into(), true));
}

#[tokio::test]
async fn what_depends_on_more_than_the_question_is_asked_each_time() {
    let (recall, asked) = recall(8);
    let mut later = user("Hello?");
    later.push(LlmMessage::Assistant { text: "Yes?".into(), calls: Vec::new() });
    later.push(LlmMessage::User("When are you open?".into()));
    for messages in [user("use a tool"), user("fail, please"), later] {
        let before = asked.load(Ordering::Relaxed);
        ask(&recall, messages.clone()).await;
        ask(&recall, messages).await;
        assert_eq!(asked.load(Ordering::Relaxed), before + 2);
    }
    let mut other = user("When are you open?");
    ask(&recall, other.clone()).await;
    other[0] = LlmMessage::System("Be long.".into());
    let before = asked.load(Ordering::Relaxed);
    ask(&recall, other).await;
    assert_eq!(asked.load(Ordering::Relaxed), before + 1, "other instructions, another reply");
}

#[test]
fn the_reply_wanted_longest_ago_goes_and_none_stays_for_long() {
    let mut kept = Kept { most: 2, ..Kept::default() };
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    kept.keep("a".into(), "A", at(0));
    kept.keep("b".into(), "B", at(1));
    assert!(kept.find("a", at(2)).is_some());
    kept.keep("c".into(), "C", at(3));
    assert!(kept.find("b", at(4)).is_none() && kept.find("a", at(4)).is_some());
    assert!(kept.find("c", at(602)).is_some() && kept.find("a", at(602)).is_none());
    kept.keep("d".into(), "  ", at(603));
    kept.keep("e".into(), &"x".repeat(LONGEST + 1), at(603));
    assert_eq!(kept.replies.len(), 1);
    let mut none = Kept::default();
    none.keep("a".into(), "A", at(0));
    assert!(none.replies.is_empty());
}
