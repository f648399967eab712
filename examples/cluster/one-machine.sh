#!/usr/bin/env bash
# The published run on one machine with 4 GPUs: 4 processes, one image each an iteration.
#   VOC_DIR=VOCdevkit/VOC2012 WEIGHTS=deit_base.safetensors ./one-machine.sh runs/voc
# Stop politely (all ranks finish the iteration, rank 0 saves): kill -USR2 $(pgrep -x mpirun); go on: ./one-machine.sh runs/voc --resume
set -euo pipefail
out=$1
shift
gpus=${GPUS:-$(nvidia-smi --list-gpus | wc -l)}

# Open MPI would bind each of two processes to one core, with all their threads; MPICH and Intel MPI do not bind and do not know the option.
options=()
if mpirun --version | grep -q 'Open MPI'; then options=(--bind-to none); fi

exec mpirun -np "$gpus" "${options[@]}" node "$(dirname "$0")/../pipelines/bin/mcc.js" train voc \
  --data "$VOC_DIR" --weights "$WEIGHTS" --engine cuda --batch 1 --out "$out" "$@"
