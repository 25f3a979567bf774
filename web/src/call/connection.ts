// The WebSocket of one call: binary audio both ways, JSON beside it.
import { parse, type ServerMessage } from "./messages";

/** What a connection tells. */
export interface Handlers {
  message(message: ServerMessage): void;
  audio(pcm: Int16Array): void;
  closed(code: number, reason: string): void;
}

/** An open call. */
export interface Connection {
  audio(pcm: Int16Array): void;
  send(message: Record<string, unknown>): void;
  close(): void;
}

/** Bytes that may wait in the browser before microphone audio is dropped: a quarter of a second. */
const MAX_BACKLOG = 8_000;
const PING_MS = 10_000;

/** Calls the server this page came from. */
export function connect(language: string, token: string, on: Handlers): Connection {
  const url = new URL("/ws/stream", window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.searchParams.set("call_id", `web-${Date.now()}-${Math.random().toString(36).slice(2, 8)}`);
  url.searchParams.set("lang", language);
  url.searchParams.set("audio", "binary");
  const socket = new WebSocket(url, token ? ["realtime-v1", `bearer.${token}`] : ["realtime-v1"]);
  socket.binaryType = "arraybuffer";
  const open = () => socket.readyState === WebSocket.OPEN;
  const send = (message: Record<string, unknown>) => {
    if (open()) socket.send(JSON.stringify(message));
  };
  const pings = window.setInterval(() => send({ type: "ping", timestamp: Date.now() / 1000 }), PING_MS);
  socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
    if (typeof data !== "string") return on.audio(new Int16Array(data));
    const message = parse(data);
    if (message) on.message(message);
  };
  socket.onclose = ({ code, reason }) => {
    window.clearInterval(pings);
    on.closed(code, reason);
  };
  return {
    audio: (pcm) => {
      if (open() && socket.bufferedAmount < MAX_BACKLOG) socket.send(pcm);
    },
    send,
    close: () => {
      send({ type: "stop" });
      socket.close(1000);
    },
  };
}
