#!/usr/bin/env bash
# Trains a study in shares with HyperQueue, then writes its report:
#
#     hyperqueue.sh STUDY OUT SHARES CORES
#
# It needs a running server and workers (`hq server start`, `hq worker start` or `hq alloc add slurm`).
# STUDY and OUT lie on a file system that all workers see. The same command continues what was interrupted.
set -euo pipefail
shopt -s inherit_errexit
if (($# != 4)); then
    sed -n '2,/^set/{/^#/s/^# \?//p}' "$0" >&2
    exit 2
fi
study=$1 out=$(realpath -m -- "$2") shares=$3 cores=$4
# A task starts in another directory than this script. Names of built-in studies stay as they are.
if [[ -e $study ]]; then
    study=$(realpath -- "$study")
fi
fitroom=$(command -v fitroom)
logs=$out-logs
mkdir -p "$logs"

# A task has the environment of its worker and not of this shell.
environment=()
if [[ -n ${FITROOM_DATA:-} ]]; then
    environment=(--env "FITROOM_DATA=$FITROOM_DATA")
fi

# Submits a job, waits for it, and prints which of its tasks failed.
run() {
    local job
    job=$(hq --output-mode=quiet submit "${environment[@]}" "$@")
    # Whether a failed task fails this command depends on HyperQueue's version.
    hq job wait "$job" >&2 || true
    hq job task-ids "$job" --filter=failed,canceled
}

# HQ_TASK_ID is what `--array` says. Fitting Room counts it from 0.
# Without `--threads`, each share would use all cores of its node.
failed=$(run --name fitroom-shares --array "0-$((shares - 1))" --cpus "$cores" \
    --stdout none --stderr "$logs/share-%{TASK_ID}-%{INSTANCE_ID}" \
    -- "$fitroom" run "$study" --share "auto/$shares" --threads "$cores" --out "$out")
if [[ -n $failed ]]; then
    echo "tasks $failed did not finish their shares (see $logs); the last job trains what is left" >&2
fi

# The last job trains what is left and the winners' fresh seeds, and writes the report.
failed=$(run --name fitroom-report --cpus all \
    --stdout "$logs/verdicts" --stderr "$logs/report" \
    -- "$fitroom" run "$study" --out "$out")
if [[ -n $failed ]]; then
    tail -n 5 "$logs/report" >&2
    echo "error: the last job failed; $logs/report says why" >&2
    exit 1
fi
cat "$logs/verdicts"
