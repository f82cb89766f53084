# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# shellcheck shell=bash
# quiet.sh SECONDS COMMAND...: a command, which is ended when it has printed nothing on its standard output for so long. The status
# is then 124, as timeout(1)'s, and the command's otherwise. How long the command takes in all is not limited: that depends on the
# machine. It is a program of its own, because it also runs inside the lab's root.
set -uo pipefail
limit=$1; shift
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkfifo "$stage/pipe"
tee "$stage/printed" <"$stage/pipe" & printer=$!
"$@" >"$stage/pipe" & command=$!
trap 'kill -TERM "$command" 2>/dev/null' INT TERM
# Its turns are counted, and not the time, so that it does not end a command of a machine that was asleep.
(
  trap - INT TERM EXIT
  size=0 without=0
  while [[ $without -lt $limit ]]; do
    sleep 1
    now=$(stat -c %s "$stage/printed" 2>/dev/null) || now=0
    without=$((without + 1))
    [[ $now == "$size" ]] || without=0
    size=$now
  done
  : >"$stage/quiet"
  kill -TERM "$command"
  sleep 5
  kill -KILL "$command"
) >/dev/null 2>&1 & watcher=$!
wait "$command" 2>/dev/null; rc=$?
# A signal that is trapped ends the wait, and not the command.
while kill -0 "$command" 2>/dev/null; do wait "$command" 2>/dev/null; rc=$?; done
if [[ -e $stage/quiet ]]; then
  rc=124
  kill "$printer" 2>/dev/null # what the command has started may still hold the pipe
else
  kill "$watcher" 2>/dev/null
fi
wait "$printer" 2>/dev/null
exit "$rc"
