"""A notification address on loopback: answers the handshake and keeps what is posted."""
import json
import ssl
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Listener:
    def __init__(self, settings):
        self.posts, self.handshakes = [], 0
        self.arrived = threading.Condition()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                answer = query.get("validationToken", [""])[0].encode()
                self.send_response(200 if answer else 202)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
                with outer.arrived:
                    if answer:
                        outer.handshakes += 1
                    else:
                        outer.posts.append(json.loads(body))
                    outer.arrived.notify_all()

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings["listener"]["certificate"], settings["listener"]["key"])
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://localhost:{self.server.server_port}/notifications"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, condition, seconds=20):
        with self.arrived:
            if not self.arrived.wait_for(condition, seconds):
                raise AssertionError(f"nothing arrived within {seconds} s: {self.posts}")
