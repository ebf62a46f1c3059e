"""nginx over a folder that index.py made, on loopback, with its own prefix and configuration."""
import os
import re
import signal
import socket
import subprocess
import time

CONFIG = """daemon off; pid {prefix}/pid; error_log stderr; worker_processes 1; {user}
events {{ worker_connections 1024; }}
http {{
    log_format counted '$request_method $uri $status $body_bytes_sent $bytes_sent $http_if_none_match';
    access_log {prefix}/access.log counted;
    default_type application/octet-stream; types {{ }}
    sendfile on; tcp_nopush on; keepalive_requests 1000000;
    client_body_temp_path {prefix}/body; proxy_temp_path {prefix}/proxy; fastcgi_temp_path {prefix}/fastcgi;
    uwsgi_temp_path {prefix}/uwsgi; scgi_temp_path {prefix}/scgi;
    server {{
        listen 127.0.0.1:{port}; root {root};
        location /simple/ {{ index index.json; default_type application/vnd.pypi.simple.v1+json; }}
    }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, process):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
    raise SystemExit(f"bench: no server on port {port}: {process.args}")


class Server:
    def __init__(self, command, port, **about):
        self.port, self.url = port, f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **about)
        try:
            wait_for(port, self.process)
        except BaseException:
            self.stop()
            raise

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Nginx(Server):
    def __init__(self, prefix, root):
        os.makedirs(prefix, exist_ok=True)
        port = free_port()
        self.log = f"{prefix}/access.log"
        user = "user root;" if os.geteuid() == 0 else ""
        with open(f"{prefix}/nginx.conf", "w", encoding="utf-8") as out:
            out.write(CONFIG.format(prefix=prefix, port=port, root=os.path.abspath(root), user=user))
        with open(f"{prefix}/errors", "wb") as errors:
            super().__init__(["nginx", "-p", prefix, "-c", f"{prefix}/nginx.conf"], port, stderr=errors)

    def log_clear(self):
        os.truncate(self.log, 0)

    def requests(self):
        """[(method, path, status, body bytes, all bytes, conditional)]"""
        found = []
        with open(self.log, encoding="utf-8") as lines:
            for line in lines:
                method, path, status, body, sent, tag = re.fullmatch(r"(\S+) (\S+) (\d+) (\d+) (\d+) (.*)\n", line).groups()
                found.append((method, path, int(status), int(body), int(sent), tag != "-"))
        return found
