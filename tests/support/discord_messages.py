"""Read Discord messages, and find what Discord would refuse in them."""

import re
from collections.abc import Iterator, Sequence
from typing import Any


def walk(components: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield components and, after each, those inside it."""
    for component in components:
        yield component
        if "accessory" in component:
            yield component["accessory"]
        yield from walk(component.get("components", []))


def raw(message: Any) -> list[dict[str, Any]]:
    """Return a message's components as Discord describes them."""
    return [each if isinstance(each, dict) else each.to_dict() for each in message.components]


def texts(message: Any) -> list[str]:
    return [each["content"] for each in walk(raw(message)) if each["type"] == 10]


def text(message: Any) -> str:
    return "\n".join([message.content or "", *texts(message)]).strip()


def buttons(message: Any) -> list[dict[str, Any]]:
    return [each for each in walk(raw(message)) if each["type"] == 2]


def labels(message: Any) -> list[str]:
    return list(map(label, buttons(message)))


def label(button: dict[str, Any]) -> str:
    """Return a button's text, or its emoji."""
    return str(button.get("label") or button["emoji"]["name"])


def units(value: str) -> int:
    """Return the length in UTF-16 code units."""
    return len(value.encode("utf-16-le", "surrogatepass")) // 2


def _ids(body: dict[str, Any]) -> Iterator[object]:
    """Yield the ids of referenced messages, files and preselected values."""
    yield from (v for k, v in (body.get("message_reference") or {}).items() if k.endswith("_id"))
    yield from (file.get("id") for file in body.get("attachments") or [])
    for component in walk(body.get("components") or []):
        yield from (value["id"] for value in component.get("default_values", []))


def problems(body: dict[str, Any]) -> list[str]:
    """List the limits of Discord that a message's body exceeds."""
    components = list(walk(body.get("components") or []))
    buttons = [each for each in components if each["type"] == 2]
    custom_ids = [each["custom_id"] for each in buttons if "custom_id" in each]
    shown = [each["content"] for each in components if each["type"] == 10]
    checks = {
        "content over 2000": units(body.get("content") or "") > 2000,
        "content beside components": bool(components and body.get("content")),
        "more than 40 components": len(components) > 40,
        "texts over 4000": sum(map(units, shown)) > 4000,
        "an empty text": any(not each.strip() for each in shown),
        "a custom_id over 100": any(len(each) > 100 for each in custom_ids),
        "a repeated custom_id": len(set(custom_ids)) != len(custom_ids),
        "a label over 38": any(len(label(each)) > 38 for each in buttons),
        "a repeated label": len(set(map(label, buttons))) != len(buttons),
        "a row without 1 to 5 items": any(
            not 1 <= len(each["components"]) <= 5 for each in components if each["type"] == 1
        ),
        "a lone surrogate": any(re.search("[\ud800-\udfff]", each) for each in shown),
        "a ping": bool((body.get("allowed_mentions") or {}).get("parse")),
        "an id that is not a string": any(isinstance(each, int) for each in _ids(body)),
    }
    return [name for name, exceeded in checks.items() if exceeded]
