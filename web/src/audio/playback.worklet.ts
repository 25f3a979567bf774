// Frames of 16 kHz become sound at the device's rate; a flush is silent within a few milliseconds.
import { RATE, level, toFloat } from "./pcm";
import { Resampler } from "./resampler";

/** What the page tells the player. */
export type ToPlayer = { kind: "audio"; pcm: Int16Array } | { kind: "flush" };
/** What the player tells the page, about every 50 ms. */
export interface Played {
  dbfs: number;
  clipped: boolean;
  /** Milliseconds that wait to be played. */
  queued: number;
}

/** Audio that must be there before a reply starts: two frames against network jitter. */
const START_MS = 30;
const FADE_MS = 4;

class Playback extends AudioWorkletProcessor {
  private resampler = new Resampler(RATE, sampleRate);
  private queue: Float32Array[] = [];
  private head = 0;
  private queued = 0;
  private running = false;
  private idle = 0;
  private fade = 0;
  private last = 0;
  private meter = new Float32Array(Math.round(sampleRate / 20));
  private metered = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToPlayer>) => {
      if (data.kind === "flush") this.flush();
      else this.add(this.resampler.push(toFloat(data.pcm)));
    };
  }

  override process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const channels = outputs[0] ?? [];
    const first = channels[0];
    if (!first) return true;
    // A short reply may never fill the start buffer: it starts after a moment all the same.
    this.idle = this.queued > 0 && !this.running ? this.idle + first.length : 0;
    const enough = (START_MS / 1000) * sampleRate;
    if (this.queued >= enough || this.idle >= 2 * enough) this.running = true;
    for (let i = 0; i < first.length; i++) first[i] = this.next();
    if (this.queued === 0) this.running = false;
    channels.slice(1).forEach((channel) => channel.set(first));
    this.report(first);
    return true;
  }

  private add(samples: Float32Array): void {
    if (samples.length === 0) return;
    this.queue.push(samples);
    this.queued += samples.length;
  }

  private flush(): void {
    this.fade = this.running ? Math.round((FADE_MS / 1000) * sampleRate) : 0;
    this.queue = [];
    this.head = 0;
    this.queued = 0;
    this.running = false;
    this.resampler = new Resampler(RATE, sampleRate);
  }

  private next(): number {
    const current = this.running ? this.queue[0] : undefined;
    if (!current) {
      // After a flush the last sample fades out, so that nothing clicks.
      if (this.fade > 0) this.last *= this.fade-- / (this.fade + 1);
      else this.last = 0;
      return this.last;
    }
    this.last = current[this.head++] ?? 0;
    this.queued--;
    if (this.head >= current.length) {
      this.queue.shift();
      this.head = 0;
    }
    return this.last;
  }

  private report(samples: Float32Array): void {
    for (const sample of samples) {
      this.meter[this.metered++] = sample;
      if (this.metered === this.meter.length) {
        this.metered = 0;
        const played: Played = { ...level(this.meter), queued: (1000 * this.queued) / sampleRate };
        this.port.postMessage(played);
      }
    }
  }
}

registerProcessor("tom-playback", Playback);
