# Sourced by scripts that run the shell blocks of pages: changes into a copy of the committed files, with its own HOME.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
running=()
trap 'for one in "${running[@]}"; do kill -- "-$one" 2>/dev/null || true; done; rm -rf "$work"' EXIT
export HOME=$work/home
mkdir "$HOME"
git -C "$root" archive --prefix=tirtc-emulator/ HEAD | tar -x -C "$work"
ln -s "$root/node_modules" "$work/tirtc-emulator/node_modules"
cd "$work/tirtc-emulator"

# block PAGE CHAPTER N: print the N-th shell block of a chapter, without `npm ci`, which was done before
block() {
    awk -v chapter="$2" -v wanted="$3" \
        '/^#+ /{here=($0==chapter)} here&&/^```sh$/{n++;inside=(n==wanted);next} /^```$/{inside=0} inside' "$1" |
        sed 's/^npm ci && //' | grep . || { echo "$1 has no shell block $3 in its chapter \"$2\"" >&2; return 1; }
}

# run PAGE CHAPTER N: run a block and wait for its end
run() {
    local lines
    lines=$(block "$@")
    bash -euo pipefail -c "$lines"
}

# start PATTERN PAGE CHAPTER N: start a block that does not end by itself, and wait until it has printed the pattern
start() {
    local pattern=$1 lines log pid
    shift
    lines=$(block "$@")
    log=$work/${#running[@]}.log
    setsid bash -euo pipefail -c "$lines" >"$log" 2>&1 &
    pid=$!
    running+=("$pid")
    for _ in $(seq 600); do
        grep -q "$pattern" "$log" && return
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    echo "these commands did not print \"$pattern\": $lines" >&2
    cat "$log" >&2
    return 1
}

# stop: stop the block that was started last, as Ctrl-C does
stop() {
    local pid=${running[-1]}
    unset 'running[-1]'
    kill -TERM -- "-$pid"
    wait "$pid" || [ $? -eq 143 ] # the exit code of the shell around it
}
