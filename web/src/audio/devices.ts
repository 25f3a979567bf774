// The browser's microphone and loudspeaker, as one object that can be closed.
import type { Captured } from "./capture.worklet";
import captureUrl from "./capture.worklet.ts?worker&url";
import type { Played, ToPlayer } from "./playback.worklet";
import playbackUrl from "./playback.worklet.ts?worker&url";

/** Why there is no microphone. Each has a sentence with the remedy in the page's texts. */
export type MicProblem = "insecure" | "denied" | "missing" | "busy";

/** Opened audio. */
export interface Audio {
  play(pcm: Int16Array): void;
  flush(): void;
  close(): void;
}

interface Handlers {
  captured(frame: Captured): void;
  played(state: Played): void;
}

/** Opens microphone and loudspeaker; rejects with a {@link MicProblem}. */
export async function openAudio(deviceId: string | undefined, on: Handlers): Promise<Audio> {
  const stream = await openMicrophone(deviceId);
  const context = new AudioContext({ latencyHint: "interactive" });
  await context.audioWorklet.addModule(captureUrl);
  await context.audioWorklet.addModule(playbackUrl);
  await context.resume();

  const capture = new AudioWorkletNode(context, "tom-capture", { numberOfOutputs: 0 });
  capture.port.onmessage = ({ data }: MessageEvent<Captured>) => on.captured(data);
  context.createMediaStreamSource(stream).connect(capture);

  const playback = new AudioWorkletNode(context, "tom-playback", { numberOfInputs: 0, outputChannelCount: [2] });
  playback.port.onmessage = ({ data }: MessageEvent<Played>) => on.played(data);
  playback.connect(context.destination);

  const tell = (message: ToPlayer, transfer: Transferable[] = []) => playback.port.postMessage(message, transfer);
  return {
    play: (pcm) => tell({ kind: "audio", pcm }, [pcm.buffer]),
    flush: () => tell({ kind: "flush" }),
    close: () => {
      stream.getTracks().forEach((track) => track.stop());
      void context.close();
    },
  };
}

/** The microphones, once the page may know their names. */
export async function microphones(): Promise<MediaDeviceInfo[]> {
  if (!navigator.mediaDevices) return [];
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((device) => device.kind === "audioinput" && device.deviceId !== "");
}

async function openMicrophone(deviceId: string | undefined): Promise<MediaStream> {
  if (!window.isSecureContext || !navigator.mediaDevices) throw "insecure" satisfies MicProblem;
  const audio: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  if (deviceId) audio.deviceId = { exact: deviceId };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    const problem: MicProblem =
      name === "NotAllowedError" ? "denied" : name === "NotFoundError" || name === "OverconstrainedError" ? "missing" : "busy";
    throw problem;
  }
}
