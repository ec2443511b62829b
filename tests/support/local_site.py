"""Serve prepared responses on the loopback interface, for tests that fetch."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# A body, or status, headers and body, or a function that writes the whole response.
Response = bytes | tuple[int, dict[str, str], bytes] | Callable[[BaseHTTPRequestHandler], None]


class LocalSite:
    """A web server's responses by path, and the paths that were requested."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.pages: dict[str, Response] = {}
        self.requested: list[str] = []
        self.headers: list[dict[str, str]] = []  # of the requests

    def url(self, path: str = "/") -> str:
        """Return the URL of a path."""
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def serve_site() -> Iterator[LocalSite]:
    """Run a web server until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.requested.append(self.path)
            site.headers.append(dict(self.headers))
            respond(self, site.pages.get(self.path, (404, {}, b"")))

        def log_message(self, *_: object) -> None:
            """Keep the test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = LocalSite(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def respond(handler: BaseHTTPRequestHandler, response: Response) -> None:
    """Send a prepared response."""
    if callable(response):
        response(handler)
        return
    status, headers, body = response if isinstance(response, tuple) else (200, {}, response)
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
