//! Layer: real. What cannot be done is told with what to do.

use tom_tiny::Llama;
use tom_tiny::gguf::{Fact, write};
use tom_worker::FaultKind;
use tom_worker_llama::engine::Engine;
use tom_worker_llama::model;
use tom_worker_llama::options::Options;

use crate::support::{BACKEND, agent, ask, engine, file, job, load, options, reply, system, user};

#[test]
fn a_prompt_that_is_too_long_is_told_with_the_setting() {
    let model = load();
    let mut engine = engine(&model, &Options { context: 256, ..options() });
    let fault = engine.begin(0, job(1), &ask(&[system(&"rule ".repeat(80)), user("Hi")], 40)).unwrap_err();
    assert_eq!(fault.kind, FaultKind::BadRequest);
    assert!(fault.message.contains("llm.context is 256: raise it, or shorten agent.prompt"), "{fault}");
    assert!(!engine.is_busy());
}

#[test]
fn the_oldest_turns_go_where_a_conversation_is_too_long() {
    let model = load();
    let mut engine = engine(&model, &Options { context: 512, ..options() });
    let mut messages = vec![system("Be brief.")];
    for n in 0..30 {
        messages.extend([user(&format!("Question {n}, what about it?")), agent("It is so.")]);
    }
    messages.push(user("And now?"));
    let reply = reply(&mut engine, &ask(&messages, 40));
    assert!(reply.fault.is_none() && reply.tally.written == 40, "{reply:?}");
    assert!((300..=472).contains(&reply.tally.prompt), "{:?}", reply.tally);
}

#[test]
fn a_chat_of_unknown_form_is_told_with_the_setting() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.gguf");
    let mut facts = Llama::Small.facts();
    facts.retain(|(name, _)| name != "tokenizer.chat_template");
    facts.push(("tokenizer.chat_template".into(), Fact::Text("{{ messages | odd }}".into())));
    let mut out = std::fs::File::create(&path).unwrap();
    write(&mut out, &facts, &Llama::Small.shapes(), |shape, out| {
        std::io::Write::write_all(out, &vec![0; shape.kind.bytes(shape.count())])
    })
    .unwrap();
    let odd = Options { model: path, ..options() };
    let model = model::load(&BACKEND, &odd).unwrap();
    let Err(fault) = Engine::new(&BACKEND, &model, &odd) else { panic!("the form is unknown") };
    assert!(fault.message.contains("set llm.template"), "{fault}");
    let named = Options { template: Some("chatml".into()), ..odd.clone() };
    assert!(Engine::new(&BACKEND, &model, &named).is_ok());
    let Err(fault) = Engine::new(&BACKEND, &model, &Options { template: Some("mine".into()), ..odd }) else {
        panic!("there is no such name")
    };
    assert!(fault.message.contains("no form of chats named mine"), "{fault}");
}

#[test]
fn layers_on_a_card_need_a_worker_that_was_built_for_it() {
    if BACKEND.supports_gpu_offload() {
        return;
    }
    let Err(fault) = model::load(&BACKEND, &Options { gpu_layers: 99, ..options() }) else {
        panic!("no card")
    };
    assert!(fault.message.contains("llm.gpu_layers = 0"), "{fault}");
}

#[test]
fn a_file_that_only_looks_sound_is_refused_by_the_library_without_harm() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lacking.gguf");
    let mut shapes = Llama::Small.shapes();
    shapes.retain(|shape| shape.name != "blk.1.ffn_up.weight");
    let mut out = std::fs::File::create(&path).unwrap();
    write(&mut out, &Llama::Small.facts(), &shapes, |shape, out| {
        std::io::Write::write_all(out, &vec![0; shape.kind.bytes(shape.count())])
    })
    .unwrap();
    let Err(fault) = model::load(&BACKEND, &Options { model: path, ..options() }) else {
        panic!("a layer lacks")
    };
    assert!(fault.kind == FaultKind::Missing && fault.message.contains("llama.cpp cannot load"), "{fault}");
    assert!(model::load(&BACKEND, &Options::new(file())).is_ok());
}
