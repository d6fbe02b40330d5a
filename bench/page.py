"""What the page costs: processor time of the server's threads beside that of training.

    cargo build --release
    python3 bench/page.py [--pages 3] [--study report] [--seconds 60] [-- further words for `fitroom run`]

Starts `fitroom run STUDY --serve`, follows it as so many pages do (each follows the events, and asks for the overview
when it is told of a change), and reads each thread's processor time from /proc. Linux only, and nothing but Python.
"""

import argparse
import http.client
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE_THREADS = ("fitroom-web", "fitroom-page")


def follow(host: str, study: str, counts: dict, ended: threading.Event) -> None:
    """Does what one page does, as crates/web/pages/live.js has it."""
    events = http.client.HTTPConnection(host, timeout=60)
    events.request("GET", f"/{study}/events")
    answer, seen = events.getresponse(), -1
    while not ended.is_set():
        line = answer.readline().decode()
        if not line.startswith("data: {"):
            continue
        counts["events"] += 1
        version = json.loads(line[6:])["version"]
        if version > seen:
            page = http.client.HTTPConnection(host, timeout=60)
            page.request("GET", f"/{study}/overview")
            page.getresponse().read()
            page.close()
            counts["pages"] += 1
            seen = version


def processor_seconds(pid: int) -> tuple[float, float]:
    """Processor seconds so far: of the server's threads, and of the whole process with threads that have ended."""

    def read(stat: pathlib.Path) -> tuple[str, float]:
        text = stat.read_text()
        rest = text[text.rindex(")") + 2 :].split()
        return text[text.index("(") + 1 : text.rindex(")")], (int(rest[11]) + int(rest[12])) / os.sysconf("SC_CLK_TCK")

    directory = pathlib.Path(f"/proc/{pid}")
    threads = [read(task / "stat") for task in (directory / "task").iterdir()]
    return sum(seconds for name, seconds in threads if name in PAGE_THREADS), read(directory / "stat")[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=3)
    parser.add_argument("--study", default="report")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--program", default=str(ROOT / "target/release/fitroom"))
    parser.add_argument("words", nargs="*", help="further words for `fitroom run`")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        command = [arguments.program, "run", arguments.study, "--serve", "--out", f"{scratch}/study", *arguments.words]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        host = process.stdout.readline().strip().removeprefix("http://").strip("/")
        counts, ended = {"events": 0, "pages": 0}, threading.Event()
        for _ in range(arguments.pages):
            threading.Thread(target=follow, args=(host, "study", counts, ended), daemon=True).start()
        began, before = time.monotonic(), processor_seconds(process.pid)
        time.sleep(arguments.seconds)
        after, wall = processor_seconds(process.pid), time.monotonic() - began
        ended.set()
        process.terminate()
        process.wait()
    page, whole = after[0] - before[0], after[1] - before[1]
    training = whole - page
    print(f"{arguments.pages} pages, {wall:.0f} s, {counts['events']} events, {counts['pages']} overviews")
    print(f"training {training:.1f} s of processor time, page {page:.2f} s: {100 * page / training:.2f}%")


if __name__ == "__main__":
    main()
