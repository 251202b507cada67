"""页面上的中文。"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from agent import Added, Answer, Coverage, Progress
from agent.coverage import DocumentCoverage, State, Stretch
from agent.evidence import Citation, Sentence
from agent.ocr import HOW_TO_INSTALL

TITLE: Final = "Longread"
_PROMISE: Final = "向长文档提问；每个结论都给出原文和页码。"
DROP_AND_ASK: Final = "把文档拖到这里并提问"
ASK_ON: Final = "继续提问，或再拖入一份文档"
SAMPLE_NAME: Final = "Ferry company report (sample).pdf"
SAMPLE_PAGES: Final = 16
TRY_SAMPLE: Final = f"试用示例报告（{SAMPLE_PAGES} 页，英文）"
RECENT: Final = "您的文档"
ALL_DOCUMENTS: Final = "← 全部文档"
SUGGESTIONS: Final = "例如可以问："
SAMPLE_QUESTIONS: Final = (
    "Who asked that the opening of Gangway be put off?",
    "How many bookings were charged twice?",
    "When will Godwit be delivered?",
)
CHOOSING: Final = "正在准备阅读模型"
WORKING: Final = "正在开始"
LIBRARY: Final = "文档库"
BACK: Final = "← 返回"
FILTER: Final = "按名称查找"
SHOW_MORE: Final = "显示更多"
CHANGE: Final = "修改"
CHANGE_IT: Final = "重命名或删除"
NAME: Final = "名称"
RENAME: Final = "重命名"
DELETE: Final = "永久删除"
WHAT_DELETING_DOES: Final = "删除会移除正文、索引、阅读记录以及您就它提出的问题。"
SAVE: Final = "保存"
SAVE_AS: Final = {"md": "Markdown", "json": "JSON", "html": "PDF 或打印"}
SAVE_TABLE: Final = "将此表保存为 CSV"
NO_SUCH_FILE: Final = "此浏览器没有这段对话。"
ITEM: Final = "条目"
WHERE: Final = "出处"
PAGE: Final = "第"
CITED: Final = "被引用"
MAP: Final = "阅读地图"
SHEET: Final = "所示页面"
MAP_OF_LAST: Final = "最近一次回答读过的"
MAP_OF_ALL: Final = "所有回答读过的"
NEEDLE: Final = "大海捞针测试"
NEEDLE_WHAT: Final = (
    "把句子藏进长文本里再来提问，由程序统计找到了多少。它显示本机的阅读者能看进一份长文档的多少，"
    "而不是它能回答多难的问题。"
)
NEEDLE_MOST: Final = "最长"
NEEDLE_START: Final = "开始测试"
NEEDLE_ASKING: Final = "正在藏针并提问"
NEEDLE_DEPTH: Final = "深度"
MODEL_ALONE: Final = "只用模型，全文放进窗口"
SETTINGS: Final = "设置"
WAY: Final = "阅读方式"
WAYS: Final = {
    "auto": "能回答的最省方式",
    "retrieve": "先检索，再读最相关的段落",
    "sweep": "读完每一页",
    "reason": "逐步进行，每一步由所得决定",
    "direct": "一次读完（文档较短时）",
}
MINUTES: Final = "最多多少分钟（0 为不限）"
TOKENS: Final = "模型最多使用多少 token（0 为不限）"
SPEAK: Final = "语言"
HOW_TO_CHANGE_READER: Final = (
    "如需更换：设置 `LONGREAD_MODEL` 或 `OPENAI_BASE_URL` 后启动 Longread；"
    "`longread models` 列出本机可用的模型。"
)
STOP: Final = "停止"
STOPPING: Final = "正在停止"
WAITING: Final = "正在排队"
NOBODY: Final = "无法得知您是谁：请通过表明您身份的代理访问此页面。"
STOPPED: Final = "在回答完成之前已停止。"
SUMMARISE: Final = "摘要"
SUMMARISE_NOW: Final = "生成摘要"
SUMMARY_LENGTH: Final = "长度"
SUMMARY_FOCUS: Final = "用途（可留空）"
SUMMARY_FOCUS_EXAMPLE: Final = "供投资者参考"
LENGTH_NAMES: Final = {"paragraph": "一段", "page": "一页", "five-pages": "五页"}
STATE_NAMES: Final[Mapping[State, str]] = {
    "read": "已读",
    "partly": "部分已读",
    "failed": "读取失败",
    "unread": "未读",
    "unreadable": "没有可读文字",
    "blank": "空白",
}
NOTHING_TO_ASK: Final = "还没有可提问的文档：请随问题拖入一份，或打开一份。"
BLANK: Final = "请写下您想知道的内容，或拖入一份文档。"
NO_LENGTH: Final = "未注明长度的文件不予接收。"
TOO_MUCH_AT_ONCE: Final = "一次太多：请先提交已拖入的文件，再拖入此文件。"
SOURCES: Final = "出处"
BEFORE: Final = "上一页"
NEXT: Final = "下一页"
CLOSE: Final = "关闭"
ZOOM: Final = "缩放"
NOT_LOCATED: Final = "未能在此图片上定位所引文字。"
NO_FILE: Final = "未保存此文档的文件；再次添加即可以图片显示其页面。"
NO_SOURCE: Final = "这句话没有给出出处。"
STRANGE_NUMBER: Final = "这个数字不在这句话所列的任何引文中。"
_SHOWN: Final = 10
_QUOTED: Final = 80  # characters
_STAGES: Final = (
    (re.compile(r"Reading in (.+)"), r"正在读入 \1"),
    (re.compile(r"Indexing (.+)"), r"正在为 \1 建立索引"),
    (re.compile(r"(.+) is ready"), r"\1 已就绪"),
    (
        re.compile(r"Reading ([\d,]+) passages, ([\d,]+) tokens.*"),
        r"正在阅读 \1 个段落，\2 个 token",
    ),
    (re.compile(r"Reading ([\d,]+) passages"), r"正在阅读 \1 个段落"),
    (re.compile(r"Looking for: (.+)"), r"正在寻找：\1"),
    (re.compile(r"Summing up"), "正在归纳"),
    (re.compile(r"Answering"), "正在回答"),
    (re.compile(r"Done"), "完成"),
)


def no_room_for_you(size: float, used: float, most: int) -> str:
    """说明此人已上传足够多，单位为 MB。"""
    return (
        f"拖入的文件共 {size:,.1f} MB，您的文档已占 {used:,.1f} MB，每人上限为 {most:,} MB："
        "请少拖一些，或先删除一些文档。"
    )


def no_room(most: int) -> str:
    """说明所有人合计已上传足够多。"""
    return f"此处所有文档已接近上限 {most:,} MB：运行此页面的人可调高 LONGREAD_ALL_MB。"


def promise(remote_host: str) -> str:
    """说明用途，以及所读内容去向。"""
    if remote_host:
        return f"{_PROMISE}为回答而读的内容会发送到 {remote_host}。"
    return f"{_PROMISE}一切都留在本机。"


def suggest(title: str) -> str:
    """就文档的一节提问。"""
    return f"关于“{title}”说了什么？"


def reader(name: str, reason: str) -> str:
    """说明由谁阅读及原因。"""
    return f"阅读者：{name}。{reason}"


def sent_to(host: str) -> str:
    """说明所读内容发往何处。"""
    return f"问题和读到的段落会发送到 {host}。"


def waiting(before: int) -> str:
    """说明前面还有几项。"""
    return f"{WAITING}：前面还有 {before} 项" if before else WAITING


def unexpected(kind: str) -> str:
    """说明程序出了意外。"""
    return f"发生了不该发生的错误（{kind}）；服务器的输出中有更多信息。"


def unknown_document(prefix: str) -> str:
    """说明链接所指的文档不在这里。"""
    return f"这里没有以 {prefix} 开头的文档；它可能已从文档库中移除。"


def size(pages: int, tokens: int) -> str:
    """说明文档有多长。"""
    return f"{pages:,} 页，{tokens:,} 个 token"


def filling(done: int, total: int) -> str:
    """说明语义检索的进度。"""
    return f"语义检索：{total:,} 个段落中的 {done:,} 个"


def no_meaning(reason: str) -> str:
    """说明语义检索为何不可用。"""
    return f"语义检索尚不可用：{reason}"


def all_documents(count: int) -> str:
    """通往全部文档。"""
    return f"全部 {documents(count)}：多选、重命名、删除" if count > 1 else CHANGE_IT


def documents(count: int) -> str:
    """说明有多少文档。"""
    return f"{count:,} 份文档"


def choose(name: str) -> str:
    """文档旁的勾选框。"""
    return f"选择 {name}"


def ask_together(count: int) -> str:
    """打开所选文档。"""
    return "打开" if count == 1 else f"一起提问这 {count:,} 份"


def refused(name: str, reason: str) -> str:
    """说明为何不接受一份文件；原因为英文。"""
    return f"{name} {reason}"


def about_pages(added: Added) -> Iterator[str]:
    """说明文档页面上需要知道的事。"""
    scans = [note for note in added.notes if note.kind == "scan"]
    for reason in dict.fromkeys(note.text for note in scans):
        yield unread_scans(added.name, [n.page for n in scans if n.text == reason], reason)
    if empty := sorted({*added.empty_pages} - {note.page for note in scans}):
        yield empty_pages(added.name, empty)
    if hidden := sorted({note.page for note in added.notes if note.kind == "hidden"}):
        yield f"{added.name}：已略去看不见的文字（物理页 {_listed(hidden)}）。"
    for note in added.notes:
        if note.kind == "around":
            yield f"{added.name}：已略去正文周围的菜单等内容（{note.count:,} 个字符）。"


def unread_scans(name: str, pages: Sequence[int], reason: str) -> str:
    """说明哪些页是未读的图片。"""
    then = reason or f"请运行 {HOW_TO_INSTALL}，然后重新添加。"
    return f"{name}：有 {len(pages):,} 页是文字图片，未读（物理页 {_listed(pages)}）。{then}"


def empty_pages(name: str, pages: Sequence[int]) -> str:
    """说明哪些页没有可检索的内容。"""
    return f"{name}：有 {len(pages):,} 页没有文字，无法检索（物理页 {_listed(pages)}）。"


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _QUOTED else f"{words[: _QUOTED - 1]}…"


def _listed(some: Sequence[object]) -> str:
    return "、".join(map(str, some[:_SHOWN])) + ("……" if len(some) > _SHOWN else "")


def place(page: int, label: str) -> str:
    """物理页，以及文档自己的页码。"""
    return f"第 {page} 页" if label in {"", str(page)} else f"第 {page} 页（{label}）"


def summary_title(length: str, focus: str) -> str:
    """说明摘要的长度与用途。"""
    return f"摘要：{LENGTH_NAMES.get(length, length)}" + (f"，{focus}" if focus else "")


def sources_of(count: int) -> str:
    """说明有多少出处。"""
    return f"{count:,} 处出处"


def stretch(stretch: Stretch) -> str:
    """说明一段页面的状态。"""
    one = stretch.first == stretch.last
    pages = f"第 {stretch.first:,} 页" if one else f"第 {stretch.first:,}-{stretch.last:,} 页"
    return f"{pages}：{STATE_NAMES[stretch.state]}"


def cited_page(page: int) -> str:
    """说明一页被引用。"""
    return f"{PAGE} {page:,} 页：{CITED}"


def map_of(document: DocumentCoverage) -> str:
    """说明一份文档的阅读地图。"""
    counts = Counter[State]()
    for each in document.stretches:
        counts[each.state] += each.last - each.first + 1
    return map_said(document.name, document.pages, counts, len(document.used))


def map_said(name: str, pages: int, states: Mapping[State, int], cited: int) -> str:
    """说明阅读地图显示的内容。"""
    said = [f"{count:,} 页{STATE_NAMES[state]}" for state, count in states.items() if count]
    said += [f"{cited:,} 页{CITED}"] if cited else []
    return f"{name} 的阅读地图，共 {pages:,} 页：{'，'.join(said)}"


def open_source(number: int) -> str:
    """说明标记的作用。"""
    return f"出处 {number}：打开所在页"


def picture_of(name: str, page: int, lit: str) -> str:
    """说明图片的内容。"""
    return f"{name} 第 {page} 页" + (f"，标出的文字：{lit}" if lit else "")


def stage(progress: Progress) -> str:
    """说明正在做什么以及进度。"""
    what = step(progress.stage) if progress.stage else WORKING
    counts = progress.total and not progress.text
    return f"{what}：{progress.done:,} / {progress.total:,}" if counts else what


def step(said: str) -> str:
    """说明做过的一步。"""
    for pattern, chinese in _STAGES:
        if found := pattern.fullmatch(said):
            return found.expand(chinese)
    return said


def coverage_text(coverage: Coverage) -> str:
    """说明读了多少。"""
    total = sum(each.pages for each in coverage.documents)
    states: tuple[State, ...] = ("read", "partly", "failed", "unreadable")
    counts = {s: sum(each.count(s) for each in coverage.documents) for s in states}
    said = [f"共 {total:,} 页", *(f"{n:,} 页{STATE_NAMES[s]}" for s, n in counts.items() if n)]
    tokens = f"{coverage.tokens_total:,} 个 token 中的 {coverage.tokens_read:,} 个"
    return f"{'，'.join(said)}（{tokens}）"


def steps_of(count: int) -> str:
    """说明用了几步。"""
    return f"寻找过程：{count:,} 步"


def facts(answer: Answer) -> str:
    """一行：读了多少、弃用了什么、用时、谁读的。"""
    seconds = f"{answer.seconds:.1f}" if answer.seconds >= 1 else f"{answer.seconds:.2f}"
    said = [
        coverage_text(answer.coverage),
        *([f"因预算（{answer.partial}）提前结束"] if answer.partial else []),
        f"弃用 {answer.dropped_quotes:,} 条引文",
        *doubts(answer.said),
        f"{seconds} 秒",
        "摘引阅读器" if answer.reader == "quoting" else answer.reader,
    ]
    if answer.usage.calls:
        usage = answer.usage
        tokens = f"输入 {usage.input_tokens:,}、输出 {usage.output_tokens:,} 个 token"
        said.append(f"调用 {usage.calls:,} 次，{tokens}")
    return "；".join(said)


def doubts(sentences: Sequence[Sentence]) -> Iterator[str]:
    """说明多少句没有出处，哪些数字不在引文中。"""
    if unsourced := sum(not sentence.marks for sentence in sentences):
        yield f"{len(sentences):,} 句中有 {unsourced:,} 句没有出处"
    if strange := dict.fromkeys(n for each in sentences for n in each.strange_numbers):
        yield f"不在任何引文中的数字：{_listed(list(strange))}"


def orders(found: Sequence[Citation]) -> str:
    """说明所读内容中有写给机器的话，以及在何处；没有则为空。"""
    said: dict[str, list[str]] = {}
    for each in found[:_SHOWN]:
        where = f"{each.name}，{place(each.page, each.label)}"
        said.setdefault(where, []).append(f"“{_short(each.quote)}”")
    places = "；".join(f"{where}：{'、'.join(words)}" for where, words in said.items())
    return f"所读内容中有写给机器的话，可能影响模型。请对照引文核查答案。{places}" * bool(places)


def advice(reason: str) -> str:
    """说明为何没有语言模型作答。"""
    return f"未使用语言模型阅读：{reason}。"


def needle_title(model: str, way: str, language: str, count: int) -> str:
    """Say what a heat map shows: who read, how, in which language, how many needles."""
    who = "摘引阅读器" if model == "quoting" else model
    return f"{who}：{way}（{language}；{count:,} 根针）"


def tokens(count: int) -> str:
    """Say a length."""
    return f"{count:,} 个 token"
