"""The little words by which a follow-up is known, in English, German and Spanish."""

PREPOSITIONS = (
    *("in", "at", "on", "for", "from", "to", "with", "by", "near", "since", "before", "after"),
    *("during", "between", "under", "over", "against", "of", "about"),
    *("im", "bei", "mit", "für", "von", "nach", "aus", "seit", "vor", "auf", "gegen", "zu", "zum"),
    *("en", "de", "del", "para", "con", "desde", "por", "sobre", "contra", "entre", "antes"),
)

QUESTION_WORDS = frozenset(
    """
    why how when where who whom whose which what since until till then so many much long often far
    warum wieso weshalb wie wann wo wer wen wem wessen welche was seit bis dann viel viele lange oft
    por qué porqué que cómo como cuándo cuando dónde donde quién quien cuál cual cuánto cuánta
    cuántos cuántas desde hasta entonces
    and but or says said else exactly really und aber oder genau sonst y pero exactamente
    """.split()
)
PRONOUNS = frozenset(
    """
    it its they them their theirs he him his she her hers
    sie ihr ihre ihren ihrem ihrer er ihn ihm
    él ella ellos ellas lo los las su sus
    """.split()
)
POINTING = frozenset(
    "this that these those there das dies diese dort eso esto esos estas allí".split()
)
VERBS = frozenset(
    "is was are were does did do has have had will would can could should mean means happen happens"
    " happened ist war sind waren hat hatte wird bedeutet es era son fue eran significa".split()
)
EMPTY = frozenset(PREPOSITIONS) | PRONOUNS | POINTING | VERBS
LITTLE = frozenset(PREPOSITIONS) | frozenset("the a an der die das ein eine el la un una".split())
