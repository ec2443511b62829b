"""Words by which questions and the seams between two of them are recognized, by language.

``openings`` begin a question, ``verbs`` do so before a pronoun or an article ("does it", "can the
app"), and ``conjunctions`` join two questions. ``pronouns`` refer to the subject of a question.
Where questions do not begin with the word that asks, ``openings`` may stand anywhere.
"""

from dataclasses import dataclass

_NONE = "(?!)"  # matches nothing


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """Alternatives of regular expressions for the words of one language.

    ``relatives`` are openings that begin a relative clause behind a comma. ``is_fixed`` tells that
    the words that ask come first, ``is_prefix`` that a conjunction is written together with the
    next word, ``drops_pronouns`` that a verb needs no subject.
    """

    language: str
    conjunctions: str
    openings: str
    pronouns: str
    verbs: str = _NONE
    subjects: str = _NONE
    prepositions: str = ""
    relatives: str = _NONE
    is_fixed: bool = True
    is_prefix: bool = False
    drops_pronouns: bool = False

    @property
    def has_verbs(self) -> bool:
        """True if the verbs of questions are known."""
        return self.verbs != _NONE


def _any(words: str) -> str:
    return "|".join(words.split())


# German articles are pronouns at the end ("wie lösche ich die"), before the prefix of a verb ("wo
# bekomme ich den her") and before the verb of another ("wann muss ich den bezahlen").
_GERMAN_ARTICLES = "(?:das|de[mnr]|die)"
_GERMAN_PREFIXES = (
    "(?:ab|an|auf|aus|bei|durch|ein|fest|frei|her|hin|hoch|los|mit|nach|um|vor|weg|wieder|zu|zurück"
    "|zusammen)"
)
GERMAN_AUXILIARIES = (
    "(?:darf|dürfen|ha(?:be?n?|t)|kann(?:st)?|könn(?:en|te)|muss|müssen|soll(?:en|te)?"
    "|w(?:erden|ill|ird|ollen|urden?))"
)
GERMAN_PRONOUNS = (
    rf"{_GERMAN_ARTICLES}(?:\s+{_GERMAN_PREFIXES})?(?=\W*$)"
    rf"|{GERMAN_AUXILIARIES}\b.*\b{_GERMAN_ARTICLES}\s+\w+(?=\W*$)"
)


LANGUAGES = (
    QuestionWords(
        "en",
        prepositions=_any("in at on for from to with by since until of about"),
        conjunctions="and|&|plus|but",
        openings=_any(
            r"how\s(?:long|many|much|often|far|old) who whom whose what which when where why how"
            r" who['’]?s what['’]?s where['’]?s how['’]?s when['’]?s why['’]?s"
            r" (?:can|could|should|will|would|do|does|did|must|may)\s"
            "(?:the|an?|my|your|our|all|every)"
        ),
        verbs=_any(
            "is are was were am do does did can could should would will must may might has have had"
            " isn't aren't wasn't don't doesn't didn't can't couldn't shouldn't won't"
        ),
        subjects=_any("i you we they it he she there this that these those one anyone someone"),
        pronouns=_any("it its they them their theirs he him his she her hers this that ones? each"),
        relatives=_any("which who whose whom"),
    ),
    QuestionWords(
        "de",
        prepositions=_any("in an auf für von nach mit seit bis aus um zu"),
        conjunctions="und|sowie|aber",
        openings=_any(
            "wer wen wem wessen was welche[rsnm]? wann wo wohin woher warum wieso weshalb wie womit"
            " wofür wozu wodurch worin wieviel ob"
        ),
        verbs=_any(
            "ist sind war waren kann können könnte muss müssen darf soll sollte wird werden hat"
            " haben gibt geht läuft funktioniert braucht brauche kostet"
        ),
        subjects=_any("ich du man wir ihr sie er es das dies dieser diese dieses"),
        pronouns=_any("es sie er ihn ihm ihr ihre ihren ihrem das dies dieses dieser sein seine")
        + rf"|eine[ns]?(?=\W*$)|{GERMAN_PRONOUNS}",
    ),
    QuestionWords(
        "es",
        prepositions=_any("en de para con desde a por hasta sobre"),
        conjunctions="y|e|pero|además",
        openings=_any(
            "quién quienes quiénes quien qué que cuál cuáles cual cuales cuándo cuando dónde donde"
            r" adónde cómo como cuánt[oa]s? cuant[oa]s? por\s?qué para\squé"
        ),
        verbs=_any("puedo puede se es son hay tengo tiene necesito necesita funciona debo"),
        subjects=_any("yo tú usted él ella ello eso esto se que algún alguna un una"),
        pronouns=_any("él ella ello ellos ellas lo los la las le les su sus eso esto esta este"),
        relatives=_any("que quien quienes cual cuales cuando donde como cuanto cuanta"),
        drops_pronouns=True,
    ),
    QuestionWords(
        "fr",
        prepositions=_any("en de à pour avec depuis dans sur par"),
        conjunctions="et|mais",
        openings=_any(
            "qui que qu['’]est-ce quoi quelles? quels? quand où comment pourquoi combien est-ce"
            r" à\squoi peut-on puis-je dois-je faut-il est-il est-elle y\sa-t-il a-t-il"
        ),
        pronouns=_any("il elle ils elles le la les lui leur leurs son sa ses ça cela celui celle"),
    ),
    QuestionWords(
        "it",
        prepositions=_any("in di a per con da su"),
        conjunctions="e|ed|ma",
        openings=_any(
            "chi che cosa cos['’]è quale? quali quando dove dov['’]è come com['’]è perché perche"
            " quant[oaie]"
        ),
        pronouns=_any("esso essa lo la li le lui lei loro suo sua suoi sue questo questa"),
        drops_pronouns=True,
    ),
    QuestionWords(
        "pt",
        prepositions=_any("em de para com desde a por"),
        conjunctions="e|mas",
        openings=_any(
            r"quem que quê qual quais quando onde como por\s?que porque quant[oa]s? posso"
        ),
        pronouns=_any("ele ela eles elas o a os as lhe seu sua seus suas isso isto"),
        drops_pronouns=True,
    ),
    QuestionWords(
        "nl",
        prepositions=_any("in op voor van met sinds naar"),
        conjunctions="en|maar",
        openings=_any("wie wat welke? wanneer waar waarom hoe hoeveel waarvoor waarmee"),
        verbs=_any("kan kun moet is zijn heeft heb werkt mag"),
        subjects=_any("ik je jij men we wij het dit dat hij zij ze er"),
        pronouns=_any("het hij zij ze hem haar hun dit dat deze zijn"),
        relatives=_any("wie wat waar welke?"),
    ),
    QuestionWords(
        "pl",
        prepositions=_any("w na do od z dla o"),
        conjunctions="i|oraz|a",
        openings=_any(
            "kto kogo co czego któr[yaeą] której kiedy gdzie dlaczego czemu jak ile czy jakie?"
            " jak[aąi] jakiej jakich"
        ),
        pronouns=_any("on ona ono jego jej ich je to ten ta"),
        drops_pronouns=True,
    ),
    QuestionWords(
        "ru",
        prepositions=_any("в во на с со до от из для о об по к"),
        conjunctions="и|а|но",
        openings=_any(
            "кто кого кому что чего чем как[аои][яйе] какую каких каком какого когда где куда"
            " откуда почему зачем как сколько чей чья можно"
        ),
        pronouns=_any("он она оно они его её ее их ему ей им это этот эта"),
        drops_pronouns=True,
    ),
    QuestionWords(
        "uk",
        prepositions=_any("в у на з до від для про"),
        conjunctions="і|й|та|а",
        openings=_any("хто що як[аіеиу]й? яка яке які коли де куди чому навіщо як скільки чи"),
        pronouns=_any("він вона воно вони його її їх це"),
        drops_pronouns=True,
    ),
    QuestionWords(
        "sv",
        prepositions=_any("i på för med från till sedan fra siden til"),
        conjunctions="och|og",
        openings=_any(
            "vem vad vilken vilket vilka när var varför hur hvem hvad hva hvilken hvilket hvilke"
            " hvornår når hvor hvorfor hvordan"
        ),
        verbs=_any("kan måste ska är har går fungerar skal må er virker"),
        subjects=_any("jag man vi den det de han hon jeg du"),
        pronouns=_any("den det de dem dess han hon deras"),
        relatives=_any("vilken vilket vilka hvilken hvilket hvilke hvor når när var"),
    ),
    QuestionWords(
        "ar",
        conjunctions="و",
        openings=_any("ما ماذا كيف أين اين متى من لماذا كم أي أية هل"),
        pronouns=_any("هو هي هم"),
        is_prefix=True,
        drops_pronouns=True,
    ),
    QuestionWords(
        "he",
        conjunctions="ו",
        openings=_any("מה איך איפה מתי מי למה מדוע כמה איזה איזו אילו האם"),
        pronouns=_any("הוא היא הם הן אותו אותה זה זאת"),
        is_prefix=True,
        drops_pronouns=True,
    ),
    QuestionWords(
        "tr",
        conjunctions=r"\bve\b",
        openings=r"\b(?:ne|nedir|nasıl|hangi|kimi?n?|nerede|nereye|niçin|neden|kaç|m[ıiuü])\b",
        pronouns=r"\b(?:onu?|onun|onlar|bunu?|bunun)\b",
        is_fixed=False,
        drops_pronouns=True,
    ),
    QuestionWords(
        "hi",
        conjunctions=r"\sऔर\s",
        openings=_any("क्या कौन किस कब कहाँ कहां क्यों कैसे कितना कितनी कितने कौनसा"),
        pronouns=_any("यह वह इसे उसे इसका उसका इसकी उसकी"),
        is_fixed=False,
        drops_pronouns=True,
    ),
    QuestionWords(
        "zh",
        conjunctions="和|以及|还有|還有|并且|並且|而且|另外|[，,、]",
        openings=_any(
            "什么 什麼 甚麼 哪 谁 誰 几 幾 多少 怎么 怎麼 怎样 怎樣 如何 何时 何時 吗 嗎 是否"
        ),
        pronouns=_any("它 他 她 这 這 那个 那個"),
        is_fixed=False,
        drops_pronouns=True,
    ),
    QuestionWords(
        "ja",
        conjunctions="そして|また|それから|[、，,]",
        openings=_any(
            "何 誰 どこ いつ どう どの どれ どんな なぜ いくつ いくら ですか ますか でしょうか"
        ),
        pronouns=_any("それ これ その この"),
        is_fixed=False,
        drops_pronouns=True,
    ),
    QuestionWords(
        "ko",
        conjunctions=r"그리고|또|(?<=고)[ ]|(?<=[과와])[ ]",
        openings=_any(
            "무엇 뭐 무슨 누구 누가 어디 언제 왜 어떻게 어떤 어느 몇 얼마 나요 습니까 까요 인가요"
        ),
        pronouns=_any("그것 이것 그거 이거"),
        is_fixed=False,
        drops_pronouns=True,
    ),
)  # fmt: skip
