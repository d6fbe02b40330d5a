#!/usr/bin/env bash
# Trains a study in shares with GNU parallel, then writes its report:
#
#     parallel.sh STUDY OUT SHARES CORES [OPTION...]
#
# OPTIONs go to parallel: `--jobs 4`, or `--sshlogin 8/node1,8/node2` for other machines. STUDY and OUT
# lie on a file system that all machines see. The same command continues what was interrupted.
set -euo pipefail
shopt -s inherit_errexit
if (($# < 4)); then
    sed -n '2,/^set/{/^#/s/^# \?//p}' "$0" >&2
    exit 2
fi
study=$1 out=$(realpath -m -- "$2") shares=$3 cores=$4
shift 4
# Another machine's shell starts in another directory. Names of built-in studies stay as they are.
if [[ -e $study ]]; then
    study=$(realpath -- "$study")
fi
fitroom=$(command -v fitroom)
mkdir -p "$(dirname "$out")"

# The shell of another machine does not have this one's environment.
environment=()
if [[ -n ${FITROOM_DATA:-} ]]; then
    export FITROOM_DATA
    environment=(--env FITROOM_DATA)
fi

# parallel sets PARALLEL_SEQ, from 1, to the same number at each try of a share.
# `--retries 3`: three tries in all. By default, `--termseq` gives 0.4 seconds to store a checkpoint.
# Without `--threads`, each share would use all cores of its machine.
seq "$shares" |
    parallel --quote --max-replace-args 0 --retries 3 --termseq TERM,30000,KILL \
        --joblog "$out-joblog" "${environment[@]}" "$@" \
        "$fitroom" run "$study" --share "auto/$shares" --threads "$cores" --out "$out" >&2 ||
    echo "not all shares are finished; the last job trains what is left" >&2

# The last job trains what is left and the winners' fresh seeds, and writes the report.
"$fitroom" run "$study" --out "$out"
