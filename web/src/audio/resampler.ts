// How audio of one rate becomes audio of another, piece by piece: a polyphase FIR with state.

/** Zero crossings of the windowed sinc on each side: about 1 ms at 16 kHz. */
const CROSSINGS = 12;
/** Where the pass band ends, as a share of the lower rate's half. */
const CUTOFF = 0.92;

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Streaming resampler for mono samples between any two whole rates in Hz. */
export class Resampler {
  private readonly up: number;
  private readonly down: number;
  private readonly taps: number;
  private readonly phases: Float32Array[];
  private readonly history: Float32Array;
  private at = 0;
  private phase = 0;

  constructor(from: number, to: number) {
    const shared = gcd(from, to);
    this.up = to / shared;
    this.down = from / shared;
    const scale = Math.max(1, this.down / this.up);
    this.taps = 2 * Math.ceil(CROSSINGS * scale);
    this.history = new Float32Array(this.taps);
    this.phases = Array.from({ length: this.up }, (_, phase) => this.kernel(phase, scale));
  }

  /** Samples of the output that `input` gives, together with what came before. */
  push(input: Float32Array): Float32Array {
    if (this.up === this.down) return input.slice();
    const out = new Float32Array(Math.ceil((input.length * this.up) / this.down) + 1);
    let length = 0;
    for (const sample of input) {
      this.history[this.at] = sample;
      this.at = (this.at + 1) % this.taps;
      while (this.phase < this.up) {
        out[length++] = this.filter(this.phases[this.phase]);
        this.phase += this.down;
      }
      this.phase -= this.up;
    }
    return out.subarray(0, length);
  }

  private filter(kernel: Float32Array | undefined): number {
    let sum = 0;
    if (kernel) {
      for (let tap = 0; tap < this.taps; tap++) {
        sum += (kernel[tap] ?? 0) * (this.history[(this.at + tap) % this.taps] ?? 0);
      }
    }
    return sum;
  }

  private kernel(phase: number, scale: number): Float32Array {
    const kernel = new Float32Array(this.taps);
    const centre = this.taps / 2 - 1 + phase / this.up;
    let sum = 0;
    for (let tap = 0; tap < this.taps; tap++) {
      const x = tap - centre;
      const turn = (Math.PI * x * CUTOFF) / scale;
      const sinc = Math.abs(turn) < 1e-9 ? 1 : Math.sin(turn) / turn;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / (this.taps / 2));
      kernel[tap] = Math.abs(x) < this.taps / 2 ? sinc * window : 0;
      sum += kernel[tap] ?? 0;
    }
    return kernel.map((tap) => tap / sum);
  }
}
