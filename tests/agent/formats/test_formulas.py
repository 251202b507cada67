"""Formulas come out on one line, as a person would type them."""

import pytest
from lxml import etree

from agent.formats.formulas import formula_words

_MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"


def _words(inner: str) -> str:
    return formula_words(etree.fromstring(f'<m:oMath xmlns:m="{_MATH}">{inner}</m:oMath>'))


def _run(text: str) -> str:
    return f"<m:r><m:rPr><m:t>how it looks</m:t></m:rPr><m:t>{text}</m:t></m:r>"


def _in(tag: str, inner: str) -> str:
    return f"<m:{tag}>{inner}</m:{tag}>"


def _e(text: str) -> str:
    return _in("e", _run(text))


FORMULAS = {
    "E=mc^2": _run("E=m") + _in("sSup", _e("c") + _in("sup", _run("2"))),
    "x_(i+1)": _in("sSub", _e("x") + _in("sub", _run("i+1"))),
    "x_i^2": _in("sSubSup", _e("x") + _in("sub", _run("i")) + _in("sup", _run("2"))),
    "(a+b)/2": _in("f", _in("num", _run("a+b")) + _in("den", _run("2"))),
    "(1+n)/2": _in("f", _in("num", _in("d", _e("1+n"))) + _in("den", _run("2"))),
    "√(x+1)": _in("rad", "<m:deg/>" + _e("x+1")),
    "√(3&x)": _in("rad", _in("deg", _run("3")) + _e("x")),
    "∑_(k=1)^n k": _in(
        "nary",
        '<m:naryPr><m:chr m:val="∑"/></m:naryPr>'
        + _in("sub", _run("k=1")) + _in("sup", _run("n")) + _e("k"),
    ),
    "∫ x": _in("nary", _e("x")),
    "lim_(n→∞) a": _in("limLow", _e("lim") + _in("lim", _run("n→∞"))) + _run("a"),
    "sin x": _in("func", _in("fName", _run("sin")) + _e("x")),
    "[a|b": _in(
        "d", '<m:dPr><m:begChr m:val="["/><m:endChr m:val=""/></m:dPr>' + _e("a") + _e("b")
    ),
    "(a, b; c, d)": _in("m", _in("mr", _e("a") + _e("b")) + _in("mr", _e("c") + _e("d"))),
    "a=1; b=2": _in("eqArr", _e("a=1") + _e("b=2")),
    "_1x": _in("sPre", _in("sub", _run("1")) + _e("x")),
    "x": _in("acc", '<m:accPr><m:chr m:val="^"/></m:accPr>' + _e("x")),
}  # fmt: skip


@pytest.mark.parametrize("wanted", FORMULAS)
def test_a_formula_reads_as_it_is_typed(wanted):
    assert _words(FORMULAS[wanted]) == wanted
