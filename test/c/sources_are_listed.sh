#!/bin/sh
# sources_are_listed.sh ROOT: native/sources.txt names every source below native/, once, sorted, and nothing else.
set -eu
cd "$1"
expected=$(find native -name '*.c' -o -name '*.cc' | LC_ALL=C sort)
actual=$(cat native/sources.txt)
if [ "$expected" != "$actual" ]; then
    echo "native/sources.txt is not the list of sources. Generate it again:" >&2
    echo "  find native -name '*.c' -o -name '*.cc' | LC_ALL=C sort >native/sources.txt" >&2
    exit 1
fi
