"""Check a followed git repository: fetch its branch if it moved, and stage files that changed."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath

from pydantic import TypeAdapter

from index.errors import ReadError
from index.ingest.convert import IncomingArticle, convert
from index.ingest.formats import FORMATS
from index.ingest.parsing.guard import error_line
from index.ingest.web.fetch import Fetched
from index.sources.check import CheckResult
from index.sources.checked import CheckedSource
from index.sources.git.location import (
    GitFile,
    GitLocation,
    GitReply,
    GitRequest,
    parse_git_url,
)
from index.sources.staging import PageOutcome, Result

_MAX_SECONDS = 300
_PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "SSL_CERT_FILE")
_REPLY = TypeAdapter(GitReply)


class GitCheck:
    """One check of one repository."""

    def __init__(self, checked: CheckedSource) -> None:
        self._checked = checked
        self._source = checked.source
        self._state = checked.state
        self._staging = checked.staging
        self._now = checked.client.clock()
        self._location = parse_git_url(self._source.url) or GitLocation(self._source.url)
        self._result = CheckResult()

    def run(self) -> CheckResult:
        """Check every file. Failures are recorded, not raised."""
        self._staging.start(self._checked.options, {})
        try:
            known = None if self._checked.is_forced else self._state.commit
            reply = run_worker(self._request(known))
            if reply.files is None:
                self._add_unchanged()
            else:
                self._check_files(reply, reply.files)
            self._result.commit = reply.commit
        except ReadError as error:
            self._result.error = f"{self._source.url}: {error}"
        return self._result

    def _request(self, known_commit: str | None) -> GitRequest:
        output = self._staging.content_path("x").parent
        output.mkdir(parents=True, exist_ok=True)
        location = self._location
        return GitRequest(
            *(location.remote, location.branch, location.folder, FORMATS, known_commit),
            allow_private=self._source.private,
            output=str(output),
        )

    def _add_unchanged(self) -> None:
        for path, page in self._state.pages.items():
            if page.error is None:
                self._add(PageOutcome(path, Result.SAME, self._now, was_fetched=False))

    def _check_files(self, reply: GitReply, files: tuple[GitFile, ...]) -> None:
        """Check the files of a new commit, and find those that are gone or renamed."""
        chosen = {file.path: file for file in self._chosen(files)}
        for file in chosen.values():
            self._add(self._check_file(file, reply.branch))
        contents = {file.blob for path, file in chosen.items() if path not in self._state.pages}
        for path, page in self._state.pages.items():
            if path not in chosen:
                result = Result.MOVED if page.body in contents else Result.GONE
                reason = "it is no longer in the repository"
                self._add(PageOutcome(path, result, self._now, error=reason))
        if reply.refused:
            names = ", ".join(reply.refused[:3])
            self._result.notes.append(f"{len(reply.refused)} paths were refused: {names}")

    def _chosen(self, files: tuple[GitFile, ...]) -> list[GitFile]:
        """Return the files to follow, those that are followed already first."""
        selected = [file for file in files if self._source.selects(file.path)]
        selected.sort(key=lambda file: (file.path not in self._state.pages, file.path))
        limit = self._source.max_pages
        if len(selected) > limit:
            self._result.notes.append(
                f"it has {len(selected):,} files; only {limit:,} are followed (--limit)"
            )
        return selected[:limit]

    def _check_file(self, file: GitFile, branch: str) -> PageOutcome:
        outcome = PageOutcome(file.path, Result.SAME, self._now, body=file.blob)
        is_known = self._checked.page(file.path).body == file.blob
        if is_known and not self._checked.is_forced:
            return outcome
        try:
            return self._staging.stage(outcome, self._to_article(file, branch))
        except ReadError as error:
            return replace(outcome, result=Result.EMPTY, error=error_line(error))

    def _to_article(self, file: GitFile, branch: str) -> IncomingArticle:
        """Return the file to save: with a link if the host shows files, else as it is."""
        content = self._staging.content_path(file.content).read_bytes()
        in_repository = str(PurePosixPath(self._location.folder, file.path))
        url = self._location.page(in_repository, branch)
        if url is None:
            return IncomingArticle(file.path, content)
        article = convert(Fetched(url, "application/octet-stream", content))
        path = PurePosixPath(file.path).with_suffix(PurePosixPath(article.name).suffix)
        return replace(article, name=str(path))

    def _add(self, outcome: PageOutcome) -> None:
        self._result.outcomes[outcome.url] = outcome
        self._checked.report(len(self._result.outcomes))


def run_worker(request: GitRequest) -> GitReply:
    """Fetch in a process of its own. Raises ReadError."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "index.sources.git.worker"],
            input=json.dumps(asdict(request)).encode(),
            capture_output=True,
            timeout=_MAX_SECONDS,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ReadError(f"fetching took over {_MAX_SECONDS} seconds") from error
    if done.returncode != 0:
        raise ReadError("the repository broke the process that fetched it; it may be too large")
    reply = _REPLY.validate_json(done.stdout)
    if reply.error:
        raise ReadError(reply.error)
    return reply


def check_remote(location: GitLocation, output: Path, *, allow_private: bool) -> None:
    """Fetch a repository once, to see whether it can be followed. Raises ReadError."""
    run_worker(
        GitRequest(
            *(location.remote, location.branch, location.folder, (), None),
            allow_private=allow_private,
            output=str(output),
        )
    )
