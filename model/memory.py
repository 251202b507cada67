"""How much memory this machine has for a model: its GPUs, or main memory if it has none."""

from pathlib import Path
from typing import Final

import psutil

from model.fit import Machine, Memory

_CGROUP: Final = Path("/sys/fs/cgroup")


def this_machine(device: str | None = None) -> Machine:
    """Measure the memory that a model on this device may use.

    Args:
        device: "cpu", "cuda" for all GPUs, "cuda:1" for one; None takes the GPUs if there are any.
    """
    if device == "cpu":
        return main_memory()
    import torch  # noqa: PLC0415  takes seconds

    if device is None and not torch.cuda.is_available():
        return main_memory()
    one = [torch.device(device).index] if device and ":" in device else []
    numbers = one or range(torch.cuda.device_count())
    memories = [
        Memory(torch.cuda.get_device_name(gpu), *torch.cuda.mem_get_info(gpu)) for gpu in numbers
    ]
    return Machine(tuple(memories), has_gpu=True)


def main_memory(cgroup: Path = _CGROUP) -> Machine:
    """Measure main memory, within the limit of the container that this process runs in.

    Args:
        cgroup: the folder in which Linux shows the limits of this process's control group.
    """
    memory = psutil.virtual_memory()
    free, total = memory.available, memory.total
    try:
        limit = int((cgroup / "memory.max").read_text())
        used = int((cgroup / "memory.current").read_text())
        statistics = (cgroup / "memory.stat").read_text().split()
    except (OSError, ValueError):  # not in a container, without a limit, or not on Linux
        return Machine((Memory("main memory", free, total),), has_gpu=False)
    # Files read earlier count as used until their room is wanted.
    cached = int(dict(zip(statistics[::2], statistics[1::2], strict=False))["inactive_file"])
    free = max(0, min(free, limit - used + cached))
    return Machine((Memory("main memory", free, min(total, limit)),), has_gpu=False)
