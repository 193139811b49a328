#!/usr/bin/env bash
# The C quick start of README.md, line by line as it stands there, in a copy of the committed files and with a home of its own.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
export HOME=$work/home
mkdir "$HOME"
git -C "$root" archive --prefix=copy/ HEAD | tar -x -C "$work"
ln -s "$root/node_modules" "$work/copy/node_modules"
cd "$work/copy"

# The shell blocks of the chapter, in order: the service, then the program.
block() {
    awk -v wanted="$1" '/^## /{chapter=($0=="## A device program in C")} chapter&&/^```sh$/{n++;inside=(n==wanted);next} /^```$/{inside=0} inside' README.md
}

setsid bash -c "$(block 1)" >"$work/serve.log" 2>&1 &
service=$!
trap 'kill -- "-$service" 2>/dev/null || kill "$service"; rm -rf "$work"' EXIT
for _ in $(seq 300); do
    [ -f "$HOME/.tirtc-emulator/demo.env" ] && break
    kill -0 "$service" || { cat "$work/serve.log"; exit 1; }
    sleep 0.1
done

block 2 >"$work/lines.sh"
[ "$(wc -l <"$work/lines.sh")" -ge 5 ] || { echo "the quick start was not found in README.md"; exit 1; }
bash -euo pipefail "$work/lines.sh" | tee "$work/out.log"
grep -q 'device started' "$work/out.log"
echo 'The quick start of README.md works.'
