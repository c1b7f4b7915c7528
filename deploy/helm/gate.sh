#!/bin/sh
# Helm 4 drops what a plugin writes to standard error. This writes it to Helm's own, or to the terminal.
helm_errors="/proc/$PPID/fd/2"
if [ -p "$helm_errors" ] || [ -c "$helm_errors" ]; then
  exec cnilint gate "$@" 2> "$helm_errors"
elif [ -t 2 ] || ! (: > /dev/tty) 2> /dev/null; then
  exec cnilint gate "$@"
else
  exec cnilint gate "$@" 2> /dev/tty
fi
