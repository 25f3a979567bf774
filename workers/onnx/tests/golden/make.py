"""Makes smart_turn.json: what onnxruntime and the published feature extractor say of waves that code can make.

    pip install onnxruntime numpy
    pip download --no-deps pipecat-ai==1.14.0 && unzip pipecat_ai-*.whl -d wheel
    python make.py wheel MODEL.onnx [JFK.wav] > smart_turn.json

The waves are made again, by the same rules, in tests/golden.rs.
"""

import importlib.util
import json
import math
import sys
import wave

import numpy as np
import onnxruntime

RATE = 16_000


def noise(seed):
    """A linear congruential generator: uniform in [-1, 1)."""
    state = seed
    while True:
        state = (state * 1664525 + 1013904223) % 2**32
        yield state / 2**31 - 1.0


def voice(seconds, seed, trailing):
    """Harmonics of a gliding pitch in syllables of 0.2 s, with a little noise, then near silence."""
    count, hiss, phase, out = int(seconds * RATE), noise(seed), 0.0, []
    for n in range(count):
        t = n / RATE
        pitch = 120.0 + 30.0 * math.sin(2.0 * math.pi * 0.4 * t) - 8.0 * t
        phase += 2.0 * math.pi * pitch / RATE
        loud = max(0.0, math.sin(math.pi * t / 0.2)) if int(t / 0.2) % 2 == 0 else 0.3
        centre = 600.0 + 400.0 * math.sin(2.0 * math.pi * 1.7 * t)
        tone = sum(
            math.sin(k * phase) * math.exp(-(((k * pitch - centre) / 500.0) ** 2)) for k in range(1, 25)
        )
        out.append(6000.0 * loud * tone + 40.0 * next(hiss))
    out += [10.0 * next(hiss) for _ in range(int(trailing * RATE))]
    return out


def chirp(seconds, low, high):
    """A tone that rises evenly, with an offset."""
    count = int(seconds * RATE)
    turn = lambda n: 2.0 * math.pi * (low * n + (high - low) * n * n / (2.0 * count)) / RATE
    return [8000.0 * math.sin(turn(n)) + 300.0 for n in range(count)]


def hiss(seconds, seed):
    source = noise(seed)
    return [3000.0 * next(source) for _ in range(int(seconds * RATE))]


CASES = {
    "voice 1.5 s": lambda: voice(1.5, 1, 0.064),
    "voice 3 s": lambda: voice(3.0, 2, 0.2),
    "voice 7.9 s": lambda: voice(7.9, 3, 0.1),
    "voice 10 s": lambda: voice(10.0, 4, 0.4),
    "chirp 2 s": lambda: chirp(2.0, 100.0, 4000.0),
    "chirp 9 s": lambda: chirp(9.0, 50.0, 7900.0),
    "noise 0.5 s": lambda: hiss(0.5, 5),
    "noise 8 s": lambda: hiss(8.0, 6),
    "nothing": lambda: [],
}
# Ends of pieces of the recording, in milliseconds.
CUTS = [500, 900, 1500, 2000, 2500, 3300, 4000, 4500, 5500, 6000, 7000, 8000, 9500, 10900]


def whole(samples):
    return np.array([max(-32768, min(32767, math.floor(x + 0.5))) for x in samples], dtype=np.int16)


def main():
    wheel, model, *recording = sys.argv[1:]
    path = f"{wheel}/pipecat/audio/turn/smart_turn/_whisper_features.py"
    spec = importlib.util.spec_from_file_location("features", path)
    features = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(features)

    def session(level):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = level
        return onnxruntime.InferenceSession(model, options)

    levels = onnxruntime.GraphOptimizationLevel
    sessions = [session(levels.ORT_ENABLE_ALL), session(levels.ORT_DISABLE_ALL)]

    def told(samples):
        window = samples[-8 * RATE :].astype(np.float32) / 32768.0
        window = np.pad(window, (8 * RATE - len(window), 0))
        spectrum = features.compute_whisper_log_mel_features(window, do_normalize=True)
        fed = {"input_features": spectrum[None]}
        fused, plain = (float(s.run(None, fed)[0][0, 0]) for s in sessions)
        spots = [[int(band), int(frame)] for frame in (0, 1, 300, 420, 553, 700, 798, 799) for band in (0, 1, 2, 9, 30, 60, 79)]
        return {
            "p": [round(fused, 4), round(plain, 4)],
            "spectrum": [[b, f, round(float(spectrum[b, f]), 6)] for b, f in spots],
        }

    out = {"made": {name: told(whole(make())) for name, make in CASES.items()}, "jfk": {}}
    if recording:
        with wave.open(recording[0]) as file:
            pcm = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
        out["jfk"] = {str(ms): told(pcm[: ms * 16]) for ms in CUTS}
    print("{" + ",\n".join(f'"{k}": {{\n' + ",\n".join(f"{json.dumps(n)}: {json.dumps(c)}" for n, c in v.items()) + "\n}" for k, v in out.items()) + "}")


main()
