"""Trains a study in shares with HyperQueue's in-process cluster, then writes its report.

    pip install hyperqueue
    python hyperqueue_local.py STUDY OUT SHARES CORES

The server and its workers live in this process. No `hq` is needed. CORES is the number of cores of one share.
The same command continues what was interrupted.
"""

import os
import shutil
import sys
from pathlib import Path

from hyperqueue import Job
from hyperqueue.cluster import LocalCluster, WorkerConfig
from hyperqueue.ffi.protocol import ResourceRequest

if len(sys.argv) != 5:
    sys.exit(__doc__)
study, out, shares, cores = sys.argv[1], Path(sys.argv[2]).resolve(), int(sys.argv[3]), int(sys.argv[4])
fitroom = shutil.which("fitroom") or sys.exit("error: no command `fitroom` on the PATH")
if Path(study).exists():
    study = str(Path(study).resolve())
logs = Path(f"{out}-logs")
logs.mkdir(parents=True, exist_ok=True)


def program(job: Job, name: str, cpus: int, options: list[str]) -> None:
    job.program(
        [fitroom, "run", study, "--out", str(out), "--threads", str(cpus), *options],
        stdout=str(logs / f"{name}.out"),
        stderr=str(logs / f"{name}-%{{INSTANCE_ID}}"),
        resources=ResourceRequest(cpus=cpus),
    )


all_cores = len(os.sched_getaffinity(0))
with LocalCluster(worker_config=WorkerConfig(cores=all_cores)) as cluster:
    client = cluster.client()

    # A job's tasks are counted from 0, and so does Fitting Room count HQ_TASK_ID.
    # `max_fails=None`: by default, one failed task cancels all others.
    job = Job(max_fails=None)
    for share in range(shares):
        program(job, f"share-{share}", cores, ["--share", f"auto/{shares}"])
    if not client.wait_for_jobs([client.submit(job)], raise_on_error=False):
        print(f"not all shares are finished (see {logs}); the last job trains what is left", file=sys.stderr)

    # The last job trains what is left and the winners' fresh seeds, and writes the report.
    last = Job(max_fails=None)
    program(last, "report", all_cores, [])
    is_done = client.wait_for_jobs([client.submit(last)], raise_on_error=False)

if not is_done:
    sys.exit(f"error: the last job failed; {logs}/report-0 says why")
print((logs / "report.out").read_text(), end="")
