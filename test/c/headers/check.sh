#!/bin/sh
# check.sh COMPILER ROOT: every public header compiles alone in every language that programs use, so do the programs of
# each generation, and a knob out of range stops the compilation.
set -eu
compiler=$1
root=$2
strict="-Wall -Wextra -Wpedantic -Werror -fsyntax-only -I$root/include"
failures=0

fail() {
    echo "FAILED $*" >&2
    failures=$((failures + 1))
}

# compile LANGUAGE STANDARD FILE [FLAG...]
compile() {
    language=$1 standard=$2 file=$3
    shift 3
    # shellcheck disable=SC2086
    "$compiler" $strict -x "$language" -std="$standard" "$@" "$file"
}

headers=$(cd "$root/include" && find . -name '*.h' | sed 's,^\./,,' | sort)
[ -n "$headers" ]
for header in $headers; do
    for standard in c99 gnu99 c11 c++17; do
        case $standard in c++*) language=c++ ;; *) language=c ;; esac
        # Included twice: the guard works. The declaration: ISO C wants one in every file.
        printf '#include "%s"\n#include "%s"\ntypedef int ti_not_empty;\n' "$header" "$header" |
            compile $language $standard - || fail "$header as $standard"
    done
done

for program in "$root"/test/c/generations/*.c; do
    for standard in c99 c11; do
        compile c $standard "$program" || fail "$program as $standard"
    done
done
for program in "$root"/test/c/generations/*.cc; do
    compile c++ c++17 "$program" || fail "$program as c++17"
done

# configure FLAG...: compile the knobs with these values
configure() {
    printf '#include "tirtc_config.h"\ntypedef int ti_not_empty;\n' | compile c c99 - "$@"
}

knobs=$(sed -n 's/^#ifndef \(TIRTC_[A-Z_]*\)$/\1/p' "$root/include/tirtc_config.h" | grep -v '_H$')
[ -n "$knobs" ]
for spelling in CONFIG_SMALL_MEMORY TIRTC_SMALL_MEMORY; do
    printf '#include "tirtc_config.h"\ntypedef int small[TIRTC_DEFAULT_MAX_CONNECTIONS == 2 ? 1 : -1];\n' |
        compile c c99 - "-D$spelling" || fail "tirtc_config.h with $spelling"
done
# All too small, each smaller than the one before, as some are bounded by another; then all too large.
for sign in - 2000000; do
    number=100
    flags=
    for knob in $knobs; do
        number=$((number + 1))
        flags="$flags -D$knob=$sign$number"
    done
    case $("$compiler" --version) in *clang*) flags="$flags -ferror-limit=0" ;; esac
    # shellcheck disable=SC2086
    if errors=$(configure $flags 2>&1); then
        fail "knobs out of range compile"
    fi
    for knob in $knobs; do
        case $errors in *"$knob must be "*) ;; *) fail "$knob=$sign... is not refused" ;; esac
    done
done

if [ "$failures" -ne 0 ]; then
    exit 1
fi
echo "$(echo "$headers" | wc -l) headers, $(echo "$knobs" | wc -l) knobs"
