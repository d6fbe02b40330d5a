#!/bin/bash
# Trains one share of a study's runs.
# Written by `fitroom submit slurm` (fitroom 0.1.0).
#SBATCH --job-name=fitroom-my-sweep
#SBATCH --array=1-50
#SBATCH --cpus-per-task=4
#SBATCH --time=2:00:00
#SBATCH --requeue
#SBATCH --signal=B:USR1@120
#SBATCH --open-mode=append
#SBATCH --output="/shared/100%% sweep/slurm/%A_%a.log"

cd '/home/me/my studies' || exit 2
export FITROOM_DATA='/shared/my data'
task=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
echo "$task on $(hostname), start $((${SLURM_RESTART_COUNT:-0} + 1))"

# Before the time limit, Slurm sends USR1 to this shell only. When somebody ends the task, it sends TERM
# to the program too, and the task must not start itself again.
program='' is_over_time='' is_ended=''
trap 'is_over_time=yes; [[ -n $program ]] && kill -TERM "$program"' USR1
trap 'is_ended=yes' TERM

/opt/fitroom run '/shared/100% sweep/study.toml' --out '/shared/100% sweep' --margin 0.5 --share auto/50 --threads "${SLURM_CPUS_PER_TASK:-1}" --stage "${SLURM_TMPDIR:-${TMPDIR:-/tmp}}" &
program=$!
[[ -n $is_over_time ]] && kill -TERM "$program"

# While it trains, this shell waits. A signal ends `wait` early.
while kill -0 "$program" 2>/dev/null; do
    wait "$program"
done
wait "$program"
code=$?

# The time limit is near: Slurm starts this task again, and the program goes on where it stopped.
if [[ ( $code == 130 || $code == 143 ) && -n $is_over_time && -z $is_ended ]]; then
    trap '' TERM
    scontrol requeue "$task" || exit 1
    sleep 60 # Slurm ends this shell.
fi
exit "$code"
