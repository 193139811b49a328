#!/usr/bin/env bash
# The shell lines of README.md as they stand there. Needs the port 8080.
. "$(dirname "$0")/lines.sh"

sed -n '/^```ts$/,/^```$/{/^```/!p;}' README.md >hello.ts
[ "$(run README.md '## The shortest program' 1 | tail -1)" = 'ada said hello' ]

start 'endpoint=http' README.md '## A device program in C' 1
run README.md '## A device program in C' 2 | tee "$work/device.log"
grep -q 'device started' "$work/device.log"

start 'started=' README.md '## On the command line' 1
run README.md '## On the command line' 2 >"$work/lines.log"
grep -q '^v1\.' "$work/lines.log"
[ -s received/video-0.mjpeg ]
echo 'The shell lines of README.md work.'
