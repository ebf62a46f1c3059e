"""What the tests' own servers share: an HTTP/1.1 server on loopback that does what the web does,
and, when told to, what it does on a bad day. Python's standard library only.

A server is a function `answer(request) -> Answer or None` (None: 404) given to serve(). On top of it:

* ETag, If-None-Match (304), Last-Modified, If-Modified-Since, Range (206), HEAD, gzip for pages.
* GET /log is the list of requests so far as JSON: method, path, status, headers, bytes sent.
  DELETE /log empties it. Requests for /log itself are not in it.
* Faults, from a JSON file that is read again whenever it changes:

      {"/files/six-1.0-py3-none-any.whl": {"kind": "status", "status": 500, "times": 2}}

  The key is a path or a shell pattern for one; "times" is how often it strikes (without it: always).
      status    answer "status" (default 500), with "retry_after" seconds if given
      close     close the connection without an answer
      hang      read the request, then say nothing
      slow      wait "seconds" (default 1) first, or send "rate" bytes a second
      truncate  announce the whole length, send "bytes" (default: half), close
      open      say no length, send "bytes" (default: half), close
      corrupt   change the byte at "offset" (default: the middle), keep the length
      body      send "text" instead, as "type"
      garble    send "text" (default: the first half) under the headers of the right answer
      other     answer a Range with that of "path", another file
      redirect  answer "status" (default 302) to "to"
      no-etag   leave out ETag and Last-Modified
  Other kinds are for the server's own pages (request.fault).

Common options: --port (default: any free one), --port-file FILE, --faults FILE, --user NAME:PASSWORD, --token BEARER,
--certificate FILE --key FILE, --no-range, --gzip.
"""
import argparse
import base64
import email.utils
import fnmatch
import gzip
import hashlib
import http.server
import json
import os
import re
import signal
import ssl
import sys
import threading
import time
import urllib.parse

LOG_HEADERS = ("accept", "accept-encoding", "authorization", "if-none-match", "if-modified-since", "range",
               "user-agent", "host")


class Answer:
    """One whole answer. body: bytes; modified: unix seconds; page: may be sent gzipped."""

    def __init__(self, body, content_type="application/octet-stream", *, status=200, modified=None, page=False,
                 headers=None):
        self.body, self.content_type, self.status = body, content_type, status
        self.modified, self.page, self.headers = modified, page, dict(headers or {})


def page(text, content_type="text/html; charset=utf-8"):
    return Answer(text.encode(), content_type, page=True)


def json_page(value, content_type="application/json"):
    return page(json.dumps(value, indent=1, sort_keys=True), content_type)


class Faults:
    def __init__(self, path):
        self.path, self.stamp, self.table, self.left = path, None, {}, {}
        self.lock = threading.Lock()

    def read(self):
        try:
            stat = os.stat(self.path)
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        except (OSError, TypeError):
            stamp, self.left = None, {}
        if stamp != self.stamp:
            self.stamp, self.table = stamp, {}
            if stamp:
                with open(self.path, encoding="utf-8") as lines:
                    self.table = json.load(lines)

    def find(self, path):
        """The fault that strikes this path now, counted; or {}."""
        with self.lock:
            self.read()
            for key, fault in self.table.items():
                if key != path and not fnmatch.fnmatchcase(path, key):
                    continue
                # Counted by fault, so that a change to another one does not start it again.
                this = key, json.dumps(fault, sort_keys=True)
                left = self.left.setdefault(this, fault.get("times", float("inf")))
                if left > 0:
                    self.left[this] = left - 1
                    return fault
        return {}

    def peek(self, path, kind):
        """Whether a fault of this kind stands for the path; not counted."""
        with self.lock:
            self.read()
            return any(fault.get("kind") == kind and (key == path or fnmatch.fnmatchcase(path, key))
                       for key, fault in self.table.items())


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    options = faults = answer = None
    log = []
    log_lock = threading.Lock()
    entry, fault = None, {}  # of the request at hand

    def log_message(self, format, *args):  # the log is at /log
        pass

    def do_HEAD(self):
        self.handle_request()

    def do_GET(self):
        self.handle_request()

    def do_DELETE(self):
        self.entry, self.fault = None, {}
        if self.path == "/log":
            with self.log_lock:
                self.log.clear()
        self.send(Answer(b"", "text/plain"))

    def handle_request(self):
        self.url_path, _, self.query = self.path.partition("?")
        self.url_path = urllib.parse.unquote(self.url_path)
        self.entry, self.fault = None, {}
        if self.url_path == "/log":
            with self.log_lock:
                return self.send(json_page(list(self.log)))
        self.entry = {"method": self.command, "path": self.path, "status": 0, "sent": 0,
                      "headers": {k: self.headers[k] for k in LOG_HEADERS if k in self.headers}}
        with self.log_lock:
            self.log.append(self.entry)
        self.fault = self.faults.find(self.url_path)
        if not self.is_authorized():
            return self.send(Answer(b"who are you?\n", "text/plain", status=401,
                                    headers={"WWW-Authenticate": 'Basic realm="fixture"'}))
        return self.strike(self.fault.get("kind"))

    def is_authorized(self):
        if self.options.token:
            return self.headers.get("Authorization") == f"Bearer {self.options.token}"
        if not self.options.user:
            return True
        wanted = "Basic " + base64.b64encode(self.options.user.encode()).decode()
        return self.headers.get("Authorization") == wanted

    def strike(self, kind):
        fault = self.fault
        if kind == "close":
            self.close_connection = True
            return None
        if kind == "hang":
            time.sleep(3600)
            return None
        if kind == "slow" and "rate" not in fault:
            time.sleep(fault.get("seconds", 1))
        if kind == "status":
            headers = {"Retry-After": str(fault["retry_after"])} if "retry_after" in fault else {}
            return self.send(Answer(b"bad day\n", "text/plain", status=fault.get("status", 500), headers=headers))
        if kind == "redirect":
            return self.send(Answer(b"", "text/plain", status=fault.get("status", 302),
                                    headers={"Location": fault["to"]}))
        if kind == "body":
            return self.send(Answer(fault["text"].encode(), fault.get("type", "text/html")))
        if kind == "other" and "Range" in self.headers:
            self.url_path = fault["path"]
        answer = type(self).answer(self) or Answer(b"not here\n", "text/plain", status=404)
        if kind == "corrupt" and answer.body:
            body = bytearray(answer.body)
            body[fault.get("offset", len(body) // 2)] ^= 1
            answer.body = bytes(body)
        return self.send_conditional(answer)

    def send_conditional(self, answer):
        if answer.status == 200 and self.fault.get("kind") != "no-etag":
            etag = '"%s"' % hashlib.sha256(answer.content_type.encode() + answer.body).hexdigest()[:32]
            answer.headers.setdefault("ETag", etag)
            if answer.modified is not None:
                answer.headers["Last-Modified"] = email.utils.formatdate(answer.modified, usegmt=True)
            if self.is_unchanged(answer, answer.headers["ETag"]):
                answer.status, answer.body = 304, b""
            elif self.fault.get("kind") == "garble":
                half = answer.body[:len(answer.body) // 2]
                answer.body = self.fault["text"].encode() if "text" in self.fault else half
            elif not answer.page and not self.options.no_range:
                self.cut_range(answer)
        if answer.page and self.options.gzip and "gzip" in self.headers.get("Accept-Encoding", ""):
            answer.body = gzip.compress(answer.body, mtime=0) if answer.body else b""
            answer.headers["Content-Encoding"] = "gzip"
        return self.send(answer)

    def is_unchanged(self, answer, etag):
        if "If-None-Match" in self.headers:
            return etag in [tag.strip() for tag in self.headers["If-None-Match"].split(",")]
        since = self.headers.get("If-Modified-Since")
        if since and answer.modified is not None:
            return email.utils.parsedate_to_datetime(since).timestamp() >= int(answer.modified)
        return False

    def cut_range(self, answer):
        answer.headers["Accept-Ranges"] = "bytes"
        wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if not wanted or wanted.group() == "bytes=-":
            return
        if self.headers.get("If-Range", answer.headers["ETag"]) != answer.headers["ETag"]:
            return
        size = len(answer.body)
        first, last = wanted.groups()
        start = int(first) if first else max(0, size - int(last))
        end = min(int(last), size - 1) if first and last else size - 1
        if start > end:
            answer.status, answer.body = 416, b""
            answer.headers["Content-Range"] = f"bytes */{size}"
            return
        answer.status, answer.body = 206, answer.body[start:end + 1]
        answer.headers["Content-Range"] = f"bytes {start}-{end}/{size}"

    def send(self, answer):
        body = answer.body
        if self.entry:
            self.entry["status"] = answer.status
        self.send_response(answer.status)
        if answer.status != 304:
            self.send_header("Content-Type", answer.content_type)
            if self.fault.get("kind") != "open":
                self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD" or answer.status == 304:
            return
        if self.fault.get("kind") in ("truncate", "open"):
            body = body[:self.fault.get("bytes", len(body) // 2)]
            self.close_connection = True
        self.send_body(body, self.fault.get("rate") if self.fault.get("kind") == "slow" else None)

    def send_body(self, body, rate):
        step = max(1, rate // 10) if rate else 1 << 20
        for start in range(0, len(body), step):
            try:
                self.wfile.write(body[start:start + step])
                self.wfile.flush()
            except OSError:  # the client has gone
                self.close_connection = True
                return
            if self.entry:
                self.entry["sent"] += len(body[start:start + step])
            if rate:
                time.sleep(0.1)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (OSError, ssl.SSLError)):
            super().handle_error(request, client_address)


def argument_parser(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", default=os.environ.get("PORT_FILE"))
    parser.add_argument("--faults")
    parser.add_argument("--user")
    parser.add_argument("--token")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--no-range", action="store_true")
    parser.add_argument("--gzip", action="store_true")
    return parser


def serve(options, answer):
    """Serves until SIGTERM. The port file appears, whole, when the port is open."""
    handler = type("FixtureHandler", (Handler,), {"options": options, "faults": Faults(options.faults),
                                                  "answer": staticmethod(answer), "log": []})
    server = Server(("127.0.0.1", options.port), handler)
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    port = server.server_address[1]
    if options.port_file:
        with open(options.port_file + ".new", "w", encoding="ascii") as out:
            out.write(f"{port}\n")
        os.rename(options.port_file + ".new", options.port_file)
    print(f"listening on {'https' if options.certificate else 'http'}://127.0.0.1:{port}/", flush=True)
    server.serve_forever()


def safe_join(root, path):
    """The file below root for an URL path, or None."""
    full = os.path.realpath(os.path.join(root, path.lstrip("/")))
    return full if full.startswith(os.path.realpath(root) + os.sep) and os.path.isfile(full) else None
