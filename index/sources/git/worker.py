"""Fetch a git repository with dulwich, in a process of its own with limits on memory and disk.

Reads a GitRequest as JSON from stdin, writes the files to a folder, each under the digest of its
content, and prints a GitReply. Nothing of the repository is checked out or run. A hostile pack
can only exhaust this process.
"""

import json
import resource
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from ipaddress import ip_address
from pathlib import Path
from stat import S_ISREG
from typing import Any
from urllib.parse import urlsplit

import urllib3
from dulwich.client import HttpGitClient, TCPGitClient
from dulwich.errors import NotGitRepository
from dulwich.objects import Blob, Commit, Tag, Tree
from dulwich.repo import Repo
from urllib3.connection import HTTPConnection, HTTPSConnection

from index.errors import ReadError
from index.ingest.web.addresses import is_public
from index.sources.git.location import GitFile, GitReply, GitRequest
from index.types import digest_bytes

_MAX_MEMORY_BYTES = 1 << 30
_MAX_PACK_BYTES = 300 << 20
_MAX_FILE_BYTES = 20_000_000
_MAX_DEPTH = 40  # folders inside folders
_MAX_ENTRIES = 200_000
_MAX_NAME_BYTES = 200
_TIMEOUT_SECONDS = 30.0  # without any data
_GIT_PORT = 9418


def main() -> None:
    """Fetch one repository."""
    _limit_resources()
    values = json.load(sys.stdin)
    request = GitRequest(**{**values, "suffixes": tuple(values["suffixes"])})
    try:
        reply = _fetch(request)
    except NotGitRepository:
        reply = GitReply(error="there is no git repository, or it is private")
    except (MemoryError, RecursionError):
        reply = GitReply(error="the repository is too large")
    except Exception as error:  # noqa: BLE001 - hostile servers raise anything
        reply = GitReply(error=_error_line(error))
    sys.stdout.write(json.dumps(asdict(reply)))


def _error_line(error: BaseException) -> str:
    """Return one line; for a failed request without numbers and names of objects."""
    for cause in _causes(error):
        if isinstance(cause, urllib3.exceptions.MaxRetryError):
            reason = str(cause.reason).rpartition(": ")[2]
        elif isinstance(cause, socket.gaierror | ConnectionError | TimeoutError):
            reason = cause.strerror or str(cause)
        else:
            continue
        return f"the server cannot be reached ({' '.join(reason.split())[:200]})"
    return " ".join(str(error).split())[:300] or type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the causes of an error, the deepest first, and the error."""
    cause = error.__cause__ or error.__context__
    if cause is not None:
        yield from _causes(cause)
    yield error


def _limit_resources() -> None:
    for limit, maximum in (
        (resource.RLIMIT_AS, _MAX_MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, _MAX_PACK_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (maximum, resource.getrlimit(limit)[1]))


def _fetch(request: GitRequest) -> GitReply:
    client, path = _client(request)
    branch, commit = _head(client.get_refs(path), request.branch)
    if getattr(client, "dumb", False):
        raise ReadError("the server has plain files only; wanted git's smart protocol")
    if commit.decode() == request.known_commit:
        return GitReply(commit.decode(), branch)
    refused: list[str] = []
    with (
        tempfile.TemporaryDirectory(prefix="quoth-git-") as folder,
        closing(Repo.init_bare(folder)) as repo,
    ):
        client.fetch(path, repo, lambda *_args, **_options: [commit], depth=1)
        tree = _root_tree(repo, commit, request.folder)
        files = tuple(_files(repo, tree, request, refused))
    return GitReply(commit.decode(), branch, files, tuple(refused[:100]))


def _head(listed: Any, branch: str | None) -> tuple[str, bytes]:
    """Return the name of a branch or tag and its commit. Raises ReadError."""
    if branch is None:
        target = listed.symrefs.get(b"HEAD", b"refs/heads/HEAD")
        names = [b"HEAD"]
    else:
        target = branch.encode()
        names = [b"refs/heads/" + target, b"refs/tags/" + target]
    for name in names:
        commit = listed.refs.get(name)
        if commit:
            return target.decode("utf-8", "replace").removeprefix("refs/heads/"), commit
    raise ReadError(f"the repository has no branch {branch!r}" if branch else "it has no commits")


def _root_tree(repo: Repo, commit: bytes, folder: str) -> Tree:
    """Return the tree of a folder. Raises ReadError if there is none."""
    found = repo[commit]
    while isinstance(found, Tag):
        found = repo[found.object[1]]
    if not isinstance(found, Commit):
        raise ReadError("the branch is not a commit")
    tree = repo[found.tree]
    for part in filter(None, folder.split("/")):
        try:
            _, identifier = tree[part.encode()]  # type: ignore[index]
            tree = repo[identifier]
        except (KeyError, TypeError) as error:
            raise ReadError(f"the repository has no folder {folder!r}") from error
    if not isinstance(tree, Tree):
        raise ReadError(f"{folder!r} is not a folder of the repository")
    return tree


def _files(repo: Repo, root: Tree, request: GitRequest, refused: list[str]) -> Iterator[GitFile]:
    """Yield the regular files of wanted formats, and write their contents to the output."""
    for path, identifier in _walk(repo, root, refused):
        blob = repo[identifier] if path.lower().endswith(request.suffixes) else None
        if not isinstance(blob, Blob):
            continue
        if blob.raw_length() > _MAX_FILE_BYTES:
            refused.append(f"{path} (over {_MAX_FILE_BYTES:,} bytes)")
            continue
        content = blob.as_raw_string()
        digest = digest_bytes(content)
        Path(request.output, digest).write_bytes(content)
        yield GitFile(path, identifier.decode(), digest)


def _walk(repo: Repo, root: Tree, refused: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield path and id of the regular files below a tree, except hidden ones."""
    trees: list[tuple[str, Any, int]] = [("", root, 0)]
    entries = 0
    while trees:
        prefix, tree, depth = trees.pop()
        for entry in tree.iteritems():
            entries += 1
            if entries > _MAX_ENTRIES or depth > _MAX_DEPTH:
                raise ReadError(f"over {_MAX_ENTRIES:,} entries or {_MAX_DEPTH} folders deep")
            name = entry.path.decode("utf-8", "replace")
            if not _is_safe(name):
                refused.append(ascii(prefix + name)[:200])
            elif name.startswith("."):
                continue
            elif S_ISREG(entry.mode):
                yield prefix + name, entry.sha
            elif entry.mode == 0o040000:
                trees.append((f"{prefix}{name}/", repo[entry.sha], depth + 1))


def _is_safe(name: str) -> bool:
    """Return whether a name can be that of one file or folder, and of nothing else."""
    return (
        name.isprintable()
        and name.strip() == name
        and not {"/", "\\", ":", "\ufffd"} & set(name)
        and name not in {"", ".", ".."}
        and len(name.encode()) <= _MAX_NAME_BYTES
    )


def _client(request: GitRequest) -> tuple[Any, str]:
    """Return a client that only connects to public addresses, and the path of the repository."""
    parts = urlsplit(request.remote)
    port = parts.port
    if parts.scheme == "git":
        # The client connects to the address that was checked.
        address = check_host(
            parts.hostname or "", port or _GIT_PORT, allow_private=request.allow_private
        )
        return _counting(lambda report: TCPGitClient(address, port, report_activity=report)), (
            parts.path
        )
    pools = urllib3.PoolManager(
        headers={"User-Agent": "git/2.0 (Quoth)"},  # some hosts refuse agents that are not git
        timeout=_TIMEOUT_SECONDS,
        retries=urllib3.Retry(total=None, connect=0, read=0, status=0, other=0, redirect=5),
    )
    if not request.allow_private:
        pools.pool_classes_by_scheme = {"http": _PublicHTTPPool, "https": _PublicHTTPSPool}
    return _counting(
        lambda report: HttpGitClient(
            f"{parts.scheme}://{parts.netloc}/", pool_manager=pools, report_activity=report
        )
    ), parts.path


def _counting(create: Callable[[Callable[[int, str], None]], Any]) -> Any:
    """Create a client that stops after too many bytes."""
    total = 0

    def report(count: int, _kind: str) -> None:
        nonlocal total
        total += count
        if total > _MAX_PACK_BYTES:
            raise ReadError(f"the repository has more than {_MAX_PACK_BYTES:,} bytes")

    return create(report)


def check_host(host: str, port: int, *, allow_private: bool) -> str:
    """Return the first address of a host. Raises ReadError if it is private."""
    *_, (address, *_) = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    if not allow_private and not is_public(ip_address(str(address).partition("%")[0])):
        raise ReadError(f"it is at {address}, a private address; pass --private to allow it")
    return str(address)


class _PublicHTTPConnection(HTTPConnection):
    """A connection to the address that was checked, so that it cannot change in between."""

    def _new_conn(self) -> socket.socket:
        with _checked_address(self):
            return super()._new_conn()


class _PublicHTTPSConnection(HTTPSConnection):
    """The same with TLS, for the host's name."""

    def _new_conn(self) -> socket.socket:
        with _checked_address(self):
            return super()._new_conn()


class _PublicHTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PublicHTTPConnection


class _PublicHTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPSConnection


@contextmanager
def _checked_address(connection: HTTPConnection) -> Iterator[None]:
    """Replace the host's name by its address while connecting. Raises ReadError if private."""
    name = connection._dns_host
    connection._dns_host = check_host(name, connection.port or 443, allow_private=False)
    try:
        yield
    finally:
        connection._dns_host = name


if __name__ == "__main__":
    main()
