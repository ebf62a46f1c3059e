#!/usr/bin/env python3
"""A web server that misbehaves on request, for tests. Standard library only.

    liar.py [--port N] [--tls CERT KEY]     prints its port on one line; stop it with SIGTERM

It listens on 127.0.0.1. The path says what it does. SIZE is in bytes; byte i of every good body
is i % 251. ?times=N: misbehave N times (default 1), then answer as /ok does.
Counts are kept per path with its query, so add e.g. &case=7 for a count of one's own.

    /ok/SIZE              with ETag, Last-Modified, Range and If-Range
    /plain/SIZE           no validators, no ranges
    /weak/SIZE            a weak ETag only; ranges
    /dated/SIZE           Last-Modified only; ranges
    /no-range/SIZE        validators, but Range is ignored
    /bad-range/SIZE       answers a Range with another part than asked for
    /changed/SIZE         another ETag with every request; honours If-Range
    /chunked/SIZE         no Content-Length
    /close/SIZE           no Content-Length, ends by closing
    /cut/SIZE             closes after half of what it announced, ?times=; /ok's headers
    /cut-plain/SIZE       the same without validators
    /cut-changed/SIZE     the same, with another ETag every time
    /cut-chunked/SIZE     the same, chunked
    /reset/SIZE           the same with a TCP reset
    /over/SIZE            sends more than SIZE, without a length
    /endless              never ends (chunked); /endless-page: a 404 that never ends
    /slow/SIZE?rate=N     N bytes a second
    /stall/SIZE           half, then silence
    /mute                 takes the request, says nothing
    /status/CODE          ?times=N: then /ok; ?retry-after=TEXT; without times: always
    /redirect/N/SIZE      N redirects (relative), then /ok
    /redirect-loop        to itself
    /redirect-to?url=URL  anywhere
    /html                 an error page with status 200
    /conditional          a JSON document; 304 for its ETag or Last-Modified
    /gzip/SIZE            gzip, when the request accepts it
    /gzip-bomb/MIB        so many MiB of zeros, as gzip, whether accepted or not
    /header-flood         headers without end
    /auth/USER/PASSWORD   401 unless these come as Basic; then 100 bytes
    CONNECT host:port     a tunnel, as a proxy makes it (only to 127.0.0.1)
    /log                  what was asked so far, as JSON; /log/clear forgets it
"""

import argparse
import base64
import email.utils
import http.server
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse
import zlib

PATTERN = bytes(range(251))
MODIFIED = "Wed, 01 Jan 2020 00:00:00 GMT"
lock = threading.Lock()
log = []
counts = {}


def content(first, end):
    skip = first % 251
    return (PATTERN * ((end - first + skip) // 251 + 1))[skip : skip + end - first]


def gzip_of(chunks):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([packer.compress(chunk) for chunk in chunks] + [packer.flush()])


class Liar(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query))
        parts = url.path.strip("/").split("/")
        act = getattr(self, "act_" + parts[0].replace("-", "_"), None)
        with lock:
            counts[self.path] = self.count = counts.get(self.path, 0) + 1
            if parts[0] != "log":
                log.append({"method": self.command, "path": self.path, "time": time.time(),
                            "peer": self.client_address[1],
                            "headers": {k.lower(): v for k, v in self.headers.items()}})
        if act is None:
            self.answer(404, b"no such thing\n")
            return
        try:
            act(*parts[1:])
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    def do_CONNECT(self):
        self.close_connection = True
        host, _, port = self.path.partition(":")
        if host != "127.0.0.1":
            self.answer(403, b"")
            return
        with lock:
            log.append({"method": "CONNECT", "path": self.path})
        with socket.create_connection((host, int(port))) as far:
            self.head(200, X_Proxy="yes")
            threading.Thread(target=self.pump, args=(far, self.connection), daemon=True).start()
            self.pump(self.connection, far)

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def misbehaves(self):
        return self.count <= int(self.query.get("times", "1"))

    def head(self, status, length=None, **headers):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def answer(self, status, body, **headers):
        self.head(status, len(body), **headers)
        self.wfile.write(body)

    def chunk(self, body):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))

    def hang_up(self):
        self.wfile.flush()
        self.close_connection = True

    def wanted(self, size, validators):
        """The byte range asked for, or None for all of it."""
        value = self.headers.get("Range", "")
        guard = self.headers.get("If-Range")
        if not value.startswith("bytes=") or (guard is not None and guard not in validators):
            return None
        first, _, last = value[6:].partition("-")
        if not first:
            return max(0, size - int(last)), size
        return int(first), min(size, int(last) + 1) if last else size

    def serve(self, size, headers, cut=None, ranges=True):
        """Sends the body; `cut`: only so much of what it announces."""
        size = int(size)
        validators = [v for k, v in headers.items() if k in ("ETag", "Last_Modified")]
        asked = self.wanted(size, validators) if ranges else None
        if ranges:
            headers = dict(headers, Accept_Ranges="bytes")
        first, end = asked or (0, size)
        if first >= end and asked:
            self.answer(416, b"", Content_Range=f"bytes */{size}")
            return
        if asked:
            headers = dict(headers, Content_Range=f"bytes {first}-{end - 1}/{size}")
        self.head(206 if asked else 200, end - first, **headers)
        body = content(first, end)
        if cut is None:
            self.wfile.write(body)
        else:
            self.wfile.write(body[: int(len(body) * cut)])
            self.hang_up()

    def good(self):
        return {"ETag": '"good"', "Last_Modified": MODIFIED,
                "Content_Type": "application/octet-stream"}

    def act_ok(self, size):
        self.serve(size, self.good())

    def act_plain(self, size):
        self.serve(size, {}, ranges=False)

    def act_weak(self, size):
        self.serve(size, {"ETag": 'W/"weak"'})

    def act_dated(self, size):
        self.serve(size, {"Last_Modified": MODIFIED})

    def act_no_range(self, size):
        self.serve(size, self.good(), ranges=False)

    def act_bad_range(self, size):
        if "Range" not in self.headers:
            self.act_ok(size)
            return
        size = int(size)
        self.answer(206, content(1, size), Content_Range=f"bytes 1-{size - 1}/{size}", ETag='"good"')

    def act_changed(self, size):
        self.serve(size, {"ETag": f'"{self.count}"'})

    def act_chunked(self, size):
        self.head(200, Transfer_Encoding="chunked")
        for first in range(0, int(size), 5000):
            self.chunk(content(first, min(first + 5000, int(size))))
        self.wfile.write(b"0\r\n\r\n")

    def act_close(self, size):
        self.head(200, Connection="close")
        self.wfile.write(content(0, int(size)))
        self.hang_up()

    def act_cut(self, size):
        self.serve(size, self.good(), cut=0.5 if self.misbehaves() else None)

    def act_cut_plain(self, size):
        self.serve(size, {}, cut=0.5 if self.misbehaves() else None, ranges=False)

    def act_cut_changed(self, size):
        self.serve(size, {"ETag": f'"{self.count}"'}, cut=0.5 if self.misbehaves() else None)

    def act_cut_chunked(self, size):
        if not self.misbehaves():
            self.act_ok(size)
            return
        self.head(200, Transfer_Encoding="chunked", ETag='"good"')
        self.chunk(content(0, int(size) // 2))
        self.hang_up()

    def act_reset(self, size):
        if not self.misbehaves():
            self.act_ok(size)
            return
        self.head(200, int(size), **self.good())
        self.wfile.write(content(0, int(size) // 2))
        self.wfile.flush()
        time.sleep(0.1)  # or the reset overtakes the bytes
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def act_over(self, size):
        self.head(200, Transfer_Encoding="chunked")
        self.chunk(content(0, int(size) + 1))
        self.wfile.write(b"0\r\n\r\n")

    def act_endless(self):
        self.head(200, Transfer_Encoding="chunked")
        while True:
            self.chunk(content(0, 65536))

    def act_endless_page(self):
        self.head(404, Transfer_Encoding="chunked")
        while True:
            self.chunk(content(0, 65536))

    def act_slow(self, size):
        rate = int(self.query.get("rate", "100"))
        self.head(200, int(size), **self.good())
        for first in range(0, int(size), max(1, rate // 10)):
            self.wfile.write(content(first, min(first + max(1, rate // 10), int(size))))
            time.sleep(0.1)

    def act_stall(self, size):
        self.head(200, int(size), **self.good())
        self.wfile.write(content(0, int(size) // 2))
        self.wait_for_client()

    def act_mute(self):
        self.wait_for_client()

    def wait_for_client(self):
        self.close_connection = True
        self.connection.settimeout(60)
        try:
            self.connection.recv(1)
        except OSError:
            pass

    def act_status(self, code, size="100"):
        if "times" in self.query and not self.misbehaves():
            self.act_ok(size)
            return
        headers = {}
        if "retry-after" in self.query:
            headers["Retry_After"] = self.query["retry-after"]
        if "retry-date" in self.query:
            then = time.time() + int(self.query["retry-date"])
            headers["Retry_After"] = email.utils.formatdate(then, usegmt=True)
        self.answer(int(code), b"" if code in ("204", "304") else b"this is an error page\n", **headers)

    def act_redirect(self, hops, size):
        if int(hops) == 0:
            self.act_ok(size)
        else:
            self.answer(302, b"over there", Location=f"../{int(hops) - 1}/{size}")

    def act_redirect_loop(self):
        self.answer(301, b"", Location="/redirect-loop")

    def act_redirect_to(self):
        self.answer(302, b"", Location=self.query["url"])

    def act_html(self):
        self.answer(200, b"<html><body>502 Bad Gateway</body></html>\n", Content_Type="text/html")

    def act_conditional(self):
        tag = '"document-1"'
        if self.headers.get("If-None-Match") == tag or (
                "If-None-Match" not in self.headers
                and self.headers.get("If-Modified-Since") == MODIFIED):
            self.head(304, ETag=tag)
            return
        self.answer(200, b'{"document": 1}\n', ETag=tag, Last_Modified=MODIFIED,
                    Content_Type="application/json")

    def act_gzip(self, size):
        body = content(0, int(size))
        if "gzip" not in self.headers.get("Accept-Encoding", ""):
            self.answer(200, body, ETag='"plain"')
            return
        self.answer(200, gzip_of([body]), Content_Encoding="gzip", ETag='"gzip"')

    def act_gzip_bomb(self, mib):
        self.answer(200, gzip_of([bytes(1 << 20)] * int(mib)), Content_Encoding="gzip",
                    Content_Type="application/json")

    def act_header_flood(self):
        self.send_response(200)
        self.flush_headers()
        while True:
            self.wfile.write(b"X-Flood: " + b"x" * 1000 + b"\r\n")

    def act_auth(self, user, password):
        want = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        if self.headers.get("Authorization") == want:
            self.act_ok(100)
        else:
            self.answer(401, b"", WWW_Authenticate='Basic realm="liar"')

    def act_log(self, clear=""):
        with lock:
            body = json.dumps(log, indent=1).encode()
            if clear:
                log.clear()
        self.answer(200, body, Content_Type="application/json")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_):
        pass  # clients that go away are what this is for


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    options = parser.parse_args()
    server = Server(("127.0.0.1", options.port), Liar)
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
    print(server.server_address[1], flush=True)
    if "PORT_FILE" in os.environ:
        with open(os.environ["PORT_FILE"], "w", encoding="ascii") as out:
            out.write(f"{server.server_address[1]}\n")
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
