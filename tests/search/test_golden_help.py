"""Golden test: questions about the bot itself, as members type them, answered from the seeds."""

import pytest

from index.searcher import Searcher
from index.types import Verdict

ARTICLE = "using-quoth.md"

QUESTIONS = [
    ("what is quoth", "answers questions with exact quotes"),
    ("are you an AI", "not an AI that writes answers"),
    ("is this chatgpt?", "no language model such as ChatGPT"),
    ("who made this bot", "made by the Quoth authors"),
    ("how do i ask privately", "set the option `private`"),
    ("can i talk to you in dms", "talk to Quoth in DMs"),
    ("who can see my question", "Everybody in the channel"),
    ("can i ask in a direct message?", "talk to Quoth in DMs (direct messages)"),
    ("can you see my messages", "only reads messages that are meant for it"),
    ("can i reply to an answer", "reply"),
    ("why can't you read my reply?", "Discord does not show it such replies"),
    ("how do i ask a follow-up question", "press the button \"Follow-up\""),
    ("how do i add articles", "/curate add"),
    ("what data do you store about me", "the text of questions"),
    ("how do i delete my data", "/privacy forget-me"),
    ("how do i delete an answer", "\"Delete\" removes an answer"),
    ("how do i share an answer in the channel", "\"Share\""),
    ("which articles are there?", "/sources"),
    ("do you search the web", "does not search the web"),
    ("why did you find nothing", "when no article answers your question"),
    ("how can i see more of the article", "the whole article as a text file"),
    ("how do i report a wrong answer", "Report a wrong answer with 👎"),
    ("which languages do you speak", "English, German and Spanish"),
    ("can i edit my question", "edit your message within a minute"),
    ("what does the more context button do", "the paragraphs around the quote"),
    ("can i trust the answers", "check the source before you trust"),
    ("who built you", "made by the Quoth authors"),
    ("what license is it under", "MIT licence"),
    ("are you powered by an llm", "no LLM"),
    ("is there a human behind this", "no human behind it"),
    ("so you're a bot right?", "not a real person"),
    ("do you read everything we write here", "does not read, log or spy on"),
    ("are you spying on us", "does not read, log or spy on"),
    ("can you google something for me", "cannot google anything"),
    ("can you make mistakes", "Quoth can make mistakes"),
    ("is the answer correct", "whether an article is correct"),
    ("who runs this bot", "run by its operator"),
    ("does it read my dms", "does not read your DMs"),
    ("why didn't you answer", "when no article answers your question"),
    ("can you delete what i asked", "/privacy forget-me"),
    ("can i add you to my server", "invites it there"),
    ("do you remember what i said before", "remembers nothing else"),
    ("what does closest mean", "\"Closest passages\" means"),
    ("where do your answers come from", "come from the articles, word for word"),
    ("how do i turn you off in this channel", "turn Quoth off in a channel"),
    ("can you summarise an article", "summarize an article"),
    ("can i ask in german", "English, German and Spanish"),
    ("how long do you keep my questions", "after 30 days"),
    ("can other people see my question", "Everybody in the channel"),
    ("is this free", "free and open source"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "quoted"), QUESTIONS)
def test_questions_about_the_bot_are_answered(
    searcher: Searcher, question: str, quoted: str
) -> None:
    answer = searcher.ask(question)
    texts = [quote.passage.text for quote in answer.quotes]
    assert answer.verdict is not Verdict.NOTHING
    assert any(quoted in text for text in texts), texts
    assert answer.quotes[0].citation.article == ARTICLE
