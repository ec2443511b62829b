"""Word lists for follow-up questions, in English, German and Spanish."""

PREPOSITIONS = frozenset(
    """
    in at on for from to with without by near since before after during between under over against
    of about via as
    im am als bei mit ohne für von nach aus seit vor auf unter gegen zu zum zur
    en de del para con sin desde por sobre contra entre antes
    sur sous dans avec sans pour chez depuis
    su per senza nel nella sul sulla
    """.split()
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
DEMONSTRATIVES = frozenset(
    """
    this that these those there das den dem der dies diese dort es eso esto esos estas allí
    """.split()
)
VERBS = frozenset(
    """
    is was are were does did do has have had will would can could should mean means happen happens
    happened work works apply applies cost costs
    ist war sind waren hat hatte wird bedeutet funktioniert geht gilt klappt passiert
    es era son fue eran significa
    """.split()
)
ADVERBS = frozenset(
    """
    afterwards beforehand later
    dabei dafür damit danach dann davon davor dazu nachher später vorher
    antes después luego
    """.split()
)
ARTICLES = frozenset("the a an der die das den dem ein eine einen el la los las un una".split())
NON_TERMS = PREPOSITIONS | PRONOUNS | DEMONSTRATIVES | VERBS

# Terms of which one replaces another: "and in july?" after a question about June.
TERM_CLASSES = tuple(
    frozenset(terms.split())
    for terms in (
        """
        january february march april may june july august september october november december
        jan feb mar apr jun jul aug sep sept oct nov dec
        januar jänner februar märz mai juni juli oktober dezember
        enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
        """,
        """
        monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays
        thursdays fridays saturdays sundays mon tue wed thu fri sat sun weekday weekdays weekend
        weekends today tomorrow yesterday tonight
        montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag montags dienstags
        mittwochs donnerstags freitags samstags sonntags wochenende heute morgen gestern
        lunes martes miércoles jueves viernes sábado sábados domingo domingos hoy mañana ayer
        """,
        """
        spring summer autumn fall winter frühling frühjahr sommer herbst
        primavera verano otoño invierno
        """,
        """
        windows linux mac macos osx unix ubuntu debian fedora arch android ios iphone ipad
        freebsd wsl
        """,
    )
)
# Too common in another sense to be replaced as the name of a month, a day or a system.
AMBIGUOUS_TERMS = frozenset("may march mar sat sun fall mon arch spring morgen".split())
