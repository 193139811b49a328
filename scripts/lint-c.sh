#!/bin/sh
# lint-c.sh: check C and C++ with clang-format, and the library also with clang-tidy, which reads the commands of
# build/c. Fails if a tool is missing.
set -eu
cd "$(dirname "$0")/.."

for tool in clang-format clang-tidy; do
    command -v "$tool" >/dev/null || {
        echo "lint-c: $tool is missing: on Debian, apt-get install clang-format clang-tidy" >&2
        exit 1
    }
done

git ls-files '*.c' '*.h' '*.cc' | xargs clang-format --dry-run --Werror
echo "clang-format: all files are formatted"

cmake -S . -B build/c -DTIRTC_BUILD_TESTS=ON -DTIRTC_BUILD_EXAMPLES=ON -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >/dev/null
# Only the files of this build: the ports for other platforms need headers that this machine does not have.
sed -n 's,^ *"file": "\(.*/native/.*\.c\)".*,\1,p' build/c/compile_commands.json | sort -u |
    xargs -P 2 -n 8 clang-tidy --quiet --warnings-as-errors='*' -p build/c
echo "clang-tidy: no findings"
