"""Put the content of included files into a text.

A quotation is a slice of the text that results, which is what the page of a site shows. Directives
whose file is missing stay, except those in code; the readers hide them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from index.ingest.includes.asciidoc_references import titles_in_asciidoc
from index.ingest.includes.directives import Include, Markup, Target, find_includes
from index.ingest.includes.files import IncludableFiles
from index.ingest.includes.navigation import title_in_navigation
from index.ingest.includes.selection import dedent, select
from index.ingest.includes.sphinx_references import titles_in_markdown, titles_in_rst
from index.ingest.parsing.metadata.front_matter import parse_front_matter
from index.ingest.parsing.normalize import suffix_of

MAX_DEPTH = 5
MAX_INCLUDED_CHARS = 1_000_000  # in one article
_TEXT_SUFFIXES = {
    ".md",
    ".mdx",
    ".markdown",
    ".qmd",
    ".rmd",
    ".txt",
    ".rst",
    ".rest",
    ".inc",
    ".adoc",
    ".asciidoc",
    "",
}
_NO_TEXT_SUFFIXES = set(
    ".html .htm .png .jpg .jpeg .gif .svg .webp .avif .bmp .pdf .mp3 .mp4 .webm .canvas".split()
)
_MARKUPS = {
    **dict.fromkeys((".rst", ".rest", ".txt", ".text"), Markup.RST),
    **dict.fromkeys((".adoc", ".asciidoc"), Markup.ASCIIDOC),
}
_FIND_TITLES = {
    Markup.MARKDOWN: titles_in_markdown,
    Markup.RST: titles_in_rst,
    Markup.ASCIIDOC: titles_in_asciidoc,
}
_LANGUAGES = {
    ".py": "python", ".js": "javascript", ".ts": "typescript", ".rb": "ruby", ".rs": "rust",
    ".yml": "yaml", ".sh": "bash", ".kt": "kotlin", ".cs": "csharp", ".ps1": "powershell",
}  # fmt: skip
_TICKS = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True)
class Expansion:
    """A text with what it includes: the paths of those files, and the names of missing ones.

    ``titles`` are those that references stand for, by what the markup says about them; ``name`` is
    what the navigation of the site calls the page, None if it does not.
    """

    text: str
    included: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    name: str | None = None


def expand_includes(text: str, path: str, files: IncludableFiles) -> Expansion:
    """Replace the directives in the article ``path`` by the content of their files."""
    markup = _MARKUPS.get(suffix_of(path), Markup.MARKDOWN)
    expander = _Expander(files, markup)
    expanded = expander.expand(text, path, ())
    titles = _FIND_TITLES[markup](expanded, path, files)
    name = title_in_navigation(path, files)
    return Expansion(expanded, tuple(expander.included), tuple(expander.missing), titles, name)


@dataclass(slots=True)
class _Expander:
    """Collects the paths that were included or missing, without repetitions."""

    files: IncludableFiles
    markup: Markup
    included: dict[str, None] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)
    shown_code: set[Target] = field(default_factory=set)
    included_chars: int = 0

    def expand(self, text: str, path: str, around: tuple[str, ...]) -> str:
        """Expand the text of a file; ``around`` are the files that it is included in."""
        parts, position = [], 0
        for include in find_includes(text, self.markup):
            content = self._content(include, (*around, path))
            if content is not None:
                parts += [text[position : include.start], content]
                position = include.end
        return "".join([*parts, text[position:]])

    def _content(self, include: Include, around: tuple[str, ...]) -> str | None:
        """Return what replaces a directive, None if it stays because a file is missing.

        An import includes nothing by itself and is removed.
        """
        contents = [self._target(include, target, around) for target in include.targets]
        found = [content for content in contents if content is not None]
        if len(found) < len(contents):
            return "" if include.is_inside_code else None
        lines = "\n".join(found).split("\n")
        return "\n".join(f"{include.indent}{line}".rstrip() for line in lines)

    def _target(self, include: Include, target: Target, around: tuple[str, ...]) -> str | None:
        """Return the part of a file that is to be included."""
        if not target.path or suffix_of(target.path) in _NO_TEXT_SUFFIXES:
            return None
        path = self.files.find(target.path, around[-1], is_note=include.is_note)
        part = self._read_part(path, target, around) if path else None
        if path is None or part is None:
            self.missing[target.path] = None
            return None
        self.included[path] = None
        # docutils reads every included file as text, whatever its suffix, unless told otherwise
        is_text = self.markup is Markup.RST or suffix_of(path) in _TEXT_SUFFIXES
        if include.is_inside_code:
            return part
        if include.is_code or not is_text:
            return self._code(self._unrepeated(part, path, target), suffix_of(path))
        return self.expand(part, path, around)

    def _unrepeated(self, part: str, path: str, target: Target) -> str:
        """Return the highlighted lines of code that the article has shown before.

        A tutorial includes the same example for each of its steps.
        """
        shown = replace(target, path=path, highlighted=())
        if shown not in self.shown_code:
            self.shown_code.add(shown)
            return part
        step = Target(path, lines=target.highlighted)
        return (select(self.files.read(path) or "", step) or "") if step.lines else ""

    def _read_part(self, path: str, target: Target, around: tuple[str, ...]) -> str | None:
        is_full = self.included_chars > MAX_INCLUDED_CHARS
        if is_full or path in around or len(around) > MAX_DEPTH:
            return None
        text = self.files.read(path)
        if text is None:
            return None
        has_front_matter = not target.lines and suffix_of(path) in _TEXT_SUFFIXES
        part = select(text[parse_front_matter(text).body if has_front_matter else 0 :], target)
        self.included_chars += len(part or "")
        return part if self.included_chars <= MAX_INCLUDED_CHARS else None

    def _code(self, part: str, suffix: str) -> str:
        """Return a block of code in the markup of the article, nothing if there is no code."""
        if not part.strip():
            return ""
        lines = dedent(part.split("\n"))
        language = _LANGUAGES.get(suffix, suffix.removeprefix("."))
        if self.markup is Markup.RST:
            return "\n".join([f".. code-block:: {language}", "", *(f"   {line}" for line in lines)])
        fence = "`" * max(3, *(len(ticks) + 1 for ticks in _TICKS.findall(part)), 3)
        return "\n".join([f"{fence}{language}", *lines, fence])
