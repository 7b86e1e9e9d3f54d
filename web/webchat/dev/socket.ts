// The smallest WebSocket server the mock needs: text frames, whole and unmasked out, masked in. Development only.
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

export interface Peer {
  send(frame: unknown): void;
  close(): void;
}

export function accept(request: IncomingMessage, stream: Duplex, hear: (frame: Record<string, unknown>, peer: Peer) => void, gone: (peer: Peer) => void): void {
  const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  stream.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${key}\r\n\r\n`);
  const peer: Peer = {
    send(frame) {
      const text = Buffer.from(JSON.stringify(frame));
      const head = text.length < 126 ? Buffer.from([0x81, text.length]) : Buffer.from([0x81, 126, text.length >> 8, text.length & 255]);
      stream.write(Buffer.concat([head, text]));
    },
    close: () => stream.destroy(),
  };
  let held = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 6) {
      const short = held[1]! & 127;
      const head = short === 126 ? 4 : 2;
      const length = short === 126 ? held.readUInt16BE(2) : short;
      if (held.length < head + 4 + length) return;
      const mask = held.subarray(head, head + 4);
      const text = Buffer.from(held.subarray(head + 4, head + 4 + length).map((byte, i) => byte ^ mask[i % 4]!));
      const code = held[0]! & 15;
      held = held.subarray(head + 4 + length);
      if (code === 8) return void stream.destroy();
      if (code === 1) hear(JSON.parse(text.toString()) as Record<string, unknown>, peer);
    }
  });
  stream.on("close", () => gone(peer));
  stream.on("error", () => stream.destroy());
}
