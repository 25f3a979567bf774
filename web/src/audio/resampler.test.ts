import { describe, expect, it } from "vitest";

import { level, toFloat, toInt16 } from "./pcm";
import { Resampler } from "./resampler";

const tone = (hz: number, rate: number, seconds: number) =>
  Float32Array.from({ length: rate * seconds }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / rate));

describe("resampler", () => {
  for (const [from, to] of [[48_000, 16_000], [44_100, 16_000], [16_000, 48_000], [16_000, 44_100], [16_000, 16_000]] as const) {
    it(`keeps a 1 kHz tone from ${from} to ${to} Hz`, () => {
      const out = new Resampler(from, to).push(tone(1000, from, 1));
      expect(Math.abs(out.length - to)).toBeLessThanOrEqual(1);
      const settled = out.subarray(to / 10);
      expect(level(settled).dbfs).toBeCloseTo(-9.03, 1);
    });
  }

  it("stops what 16 kHz cannot hold", () => {
    const out = new Resampler(48_000, 16_000).push(tone(11_000, 48_000, 1));
    expect(level(out.subarray(2000)).dbfs).toBeLessThan(-50);
  });

  it("gives the same whatever the pieces", () => {
    const input = tone(700, 44_100, 0.2);
    const whole = new Resampler(44_100, 16_000).push(input);
    const pieces = new Resampler(44_100, 16_000);
    const parts: number[] = [];
    for (let at = 0; at < input.length; at += 128) parts.push(...pieces.push(input.subarray(at, at + 128)));
    expect(parts).toEqual([...whole]);
  });
});

describe("pcm", () => {
  it("goes to 16 bit and back", () => {
    const samples = Float32Array.from([0, 0.25, -0.25, 2, -2]);
    const back = toFloat(toInt16(samples));
    expect([...back].map((s) => Math.round(s * 100) / 100)).toEqual([0, 0.25, -0.25, 1, -1]);
  });

  it("measures level and clipping", () => {
    expect(level(new Float32Array(320)).dbfs).toBe(-90);
    expect(level(Float32Array.from([1, -1]))).toEqual({ dbfs: 0, clipped: true });
  });
});
