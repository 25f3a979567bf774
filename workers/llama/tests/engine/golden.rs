//! Layer: real. What the model says is what the reference says.

use tom_tiny::{Said, said};
use tom_worker_llama::options::Options;

use crate::support::{engine, finish, job, likelihoods, load, options};

/// The largest difference, as a share of the largest likelihood.
fn difference(got: &[f32], want: &[f32]) -> f32 {
    let scale = want.iter().fold(0.0f32, |most, v| most.max(v.abs()));
    got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / scale
}

fn text(prompt: &[i32]) -> String {
    String::from_utf8(prompt.iter().map(|b| u8::try_from(*b).unwrap()).collect()).unwrap()
}

#[test]
fn the_likeliest_tokens_are_those_of_the_reference() {
    let model = load();
    for precise in [true, false] {
        let mut engine = engine(&model, &Options { precise, ..options() });
        for (stream, Said { prompt, tokens, .. }) in (0..).zip(said().unwrap()) {
            engine.begin_text(stream, job(1), &text(&prompt), tokens.len() as u32).unwrap();
            let replies = finish(&mut engine, 3);
            assert_eq!(replies[stream as usize].tokens, tokens, "precise: {precise}");
        }
    }
}

#[test]
fn the_likelihoods_are_those_of_the_reference() {
    for (precise, most) in [(true, 2e-3), (false, 5e-3)] {
        for Said { prompt, tokens, first, last } in said().unwrap() {
            let options = Options { precise, ..options() };
            let all = [prompt.clone(), tokens[..tokens.len() - 1].to_vec()].concat();
            let (after, before_last) = (likelihoods(&options, &prompt), likelihoods(&options, &all));
            let worst = difference(&after, &first).max(difference(&before_last, &last));
            println!("precise {precise}: {worst:e}");
            assert!(worst <= most, "precise {precise}: {worst}");
        }
    }
}
