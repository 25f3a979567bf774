#!/usr/bin/env python3
"""Computes what the made-up language model of `src/llama.rs` says, by the transformers library.

`llama.py` writes `llama.json` beside itself: for some prompts the likeliest tokens one after the other, and how likely
all tokens were after the prompt and before the last one. The weights come from a generator that is seeded by their
names in the GGUF file and exists here and in Rust (`src/weights.rs`). Needs numpy, torch and transformers.
"""

import json
import math
import pathlib

import numpy as np
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from voice import random_weights

HERE = pathlib.Path(__file__).parent
WIDTH, LAYERS, HEADS, KV_HEADS, INNER, VOCABULARY = 64, 2, 4, 2, 128, 264
TOKENS = 24

# Names in the GGUF file, and in the library.
NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def weights(name, dims):
    middle, scale = 0.0, math.sqrt(3.0 / dims[-1])
    if name.endswith("norm.weight"):
        middle, scale = 1.0, 0.2
    elif name.endswith(".bias"):
        scale = 0.1
    elif name == "token_embd.weight":
        scale = 1.0
    elif name == "output.weight":
        scale *= 4.0
    return torch.from_numpy(random_weights(name, scale, dims) + np.float32(middle))


def gguf_name(name):
    if name == "model.embed_tokens.weight":
        return "token_embd.weight"
    if name == "model.norm.weight":
        return "output_norm.weight"
    if name == "lm_head.weight":
        return "output.weight"
    _, _, layer, *rest = name.split(".")
    rest, last = ".".join(rest[:-1]), rest[-1]
    short = next(short for short, long in NAMES.items() if long == rest)
    return f"blk.{layer}.{short}.{last}"


def main():
    config = Qwen2Config(
        vocab_size=VOCABULARY, hidden_size=WIDTH, intermediate_size=INNER, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=KV_HEADS, max_position_embeddings=4096, rms_norm_eps=1e-6,
        rope_theta=10000.0, tie_word_embeddings=False, attn_implementation="eager",
    )
    model = Qwen2ForCausalLM(config).eval().to(torch.float32)
    state = {name: weights(gguf_name(name), list(value.shape)) for name, value in model.state_dict().items()}
    model.load_state_dict(state)
    golden = []
    texts = ["Hello, who is there?", "When does the shop open on Sunday? I would come by bicycle.", "a"]
    with torch.no_grad():
        for text in texts:
            prompt = list(text.encode())
            tokens, first, last, margin = [], None, None, 1e9
            while len(tokens) < TOKENS:
                logits = model(torch.tensor([prompt + tokens])).logits[0, -1]
                first = logits if first is None else first
                last = logits
                top = torch.topk(logits, 2).values
                margin = min(margin, float(top[0] - top[1]))
                tokens.append(int(torch.argmax(logits)))
            print(text, tokens, "least margin", margin, "spread", float(first.std()))
            numbers = lambda t: [round(float(v), 6) for v in t]
            golden.append({"prompt": prompt, "tokens": tokens, "first": numbers(first), "last": numbers(last)})
    (HERE / "llama.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
