"""Qwen-Agent with its defaults: DocParser and Retrieval, and ParallelDocQA for a whole reading.

Run by the Python of its own environment. `index FILE`, `search FILE QUESTION`, `ask FILE QUESTION
URL`.
"""

import json
import statistics
import sys
import time


def main() -> None:
    """Do what is asked and print what came of it as JSON, an answer as it grows."""
    what, file, *rest = sys.argv[1:]
    if what == "index":
        from qwen_agent.tools.doc_parser import DocParser

        DocParser().call({"url": file})
    elif what == "search":
        from qwen_agent.tools.retrieval import Retrieval

        words = rest[0].strip("?").split()
        asked = {"query": json.dumps({"keywords_en": words, "text": rest[0]}), "files": [file]}
        times, found = [], None
        for _ in range(10):
            began = time.perf_counter()
            found = Retrieval().call(asked)
            times.append(1000 * (time.perf_counter() - began))
        text = json.dumps(found, ensure_ascii=False)
        print(json.dumps({"ms": statistics.median(times), "text": text}))
    else:
        from qwen_agent.agents.doc_qa import ParallelDocQA

        question, url = rest
        server = {"model": "stub", "model_server": f"{url}/v1", "api_key": "none"}
        asked = [{"role": "user", "content": [{"text": question}, {"file": file}]}]
        for reply in ParallelDocQA(llm=server).run(asked):
            print(json.dumps(reply), flush=True)


main()
