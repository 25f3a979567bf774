// Microphone audio at the device's rate becomes frames of 20 ms at 16 kHz.
import { FRAME, RATE, level, toInt16 } from "./pcm";
import { Resampler } from "./resampler";

/** One frame, as the page gets it. */
export interface Captured {
  pcm: Int16Array;
  dbfs: number;
  clipped: boolean;
}

class Capture extends AudioWorkletProcessor {
  private readonly resampler = new Resampler(sampleRate, RATE);
  private readonly frame = new Float32Array(FRAME);
  private filled = 0;

  override process(inputs: Float32Array[][]): boolean {
    const channels = inputs[0] ?? [];
    const first = channels[0];
    if (!first) return true;
    const mono =
      channels.length < 2
        ? first
        : first.map((_, i) => channels.reduce((sum, c) => sum + (c[i] ?? 0), 0) / channels.length);
    for (const sample of this.resampler.push(mono)) {
      this.frame[this.filled++] = sample;
      if (this.filled === FRAME) {
        this.filled = 0;
        const captured: Captured = { pcm: toInt16(this.frame), ...level(this.frame) };
        this.port.postMessage(captured, [captured.pcm.buffer]);
      }
    }
    return true;
  }
}

registerProcessor("tom-capture", Capture);
