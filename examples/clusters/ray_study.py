"""Trains a study in shares with Ray, then writes its report and prints what it concludes.

    pip install ray, and the wheel of fitroom, on each node
    python ray_study.py STUDY OUT SHARES CORES

STUDY and OUT lie on a file system that all nodes see. The same command continues what was interrupted.
"""

import os
import sys

import fitroom
import ray

if len(sys.argv) != 5:
    sys.exit(__doc__)
study, out, shares, cores = sys.argv[1], os.path.abspath(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
study = os.path.abspath(study) if os.path.exists(study) else study


# A task whose worker is lost is tried again, and goes on from the checkpoints of the first try.
@ray.remote(num_cpus=cores, max_retries=5)
def train(share: int) -> None:
    fitroom.run_share(study, f"{share}/{shares}", out=out, threads=cores)


# The last job trains what is left and the winners' fresh seeds, and writes the report.
@ray.remote(num_cpus=cores, max_retries=5)
def report() -> list[str]:
    return fitroom.run(study, out=out, threads=cores).sentences


ray.init()  # the cluster of RAY_ADDRESS or of `ray start`, or else this machine
for task in [train.remote(share + 1) for share in range(shares)]:
    try:
        ray.get(task)
    except ray.exceptions.RayError as error:
        print(f"a share is not finished; the last job trains what is left: {error}", file=sys.stderr)
print("\n".join(ray.get(report.remote())))
