#!/usr/bin/env python3
"""Computes what the small made-up Whisper says, by the reference: transformers on PyTorch, and onnxruntime for whole numbers.

    cargo run -p tom-tiny --example whisper small /tmp/small
    cargo run -p tom-tiny --example whisper whole /tmp/whole
    pip install torch transformers onnxruntime numpy
    python whisper.py /tmp/small /tmp/whole

It writes `whisper.json` beside itself, by which the tests judge the worker. The reference does not read the ONNX files: it is
given the same weights by their names, so that the networks that `src/whisper` describes are compared as well. The waves
are made again, by the same rule, in `src/whisper/mod.rs`.
"""

import json
import pathlib
import sys

import numpy as np
import torch
from transformers import GenerationConfig, WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration
from transformers.generation.logits_process import (
    SuppressTokensAtBeginLogitsProcessor,
    SuppressTokensLogitsProcessor,
    WhisperTimeStampLogitsProcessor,
)

from voice import random_weights

HERE = pathlib.Path(__file__).parent


def wave(seed, samples):
    """Three tones that glide, with a little noise, in syllables of 0.2 s."""
    state, phases, out = seed, [0, 0, 0], []
    for n in range(samples):
        state = (state * 1664525 + 1013904223) % 2**32
        total = trunc((state >> 16) - 32768, 64)
        for k in range(1, 4):
            phases[k - 1] += k * (500 + seed % 7 * 40 + (n // 40) % 300)
            at = phases[k - 1] % 65536
            total += trunc(at - 16384 if at < 32768 else 49152 - at, 2 * k)
        loud = 1 if (n // 3200) % 3 == 2 else 8
        out.append(trunc(total * loud, 12))
    return np.array(out, dtype=np.int16)


def trunc(a, b):
    """Division that rounds towards 0, as in Rust."""
    return -(-a // b) if a < 0 else a // b


def scale_of(name, dims):
    """The scales of `src/whisper/net.rs`."""
    if name.endswith("layer_norm.weight"):
        fan = 3
    elif name.endswith(".bias"):
        fan = 300
    elif "embed_positions" in name:
        fan = 6 if "encoder" in name else 12
    elif "embed_tokens" in name:
        fan = dims[1]
    elif "conv" in name:
        fan = dims[1] * 3
    else:
        fan = dims[0]
    return np.float32(1.0) * np.sqrt(np.float32(3.0) / np.float32(fan))


def model(config, positions=1500):
    """The reference's network with the made-up weights, for so many positions."""
    config = WhisperConfig(**{**config, "max_source_positions": positions, "attn_implementation": "eager"})
    net = WhisperForConditionalGeneration(config).eval()
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            dims = list(parameter.shape)
            turned = name.endswith(("proj.weight", "fc1.weight", "fc2.weight")) and len(dims) == 2
            if turned:
                dims = dims[::-1]
            if "encoder.embed_positions" in name:
                dims[0] = 1500
            values = random_weights(name, scale_of(name, dims), dims)
            if "encoder.embed_positions" in name:
                values = values[:positions]
            parameter.copy_(torch.from_numpy(values.T.copy() if turned else values))
    return net


def words_of(net, states, prompt, tokens, heads):
    """When each token begins, in steps of 20 ms: as `whisper/timing.py` of OpenAI finds it, from the reference's attentions."""
    ids = torch.tensor([prompt + tokens])
    with torch.no_grad():
        out = net(encoder_outputs=(states,), decoder_input_ids=ids, output_attentions=True)
    looks = torch.stack([out.cross_attentions[layer][0, head] for layer, head in heads]).numpy().astype(np.float64)
    return looks


def align(looks, first, count):
    """Rows of tokens, columns of states: normalised over the rows, smoothed over 7 columns, and the cheapest way through."""
    looks = (looks - looks.mean(axis=-2, keepdims=True)) / looks.std(axis=-2, keepdims=True)
    wide = np.pad(looks, ((0, 0), (0, 0), (3, 3)), mode="reflect")
    looks = np.median(np.lib.stride_tricks.sliding_window_view(wide, 7, axis=-1), axis=-1)
    cost = -looks.mean(axis=0)[first:first + count]
    rows, columns = cost.shape
    best = np.full((rows + 1, columns + 1), np.inf)
    way = np.full((rows + 1, columns + 1), -1)
    best[0, 0] = 0
    for j in range(1, columns + 1):
        for i in range(1, rows + 1):
            both, row, column = best[i - 1, j - 1], best[i - 1, j], best[i, j - 1]
            if both < row and both < column:
                c, t = both, 0
            elif row < both and row < column:
                c, t = row, 1
            else:
                c, t = column, 2
            best[i, j], way[i, j] = cost[i - 1, j - 1] + c, t
    way[0, :], way[:, 0] = 2, 1
    i, j, path = rows, columns, []
    while i > 0 or j > 0:
        path.append((i - 1, j - 1))
        i, j = (i - (way[i, j] != 2), j - (way[i, j] != 1))
    begins = {}
    for i, j in reversed(path):
        begins.setdefault(i, j)
    return [int(begins[i]) for i in range(rows)]


def greedy(net, generation, states, prompt, timed, most=40):
    """The likeliest tokens one by one, by transformers' own rules, everything computed anew for each: no cache is trusted."""
    end, first = generation["eos_token_id"], len(prompt)
    rules = [SuppressTokensLogitsProcessor(generation["suppress_tokens"]),
             SuppressTokensAtBeginLogitsProcessor(generation["begin_suppress_tokens"], first)]
    if timed:
        config = GenerationConfig(**generation)
        rules.append(WhisperTimeStampLogitsProcessor(config, begin_index=first))
    else:
        times = range(generation["no_timestamps_token_id"], net.config.vocab_size)
        rules.append(SuppressTokensLogitsProcessor(list(times)))
    ids = list(prompt)
    while len(ids) < first + most:
        with torch.no_grad():
            scores = net(encoder_outputs=(states,), decoder_input_ids=torch.tensor([ids])).logits[:, -1].clone()
        for rule in rules:
            scores = rule(torch.tensor([ids]), scores)
        token = int(scores.argmax())
        if token == end:
            break
        ids.append(token)
    return ids[first:]


def main():
    small, whole = (pathlib.Path(p) for p in sys.argv[1:3])
    config = json.loads((small / "config.json").read_text())
    generation = json.loads((small / "generation_config.json").read_text())
    end, start, untimed = config["eos_token_id"], config["decoder_start_token_id"], generation["no_timestamps_token_id"]
    shown = lambda values: [round(float(v), 6) for v in np.asarray(values).reshape(-1)]
    golden = {"mels": [], "cases": []}
    for bands in (80, 128):
        wave_ = wave(5, 40_000)
        whole_spectrum = WhisperFeatureExtractor(feature_size=bands)(wave_ / 32768.0, sampling_rate=16000, return_tensors="np")
        spectrum = whole_spectrum.input_features[0]
        frames = [0, 1, 2, 57, 130, 248, 249, 250, 251, 252, 400, 2999]
        golden["mels"].append({"seed": 5, "samples": 40_000, "bands": bands, "frames": frames,
                               "values": shown(spectrum[:, frames].T)})
    for seed, samples, frames, spoken in [(1, 30_000, 3000, "de"), (9, 52_000, 500, "en"), (4, 70_001, 1000, "fr")]:
        prompt = [start, generation["lang_to_id"][f"<|{spoken}|>"], generation["task_to_id"]["transcribe"], untimed]
        net = model(config, frames // 2)
        extractor = WhisperFeatureExtractor(feature_size=80, chunk_length=frames // 100)
        spectrum = extractor(wave(seed, samples) / 32768.0, sampling_rate=16000, return_tensors="pt").input_features
        with torch.no_grad():
            states = net.model.encoder(spectrum).last_hidden_state
            logits = net(encoder_outputs=(states,), decoder_input_ids=torch.tensor([prompt])).logits[0]
            # As the language is told: the likeliest of their tokens after the start.
            first = net(encoder_outputs=(states,), decoder_input_ids=torch.tensor([[start]])).logits[0, 0]
        languages = sorted(generation["lang_to_id"].items(), key=lambda pair: -float(first[pair[1]]))
        case = {"seed": seed, "samples": samples, "frames": frames, "spoken": spoken, "prompt": prompt}
        places = [0, 1, frames // 4, frames // 2 - 1]
        case["places"], case["states"] = places, shown(states[0, places])
        case["logits"] = shown(logits[-1])
        case["language"] = languages[0][0].strip("<|>")
        case["silence"] = float(torch.softmax(logits[0], -1)[untimed - 1])
        case["tokens"] = greedy(net, generation, states, prompt, False)
        case["timed"] = greedy(net, generation, states, prompt[:3], True)
        text = case["tokens"][:20]
        looks = words_of(net, states, prompt, text, generation["alignment_heads"])
        case["begins"] = align(looks[:, :, :samples // 320], len(prompt) - 1, len(text) + 1)[:-1]
        before = [40, 72, 105, 257]
        with torch.no_grad():
            told = [generation["prev_sot_token_id"]] + before + prompt
            case["told"] = shown(net(encoder_outputs=(states,), decoder_input_ids=torch.tensor([told])).logits[0, -1])
        golden["cases"].append(case)
        print(seed, frames, case["language"], case["silence"], case["tokens"], case["timed"], case["begins"])
    golden["whole"] = whole_numbers(whole, config, golden["cases"], shown)
    (HERE / "whisper.json").write_text(json.dumps(golden) + "\n")


def whole_numbers(folder, config, cases, shown):
    """What onnxruntime makes of the same model in whole numbers, for the whole window."""
    import onnx
    import onnxruntime

    def session(name):
        # The Rust library that writes the file gives graphs no names, which onnxruntime wants of branches.
        file = onnx.load(folder / name)
        for node in file.graph.node:
            for attribute in node.attribute:
                if attribute.type == onnx.AttributeProto.GRAPH:
                    attribute.g.name = attribute.name
        return onnxruntime.InferenceSession(file.SerializeToString(), providers=["CPUExecutionProvider"])

    case = cases[0]
    extractor = WhisperFeatureExtractor(feature_size=80)
    spectrum = extractor(wave(case["seed"], case["samples"]) / 32768.0, sampling_rate=16000, return_tensors="np").input_features
    states = session("encoder_model_quantized.onnx").run(None, {"input_features": spectrum})[0]
    inputs = {"input_ids": np.array([case["prompt"]]), "encoder_hidden_states": states, "use_cache_branch": np.array([False])}
    heads, width = config["decoder_attention_heads"], config["d_model"] // config["decoder_attention_heads"]
    for layer in range(config["decoder_layers"]):
        for side in ("decoder", "encoder"):
            for part in ("key", "value"):
                inputs[f"past_key_values.{layer}.{side}.{part}"] = np.zeros((1, heads, 0, width), dtype=np.float32)
    logits = session("decoder_model_merged_quantized.onnx").run(["logits"], inputs)[0][0, -1]
    full = np.array(case["logits"])
    print("whole numbers differ from full ones by", float(np.abs(logits - full).max()), "of", float(np.abs(full).max()))
    return {"states": shown(states[0, case["places"]]), "logits": shown(logits)}


if __name__ == "__main__":
    main()
