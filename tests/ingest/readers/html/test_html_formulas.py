import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ingest.readers.html.cleanup.formulas import write_formulas
from index.ingest.readers.html.cleanup.inline_marks import clean_marks
from index.ingest.readers.html.reader import read_html
from index.ingest.readers.html.source import parse_html
from tests.support.format_files import block_texts
from tests.support.fuzz import few_examples

TEX = r"\frac{a}{b}"
MATH = (
    "<math><semantics><mfrac><mi>a</mi><mi>b</mi></mfrac>"
    rf"<annotation encoding='application/x-tex'>{TEX}</annotation></semantics></math>"
)


def written(markup: str) -> str:
    tree = parse_html(f"<p>{markup}</p>")
    write_formulas(tree)
    return " ".join(tree.text_content().split())


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("3 × 10<sup>6</sup> m<sup>3</sup> of water", "3 × 10⁶ m³ of water"),
        ("12<sup>1</sup>/<sub>2</sub> inches", "12 1/2 inches"),
        ("<sup>3</sup>/<sub>4</sub> of it", "3/4 of it"),
        ("<i>x</i><sup>2</sup> and CO<sub>2</sub>.", "x² and CO₂."),
        ("e<sup>x<sup>2</sup></sup> is", "e^(x²) is"),
        ("the mayor<sup>1</sup> said.<sup>[2]</sup> So", "the mayor said. So"),
        ("said so<sup><a href=#n>1</a></sup>. Then", "said so. Then"),
        ("<b>10</b><sup>-9</sup>", "10⁻⁹"),
        ("<sub>a</sub>", "ₐ"),
        ("10<span style='vertical-align: super; font-size: 60%'>5</span> m", "10⁵ m"),
        ("CO<font style='vertical-align:sub'>2</font> rises", "CO₂ rises"),
        ("10<span class=sup>4</span> m", "10⁴ m"),
    ],
)
def test_raised_and_lowered_text_keeps_its_meaning(markup: str, text: str) -> None:
    assert written(markup) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (rf"is <math alttext='{TEX}'><mi>x</mi></math>, and", rf"is {TEX}, and"),
        (f"is {MATH}.", f"is {TEX}."),
        (
            f"is <span class=katex><span class=katex-mathml>{MATH}</span>"
            "<span class=katex-html aria-hidden=true>ab</span></span>.",
            f"is {TEX}.",
        ),
        (
            "is <span class=mwe-math-element><span style='display:none'><math"
            r" alttext='{\displaystyle x^{2}}'><mi>x</mi></math></span>"
            r"<img class=mwe-math-fallback-image alt='{\displaystyle x^{2}}'></span>.",
            "is x^{2}.",
        ),
        (
            "is <span class=MathJax_Preview>x</span><span class=MathJax>x</span>"
            f"<script type='math/tex'>{TEX}</script>.",
            f"is {TEX}.",
        ),
        (
            "is <mjx-container><mjx-math>x</mjx-math><mjx-assistive-mml><math><msup><mi>x</mi>"
            "<mn>2</mn></msup></math></mjx-assistive-mml></mjx-container>.",
            "is x².",
        ),
        (f"is <img class=latex alt='{TEX}'>.", f"is {TEX}."),
        ("is <img class=photo alt='A bridge'>.", "is ."),
        ("<math><mi>π</mi><mi>r</mi></math>", "πr"),
        ("<math><mi>a</mi><mo>=</mo><msqrt><mi>b</mi></msqrt></math>", "a = √(b)"),
        ("<math><mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><mi>b</mi></mfrac></math>",
         "(a + 1)/b"),
        ("<math><mo>(</mo><mfrac linethickness=0><mi>n</mi><mi>k</mi></mfrac><mo>)</mo></math>",
         "(n ¦ k)"),
        ("<math><msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup></math>", "xᵢ²"),
        ("<math><mroot><mi>x</mi><mn>3</mn></mroot></math>", "³√(x)"),
        ("<math><mfenced><mi>a</mi><mi>b</mi></mfenced></math>", "(a, b)"),
        ("<math><mover><mi>x</mi><mo>¯</mo></mover></math>", "x\u0304"),
        ("<math><mi>x</mi><mtext>if</mtext><mi>y</mi></math>", "x if y"),
        ("<math><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr><mtr><mtd><mn>3</mn>"
         "</mtd><mtd><mn>4</mn></mtd></mtr></mtable></math>", "1, 2; 3, 4"),
        ("<math><mmultiscripts><mi>C</mi><mprescripts/><mn>6</mn><mn>14</mn></mmultiscripts>"
         "</math>", "₆¹⁴C"),
    ],
)  # fmt: skip
def test_formulas_are_written_in_tex_or_in_a_line(markup: str, text: str) -> None:
    assert written(markup) == text


def test_formulas_of_an_article_are_in_its_passages() -> None:
    prose = "Suppose that every circle is drawn with a thread of the same length. " * 4
    data = (
        f"<nav>Home</nav><article><h1>T</h1><p>{prose}</p><p>Its area is {MATH} m<sup>2</sup>.</p>"
    )
    assert block_texts(read_html(data.encode()))[1] == f"Its area is {TEX} m²."


@few_examples
@given(
    st.lists(
        st.sampled_from(
            "<sup> </sup> <sub> </sub> 1 / a x. <math> </math> <msup> </msup> <mi> </mi> <b> </b>"
            " <span_class=katex> </span> <a> </a> <p> <a_href=#fn1> <span_class=dropcap> O </div>"
            " <img_alt=O> <div> <mtable> <mmultiscripts> <mprescripts/> <mroot>".split()
        )
    )
)
def test_any_nesting_of_formulas_is_written(pieces: list[str]) -> None:
    markup = "".join(pieces).replace("_", " ")
    tree = parse_html(f"<p>{markup}</p>")
    clean_marks(tree)
    write_formulas(tree)


@pytest.mark.parametrize(
    "link",
    [
        "<a href=#n1 class=footnote-ref role=doc-noteref>1</a>",
        "<sup><a href=#n1>1</a></sup>",
        "<a href=#n1 class=footnoteRef>*</a>",
        "<a href=#_ftn1 name=_ftnref1><span>[1]</span></a>",
        "<a class=sdfootnoteanc href=#sdfootnote1sym><sup>1</sup></a>",
        "<a href='notes.html#fn:2'>2</a>",
        "<a href=#Footnote_1_1 class=fnanchor>[1]</a>",
    ],
)
def test_references_to_notes_are_not_part_of_a_sentence(link: str) -> None:
    page = f"<html><body><h1>T</h1><p>The wheel was bought in Bonn,{link} by two brothers.</p>"
    document = read_html(page.encode())
    assert block_texts(document) == ["The wheel was bought in Bonn, by two brothers."]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p><span class=dropcap>O</span><span>nce a year.</span></p>", "Once a year."),
        ("<p><span class=dropcap>O</span> <span>nce a year.</span></p>", "Once a year."),
        ("<p><b style='float:left'><i>W</i></b> hen it rains.</p>", "When it rains."),
        ("<p><span class=dropcap>I</span> <span>n winter.</span></p>", "In winter."),
        ("<p><span class=dropcap>A</span> boat is here.</p>", "A boat is here."),
        ("<p><b>B</b> is the second.</p>", "B is the second."),
        ("<p><img class=initial alt=O>nce a year.</p>", "Once a year."),
        ("<p><img alt=A> photo of it.</p>", "photo of it."),
        ("<div class=drop><img alt=I></div><p>n the end.</p>", "In the end."),
        ("<p class=dropcap>T</p><p>he end.</p>", "The end."),
        ("<p>5 <font face=Symbol>m</font>m at an <font face=arial>a</font>.</p>", "5 μm at an a."),
    ],
)
def test_drop_caps_join_their_words(markup: str, text: str) -> None:
    tree = parse_html(f"<div>{markup}</div>")
    clean_marks(tree)
    assert " ".join(tree.text_content().split()) == text


def test_a_letter_with_scripts_may_be_missing() -> None:
    tree = parse_html("<p>x<math><mmultiscripts></mmultiscripts></math></p>")
    write_formulas(tree)
    assert tree.text_content().strip() == "x"
