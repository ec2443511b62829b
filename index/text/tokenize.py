"""Text → terms: the words that the lexical index and the ranking compare.

A term is a casefolded, stemmed word. Scripts written without spaces are cut into pairs of
characters, which needs no dictionary and finds what words would find.
"""

import re
import threading
import unicodedata
from functools import cache, lru_cache

import Stemmer

# Snowball's names of the languages it stems, by ISO 639-1 code.
_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch",
    "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

# Han, kana, Thai, Lao, Khmer and Burmese are written without spaces between words.
_UNSPACED = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\u0e00-\u0eff\u1780-\u17ff\u1000-\u109f\U00020000-\U0003ffff"
)
_WORD = re.compile(
    rf"[{_UNSPACED}]+"
    r"|\d+(?:st|nd|rd|th)\b|\d+(?:[.,]\d+)*"  # 3rd, 3.14 and 38,907 are one word each
    rf"|(?:(?![{_UNSPACED}\d_])\w)+(?:'(?![{_UNSPACED}\d_])\w+)?"
)
_ABBREVIATION = re.compile(r"\b(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?")  # u.s. and p.m. are us and pm
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")  # 38,907 is 38907
_APOSTROPHES = str.maketrans("’ʼ＇‘", "''''")
_ELIDED = re.compile(r"^(?:[ldjmtscn]|qu|jusqu|lorsqu|puisqu|quelqu|dell|nell|sull|all|dall|un)'")
_ELIDING = frozenset({"fr", "it", "ca"})
_RUN = re.compile(rf"[{_UNSPACED}]")
_LONGEST = 60  # characters of a term; what is longer is no word, and tantivy refuses 64 KiB

# Words that carry a question but not its subject. Other languages rely on tantivy's lists.
_ENGLISH_FUNCTION_WORDS = frozenset(
    """
    a about after again all also although always am an and any anybody anyone anything are as at
    be became because become been before being between both but by can could did do does doing
    done during each either else ever every few for from further get gets give given go goes got
    had has have having he her here hers herself him himself his how however i if in into is it
    its itself just let like made make makes many may maybe me might mine more most much must my
    myself near neither no nor not of off often on once one only onto or other others ought our
    ours out over own per perhaps please quite rather said same say says shall she should since
    so some someone something such take taken tell than that the their theirs them themselves
    then there these they this those through to too toward towards under until up upon use
    used very via was we were what whatever when where whether which while who whoever whom
    whose why will with within without would yes yet you your yours yourself
    aren't can't couldn't didn't doesn't don't hasn't haven't i'm i've isn't shouldn't they're
    wasn't weren't won't wouldn't you're
    """.split()
)


# Who asks for World War 2 or the 3rd season means World War II, the third. No "one" (a pronoun),
# nor Roman numerals that are words or letters as well.
_NUMBERS = """
    two 2 three 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 ten 10 eleven 11 twelve 12
    first 1st second 2nd third 3rd fourth 4th fifth 5th sixth 6th seventh 7th eighth 8th ninth 9th
    tenth 10th eleventh 11th twelfth 12th ii 2 iii 3 iv 4 vii 7 viii 8 ix 9 xii 12
""".split()


def terms(text: str, language: str) -> list[str]:
    """The terms of ``text`` in order, repeated as they repeat, stop words included."""
    found: list[str] = []
    for word in _WORD.findall(_plain(text, language)):
        if _RUN.match(word):
            found.extend(_pairs(word))
        else:
            found.append(_stem(word, language))
    return found


@lru_cache(maxsize=1024)  # each room that a question comes through asks for them
def content_terms(text: str, language: str) -> tuple[str, ...]:
    """The distinct terms of a question that say what it is about, in order.

    When nothing but stop words is there, all of them: "To be or not to be" is findable.
    """
    all_terms = tuple(dict.fromkeys(terms(text, language)))
    stops = stop_terms(language)
    return tuple(term for term in all_terms if term not in stops) or all_terms


SHARED = 4  # letters that relatives share from the start, unless one is a slip of typing


def alike(word: str, term: str, slips: bool) -> bool:
    """Whether two terms are relatives: mostly one stem, or with ``slips`` a slip of typing apart.

    Six tenths of the longer one from the start, four letters at least: resurg, resurgen.
    """
    longer = max(len(word), len(term))
    shared = next((i for i, (a, b) in enumerate(zip(word, term, strict=False)) if a != b), None)
    if shared is None:
        shared = min(len(word), len(term))
    if shared >= SHARED and shared >= 0.6 * longer:
        return True
    return slips and longer >= 5 and _slips(word, term) <= (1 if longer < 8 else 2)


@cache
def stop_terms(language: str) -> frozenset[str]:
    """Stems of the function words of ``language``; empty for languages without a list."""
    if language == "en":
        return frozenset(_stem(word, "en") for word in _ENGLISH_FUNCTION_WORDS)
    return frozenset(_stem(word, language) for word in _FUNCTION_WORDS.get(language, ()))


def _plain(text: str, language: str) -> str:
    """One spelling of what is spelled in several ways: forms of letters, case, apostrophes."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES)
    if language == "en" and not text.isascii():  # Rontgen is how many type Röntgen
        text = "".join(
            c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)
        )
    text = _ABBREVIATION.sub(lambda found: found[0].replace(".", ""), text)
    return _THOUSANDS.sub("", text)


@lru_cache(maxsize=20_000)
def _slips(word: str, term: str) -> int:
    """Letters to insert, drop, change or swap (optimal string alignment distance); 3 is many."""
    if abs(len(word) - len(term)) > 2:
        return 3
    before: list[int] = []
    last = list(range(len(term) + 1))
    for i, letter in enumerate(word, 1):
        row = [i]
        for j, other in enumerate(term, 1):
            cost = min(last[j] + 1, row[-1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == term[j - 2] and word[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return min(3, last[-1])


def _pairs(run: str) -> list[str]:
    if len(run) == 1:
        return [run]
    return [run[i : i + 2] for i in range(len(run) - 1)]


_local = threading.local()  # a Snowball stemmer must not be shared between threads


@lru_cache(maxsize=20_000)
def _stem(word: str, language: str) -> str:
    word = word[:_LONGEST]
    if language == "en":
        word = re.sub(r"'s?$", "", word)
    elif language in _ELIDING:
        word = _ELIDED.sub("", word) or word
    name = _STEMMERS.get(language)
    stem = _stemmer(name).stemWord(word) if name and not word[0].isdigit() else word
    return _numbers().get(stem, stem) if language == "en" else stem


@cache
def _numbers() -> dict[str, str]:
    """Numerals by the stems of English number words."""
    words = _stemmer("english").stemWords(_NUMBERS[::2])
    return dict(zip(words, _NUMBERS[1::2], strict=True))


def _stemmer(name: str) -> Stemmer.Stemmer:
    stemmers: dict[str, Stemmer.Stemmer] = _local.__dict__
    if name not in stemmers:
        stemmers[name] = Stemmer.Stemmer(name, 0)
    return stemmers[name]


_FUNCTION_WORDS: dict[str, tuple[str, ...]] = {
    "de": tuple(
        """
        aber alle als also am an auch auf aus bei beim bin bis da damit dann das dass dem den der
        darf des die dies diese diesem diesen dieser dieses doch dort du durch dürfen ein eine einem
        einen einer eines er es euch für gab gibt hat hatte hatten habe haben ich ihm ihn ihr ihre
        im in ist ja jede jeder kann kein keine können könnte man mehr mein muss müssen mit nach
        nicht noch nur ob oder ohne schon sehr sein seine sich sie sind so soll sollte über um und
        uns unter vom von vor war waren warum was weil welche welchem welchen welcher welches wem
        wen wenn wer werden wessen wie wieso wird wo woher wohin worden wurde wurden zu zum zur
        zwischen viele viel
        """.split()
    ),
    "es": tuple(
        """
        a al algo ante como con cual cuál cuales cuáles cuando cuándo cuanta cuánta cuantas cuántas
        cuanto cuánto cuantos cuántos de del desde donde dónde durante e el él ella ellos en entre
        era eran es esa ese eso esta está están este esto fue fueron ha había han hasta hay la las
        debe deben debo le les lo los más me mi muy no nos o para pero por porque pueden puede
        puedes puedo que qué quien quién quienes se según ser si sí sin sobre son su sus también tan
        tiene tienen tu un una unas uno unos y ya
        """.split()
    ),
    "fr": tuple(
        """
        à a au aux avec avait ce ces cet cette ceux comme comment combien dans de depuis des du elle
        elles en entre est et était étaient été être eu eux fut il ils je la le les leur leurs lui
        mais me même moi mon ne nos notre nous on ont où ou par pas plus pour pourquoi quand peut
        peuvent peux que quel quelle quelles quels qui quoi sa sans se selon ses si son sont sous
        sur ta te tes toi ton tu un une vos votre vous y
        """.split()
    ),
    "ru": tuple(
        """
        а без был была были было быть в во вот все всё вы где да для до его ее её если есть еще ещё
        же за зачем и из или им их к как какая какие каким каких какого какое какой каком какому
        какую ко когда который которая которое которые кто кого кому ли между мне много можно может
        могу могут мы на над не нет но ну нужно о об он она они оно от по под после почему при про с
        сам свой себя сколько со так также там то того тоже той только том тот ты у уже чего чей чем
        через что чтобы эта эти это этот я
        """.split()
    ),
}
