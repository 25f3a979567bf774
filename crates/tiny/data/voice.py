#!/usr/bin/env python3
"""Describes small and real-sized voices of the VITS kind as text, and computes what the small ones say.

`voice.py` writes `voice.graph`, `voice-two.graph` and `voice-medium.graph` beside itself. Each line of those is a
weight, a constant or an operator; the weights come from a generator that is seeded by their names and exists here and
in Rust (`src/weights.rs`). For the small ones it also builds the ONNX files, runs them by onnxruntime and writes what
they say into `voice.json`, by which the tests judge the worker. Needs numpy, onnx and onnxruntime.

The medium one has the layers of Piper's medium voices: text encoder, stochastic durations, flow and decoder of the
same sizes. Three things are simpler: attention has no relative positions, the durations' splines are affine steps, and
durations are kept near those of speech, because random weights know none.
"""

import json
import math
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent


class Graph:
    """Lines, and what is needed to number names."""

    def __init__(self):
        self.lines = []
        self.n = 0

    def weight(self, name, dims, fan=None, gain=1.0):
        fan = fan if fan else int(np.prod(dims[1:])) or 1
        scale = np.float32(gain * math.sqrt(3.0 / fan))
        self.lines.append(f"w {name} {scale!s} {','.join(map(str, dims))}")
        return name

    def ints(self, *values, scalar=False):
        self.n += 1
        name = f"const_{self.n}"
        dims = "" if scalar else len(values)
        self.lines.append(f"i {name} {dims or '-'} {','.join(map(str, values))}")
        return name

    def float(self, value):
        self.n += 1
        name = f"const_{self.n}"
        self.lines.append(f"f {name} - {value}")
        return name

    def op(self, kind, inputs, name=None, outputs=1, **attrs):
        self.n += 1
        name = name or f"/{kind}_{self.n}"
        outs = [f"{name}_output_{i}" for i in range(outputs)]
        shown = " ".join(f"{k}={show(v)}" for k, v in attrs.items())
        self.lines.append(f"n {kind} {','.join(outs)} {','.join(inputs)} {shown}".rstrip())
        return outs[0] if outputs == 1 else outs

    def conv(self, x, name, cin, cout, k, dilation=1, bias=True, gain=1.0, group=1):
        w = self.weight(f"{name}.weight", [cout, cin // group, k], gain=gain)
        b = [self.weight(f"{name}.bias", [cout], fan=300)] if bias else []
        pad = (k - 1) * dilation // 2
        return self.op("Conv", [x, w] + b, "/" + name.replace(".", "/") + "/Conv", kernel_shape=[k], dilations=[dilation],
                       strides=[1], pads=[pad, pad], group=group)

    def norm(self, x, name, c):
        """Layer norm over channels of [1, c, n], as exporters write it."""
        x = self.op("Transpose", [x], perm=[0, 2, 1])
        mean = self.op("ReduceMean", [x], axes=[-1], keepdims=1)
        d = self.op("Sub", [x, mean])
        var = self.op("ReduceMean", [self.op("Pow", [d, self.float(2.0)])], axes=[-1], keepdims=1)
        sd = self.op("Sqrt", [self.op("Add", [var, self.float(1e-05)])])
        y = self.op("Div", [d, sd])
        y = self.op("Mul", [y, self.weight(f"{name}.gamma", [c], fan=3)])
        y = self.op("Add", [y, self.weight(f"{name}.beta", [c], fan=300)])
        return self.op("Transpose", [y], perm=[0, 2, 1])

    def gelu(self, x):
        e = self.op("Erf", [self.op("Div", [x, self.float(math.sqrt(2.0))])])
        y = self.op("Mul", [x, self.op("Add", [e, self.float(1.0)])])
        return self.op("Mul", [y, self.float(0.5)])

    def slice(self, x, start, end, axis, step=1):
        return self.op("Slice", [x, self.ints(start), self.ints(end), self.ints(axis), self.ints(step)])


def show(value):
    if isinstance(value, list):
        return "[" + ",".join(map(str, value)) + "]"
    return str(value)


def voice(symbols, hidden, filt, layers, heads, flows, wn_layers, dds, initial, ups, kernels, res_kernels, res_dilations,
          mean_frames, speakers=1):
    g = Graph()
    g.lines.append("in input int64 1,phonemes")
    g.lines.append("in input_lengths int64 1")
    g.lines.append("in scales float 3")
    if speakers > 1:
        g.lines.append("in sid int64 1")
    scale = lambda i: g.op("Gather", ["scales", g.ints(i, scalar=True)], axis=0)
    noise, length, noise_w = scale(0), scale(1), scale(2)
    cond = None
    if speakers > 1:
        emb = g.op("Gather", [g.weight("emb_g.weight", [speakers, hidden], fan=3), "sid"], axis=0)
        cond = g.op("Unsqueeze", [emb, g.ints(-1)])

    # Text encoder.
    x = g.op("Gather", [g.weight("enc_p.emb.weight", [symbols, hidden], fan=3), "input"], axis=0)
    x = g.op("Transpose", [x], perm=[0, 2, 1])
    split = hidden // heads
    for i in range(layers):
        p = f"enc_p.encoder.{i}"
        parts = []
        for q in "qkv":
            y = g.conv(x, f"{p}.conv_{q}", hidden, hidden, 1)
            y = g.op("Reshape", [y, g.ints(1, heads, split, -1)])
            parts.append(y if q == "k" else g.op("Transpose", [y], perm=[0, 1, 3, 2]))
        scores = g.op("Div", [g.op("MatMul", [parts[0], parts[1]]), g.float(math.sqrt(split))])
        y = g.op("MatMul", [g.op("Softmax", [scores], axis=-1), parts[2]])
        y = g.op("Reshape", [g.op("Transpose", [y], perm=[0, 1, 3, 2]), g.ints(1, hidden, -1)])
        x = g.norm(g.op("Add", [x, g.conv(y, f"{p}.conv_o", hidden, hidden, 1)]), f"{p}.norm_1", hidden)
        y = g.op("Relu", [g.conv(x, f"{p}.ffn.conv_1", hidden, filt, 3)])
        x = g.norm(g.op("Add", [x, g.conv(y, f"{p}.ffn.conv_2", filt, hidden, 3)]), f"{p}.norm_2", hidden)
    m, logs = g.op("Split", [g.conv(x, "enc_p.proj", hidden, 2 * hidden, 1), g.ints(hidden, hidden)], "/enc_p/Split", 2, axis=1)

    # Durations.
    def separable(x, name):
        for i in range(dds):
            y = g.conv(x, f"{name}.sep.{i}", hidden, hidden, 3, dilation=3**i, group=hidden)
            y = g.gelu(g.norm(y, f"{name}.norm_1.{i}", hidden))
            y = g.conv(y, f"{name}.point.{i}", hidden, hidden, 1)
            x = g.op("Add", [x, g.gelu(g.norm(y, f"{name}.norm_2.{i}", hidden))])
        return x

    d = g.conv(x, "dp.pre", hidden, hidden, 1)
    d = g.conv(separable(d, "dp.convs"), "dp.proj", hidden, hidden, 1)
    both = g.op("Concat", [g.slice(d, 0, 1, 1), g.slice(d, 1, 2, 1)], axis=1)
    z = g.op("Mul", [g.op("RandomNormalLike", [both]), noise_w])
    for i in range(3 if dds > 1 else 1):
        p = f"dp.flows.{i}"
        z0, z1 = g.op("Split", [z, g.ints(1, 1)], f"/{p}/Split", 2, axis=1)
        h = g.op("Add", [g.conv(z0, f"{p}.pre", 1, hidden, 1), d])
        h = g.conv(separable(h, f"{p}.convs"), f"{p}.proj", hidden, 29, 1)
        shift, slope = g.slice(h, 0, 1, 1), g.op("Tanh", [g.slice(h, 1, 2, 1)])
        z1 = g.op("Mul", [g.op("Sub", [z1, shift]), g.op("Exp", [g.op("Neg", [slope])])])
        z = g.op("Concat", [z1, z0], axis=1)
    logw = g.op("Mul", [g.op("Tanh", [g.slice(z, 0, 1, 1)]), g.float(0.5)])
    logw = g.op("Add", [logw, g.float(round(math.log(mean_frames - 0.5), 4))])
    w = g.op("Ceil", [g.op("Mul", [g.op("Exp", [logw]), length])], "/Ceil")
    total = g.op("Cast", [g.op("ReduceSum", [w, g.ints(0, 1, 2)], keepdims=0)], to=7)

    # Each phoneme for as many frames.
    ends = g.op("CumSum", [w, g.ints(2, scalar=True)])
    frames = g.op("Range", [g.ints(0, scalar=True), total, g.ints(1, scalar=True)])
    frames = g.op("Unsqueeze", [g.op("Cast", [frames], to=1), g.ints(0, 2)])
    before = g.op("Cast", [g.op("Less", [frames, ends])], to=1)
    begun = g.op("Cast", [g.op("Less", [frames, g.op("Sub", [ends, w])])], to=1)
    path = g.op("Sub", [before, begun])
    wide = lambda y: g.op("Transpose", [g.op("MatMul", [path, g.op("Transpose", [y], perm=[0, 2, 1])])], perm=[0, 2, 1])
    m, logs = wide(m), wide(g.op("Mul", [logs, g.float(0.1)]))
    grain = g.op("Mul", [g.op("Mul", [g.op("RandomNormalLike", [m]), g.op("Exp", [logs])]), noise])
    z = g.op("Add", [m, grain])

    # Flow.
    half = hidden // 2
    for i in reversed(range(flows)):
        p = f"flow.flows.{i}"
        z = g.slice(z, -1, -(1 << 31) + 1, 1, -1)
        z0, z1 = g.op("Split", [z, g.ints(half, half)], f"/{p}/Split", 2, axis=1)
        h = g.conv(z0, f"{p}.pre", half, hidden, 1)
        skip = None
        for j in range(wn_layers):
            y = g.conv(h, f"{p}.enc.in_layers.{j}", hidden, 2 * hidden, 5)
            if cond:
                y = g.op("Add", [y, g.conv(cond, f"{p}.enc.cond.{j}", hidden, 2 * hidden, 1)])
            a, b = g.op("Split", [y, g.ints(hidden, hidden)], f"/{p}/enc/Split_{j}", 2, axis=1)
            y = g.op("Mul", [g.op("Tanh", [a]), g.op("Sigmoid", [b])])
            last = j == wn_layers - 1
            y = g.conv(y, f"{p}.enc.res_skip.{j}", hidden, hidden if last else 2 * hidden, 1)
            if not last:
                r, y = g.op("Split", [y, g.ints(hidden, hidden)], f"/{p}/enc/Split_res_{j}", 2, axis=1)
                h = g.op("Add", [h, r])
            skip = g.op("Add", [skip, y]) if skip else y
        z1 = g.op("Sub", [z1, g.conv(skip, f"{p}.post", hidden, half, 1, gain=0.3)])
        z = g.op("Concat", [z0, z1], axis=1)

    # Decoder.
    inside = g.op("Less", [frames, g.op("Cast", [total], to=1)])
    mask = g.op("Transpose", [g.op("Cast", [inside], to=1)], perm=[0, 2, 1])
    y = g.conv(g.op("Mul", [z, mask], "/Mul_z"), "dec.conv_pre", hidden, initial, 7)
    if cond:
        y = g.op("Add", [y, g.conv(cond, "dec.cond", hidden, initial, 1)])
    c = initial
    for i, (up, k) in enumerate(zip(ups, kernels)):
        y = g.op("LeakyRelu", [y], alpha=0.1)
        w = g.weight(f"dec.ups.{i}.weight", [c, c // 2, k], fan=c * k // up)
        b = g.weight(f"dec.ups.{i}.bias", [c // 2], fan=300)
        pad = (k - up) // 2
        y = g.op("ConvTranspose", [y, w, b], f"/dec/ups.{i}/ConvTranspose", kernel_shape=[k], strides=[up], pads=[pad, pad],
                 dilations=[1], group=1)
        c //= 2
        sums = None
        for j, (k, dilations) in enumerate(zip(res_kernels, res_dilations)):
            r = y
            for n, dilation in enumerate(dilations):
                t = g.conv(g.op("LeakyRelu", [r], alpha=0.1), f"dec.resblocks.{i}.{j}.{n}", c, c, k, dilation=dilation, gain=0.5)
                r = g.op("Add", [t, r])
            sums = g.op("Add", [sums, r]) if sums else r
        y = g.op("Div", [sums, g.float(float(len(res_kernels)))])
    y = g.conv(g.op("LeakyRelu", [y], alpha=0.01), "dec.conv_post", c, 1, 7, bias=False, gain=0.5)
    y = g.op("Unsqueeze", [g.op("Tanh", [y]), g.ints(1)])
    g.lines.append(f"n Identity output {y}")
    g.lines.append("out output float 1,1,1,samples")
    return "\n".join(g.lines) + "\n"


SMALL = dict(symbols=64, hidden=16, filt=32, layers=2, heads=2, flows=2, wn_layers=2, dds=1, initial=16, ups=(8, 4),
             kernels=(16, 8), res_kernels=(3, 5), res_dilations=((1, 2), (2, 6)), mean_frames=3.0)
MEDIUM = dict(symbols=256, hidden=192, filt=768, layers=6, heads=2, flows=4, wn_layers=4, dds=3, initial=256, ups=(8, 8, 4),
              kernels=(16, 16, 8), res_kernels=(3, 5, 7), res_dilations=((1, 2), (2, 6), (3, 12)), mean_frames=2.6)


def random_weights(name, scale, dims):
    """SplitMix64, seeded by the FNV-1a hash of the name; the upper 24 bits as a number from -scale to scale."""
    mask = (1 << 64) - 1
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & mask
    count = int(np.prod(dims))
    with np.errstate(over="ignore"):
        x = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    unit = (x >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24)
    return ((unit * np.float32(2) - np.float32(1)) * np.float32(scale)).reshape(dims)


def build(text):
    """The ONNX model that a description stands for."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    kinds = {"int64": TensorProto.INT64, "float": TensorProto.FLOAT}
    dims_of = lambda s: [] if s == "-" else [int(d) if d.isdigit() else d for d in s.split(",")]
    nodes, weights, ins, outs = [], [], [], []
    for line in text.splitlines():
        what, *rest = line.split(" ")
        if what in ("in", "out"):
            info = helper.make_tensor_value_info(rest[0], kinds[rest[1]], dims_of(rest[2]))
            (ins if what == "in" else outs).append(info)
        elif what == "w":
            weights.append(numpy_helper.from_array(random_weights(rest[0], rest[1], dims_of(rest[2])), rest[0]))
        elif what in ("i", "f"):
            kind = np.int64 if what == "i" else np.float32
            values = np.array([float(v) if what == "f" else int(v) for v in rest[2].split(",")], dtype=kind)
            weights.append(numpy_helper.from_array(values.reshape(dims_of(rest[1])), rest[0]))
        else:
            kind, out, into, *attrs = rest
            values = {k: json.loads(v) for k, v in (a.split("=") for a in attrs)}
            out = out.split(",")
            nodes.append(helper.make_node(kind, into.split(","), out, out[0].removesuffix("_output_0"), **values))
    graph = helper.make_graph(nodes, "voice", ins, outs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def main():
    import onnxruntime

    texts = {"voice": voice(**SMALL), "voice-two": voice(**SMALL, speakers=2), "voice-medium": voice(**MEDIUM)}
    for name, text in texts.items():
        (HERE / f"{name}.graph").write_text(text)
    onnxruntime.set_seed(1)
    golden = []
    ids = [1, 0, 20, 0, 33, 0, 7, 0, 3, 0, 41, 0, 12, 0, 10, 0, 2]
    for name, length, speaker in [("voice", 1.0, None), ("voice", 1.7, None), ("voice-two", 1.0, 0), ("voice-two", 1.0, 1)]:
        session = onnxruntime.InferenceSession(build(texts[name]).SerializeToString(), providers=["CPUExecutionProvider"])
        inputs = {
            "input": np.array([ids], dtype=np.int64),
            "input_lengths": np.array([len(ids)], dtype=np.int64),
            "scales": np.array([0.0, length, 0.0], dtype=np.float32),
        }
        if speaker is not None:
            inputs["sid"] = np.array([speaker], dtype=np.int64)
        samples = session.run(None, inputs)[0].reshape(-1)
        print(name, length, speaker, samples.shape, float(np.abs(samples).max()), float(np.sqrt(np.mean(samples**2))))
        golden.append({"graph": name, "ids": ids, "length": length, "speaker": speaker,
                       "samples": [round(float(s), 5) for s in samples]})
    (HERE / "voice.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
