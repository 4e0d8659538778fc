"""Resident memory of a process and of those it started, from /proc (Linux)."""

from pathlib import Path


def resident_mb(pid: int) -> float:
    """Now, in MB (10^6 bytes). Pages that two processes share count in both."""
    return sum(_status_mb(process, "VmRSS") for process in family(pid))


def peak_mb(pid: int) -> float:
    """The most that was ever resident."""
    return sum(_status_mb(process, "VmHWM") for process in family(pid))


def family(pid: int) -> list[int]:
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        children = []
    return [pid, *(descendant for child in children for descendant in family(child))]


def _status_mb(pid: int, field: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    for line in lines:
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0
