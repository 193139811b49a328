#!/bin/sh
# Formatting and lint of the C and C++: clang-format for all of it, clang-tidy for the library (it reads build/c's commands).
# Without the tools it says so and ends with 1: a check that is skipped is no check.
set -eu
cd "$(dirname "$0")/.."

for tool in clang-format clang-tidy; do
    command -v "$tool" >/dev/null || {
        echo "lint: $tool is missing; on Debian: apt-get install clang-format clang-tidy" >&2
        exit 1
    }
done

git ls-files '*.c' '*.h' '*.cc' | xargs clang-format --dry-run --Werror
echo "clang-format: all files are formatted"

cmake -S . -B build/c -DTIRTC_BUILD_TESTS=ON -DTIRTC_BUILD_EXAMPLES=ON -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >/dev/null
# What this build compiles: the ports for other platforms need headers that are not here.
sed -n 's,^ *"file": "\(.*/native/.*\.c\)".*,\1,p' build/c/compile_commands.json | sort -u |
    xargs -P 2 -n 8 clang-tidy --quiet --warnings-as-errors='*' -p build/c
echo "clang-tidy: no finding"
