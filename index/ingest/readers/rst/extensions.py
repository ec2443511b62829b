"""Give docutils roles and directives that it does not know: those of Sphinx and its extensions.

An unknown role keeps its text, an unknown directive its content. docutils looks both up in
registries of the process, so they are registered once, by the names that a text uses.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from index.ingest.parsing.roles import shown_role
from index.ingest.readers.rst.glossary import read_glossary
from index.text.markdown.directives import LAYOUT_DIRECTIVES

if TYPE_CHECKING:
    from docutils import nodes
    from docutils.parsers.rst import Directive

_DIRECTIVE_NAME = re.compile(
    r"^[ \t]*(?:[-*+][ \t]+)?\.\. (?:\|[^|\n]+\| )?([A-Za-z][\w:.+-]*)::", re.MULTILINE
)
_ROLE_NAME = re.compile(r"(?<![\w`]):([A-Za-z][\w:.+-]*):`|`:([A-Za-z][\w:.+-]*):")
_MAX_NAMES = 1_000  # of one text
_CODE_DIRECTIVES = set(
    "code code-block sourcecode code-example console doctest testcode testoutput testsetup ipython"
    " prompt highlight-block literal terminal jupyter-execute code-cell parsed-code cmd".split()
)
_DROPPED_DIRECTIVES = set(  # they show no text of the author's, or text of other files
    "toctree index currentmodule module py:module py:currentmodule highlight include literalinclude"
    " tabularcolumns centered-image graphviz digraph graph inheritance-diagram"
    " mermaid plantuml uml autosummary automodule autoclass autofunction automethod autoattribute"
    " autodata autoexception autoenum click youtube video raw-html default-domain"
    " sectionauthor codeauthor meta productionlist plot bibliography testcleanup ifconfig"
    " spelling:word-list spelling sectnum contents header footer target-notes raw"
    " kernel-doc auxdata htmlonly latexonly disqus feed carousel thumbnail".split()
)
_VERSION_DIRECTIVES = {
    "versionadded": "New in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
    "versionremoved": "Removed in version",
}
_REPLACED_ROLES = {"pep", "rfc"}  # those of docutils take no title: :pep:`text <8>`
_ADMONITIONS = {"seealso": "See also", "todo": "To do"}

_FORMAT = r"(?:builder_|format_)?(?:latex|pdf|epub|man|texinfo|text|xml)"
_NOT_ON_PAGES = re.compile(rf"not\s+(?:builder_)?html|{_FORMAT}(?:\s+or\s+{_FORMAT})*")  # of "only"


def register_unknown(text: str) -> None:
    """Register the roles and directives of a text that docutils does not have."""
    from docutils.parsers.rst import directives, roles  # noqa: PLC0415 - only this format needs it

    directive_names = {name.lower() for name in _DIRECTIVE_NAME.findall(text)}
    for name in sorted(directive_names)[:_MAX_NAMES]:
        directives.register_directive(name, _directive_class(name))
    role_names = {first or second for first, second in _ROLE_NAME.findall(text)}
    for name in sorted(role_names)[:_MAX_NAMES]:
        if not _is_known_role(name.lower()):
            roles.register_local_role(name.lower(), _text_role)


def _is_known_role(name: str) -> bool:
    from docutils.parsers.rst import roles  # noqa: PLC0415 - as above
    from docutils.parsers.rst.languages import en  # noqa: PLC0415

    return name not in _REPLACED_ROLES and (name in en.roles or name in roles._roles)


def _text_role(
    name: str,
    rawtext: str,
    text: str,
    lineno: int,
    inliner: object,
    options: object = None,
    content: object = None,
) -> "tuple[list[nodes.Node], list[nodes.system_message]]":
    """Show what a page of Sphinx shows of a role that docutils does not know."""
    from docutils import nodes, utils  # noqa: PLC0415 - as above

    shown = shown_role(name, utils.unescape(text))
    if shown.is_code:
        return [nodes.literal(rawtext, shown.text)], []
    role = shown.target.partition(":")[0]
    inline = nodes.inline(rawtext, shown.text, classes=[role], target=shown.target)
    return [inline] if shown.text else [], []


@cache
def _directive_class(name: str) -> "type[Directive]":
    """Return docutils' own directive, with options of Sphinx; failing that one that keeps text."""
    from docutils.parsers.rst import Directive, directives  # noqa: PLC0415 - as above
    from docutils.parsers.rst.languages import en  # noqa: PLC0415

    if name in en.directives and name not in _CODE_DIRECTIVES | _DROPPED_DIRECTIVES:
        known, _ = directives.directive(name, en, None)
        return type(name, (known,), {"option_spec": _AnyOptions(known.option_spec or {})})

    class UnknownDirective(Directive):  # type: ignore[misc]
        optional_arguments = 1
        final_argument_whitespace = True
        has_content = True
        # In those that are dropped, a line of options may have any form.
        option_spec = None if name in _DROPPED_DIRECTIVES else _AnyOptions()

        def run(self) -> "list[nodes.Node]":
            return _run(name, self)

    return UnknownDirective


class _AnyOptions(dict[str, Any]):
    """Accepts every option of a directive, as text."""

    def __missing__(self, key: str) -> Any:
        return lambda value: value or ""

    def __bool__(self) -> bool:
        """Return True: docutils asks whether there are options at all."""
        return True


def _run(name: str, directive: "Directive") -> "list[nodes.Node]":
    from docutils import nodes  # noqa: PLC0415 - as above

    base = name.rpartition(":")[2]
    argument = " ".join(" ".join(directive.arguments).split())
    if name in _DROPPED_DIRECTIVES or base in _DROPPED_DIRECTIVES:
        return [nodes.pending(None)]
    if base == "only" and _NOT_ON_PAGES.fullmatch(argument):
        return []
    if base in _OTHER_DIRECTIVES:
        return _OTHER_DIRECTIVES[base](argument, directive)
    if base in _VERSION_DIRECTIVES:
        return [_version_note(f"{_VERSION_DIRECTIVES[base]} ", directive)]
    container = nodes.container(classes=[base])
    if base in _ADMONITIONS:
        container = nodes.admonition("", nodes.title("", _ADMONITIONS[base]))
        container += nodes.paragraph(
            "", "", *directive.state.inline_text(argument, directive.lineno)[0]
        )
    elif argument and base not in LAYOUT_DIRECTIVES:
        container = nodes.container(title=argument.replace("``", "`"))
    directive.state.nested_parse(directive.content, directive.content_offset, container)
    # A name alone, such as Django's ".. setting:: DEBUG" above a section, is only a target.
    is_signature = re.search(r"[\s(]", container.get("title", "")) is not None
    has_text = any(not isinstance(child, nodes.pending) for child in container.children)
    return [container] if has_text or is_signature else [nodes.pending(None)]


def _code(language: str, directive: "Directive") -> "list[nodes.Node]":
    """Return code below its caption, which often is the name of the file."""
    from docutils import nodes  # noqa: PLC0415 - as above

    source = "\n".join(directive.content or directive.arguments)
    code = nodes.literal_block(source, source, classes=["code", language])
    caption, _ = directive.state.inline_text(directive.options.get("caption", ""), directive.lineno)
    return [nodes.paragraph("", "", *caption, nodes.Text(":")), code] if caption else [code]


def _version_note(label: str, directive: "Directive") -> "nodes.Node":
    """Return "Changed in version 5.0: …" as a paragraph, with what follows it."""
    from docutils import nodes  # noqa: PLC0415 - as above

    version, *others = "".join(directive.arguments).split(None, 1) or [""]
    container = nodes.container()
    directive.state.nested_parse(directive.content, directive.content_offset, container)
    if others:
        children, _ = directive.state.inline_text(others[0], directive.lineno)
        container.insert(0, nodes.paragraph("", "", *children))
    opening = f"{label}{version}"
    if container.children and isinstance(container[0], nodes.paragraph):
        container[0].insert(0, nodes.Text(f"{opening}: "))
    else:
        container.insert(0, nodes.paragraph("", f"{opening}."))
    return container


_OTHER_DIRECTIVES: dict[str, Callable[[str, "Directive"], "list[nodes.Node]"]] = {
    **dict.fromkeys(_CODE_DIRECTIVES, _code),
    "glossary": lambda _argument, directive: read_glossary(directive),
}
