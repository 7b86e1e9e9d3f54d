#!/usr/bin/env python3
"""A chat room as a Seaway custom channel: one page, one room, Python's standard library only. README.md says how to run it."""

import hashlib
import hmac
import json
import os
import queue
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FRESH_S = 300
ROOM = "lobby"


def sign(secret: str, body: bytes, at: int) -> str:
    mac = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={mac}"


def genuine(secret: str, said: str, body: bytes, now: int) -> bool:
    fields = [part.strip().partition("=")[::2] for part in said.split(",")]
    at = dict(fields).get("t", "")
    if not at.isdigit() or abs(now - int(at)) > FRESH_S:
        return False
    ours = sign(secret, body, int(at)).partition("v1=")[2]
    return any(key == "v1" and hmac.compare_digest(theirs.encode(), ours.encode()) for key, theirs in fields)


class Room:
    """What was said, and what Seaway has yet to be told, in order."""

    def __init__(self, webhook: str, secret: str):
        self.webhook, self.secret = webhook, secret
        self.lines: list[dict] = []
        self.taken: dict[str, str] = {}  # Seaway's id of a message: ours
        self.typing = False
        self.seen = 0
        self.begun = int(time.time())  # ids are never used again, not by the next process either
        self.lock, self.taking = threading.Lock(), threading.Lock()
        self.outbox: queue.Queue = queue.Queue()
        threading.Thread(target=self.tell_on, daemon=True).start()

    def add(self, name: str, text: str, **more) -> str:
        with self.lock:
            line = {"id": f"{self.begun}-{len(self.lines) + 1}", "name": name, "text": text, **more}
            self.lines.append(line)
        return line["id"]

    def say(self, name: str, text: str, choice: str = "") -> None:
        """Somebody wrote on the page."""
        event = {"type": "message", "id": self.add(name, text), "from": {"id": name, "name": name}, "text": text}
        self.tell({**event, "choice": choice} if choice else event)

    def tell(self, event: dict) -> None:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.outbox.put({"conversation": ROOM, "at": at, **event})

    def tell_on(self) -> None:
        """Tells one event after the other, each until Seaway has kept it: a second time does no harm."""
        while True:
            body = json.dumps({"events": [self.outbox.get()]}).encode()
            wait = 1
            while True:
                headers = {"Content-Type": "application/json", "X-Seaway-Signature": sign(self.secret, body, int(time.time()))}
                try:
                    with urllib.request.urlopen(urllib.request.Request(self.webhook, body, headers), timeout=10) as answer:
                        for problem in json.load(answer)["problems"]:
                            print("Seaway did not understand:", problem, file=sys.stderr)
                    break
                except (OSError, ValueError) as error:
                    if isinstance(error, urllib.error.HTTPError) and error.code in (401, 404, 413):
                        print("Seaway does not take this:", error, file=sys.stderr)
                        break
                    print(f"again in {wait} s:", error, file=sys.stderr)
                    time.sleep(wait)
                    wait = min(wait * 2, 60)

    def hear(self, said: dict) -> tuple[int, dict]:
        """Seaway says something; the answer's status and body."""
        kind = said.get("type")
        if kind == "check":
            return 200, {}
        if said.get("conversation") != ROOM:
            return 404, {"error": {"code": "unknown_recipient", "message": "there is one room here, and this is not it"}}
        if kind == "typing":
            self.typing = bool(said.get("on"))
        elif kind in ("edit", "unsend"):
            return self.revise(said["message"], said.get("text"))
        elif kind == "message":
            line = {"name": said["speaker"]["name"] or "Help", "text": said["text"], "choices": said["choices"], "files": said["attachments"]}
            with self.taking:  # of two equal requests at a time one is the repeat
                if said.get("id") in self.taken:
                    return 409, {"id": self.taken[said["id"]]}
                self.typing = False
                ours = self.add(**line)
                self.taken[said.get("id", ours)] = ours
            return 200, {"id": ours}
        return 200, {}

    def revise(self, message: str, text: "str | None") -> tuple[int, dict]:
        """Other words for a line of Seaway's, or none: it is taken back. A second time changes nothing."""
        with self.lock:
            line = next((one for one in self.lines if one["id"] == self.taken.get(message)), None)
            if line is None:
                return 404, {"error": {"code": "not_found", "message": "there is no such line"}}
            gone = {"text": "", "choices": [], "files": [], "mark": "taken back"}
            line.update({"text": text, "mark": "edited"} if text is not None else gone)
        return 200, {}

    def read(self, after: int) -> dict:
        """The lines after a number. Whoever reads a line of Seaway's for the first time has had it delivered."""
        with self.lock:
            fresh = self.lines[max(self.seen, 0):]
            self.seen = len(self.lines)
            changed = [dict(line, at=at) for at, line in enumerate(self.lines[:after]) if "mark" in line]
            shown = {"lines": self.lines[after:], "changed": changed, "typing": self.typing}
        for line in fresh:
            if "choices" in line:
                self.tell({"type": "receipt", "id": line["id"] + "-delivered", "message": line["id"], "state": "delivered"})
        return shown


PAGE = """<!doctype html><meta charset=utf-8><title>Chat room</title><h1>Chat room</h1><ol id=lines></ol><p id=typing></p>
<form><input name=name placeholder="Your name" required> <input name=text placeholder="Message" required size=60> <button>Say</button></form>
<script>
const list = document.getElementById("lines"), form = document.forms[0]; let after = 0
const say = (text, choice) => fetch("/say", {method: "POST", body: JSON.stringify({name: form.name.value, text, choice})})
form.onsubmit = event => { event.preventDefault(); say(form.text.value); form.text.value = "" }
const add = (line, tag, text, more = {}) => line.append(" ", Object.assign(document.createElement(tag), {textContent: text, ...more}))
setInterval(async () => {
  const {lines, changed, typing} = await (await fetch("/lines?after=" + after)).json(); after += lines.length
  document.getElementById("typing").textContent = typing ? "…" : ""
  const draw = (line, {name, text, mark = "", choices = [], files = []}) => {
    line.replaceChildren(); add(line, "b", name); add(line, "span", text); if (mark) add(line, "i", mark)
    for (const file of files) add(line, "a", file.name, {href: file.url})
    for (const choice of choices) add(line, "button", choice, {onclick: () => form.name.reportValidity() && say(choice, choice)})
  }
  for (const line of lines) draw(list.appendChild(document.createElement("li")), line)
  for (const line of changed) draw(list.children[line.at], line)
}, 500)
</script>"""


def handler(room: Room):
    class Handler(BaseHTTPRequestHandler):
        def answer(self, status: int, body: str, kind: str = "application/json") -> None:
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind + "; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?after=")
            if path == "/":
                self.answer(200, PAGE, "text/html")
            elif path == "/lines":
                self.answer(200, json.dumps(room.read(int(query) if query.isdigit() else 0)))
            else:
                self.answer(404, "{}")

        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 1 << 20))
            if self.path == "/seaway" and not genuine(room.secret, self.headers.get("X-Seaway-Signature", ""), body, int(time.time())):
                return self.answer(401, "{}")
            try:
                said = json.loads(body)
                if self.path == "/seaway":
                    status, answer = room.hear(said)
                else:
                    room.say(str(said["name"])[:100], str(said["text"])[:4000], str(said.get("choice") or ""))
                    status, answer = 200, {}
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                status, answer = 400, {"error": {"code": "content_refused", "message": repr(error)}}
            self.answer(status, json.dumps(answer))

        def log_message(self, *_) -> None:
            pass

    return Handler


if __name__ == "__main__":
    if sys.argv[1:] == ["--test"]:
        import test_chat_room

        sys.exit(test_chat_room.run())
    port = int(os.environ.get("PORT", "8090"))
    room = Room(os.environ["SEAWAY_WEBHOOK"], os.environ["SEAWAY_SECRET"])
    print(f"The room is at http://127.0.0.1:{port}/; Seaway's send URL is http://127.0.0.1:{port}/seaway")
    ThreadingHTTPServer(("127.0.0.1", port), handler(room)).serve_forever()
