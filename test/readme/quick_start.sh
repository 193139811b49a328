#!/usr/bin/env bash
# The shell lines of README.md as they stand there (the C quick start, a token), in a copy of the committed files and with
# a home of their own.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
export HOME=$work/home
mkdir "$HOME"
git -C "$root" archive --prefix=copy/ HEAD | tar -x -C "$work"
ln -s "$root/node_modules" "$work/copy/node_modules"
cd "$work/copy"

# block CHAPTER N: the N-th shell block of a chapter
block() {
    awk -v chapter="## $1" -v wanted="$2" \
        '/^## /{here=($0==chapter)} here&&/^```sh$/{n++;inside=(n==wanted);next} /^```$/{inside=0} inside' README.md
}

setsid bash -c "$(block "A device program in C" 1)" >"$work/serve.log" 2>&1 &
service=$!
trap 'kill -- "-$service" 2>/dev/null || kill "$service"; rm -rf "$work"' EXIT
for _ in $(seq 300); do
    [ -f "$HOME/.tirtc-emulator/demo.env" ] && break
    kill -0 "$service" || { cat "$work/serve.log"; exit 1; }
    sleep 0.1
done

block "A device program in C" 2 >"$work/lines.sh"
[ "$(wc -l <"$work/lines.sh")" -ge 5 ] || { echo "the quick start was not found in README.md"; exit 1; }
bash -euo pipefail "$work/lines.sh" | tee "$work/out.log"
grep -q 'device started' "$work/out.log"

block Tokens 1 >"$work/token.sh"
bash -euo pipefail "$work/token.sh" | grep -q '^v1\.'
echo 'The shell lines of README.md work.'
