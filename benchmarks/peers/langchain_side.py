"""A plain LangChain stack: loader, recursive splitter, sentence-transformers, FAISS, one prompt.

Run by the Python of its own environment; every value that can be left out is LangChain's default or
that of its tutorials. `index FILE MODEL`, `search FILE MODEL QUESTION`,
`ask FILE MODEL QUESTION URL`; or `serve MODEL`, which answers lines of JSON for the public sets.
"""

import json
import statistics
import sys
import time
from pathlib import Path

from langchain_community.document_loaders import PyPDFLoader, TextLoader
from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_openai import ChatOpenAI
from langchain_text_splitters import RecursiveCharacterTextSplitter

PROMPT = (
    "Use the following pieces of context to answer the question at the end. If you don't know the "
    "answer, just say that you don't know.\n\n{context}\n\nQuestion: {question}\nHelpful Answer:"
)


def open_index(file: str, model: str) -> FAISS:
    """Return the index of a file, kept in the working directory as tutorials do."""
    embeddings = HuggingFaceEmbeddings(model_name=model)
    if Path("index").exists():
        return FAISS.load_local("index", embeddings, allow_dangerous_deserialization=True)
    load = PyPDFLoader if file.endswith(".pdf") else TextLoader
    documents = load(file).load()
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    index = FAISS.from_documents(splitter.split_documents(documents), embeddings)
    index.save_local("index")
    return index


def serve(model: str) -> None:
    """Answer `{"take": texts by name}` with a line, `{"search": ..., "k": ...}` with places."""
    embeddings, index = HuggingFaceEmbeddings(model_name=model), None
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=1000, chunk_overlap=200, add_start_index=True
    )
    for line in sys.stdin:
        asked = json.loads(line)
        if "take" in asked:
            texts = asked["take"]
            named = [{"document": name} for name in texts]
            pieces = splitter.create_documents(list(texts.values()), named)
            index = FAISS.from_documents(pieces, embeddings)
            print(json.dumps({"pieces": len(pieces)}), flush=True)
        else:
            wanted = set(asked["documents"])
            found = index.similarity_search(
                asked["search"],
                asked["k"],
                filter=lambda about, wanted=wanted: about["document"] in wanted,
                fetch_k=1_000,
            )
            print(json.dumps([_place(each) for each in found]), flush=True)


def _place(found: Document) -> dict[str, object]:
    start = found.metadata["start_index"]
    end = start + len(found.page_content)
    return {"document": found.metadata["document"], "start": start, "end": end}


def main() -> None:
    """Do what is asked and print what came of it as JSON."""
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
        return
    what, file, model, *rest = sys.argv[1:]
    index = open_index(file, model)
    if what == "search":
        times, found = [], []
        for _ in range(10):
            began = time.perf_counter()
            found = index.similarity_search(rest[0])
            times.append(1000 * (time.perf_counter() - began))
        print(json.dumps({"ms": statistics.median(times), "text": "\n".join(
            each.page_content for each in found)}))  # fmt: skip
    elif what == "ask":
        question, url = rest
        context = "\n\n".join(each.page_content for each in index.similarity_search(question))
        chat = ChatOpenAI(model="stub", base_url=f"{url}/v1", api_key="none")
        said = chat.invoke(PROMPT.format(context=context, question=question))
        print(json.dumps({"text": said.content}))


main()
