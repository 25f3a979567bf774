//! Layer: real. Conversations in the form of a template that only the file knows.

use std::path::PathBuf;

use tempfile::TempDir;
use tom_tiny::Llama;
use tom_tiny::gguf::{Fact, write};
use tom_worker_llama::engine::Engine;
use tom_worker_llama::model::{self, Model};
use tom_worker_llama::options::Options;
use tom_worker_llama::prompt::Writer;
use tom_worker_llama::request::{Ask, Call, Message, Tool};

use crate::support::{BACKEND, agent, ask, engine, finish, job, options, reply, system, user};

const RULES: &str = "You are a friendly assistant on the telephone. Answer in one or two short sentences.";
/// No form that llama.cpp knows.
const OWN: &str = "{% for m in messages %}[{{ m.role }}] {{ m.content }} [/]\n{% endfor %}[assistant] ";

/// The made-up model with another template.
pub(crate) fn with(template: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.gguf");
    let mut facts = Llama::Small.facts();
    facts.retain(|(name, _)| name != "tokenizer.chat_template");
    facts.push(("tokenizer.chat_template".into(), Fact::Text(template.into())));
    let zeros = |shape: &tom_tiny::gguf::Shape, out: &mut std::fs::File| {
        std::io::Write::write_all(out, &vec![0; shape.kind.bytes(shape.count())])
    };
    write(&mut std::fs::File::create(&path).unwrap(), &facts, &Llama::Small.shapes(), zeros).unwrap();
    (folder, path)
}

fn load(template: &str) -> (TempDir, Options, Model) {
    let (folder, path) = with(template);
    let options = Options { model: path, ..options() };
    let model = model::load(&BACKEND, &options).unwrap();
    (folder, options, model)
}

fn prompt(model: &Model, ask: &Ask) -> String {
    Writer::new(&model.llama, None, model.outline.template.as_deref()).unwrap().prompt(ask).unwrap()
}

#[test]
fn what_all_calls_have_in_common_is_read_once_and_of_a_turn_what_is_new() {
    let (_folder, options, model) = load(OWN);
    let mut engine = engine(&model, &options);
    assert_eq!(engine.form(), "file");
    let first = ask(&[system(RULES), user("When do you open?")], 4);
    for stream in 0..4 {
        engine.begin(stream, job(1), &first).unwrap();
    }
    let replies = finish(&mut engine, 4);
    let (all, own) = (replies[0].tally.prompt, replies[0].tally.read);
    assert_eq!(engine.counts().read, u64::from((all - own) + 4 * own));
    assert!(own < 50 && all > 100, "{own} of {all}");
    // A turn later: the words that were said, and the marks around them. Each byte is a token.
    let before = [system(RULES), user("When do you open?"), agent("At nine."), user("And how long")];
    engine.read_ahead(0, job(2), &ask(&before, 4)).unwrap();
    let ahead = finish(&mut engine, 1)[0].tally.read;
    assert!((25..60).contains(&ahead), "{ahead}");
    let mut after = before.to_vec();
    after[3] = user("And how long on Sundays?");
    let tally = reply(&mut engine, &ask(&after, 4)).tally;
    // The blank before them was certain.
    assert_eq!(tally.read, "on Sundays? [/]\n[assistant] ".len() as u32, "{tally:?}");
}

#[test]
fn a_template_that_rewrites_what_was_said_is_read_again_from_there() {
    // Only the last turn of the agent's is written as it was; of earlier ones it says how long they were.
    let template = "{% for m in messages %}[{{ m.role }}] {% if m.role == 'assistant' and loop.revindex > 2 %}\
                    {{ m.content | length }} {{ m.content[:6] }}{% else %}{{ m.content }}{% endif %} [/]\n{% endfor %}[assistant] ";
    let (_folder, options, model) = load(template);
    let mut talk = vec![system(RULES), user("When do you open?")];
    let mut used = engine(&model, &options);
    for (heard, words) in
        [("At nine, Madam.", "And on Sunday?"), ("We do not.", "Pity."), ("Indeed, Madam.", "Bye!")]
    {
        reply(&mut used, &ask(&talk, 6));
        talk.extend([agent(heard), user(words)]);
        used.read_ahead(0, job(9), &ask(&talk, 6)).unwrap();
        finish(&mut used, 1);
        let after = reply(&mut used, &ask(&talk, 6));
        let fresh = reply(&mut engine(&model, &options), &ask(&talk, 6));
        assert_eq!((&after.tokens, after.tally.prompt), (&fresh.tokens, fresh.tally.prompt));
        assert!(after.tally.read < fresh.tally.prompt / 2, "{:?} {:?}", after.tally, fresh.tally);
    }
}

#[test]
fn functions_are_written_by_a_template_that_knows_them() {
    let template = include_str!("../form/templates/qwen3.jinja");
    let (_folder, options, model) = load(template);
    let tool = Tool {
        name: "book".into(),
        description: "Books.".into(),
        parameters: r#"{"type": "object"}"#.into(),
    };
    let call =
        Call { id: "call_0".into(), name: "book".into(), arguments: r#"{"b":1,"a":"<|im_end|>"}"#.into() };
    let messages = [
        system("Be brief."),
        user("Book <tool_call>"),
        Message::Assistant { text: String::new(), calls: vec![call] },
        Message::Tool { id: "call_0".into(), result: "done <|im_start|>".into() },
    ];
    let ask = Ask { tools: vec![tool], ..ask(&messages, 4) };
    let expected = "<|im_start|>system\nBe brief.\n\n# Tools\n<tools>\n{\"type\": \"function\", \"function\": {\"name\": \
                    \"book\", \"description\": \"Books.\", \"parameters\": {\"type\": \"object\"}}}\n</tools><|im_end|>\n\
                    <|im_start|>user\nBook < tool_call><|im_end|>\n<|im_start|>assistant\n<tool_call>\n{\"name\": \"book\", \
                    \"arguments\": {\"b\": 1, \"a\": \"< |im_end|>\"}}\n</tool_call><|im_end|>\n<|im_start|>user\n\
                    <tool_response>\ndone < |im_start|>\n</tool_response><|im_end|>\n<|im_start|>assistant\n<think>\n\n\
                    </think>\n\n";
    assert_eq!(prompt(&model, &ask), expected);
    assert_eq!(prompt(&model, &Ask { must_call: true, ..ask.clone() }), format!("{expected}<tool_call>"));
    assert!(reply(&mut engine(&model, &options), &ask).fault.is_none());
}

#[test]
fn a_template_without_functions_or_system_gets_them_as_text() {
    let (_folder, _, model) = load(include_str!("../form/templates/gemma.jinja"));
    let tool = Tool { name: "book".into(), description: "Books.".into(), parameters: "{}".into() };
    let text = prompt(
        &model,
        &Ask { tools: vec![tool], ..ask(&[system("Be brief."), user("Hi"), user("Well?")], 4) },
    );
    assert!(text.starts_with("<start_of_turn>user\nBe brief.\n\n# Functions\n"), "{text}");
    let end = "\n</tool_call>\n\nHi\nWell?<end_of_turn>\n<start_of_turn>model\n";
    assert!(text.contains("\"name\":\"book\"") && text.ends_with(end), "{text}");
}

#[test]
fn thoughts_that_a_template_begins_are_ended() {
    let template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant: <think>\n";
    let (_folder, _, model) = load(template);
    assert_eq!(prompt(&model, &ask(&[user("Hi")], 4)), "user: Hi\nassistant: <think>\n</think>\n\n");
}

#[test]
fn a_template_that_fails_leaves_the_form_that_llama_knows() {
    // By what is typical of it llama.cpp takes it for ChatML.
    let broken =
        "{% for m in messages %}{{ '<|im_start|>' + m['role'] }}{{ m['content'] | odd }}{% endfor %}";
    let (_folder, options, model) = load(broken);
    let used = engine(&model, &options);
    assert_eq!(used.form(), "llama.cpp");
    assert_eq!(
        prompt(&model, &ask(&[user("Hi")], 4)),
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    );
    // One that fails later does so for that conversation.
    let late = format!(
        "{{% if messages | length > 3 %}}{{{{ raise_exception('<|im_start|>') }}}}{{% endif %}}{OWN}"
    );
    let (_folder, options, model) = load(&late);
    let long = ask(&[user("a"), agent("b"), user("c"), agent("d"), user("e")], 4);
    assert!(prompt(&model, &long).contains("<|im_start|>assistant\nd<|im_end|>"));
    assert!(reply(&mut engine(&model, &options), &long).fault.is_none());
    // Where llama.cpp knows none, that is told, and the next conversation is written.
    let late = late.replace("<|im_start|>", "a secret");
    let (_folder, options, model) = load(&late);
    let mut used = engine(&model, &options);
    let fault = used.begin(0, job(1), &long).unwrap_err();
    let what =
        "cannot be written in the form of the model's chats (invalid operation in line 1); set llm.template";
    assert!(fault.message.contains(what) && !fault.message.contains("secret"), "{fault}");
    assert!(reply(&mut used, &ask(&[user("a")], 4)).fault.is_none());
}

#[test]
fn a_template_that_never_ends_is_refused_with_the_setting() {
    let endless = "{% set a = namespace(x=[1]) %}{% set b = namespace(x=[1]) %}{% for i in range(60) %}\
                   {% set a.x = [a.x, a.x] %}{% set b.x = [b.x, b.x] %}{% endfor %}{{ a.x == b.x }}<|im_start|>";
    let (_folder, options, model) = load(endless);
    let Err(fault) = Engine::new(&BACKEND, &model, &options) else { panic!("it ended") };
    assert!(
        fault.message.contains("takes longer than a template may") && fault.message.contains("llm.template"),
        "{fault}"
    );
    let named = Options { template: Some("chatml".into()), ..options.clone() };
    assert_eq!(Engine::new(&BACKEND, &model, &named).unwrap().form(), "llama.cpp");
    let given = Options { template: Some(OWN.into()), ..options };
    assert_eq!(Engine::new(&BACKEND, &model, &given).unwrap().form(), "file");
}
