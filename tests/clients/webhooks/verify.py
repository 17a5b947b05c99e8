"""A backend that takes webhooks as the service documents them: the signature is the HMAC-SHA256 of the raw body by the
master API token, in hexadecimal digits. Usage: verify.py TOKEN; it prints where it listens."""

import hashlib
import hmac
import http.server
import json
import sys

TOKEN = sys.argv[1].encode()


class Backend(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        expected = hmac.new(TOKEN, body, hashlib.sha256).hexdigest()
        genuine = hmac.compare_digest(expected, self.headers.get("x-sendbird-signature", ""))
        whole = genuine and "category" in json.loads(body)
        self.send_response(200 if whole else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
print(f"http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()
