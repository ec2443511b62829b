"""Read characters of fonts that draw signs in the places of letters: Symbol and Wingdings.

Word stores a Greek letter as a code of such a font; read as a letter, 5 µm becomes 5 mm.
"""

_LOWER_HALF = (  # of Adobe's Symbol encoding, from 0x20 and from 0xA0
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_"
    "‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
)
_UPPER_HALF = (
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓"
    "◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪ 〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"
)
_PARTS = "‾⏐⎯®©™⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪⎮⎞⎟⎠⎤⎥⎦⎫⎬⎭"  # of tall brackets, where Adobe's glyph list has them
_SYMBOL = {
    **{0x20 + place: sign for place, sign in enumerate(_LOWER_HALF)},
    **{0xA0 + place: sign for place, sign in enumerate(_UPPER_HALF)},
    **{0x8E5 + place: sign for place, sign in enumerate(_PARTS)},
}
_WINGDINGS = {
    0x28: "☎",
    0x2A: "✉",
    0x4A: "☺",
    0x4C: "☹",
    0x6C: "●",
    0x6E: "■",
    0x6F: "☐",
    0x76: "❖",
    0x9F: "•",
    0xA7: "▪",
    0xA8: "☐",
    0xD8: "➢",
    0xDF: "←",
    0xE0: "→",
    0xE1: "↑",
    0xE2: "↓",
    0xF0: "⇨",
    0xFB: "✗",
    0xFC: "✓",
    0xFD: "☒",
    0xFE: "☑",
}
_FONTS = {"symbol": _SYMBOL, "wingdings": _WINGDINGS}
_PRIVATE_USE = 0xF000  # Windows stores the codes of such fonts from here on


def is_symbol_font(font: str | None) -> bool:
    """Return whether a font draws signs in the places of letters."""
    return (font or "").strip().lower() in _FONTS


def symbol_text(font: str | None, text: str) -> str:
    """Return the signs that such a font draws for a text; the text itself for other fonts.

    A code that is not known is left out.
    """
    signs = _FONTS.get((font or "").strip().lower())
    if signs is None:
        return text
    return "".join(
        signs.get(code - _PRIVATE_USE if code >= _PRIVATE_USE else code, "")
        for code in map(ord, text)
    )
