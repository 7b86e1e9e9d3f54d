"""The room against a Seaway of a few lines: `python3 chat_room.py --test`."""

import json
import threading
import time
import unittest
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import chat_room

SECRET = "a-secret-of-both-sides"


class Seaway(BaseHTTPRequestHandler):
    """Keeps what it is told, and fails once to see whether it is told again."""

    told: list = []
    failed = False

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert chat_room.genuine(SECRET, self.headers["X-Seaway-Signature"], body, int(time.time()))
        status, Seaway.failed = (200, True) if Seaway.failed else (503, True)
        if status == 200:
            Seaway.told.extend(json.loads(body)["events"])
        answer = b'{"taken":1,"problems":[]}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def serve(handler):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def ask(url, body=None, signature=""):
    data = None if body is None else json.dumps(body).encode()
    made = urllib.request.Request(url, data, {"X-Seaway-Signature": signature(data) if callable(signature) else signature})
    try:
        with urllib.request.urlopen(made, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def signed(age_s=0):
    return lambda data: chat_room.sign(SECRET, data, int(time.time()) - age_s)


def message(**more):
    usual = {"type": "message", "id": "IM1-0", "conversation": "lobby", "to": "Ana", "text": "Hello", "attachments": []}
    return {**usual, "choices": ["Yes"], "reply_to": None, "speaker": {"person": True, "name": "Bea"}, "context": None, **more}


class Walk(unittest.TestCase):
    def test_the_documents_signature(self):
        fits = "t=1735689700,v1=2782afd7f0e1e4d9cc0e79bbd48ba239668e5f5813519bdf3986ca31a7834079"
        self.assertEqual(chat_room.sign(SECRET, b'{"events":[]}', 1735689700), fits)
        for said, body, now in [(fits, b"{}", 1735689700), (fits, b'{"events":[]}', 1735690001), ("", b"", 0), ("t=x,v1=0", b"", 0)]:
            self.assertFalse(chat_room.genuine(SECRET, said, body, now))

    def test_both_ways(self):
        room = serve(chat_room.handler(chat_room.Room(serve(Seaway), SECRET)))
        self.assertEqual(ask(room + "/say", {"name": "Ana", "text": "olá 👋"})[0], 200)
        self.wait(1)
        told = Seaway.told[0]
        self.assertEqual((told["type"], told["conversation"], told["from"]["id"], told["text"]), ("message", "lobby", "Ana", "olá 👋"))

        self.assertEqual(ask(room + "/seaway", {"type": "check"}, signed())[0], 200)
        status, taken = ask(room + "/seaway", message(), signed())
        self.assertEqual(status, 200)
        self.assertEqual(ask(room + "/seaway", message(), signed()), (409, taken), "the same message again")
        self.assertEqual(ask(room + "/seaway", message(id="IM2-0"), signed(age_s=301))[0], 401, "an old signature")
        self.assertEqual(ask(room + "/seaway", message(id="IM2-0"), "t=1,v1=00")[0], 401, "no signature of ours")
        self.assertEqual(ask(room + "/seaway", message(conversation="attic"), signed())[1]["error"]["code"], "unknown_recipient")
        self.assertEqual(ask(room + "/seaway", {"type": "message", "conversation": "lobby"}, signed())[0], 400)

        shown = ask(room + "/lines?after=0")[1]
        self.assertEqual([(line["name"], line["text"]) for line in shown["lines"]], [("Ana", "olá 👋"), ("Bea", "Hello")])
        self.wait(2)
        receipt = Seaway.told[1]
        self.assertEqual((receipt["type"], receipt["message"], receipt["state"]), ("receipt", taken["id"], "delivered"))
        ask(room + "/say", {"name": "Ana", "text": "Yes", "choice": "Yes"})
        self.wait(3)
        self.assertEqual(Seaway.told[2]["choice"], "Yes")

        revise = {"message": "IM1-0", "conversation": "lobby", "to": "Ana", "context": None}
        for _ in "twice":
            self.assertEqual(ask(room + "/seaway", {"type": "edit", "text": "Hello Ana", **revise}, signed()), (200, {}))
        shown = ask(room + "/lines?after=3")[1]
        self.assertEqual([(line["text"], line["mark"], line["choices"]) for line in shown["changed"]], [("Hello Ana", "edited", ["Yes"])])
        self.assertEqual(ask(room + "/seaway", {"type": "unsend", **revise, "message": "IM9-0"}, signed())[0], 404)
        self.assertEqual(ask(room + "/seaway", {"type": "unsend", **revise}, signed()), (200, {}))
        shown = ask(room + "/lines?after=3")[1]
        self.assertEqual([(line["text"], line["mark"], line["choices"]) for line in shown["changed"]], [("", "taken back", [])])

    def wait(self, events):
        until = time.time() + 10
        while len(Seaway.told) < events and time.time() < until:
            time.sleep(0.02)
        self.assertEqual(len(Seaway.told), events)


def run():
    return 0 if unittest.TextTestRunner(verbosity=2).run(unittest.defaultTestLoader.loadTestsFromTestCase(Walk)).wasSuccessful() else 1
