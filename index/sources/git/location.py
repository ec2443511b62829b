"""Addresses of git repositories, and what check.py and worker.py tell each other."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlsplit

from index.errors import ReadError
from index.ingest.web.addresses import parse_url

_HOSTS = {"github.com", "gitlab.com", "codeberg.org", "bitbucket.org"}
# Addresses of a folder as the web pages of these hosts show it.
_TREE = re.compile(
    r"/(?P<repo>[^/]+/[^/]+)/(?:-/)?(?:tree|src/branch|src)/(?P<branch>[^/]+)(?:/(?P<folder>.+))?"
)
_REPOSITORY = re.compile(r"/(?P<repo>[^/]+/[^/]+)/?")
_FRAGMENT = re.compile(r"(?P<branch>[^:]*)(?::(?P<folder>.*))?")
_SSH = re.compile(r"(?:ssh://|[\w.-]+@[\w.-]+:)")
_PAGES = {  # of a file, by host
    "github.com": "{base}/blob/{branch}/{path}",
    "gitlab.com": "{base}/-/blob/{branch}/{path}",
    "codeberg.org": "{base}/src/branch/{branch}/{path}",
    "bitbucket.org": "{base}/src/{branch}/{path}",
}
_SCHEMES = {"http", "https", "git"}


@dataclass(frozen=True, slots=True)
class GitLocation:
    """A repository, its branch (None for the default one), and a folder in it ("" for all)."""

    remote: str
    branch: str | None = None
    folder: str = ""

    def page(self, path: str, branch: str) -> str | None:
        """Return the web page of a file, or None if the host is not known to have one."""
        parts = urlsplit(self.remote)
        pattern = _PAGES.get((parts.hostname or "").removeprefix("www."))
        if pattern is None:
            return None
        base = self.remote.removesuffix("/").removesuffix(".git")
        return pattern.format(base=base, branch=quote(branch), path=quote(path))


@dataclass(frozen=True, slots=True)
class GitRequest:
    """A repository to fetch; nothing is fetched if its branch is at ``known_commit``."""

    remote: str
    branch: str | None
    folder: str
    suffixes: tuple[str, ...]
    known_commit: str | None
    allow_private: bool
    output: str


@dataclass(frozen=True, slots=True)
class GitFile:
    """A file of a repository: its path, the id of its content in git, and the digest of it."""

    path: str
    blob: str
    content: str


@dataclass(frozen=True, slots=True)
class GitReply:
    """The commit of the branch and its files; ``refused`` are paths that cannot be files here."""

    commit: str = ""
    branch: str = ""
    files: tuple[GitFile, ...] | None = None
    refused: tuple[str, ...] = ()
    error: str | None = None


def parse_git_url(url: str) -> GitLocation | None:
    """Parse an address of a git repository; return None for any other.

    ``https://host/repo.git#BRANCH:FOLDER`` names a branch and a folder, as addresses of folders on
    GitHub, GitLab, Codeberg and Bitbucket do. Raises ReadError for SSH, and for a bad folder.
    """
    if _SSH.match(url):
        raise ReadError(f"{url}: SSH needs a key, which Quoth has not; use its https:// address")
    is_marked = url.startswith(("git+", "git://"))
    try:
        parts = urlsplit(url.removeprefix("git+"))
    except ValueError:  # as parse_url says when it is fetched
        return None
    host = (parts.hostname or "").removeprefix("www.")
    if parts.scheme not in _SCHEMES:
        return None
    if host in _HOSTS and (tree := _TREE.fullmatch(parts.path)):
        return _location(parts, f"/{tree['repo']}", tree["branch"], tree["folder"])
    is_repository = host in _HOSTS and _REPOSITORY.fullmatch(parts.path)
    if not (is_marked or is_repository or parts.path.rstrip("/").endswith(".git")):
        return None
    fragment = _FRAGMENT.fullmatch(parts.fragment)
    branch, folder = (fragment["branch"], fragment["folder"]) if fragment else ("", "")
    return _location(parts, parts.path.rstrip("/"), branch, folder)


def _location(parts: SplitResult, path: str, branch: str | None, folder: str | None) -> GitLocation:
    remote = parts._replace(path=path, query="", fragment="")
    checked = parse_url(remote._replace(scheme="https").geturl())  # git:// has the same form
    folder = unquote(folder or "").strip("/")
    if ".." in folder.split("/"):
        raise ReadError(f"{folder!r} is not a folder in a repository")
    url = checked._replace(scheme=parts.scheme).geturl()
    return GitLocation(url, unquote(branch) if branch else None, folder)
