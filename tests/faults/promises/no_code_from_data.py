"""No source of ours runs what came as data: unpickled, fetched with a model, given to a shell."""

from itertools import cycle, islice
from pathlib import Path

from tests.faults.promise import Outcome, Promise
from tests.faults.static import violations

ROOT = Path(__file__).parents[3]
SOURCES = [
    path
    for package in ("model", "agent", "app", "benchmarks", "scripts")
    for path in sorted((ROOT / package).rglob("*.py"))
    if path.parent.name != "peers"  # others' programs, as they are used, in processes of their own
]
NAIVE = (
    "import pickle\npickle.load(file)",
    "from joblib import load",
    "import torch\ntorch.load('model.bin')",
    "AutoModel.from_pretrained(name, trust_remote_code=True)",
    "AutoModel.from_pretrained(name, use_safetensors=False)",
    "torch.load(path, weights_only=False)",
    "vectors = numpy.load(path, allow_pickle=True)",
    "FAISS.load_local(folder, embedder, allow_dangerous_deserialization=True)",
    "st.markdown(answer, unsafe_allow_html=True)",
    "st.html(answer, unsafe_allow_javascript=True)",
    "subprocess.run(f'pdftotext {name}', shell=True)",
    "os.system(command)",
    "eval(answer)",
    "yaml.load(text)",
    "etree.XMLParser(resolve_entities=True)",
)


def tried(sources):
    found = [(name, next(violations(source), "")) for name, source in sources]
    return Outcome(len(sources), tuple(f"{name}: {what}" for name, what in found if what))


def ours(count, _folder):
    paths = list(islice(cycle(SOURCES), max(count, len(SOURCES))))
    return tried([(str(path.relative_to(ROOT)), path.read_text("utf-8")) for path in paths])


def control(_count, _folder):
    outcome = tried([(source, source) for source in NAIVE])
    missed = len(outcome.broken) < len(NAIVE)
    return Outcome(outcome.tried) if missed else outcome


PROMISE = Promise(
    "No source of ours runs what came as data",
    "the syntax of every source is searched for unpickling, torch.load, code of models, shells, "
    "evaluation, and HTML or XML that is trusted",
    ours, control, f"{len(NAIVE)} lines that each do one of these", 1, 1,
)  # fmt: skip
