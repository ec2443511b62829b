"""Leave out of the source of an excerpt what only a site generator reads.

Comments and marks of generators disappear. A link to a page that a generator looks up keeps its
text.
"""

import re

from index.text.markdown.links import without_generated_targets

_CODE = (
    r"(?P<code>^[ \t>]*(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t>]*(?P=fence)|\Z)"
    r"|(?P<ticks>`+)(?!`)[^\n]{1,500}?(?<!`)(?P=ticks)(?!`))"
)
_COMMENT = re.compile(
    rf"{_CODE}"
    r"|^import[ \t][^\n\"';]{1,300}[ \t]from[ \t]+(?:\"[^\"\n]+\"|'[^'\n]+');?[ \t]*$"
    r"|^[ \t]*(?i:\{:?toc\}|\[toc\]|\[\[_?toc_?\]\])[ \t]*$"
    r"|^[ \t>]*\^[A-Za-z\d-]+[ \t]*$"  # the id of the block above (Obsidian)
    r"|\{\{<(?P<shortcode>/?\w[^{}<>\n]*)>\}\}"  # which the parser would take for a tag
    r"|<!--.*?(?:-->|\Z)|\{/\*.*?\*/\}|(?<!\S)%%(?!%).*?%%(?![\w%])|\{\{#[a-z][^{}]*\}\}",
    re.DOTALL | re.MULTILINE,
)
_CODE_SPANS = re.compile(_CODE, re.DOTALL | re.MULTILINE)
_CODE_REFERENCE = re.compile(r"(?<!\\)\[([^\[\]`\n]*`[^`\n\[\]]+`[^\[\]\n]*)\]\[[^\[\]\n]*\]")
_WIKI_LINK = re.compile(r"!?\[\[[^\[\]\n]*\|(?P<shown>[^\[\]|\n]*`[^\[\]|\n]*)\]\]")


def without_comments(source: str) -> str:
    """Return Markdown without comments, imports, ids of blocks and places of tables of contents."""
    return _COMMENT.sub(_without_comment, source)


def _without_comment(match: re.Match[str]) -> str:
    shortcode = match["shortcode"]
    return f"{{{{< {shortcode} >}}}}" if shortcode else match["code"] or ""


def without_generated(source: str) -> str:
    """Return Markdown without the targets of links that only a site generator can follow.

    Code stays as it is.
    """
    source = _WIKI_LINK.sub(lambda link: link["shown"], source) if "|" in source else source
    parts, position = list[str](), 0
    for code in _CODE_SPANS.finditer(source):
        parts += [without_generated_targets(source[position : code.start()]), code[0]]
        position = code.end()
    return "".join([*parts, without_generated_targets(source[position:])])


def without_references(line: str) -> str:
    """Return a line with only the text of references to links with code ("[`code`][]").

    Their targets stand elsewhere, and the parser would take the brackets for text.
    """
    return _CODE_REFERENCE.sub(r"\1", line) if "`" in line and "][" in line else line
