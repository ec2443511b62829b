"""Serve a git repository on the loopback interface, over HTTP or git://."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler

from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo
from dulwich.server import BackendRepo, DictBackend, TCPGitServer
from dulwich.web import make_server, make_wsgi_chain

Files = dict[str, bytes]


class GitRepository:
    """A repository with one branch, whose commits are made of whole file lists."""

    def __init__(self, folder: Path) -> None:
        self.repo = Repo.init_bare(str(folder), mkdir=True)
        self.repo.refs.set_symbolic_ref(Ref(b"HEAD"), Ref(b"refs/heads/main"))
        self._count = 0

    def commit(self, files: Files, *, branch: str = "main", orphan: bool = False) -> str:
        """Commit exactly these files; with ``orphan`` as a branch was force-pushed."""
        return self.commit_tree(self._tree(files), branch=branch, orphan=orphan)

    def commit_tree(self, tree: ObjectID, *, branch: str = "main", orphan: bool = False) -> str:
        ref = Ref(f"refs/heads/{branch}".encode())
        self._count += 1
        commit = Commit()
        commit.tree = tree
        commit.parents = [self.repo.refs[ref]] if ref in self.repo.refs and not orphan else []
        commit.author = commit.committer = b"Jane <jane@example.org>"
        commit.author_time = commit.commit_time = 1_700_000_000 + self._count
        commit.author_timezone = commit.commit_timezone = 0
        commit.message = b"Edit"
        self.repo.object_store.add_object(commit)
        self.repo.refs[ref] = commit.id
        return commit.id.decode()

    def blob(self, content: bytes) -> ObjectID:
        blob = Blob.from_string(content)
        self.repo.object_store.add_object(blob)
        return blob.id

    def tree(self, *entries: tuple[bytes, int, ObjectID]) -> ObjectID:
        """Store a tree of raw entries: name, mode and id; names may be hostile."""
        tree = Tree()
        for name, mode, identifier in entries:
            tree[name] = (mode, identifier)
        self.repo.object_store.add_object(tree)
        return tree.id

    def _tree(self, files: Files) -> ObjectID:
        folders: dict[str, Files] = {}
        entries: list[tuple[bytes, int, ObjectID]] = []
        for path, content in files.items():
            first, _, rest = path.partition("/")
            if rest:
                folders.setdefault(first, {})[rest] = content
            else:
                entries.append((first.encode(), 0o100644, self.blob(content)))
        for name, inside in folders.items():
            entries.append((name.encode(), 0o040000, self._tree(inside)))
        return self.tree(*entries)


@contextmanager
def serve_git(repository: GitRepository, scheme: str = "http") -> Iterator[str]:
    """Serve the repository until the end of the block; yield its URL."""

    class QuietHandler(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            """Keep the test output clean."""

    repositories: dict[str, BackendRepo] = {"/docs.git": repository.repo}
    backend = DictBackend(repositories)
    server: socketserver.BaseServer
    if scheme == "git":
        server = TCPGitServer(backend, "127.0.0.1", 0)
    else:
        app = make_wsgi_chain(backend)
        server = make_server("127.0.0.1", 0, app, handler_class=QuietHandler)
    port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"{scheme}://127.0.0.1:{port}/docs.git"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
