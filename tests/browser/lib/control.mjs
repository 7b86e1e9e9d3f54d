// The emulators' other door: what really happened there, and what shall go wrong.
import { request } from "node:http";

/** Asks the emulator at one of the demo's hosts, such as `carrier`; answers with its JSON, or with null where it says nothing. */
export const control = (seaway, name, method, path, body = undefined) => knock(seaway, name, method, `/control${path}`, body);

/** The same at any of its doors. */
export function knock(seaway, name, method, path, body = undefined) {
  // Plain HTTP with a host of our choice: not every resolver knows `*.localhost`.
  const { host, port } = new URL(seaway.url(name));
  const options = { host: "127.0.0.1", port, method, path, headers: { host, "content-type": "application/json" } };
  return new Promise((done, fail) => {
    const asked = request(options, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part) => (text += part)).on("end", () => {
        if (answer.statusCode >= 300) fail(new Error(`${method} ${path} at ${name}: ${answer.statusCode} ${text}`));
        else done(text === "" ? null : JSON.parse(text));
      });
    });
    asked.on("error", fail).end(body === undefined ? undefined : JSON.stringify(body));
  });
}
