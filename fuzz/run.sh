#!/bin/sh
# Fuzzes every parser of the wire for a while, under AddressSanitizer and UndefinedBehaviorSanitizer.
#
#   fuzz/run.sh [SECONDS]      seconds for each target, by default 60
#
# Programs and corpora are kept in build/fuzz (or TIRTC_FUZZ_DIR). Exits with 0 when nothing was found, 1 when a target failed (its input is kept and printed), 2 for wrong arguments, 77 when clang is missing.
set -eu

seconds=${1:-60}
case $seconds in
'' | *[!0-9]*) echo "usage: fuzz/run.sh [SECONDS]" >&2; exit 2 ;;
esac
root=$(cd "$(dirname "$0")/.." && pwd)
out=${TIRTC_FUZZ_DIR:-$root/build/fuzz}
clang=${CLANG:-clang}
if ! command -v "$clang" >/dev/null; then
    echo "fuzz: skipped, $clang is not installed (on Debian: apt-get install clang)" >&2
    exit 77
fi

mkdir -p "$out/bin" "$out/corpus" "$out/found"
python3 "$root/fuzz/corpus.py" "$out/corpus"
for target in endpoint response_head json frame_header control frame_body; do
    "$clang" -std=c11 -g -O1 -Wall -Wextra -Wpedantic -Werror \
        -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o "$out/bin/$target" \
        "$root/fuzz/$target.c" "$root"/native/base/*.c "$root"/native/wire/*.c "$root/native/core/bye.c"
done

failed=
for target in endpoint response_head json frame_header control frame_body; do
    echo "fuzz: $target for $seconds s"
    log=$out/$target.log
    if "$out/bin/$target" -max_total_time="$seconds" -max_len=8192 -timeout=5 -verbosity=0 -print_final_stats=1 \
        -artifact_prefix="$out/found/$target-" "$out/corpus/$target" 2>"$log"; then
        sed -n 's/^stat::number_of_executed_units: */  inputs tried: /p' "$log"
    else
        cat "$log" >&2
        failed="$failed $target"
    fi
done
if [ -n "$failed" ]; then
    echo "fuzz: failed:$failed; the inputs are in $out/found" >&2
    exit 1
fi
echo "fuzz: nothing found"
