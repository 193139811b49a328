#!/usr/bin/env bash
# Runs the shell commands of README.md unchanged. Needs port 8080.
. "$(dirname "$0")/shell_blocks.sh"

sed -n '/^```ts$/,/^```$/{/^```/!p;}' README.md >hello.ts
[ "$(run README.md '## The shortest program' 1 | tail -1)" = 'ada said hello' ]

start 'endpoint=http' README.md '## A device program in C' 1
run README.md '## A device program in C' 2 | tee "$work/device.log"
grep -q 'device started' "$work/device.log"

start 'started=' README.md '## On the command line' 1
run README.md '## On the command line' 2 >"$work/commands.log"
grep -q '^v1\.' "$work/commands.log"
[ -s received/video-0.mjpeg ]
echo 'The shell commands of README.md work.'
