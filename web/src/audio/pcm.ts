// How samples look on the wire and on a meter.

/** The rate TOM works at, in Hz. */
export const RATE = 16_000;
/** Samples of 20 ms. */
export const FRAME = RATE / 50;

/** Floats in -1..1 as 16-bit samples. */
export function toInt16(samples: Float32Array): Int16Array {
  const out = new Int16Array(samples.length);
  samples.forEach((sample, i) => {
    out[i] = Math.round(Math.max(-1, Math.min(1, sample)) * 32_767);
  });
  return out;
}

/** 16-bit samples as floats in -1..1. */
export function toFloat(samples: Int16Array): Float32Array {
  return Float32Array.from(samples, (sample) => sample / 32_768);
}

/** The level of some samples in dBFS, -90 at the least, and whether one of them is at the limit. */
export function level(samples: Float32Array): { dbfs: number; clipped: boolean } {
  let sum = 0;
  let clipped = false;
  for (const sample of samples) {
    sum += sample * sample;
    clipped ||= Math.abs(sample) >= 0.999;
  }
  const rms = samples.length > 0 ? Math.sqrt(sum / samples.length) : 0;
  return { dbfs: Math.max(-90, 20 * Math.log10(rms || 1e-9)), clipped };
}
