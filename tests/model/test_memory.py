"""How much memory there is, within the limits of a container."""

import psutil
import pytest
import torch

from model.fit import GIB
from model.memory import main_memory, this_machine


def limits(folder, limit, current, inactive):
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{current}\n")
    (folder / "memory.stat").write_text(f"anon 1\ninactive_file {inactive}\nactive_file 7\n")
    return folder


def test_without_a_limit_main_memory_is_what_the_system_has(tmp_path):
    for folder in (tmp_path, limits(tmp_path, "max", 5, 0)):
        machine = main_memory(folder)
        (memory,) = machine.memories
        assert not machine.has_gpu
        assert memory.name == "main memory"
        assert memory.total_bytes == psutil.virtual_memory().total
        assert memory.free_bytes == pytest.approx(psutil.virtual_memory().available, rel=0.2)


def test_a_container_has_what_its_limit_leaves_and_files_read_before_do_not_count(tmp_path):
    (memory,) = main_memory(limits(tmp_path, GIB, 700, 300)).memories
    assert (memory.free_bytes, memory.total_bytes) == (GIB - 400, GIB)
    (memory,) = main_memory(limits(tmp_path, 1000, 1200, 0)).memories
    assert memory.free_bytes == 0


def test_the_processor_is_asked_for_by_name_and_taken_without_a_gpu():
    assert not this_machine("cpu").has_gpu
    assert this_machine().has_gpu == torch.cuda.is_available()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_all_gpus_are_measured_or_the_one_that_is_named():
    assert len(this_machine().memories) == torch.cuda.device_count()
    (one,) = this_machine("cuda:0").memories
    assert one.name == torch.cuda.get_device_name(0)
    assert 0 < one.free_bytes <= one.total_bytes
