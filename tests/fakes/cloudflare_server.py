"""Cloudflare's API on loopback, as far as a test says: paths to results, or to a status that refuses."""

import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def cloudflare_server(answers: Mapping[str, object]) -> Iterator[dict[str, str]]:
    """The environment that leads to it. A path that `answers` lacks is refused with 403, as without the right."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            result = answers.get(self.path.removeprefix("/client/v4").partition("?")[0], 403)
            body = json.dumps({"success": not isinstance(result, int), "result": result}).encode()
            self.send_response(result if isinstance(result, int) else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/client/v4"
    try:
        yield {"CLOUDFLARE_API_TOKEN": "t", "CLOUDFLARE_BASE_URL": address}
    finally:
        server.shutdown()
        server.server_close()
