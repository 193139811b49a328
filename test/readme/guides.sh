#!/usr/bin/env bash
# The shell lines of docs/guide as they stand there, in a copy of the committed files and with a home of their own. Needs
# mosquitto and mosquitto-clients, and the ports that the lines name: 1883, 8080, 8081.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
export HOME=$work/home
mkdir "$HOME"
git -C "$root" archive --prefix=copy/ HEAD | tar -x -C "$work"
ln -s "$root/node_modules" "$work/copy/node_modules"
ln -s "$root/build" "$work/copy/build"
cd "$work/copy"
running=()
trap 'for one in "${running[@]}"; do kill -- "-$one" 2>/dev/null || true; done; rm -rf "$work"' EXIT

# block PAGE CHAPTER N: the N-th shell block of a chapter
block() {
    awk -v chapter="$2" -v wanted="$3" \
        '/^#/{here=($0==chapter)} here&&/^```sh$/{n++;inside=(n==wanted);next} /^```$/{inside=0} inside' "docs/guide/$1" |
        grep . || { echo "docs/guide/$1 has no shell block $3 in its chapter \"$2\"" >&2; return 1; }
}

# start NAME LINES PATTERN: run lines that do not end by themselves until they have printed something
start() {
    setsid bash -euo pipefail -c "$2" >"$work/$1.log" 2>&1 &
    local pid=$!
    running+=("$pid")
    for _ in $(seq 300); do
        grep -q "$3" "$work/$1.log" && return
        kill -0 "$pid" || break
        sleep 0.1
    done
    echo "$1 did not print \"$3\" but:" && cat "$work/$1.log" && return 1
}

# stop: end what was started last, in good order
stop() {
    local pid=${running[-1]}
    unset 'running[-1]'
    kill -TERM -- "-$pid"
    wait "$pid" || [ $? -eq 143 ] # of the shell around it
}

lines=$(block README.md '# Guides' 1 | grep -v '^npm ci') # they are installed
bash -euo pipefail -c "$lines" | grep 'a picture'

lines=$(block tokens.md '## Without TypeScript' 1)
bash -euo pipefail -c "$lines" | grep '"camera-1"'

lines=$(block ci.md '## A program of yours' 1)
bash -euo pipefail -c "$lines"
grep -q '<testsuite' build/report.xml

start serve "$(block gateway.md '## Programs to start from' 1)" 'endpoint=http'
start device "$(block gateway.md '## Programs to start from' 2)" 'started='

start snapshots "$(block gateway.md '### Snapshots over HTTP' 1)" 'serving http'
lines=$(block gateway.md '### Snapshots over HTTP' 2)
bash -euo pipefail -c "$lines"
[ "$(head -c 2 snapshot.jpg | od -An -tx1)" = ' ff d8' ]
stop

start recorder "$(block gateway.md '### A recorder' 1)" 'recording .*\.alaw'
stop
[ -s recording/audio-1-*.alaw ]

start talk "$(block gateway.md '### Talk-back' 1)" 'all is said'
stop
[ -s heard.alaw ]
cmp -n "$(stat -c %s examples/media/sine-440hz-8khz.alaw)" examples/media/sine-440hz-8khz.alaw spoken/connection-*/audio-1.alaw

start mosquitto "$(block gateway.md '### MQTT' 1)" 'running'
start gateway "$(block gateway.md '### MQTT' 2)" 'connected to'
lines=$(block gateway.md '### MQTT' 3)
[ "$(bash -euo pipefail -c "$lines")" = hello ]
stop
echo 'The shell lines of docs/guide work.'
