"""Fold spellings of one word into one: Unicode forms, case, optional marks, digits, punctuation.

What is folded is only compared, never shown. Each rule is for letters that people type in either
way, such as Hebrew with or without points, or Persian with Arabic's letters.
"""

import re
import string
import unicodedata

import regex

_ABBREVIATION = regex.compile(r"\b(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?")  # u.s. and p.m.: us and pm
_MAYBE_ABBREVIATION = re.compile(r"\.[^.]\.")  # found several times as fast
_THOUSANDS = re.compile(r",(?<=\d,)(?=\d{3}(?!\d))")  # 38,907 becomes 38907
_DIGIT = regex.compile(r"(?![0-9])\p{Nd}")

_OPTIONAL = regex.compile(
    r"[\p{Cf}\ufe00-\ufe0f"  # invisible: joiners, soft hyphens, directions, variants
    r"\u0300-\u036f"  # accents that no letter is composed with, as on Russian stressed vowels
    r"[\u0591-\u05c7&&\p{M}]"  # Hebrew points
    r"\u0640[\u0610-\u06ed&&\p{M}]"  # Arabic stretching and vowel marks
    r"\u055b\u055c\u055e"  # Armenian stress and question marks stand inside the word
    r"\u093c]"  # Devanagari's dot below
    r"|(?<=[\u05d0-\u05ea])[\"״](?=[\u05d0-\u05ea])",  # inside Hebrew abbreviations
    regex.V1,
)
_VARIANTS = {
    **dict.fromkeys("’ʼ＇‘׳", "'"),
    "ँ": "ं",  # Devanagari: the moon is rarely typed
    "ৎ": "ত্",  # Bengali
    "ൺ": "ണ്", "ൻ": "ന്", "ർ": "ര്", "ൽ": "ല്", "ൾ": "ള്", "ൿ": "ക്",  # Malayalam
    # Amharic: letters of the same sounds
    **dict(zip("ሃሐሑሒሓሔሕሖኀኁኂኃኄኅኆሠሡሢሣሤሥሦዐዑዒዓዔዕዖኣፀፁፂፃፄፅፆ",
               "ሀሀሁሂሀሄህሆሀሁሂሀሄህሆሰሱሲሳሴስሶአኡኢአኤእኦአጸጹጺጻጼጽጾ", strict=True)),
}  # fmt: skip
_ARABIC_VARIANTS = _VARIANTS | {"ی": "ي", "ک": "ك"}
_PERSIAN_VARIANTS = _VARIANTS | {"ي": "ی", "ى": "ی", "ك": "ک"}
# Most texts have few or none: searching for them is faster than str.translate, which maps each.
_VARIANT = re.compile(f"[{''.join(_ARABIC_VARIANTS | _PERSIAN_VARIANTS)}]")
_FULL_WIDTH_OFFSET = 0xFEE0  # from an ASCII character to its full-width form
_FULL_WIDTH = {ord(c) + _FULL_WIDTH_OFFSET: c for c in string.ascii_letters + string.digits}
_STYLED = re.compile(r"[\U0001d400-\U0001d7ff]+")  # letters for mathematics, in bold or script
_TURKISH_CAPITALS = str.maketrans({"I": "ı", "İ": "i"})


def unify_letters(text: str) -> str:
    """Compose accented letters; replace full-width and styled letters and digits by ordinary ones.

    Chats have no fonts, so some people write "𝐡𝐨𝐰" in letters that are meant for mathematics.
    """
    if text.isascii():
        return text
    composed = unicodedata.normalize("NFC", text).translate(_FULL_WIDTH)
    return _STYLED.sub(lambda match: unicodedata.normalize("NFKC", match[0]), composed)


def fold(text: str, language: str) -> str:
    """Return ``text`` as it is compared: two spellings of the same word become equal."""
    if language in {"tr", "az"}:
        text = text.translate(_TURKISH_CAPITALS)
    if text.isascii():
        text = text.casefold()
    else:
        text = _fold_letters(unicodedata.normalize("NFKC", text).casefold(), language)
    if _MAYBE_ABBREVIATION.search(text):
        text = _ABBREVIATION.sub(lambda match: match[0].replace(".", ""), text)
    return _THOUSANDS.sub("", text) if "," in text else text


def _fold_letters(text: str, language: str) -> str:
    if language == "en":  # many people type Rontgen for Röntgen
        text = "".join(
            c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)
        )
    text = _OPTIONAL.sub("", unicodedata.normalize("NFC", text))
    same = _ARABIC_VARIANTS if language == "ar" else _PERSIAN_VARIANTS
    text = _VARIANT.sub(lambda match: same.get(match[0], match[0]), text)
    # Python may be older than the newest digits that ``regex`` knows: these stay as they are.
    return _DIGIT.sub(lambda match: str(unicodedata.decimal(match[0], match[0])), text)
