#!/bin/sh
# Fuzzes the wire, the core and what else reads bytes from the network, under AddressSanitizer and
# UndefinedBehaviorSanitizer, and checks which lines the kept inputs reach.
#
#   fuzz/run.sh [SECONDS [TARGET...]]   seconds for each target, by default 60; by default all targets, as many at once
#                                       as there are processors
#   fuzz/run.sh keep                    replace fuzz/found by the fewest inputs that reach all that was reached so far
#
# Programs and inputs are in build/fuzz (or TIRTC_FUZZ_DIR). Exits with 0 when nothing was found, 1 when a target failed
# (its input is kept and printed) or too few lines are reached, 2 for wrong arguments, 77 when a tool is missing.
set -eu

usage() {
    sed -n 's/^#   fuzz/fuzz/p' "$0" >&2
    exit 2
}

seconds=${1:-60}
[ "$#" -eq 0 ] || shift
case $seconds in
keep) ;;
'' | 0* | *[!0-9]*) usage ;; # libFuzzer would take 0 for no end
esac
root=$(cd "$(dirname "$0")/.." && pwd)
out=${TIRTC_FUZZ_DIR:-$root/build/fuzz}
clang=${CLANG:-clang}
mkdir -p "$out/inputs" "$out/failed" "$out/profiles"

# ---- tools ----

version=14
missing=
command -v cmake >/dev/null || missing="$missing cmake"
command -v python3 >/dev/null || missing="$missing python3"
if command -v "$clang" >/dev/null; then
    version=$("$clang" -dumpversion | cut -d. -f1)
    echo 'int LLVMFuzzerTestOneInput(const char *data, unsigned long size) { return size > 9 && data[0]; }' |
        "$clang" -x c -fsanitize=fuzzer,address,undefined -fprofile-instr-generate -o "$out/try" - 2>/dev/null ||
        missing="$missing libclang-rt-$version-dev"
else
    missing="$missing clang libclang-rt-$version-dev"
fi
llvm_cov=$("$clang" -print-prog-name=llvm-cov 2>/dev/null || echo llvm-cov)
llvm_profdata=$("$clang" -print-prog-name=llvm-profdata 2>/dev/null || echo llvm-profdata)
command -v "$llvm_cov" >/dev/null && command -v "$llvm_profdata" >/dev/null || missing="$missing llvm"
if [ -n "$missing" ]; then
    echo "fuzz: skipped, tools are missing. On Debian: apt-get install$missing" >&2
    exit 77
fi

# ---- build ----

cmake -S "$root" -B "$out/cmake" -DCMAKE_C_COMPILER="$clang" -DTIRTC_BUILD_FUZZ=ON \
    -DTIRTC_WARNINGS_AS_ERRORS=ON >"$out/build.log" 2>&1 &&
    cmake --build "$out/cmake" --parallel "$(getconf _NPROCESSORS_ONLN)" --target fuzz >>"$out/build.log" 2>&1 || {
    cat "$out/build.log" >&2
    exit 1
}
bin=$out/cmake/bin
all=$(ls "$bin")
for target in "$@"; do
    [ -x "$bin/$target" ] || {
        echo "fuzz: target $target is unknown: use one of" $all >&2
        exit 2
    }
done
[ -x "$bin/tls_verdict" ] ||
    echo "fuzz: without tls_verdict, which needs mbedTLS (on Debian: apt-get install libmbedtls-dev)"
rm -rf "$out/kept"
python3 "$root/fuzz/corpus.py" write "$out/kept"
for target in $all; do
    mkdir -p "$out/kept/$target" "$out/inputs/$target"
done

# ---- keep ----

if [ "$seconds" = keep ]; then
    rm -rf "$out/merged"
    for target in $all; do
        mkdir -p "$out/merged/$target"
        LLVM_PROFILE_FILE=/dev/null "$bin/$target" -merge=1 -use_counters=0 -timeout=25 -verbosity=0 \
            "$out/merged/$target" "$out/kept/$target" "$out/inputs/$target" 2>"$out/$target.log" || {
            cat "$out/$target.log" >&2
            exit 1
        }
    done
    exec python3 "$root/fuzz/corpus.py" keep "$out/merged"
fi

# ---- fuzz ----

export seconds out bin
rm -f "$out"/failed/*.mark
printf '%s\n' ${*:-$all} | xargs -P "$(getconf _NPROCESSORS_ONLN)" -n 1 sh "$root/fuzz/one.sh"
if ls "$out"/failed/*.mark >/dev/null 2>&1; then
    echo "fuzz: failed; the inputs are in $out/failed" >&2
    exit 1
fi
echo "fuzz: nothing found"

# ---- coverage of the kept inputs ----

rm -f "$out"/profiles/*
for target in $all; do
    LLVM_PROFILE_FILE="$out/profiles/$target.profraw" "$bin/$target" -runs=0 "$out/kept/$target" \
        2>"$out/$target.log" || {
        cat "$out/$target.log" >&2
        exit 1
    }
done
"$llvm_profdata" merge -o "$out/profiles/all.profdata" "$out"/profiles/*.profraw
cd "$bin"
# shellcheck disable=SC2086 # names of targets
python3 "$root/fuzz/coverage.py" "$llvm_cov" "$out/profiles/all.profdata" $all
