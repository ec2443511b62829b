import pytest

from index.ingest.readers.html.reader import read_html
from tests.support.format_files import block_texts, sections

ANSWERS = [
    "The pool opens at seven in the morning, on Sundays at nine.",
    "A ticket costs four coins, and children under six swim for nothing.",
    "Dogs may only swim on the last day of the season, when the water is let out.",
]
QUESTIONS = ["When does the pool open?", "What does a ticket cost?", "May I bring my dog?"]


def page(markup: str) -> bytes:
    parts = [
        markup.format(question=question, answer=answer, number=number)
        for number, (question, answer) in enumerate(zip(QUESTIONS, ANSWERS, strict=True))
    ]
    body = f"<nav>Home</nav><main><h1>Questions</h1>{''.join(parts)}</main>"
    return f"<html><head><title>Questions</title></head><body>{body}</body></html>".encode()


@pytest.mark.parametrize(
    "markup",
    [
        "<button>{question}</button><div style='display:none'><p>{answer}</p></div>",
        "<div><button>{question}</button><div hidden><p>{answer}</p></div></div>",
        "<h3><button>{question}</button></h3><div aria-hidden=true><p>{answer}</p></div>",
        "<h3>{question}</h3><div class=panel style='height:0;display: none'><p>{answer}</p></div>",
        "<details><summary>{question}</summary><p>{answer}</p></details>",
        "<div role=button>{question}</div><div style='display:none'><p>{answer}</p></div>",
        "<input type=checkbox id=c{number}><label for=c{number}>{question}</label>"
        "<div>{answer}</div>",
        "<div itemtype='https://schema.org/Question'><span itemprop=name>{question}</span>"
        "<div itemprop=acceptedAnswer><p>{answer}</p></div></div>",
        "<dl><dt>{question}</dt><dd>{answer}</dd></dl>",
        "<dl><dt><button>{question}</button></dt><dd style='display:none'>{answer}</dd></dl>",
        "<h4><a aria-expanded=false href='#p{number}'>{question}</a></h4><div><div id=p{number}"
        " style='display:none'><p>{answer}</p></div></div>",
    ],
)
def test_collapsed_answers_are_read_below_their_questions(markup: str) -> None:
    document = read_html(page(markup))
    assert (block_texts(document), sections(document)) == (ANSWERS, QUESTIONS)


@pytest.mark.parametrize(
    "markup",
    [
        "<div class=modal style='display:none'><p>Sign up and never miss a letter.</p></div>",
        "<button>Menu</button><div hidden><a href=/a>All pools of the town and its baths</a></div>",
        "<button>Log in</button><div hidden><p>Your name and your password.</p><input></div>",
        "<p>Before.</p><div hidden><p>This paragraph is shown to nobody at all.</p></div>",
    ],
)
def test_hidden_parts_without_a_question_stay_hidden(markup: str) -> None:
    shown = "<h3>{question}</h3><p>{answer}</p>"
    data = page(shown).replace(b"</main>", f"{markup}</main>".encode())
    texts = block_texts(read_html(data, joins_parts=False))
    assert [text for text in texts if text != "Before."] == ANSWERS
