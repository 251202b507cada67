"""An answer in another language than the question is noticed; a short one or a quote is not."""

import pytest

from agent.drift import has_drifted

CHINESE = "泵站是由工程师伊达·科尔霍宁在一九七四年重建的 [1]。"
CHINESE_QUESTION = "谁在一九七四年重建了泵站？"
ENGLISH = "The station was rebuilt by the engineer Ida Korhonen [1]."
GERMAN = "Es war die Ingenieurin, die das Werk für die Stadt und den Rat baute."
RUSSIAN_QUESTION = "Кто перестроил насосную станцию?"
RUSSIAN = "Станцию перестроила инженер Ида Корхонен [1]."
QUESTION = "Who was it that rebuilt the pumping station of the town in 1974?"


@pytest.mark.parametrize(
    ("question", "answer", "drifts"),
    [
        (QUESTION, ENGLISH, False),
        (QUESTION, CHINESE, True),
        (QUESTION, "It was rebuilt 由工程师伊达在一九七四年重建的 in the town.", True),
        (QUESTION, "Ida Korhonen 伊达 [1]", False),
        (QUESTION, f"In the record it says “{CHINESE}” [1].", False),
        (QUESTION, GERMAN, True),
        (CHINESE_QUESTION, CHINESE, False),
        (CHINESE_QUESTION, ENGLISH, True),
        (RUSSIAN_QUESTION, RUSSIAN, False),
        (RUSSIAN_QUESTION, ENGLISH, True),
        ("駅を建て直したのは誰ですか", "イダ・コルホネンが建て直しました [1]。", False),
        ("1974?", ENGLISH, False),
        ("من أعاد بناء المحطة؟", "أعادت المهندسة إيدا بناء المحطة في عام ١٩٧٤ [1].", False),
    ],
)
def test_drift_is_told_by_script_and_by_words(question, answer, drifts):
    assert has_drifted(question, answer) is drifts
