//! Which token comes next in a reply?
//!
//! In a call of a function only tokens that the grammar allows. Mostly the likeliest is one of them, so the grammar is
//! asked about that one first, and about all others only if it is not.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token::data::LlamaTokenData;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;
use tom_worker::{Fault, FaultKind};

use super::reply::Reply;

/// Chooses the next token by a row of the step's results. None: the reply is over.
pub(super) fn next(
    reply: &mut Reply,
    row: i32,
    context: &LlamaContext<'_>,
    model: &LlamaModel,
) -> Result<Option<LlamaToken>, Fault> {
    let vocabulary = model.vocab();
    let token = if reply.output.in_call() {
        held(reply, row, context, model)?
    } else {
        reply.sampler.sample(context, row)
    };
    Ok((!vocabulary.is_eog(token)).then_some(token))
}

/// A token that the grammar of calls allows.
fn held(
    reply: &mut Reply,
    row: i32,
    context: &LlamaContext<'_>,
    model: &LlamaModel,
) -> Result<LlamaToken, Fault> {
    let grammar = match &mut reply.grammar {
        Some(grammar) => grammar,
        none => {
            let text = reply.gbnf.as_deref().unwrap_or_default();
            none.insert(LlamaSampler::grammar(model, text, "root").map_err(|error| {
                Fault::new(
                    FaultKind::BadRequest,
                    format!("the grammar of the functions cannot be used: {error}"),
                )
            })?)
        }
    };
    let vocabulary = model.vocab();
    let piece = |token| vocabulary.token_to_piece(token, true, None);
    let likely = reply.sampler.sample(context, row);
    let mut one = LlamaTokenDataArray::new(vec![LlamaTokenData::new(likely, 1.0, 0.0)], false);
    one.apply_sampler(grammar);
    let allowed =
        one.data.first().is_some_and(|token| token.logit().is_finite()) && reply.output.fits(&piece(likely));
    let token = if allowed {
        likely
    } else {
        let mut all = context.token_data_array_ith(row);
        all.apply_sampler(grammar);
        all.data.retain(|token| token.logit().is_finite() && reply.output.fits(&piece(token.id())));
        all.sorted = false;
        if all.data.is_empty() {
            let what = "the model's vocabulary cannot write a call of a function; take another model, or no functions";
            return Err(Fault::new(FaultKind::BadRequest, what));
        }
        all.apply_sampler(&mut reply.sampler);
        all.selected_token().or_else(|| all.data.first().map(LlamaTokenData::id)).unwrap_or(likely)
    };
    grammar.try_accept(token).map_err(|error| {
        Fault::new(
            FaultKind::Unavailable,
            format!("llama.cpp cannot go on with the call of a function: {error}"),
        )
    })?;
    Ok(token)
}
