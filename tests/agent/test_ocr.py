"""Every OCR engine keeps the contract; Tesseract, where it is installed, reads what was drawn."""

import contextlib
import io
import shutil
import sys
import time
from itertools import pairwise

import psutil
import pytest
from PIL import Image, ImageDraw, ImageFont

from agent.formats.pages import is_clean
from agent.ocr import (
    OcrError,
    ScriptedOcr,
    Tesseract,
    find_ocr,
    find_tesseract,
    installed_languages,
)

WORDS = "The harbour was dredged"
needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="needs the command tesseract"
)


def picture(*lines: str) -> bytes:
    """Draw lines of text as a scanner would see them."""
    image = Image.new("L", (1_600, 2_000), 255)
    for row, line in enumerate(lines):
        font = ImageFont.load_default(size=60)
        ImageDraw.Draw(image).text((100, 80 + 120 * row), line, fill=0, font=font)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _scripted():
    return ScriptedOcr(f"{WORDS}\nin 1907.\n")


@pytest.fixture(params=["scripted", pytest.param("tesseract", marks=needs_tesseract)])
def ocr(request):
    return _scripted() if request.param == "scripted" else find_tesseract(["eng"])


def test_words_stand_where_they_say_in_text_and_picture(ocr):
    result = ocr.read(picture(WORDS, "in 1907."))
    assert result.text == f"{WORDS}\nin 1907.\n"
    assert is_clean(result.text)
    said = [result.text[word.start : word.end] for word in result.words]
    assert said == [*WORDS.split(), "in", "1907."]
    assert all(before.end <= after.start for before, after in pairwise(result.words))
    lines = [word.line for word in result.words]
    assert len(set(lines)) == 2
    assert lines == sorted(lines)
    for word in result.words:
        left, top, right, bottom = word.box
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1
    assert result.words[0].box[2] <= result.words[1].box[0]
    assert result.words[0].box[1] < result.words[-1].box[1]


def test_an_engine_is_called_the_same_each_time(ocr):
    assert ocr.name == ocr.name != ""


@needs_tesseract
def test_rubbish_is_an_error_with_a_sentence():
    with pytest.raises(OcrError, match="Tesseract failed: "):
        find_tesseract(["eng"]).read(b"no picture")


@needs_tesseract
def test_a_language_that_is_not_there_is_named_with_what_brings_it():
    with pytest.raises(OcrError, match="lacks the language 'xyz'; `apt install tesseract-ocr-xyz`"):
        find_tesseract(["xyz"])
    assert installed_languages(shutil.which("tesseract"))[0] == "eng"


def _command(tmp_path, source: str) -> str:
    script = tmp_path / "tesseract"
    script.write_text(f"#!{sys.executable}\nimport subprocess, sys, time\n{source}\n")
    script.chmod(0o755)
    return str(script)


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts that start themselves")
def test_a_page_that_takes_too_long_is_given_up_with_all_that_was_started(tmp_path):
    source = (
        f"child = subprocess.Popen([{sys.executable!r}, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)"
    )
    engine = Tesseract(_command(tmp_path, source), ("eng",), "1", timeout_seconds=2.0)
    with pytest.raises(OcrError, match="took more than 2 seconds for one page"):
        engine.read(picture(WORDS))
    pid = int((tmp_path / "pid").read_text())
    for _ in range(50):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.02)
    pytest.fail("what was started still runs")


def test_an_engine_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(OcrError, match="Tesseract cannot be started"):
        Tesseract(str(tmp_path / "none"), ("eng",), "1").read(b"x")


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts that start themselves")
@pytest.mark.parametrize("table", ["", "level\n5", "level\tleft\n5\tx", "\0\n\0"])
def test_a_table_that_is_none_is_no_text_or_an_error(tmp_path, table):
    command = _command(tmp_path, f"sys.stdout.write({table!r})")
    with contextlib.suppress(OcrError):
        assert Tesseract(command, ("eng",), "1").read(b"x").text == ""


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts that start themselves")
def test_an_engine_that_does_not_say_its_version_is_broken(tmp_path, monkeypatch):
    _command(tmp_path, "if '--version' in sys.argv: sys.exit('no library')\nprint('List\\neng')")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    engine = find_ocr()
    with pytest.raises(OcrError, match="Tesseract failed: no library"):
        engine.read(b"x")
    assert engine.name == "broken"
