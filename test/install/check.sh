#!/bin/sh
# check.sh CASE BUILD WORK CC LIBDIR NM: check one aspect of the installation; test/install/CMakeLists.txt runs the
# cases.
set -eu
case=$1 build=$2 work=$3 cc=$4 libdir=$5 nm=$6
here=$(cd "$(dirname "$0")" && pwd)
prefix=$work/prefix
out=$work/$case
lib=$prefix/$libdir

fail() {
    echo "FAILED $*" >&2
    exit 1
}

# run PROGRAM [LIBRARY_PATH]: run a program that prints the version of the library; set $answer to it
run() {
    answer=$(LD_LIBRARY_PATH=${2-} "$1")
    case $answer in v[0-9]*.[0-9]*.[0-9]*) ;; *) fail "$1 printed '$answer'" ;; esac
}

# uses_shared PROGRAM: true if it was linked with the shared library by its name without a version
uses_shared() {
    readelf -d "$1" | grep -q 'NEEDED.*\[libTiRTC\.so\]'
}

# A library with TLS has one more header, and static programs need mbedTLS.
tls_header='' static_libs=-pthread
if grep -qx 'TIRTC_TLS:STRING=mbedtls' "$build/CMakeCache.txt"; then
    tls_header=tirtc_tls.h static_libs='-pthread -lmbedtls -lmbedx509 -lmbedcrypto'
fi

rm -rf "$out"
mkdir -p "$out"

case $case in
tree)
    # Installed in one place, used in another: no file may contain the first path.
    rm -rf "$prefix" "$work/first"
    cmake --install "$build" --prefix "$work/first"
    mv "$work/first" "$prefix"
    for file in include/tiRTC.h include/basedef.h include/tirtc/tiRTC.h include/TiRTC/tiRTC.h include/tirtc/basedef.h \
        include/TiRTC/basedef.h include/tirtc_device.h include/tirtc_port.h include/tirtc_loop.h \
        include/tirtc_config.h include/tirtc_errors.h include/tirtc_events.h include/tirtc_memory.h \
        ${tls_header:+include/$tls_header} "$libdir/libTiRTC.a" "$libdir/libTiRTC.so" "$libdir/libtirtc.a" \
        "$libdir/pkgconfig/tirtc.pc" "$libdir/cmake/TiRTC/TiRTCConfig.cmake"; do
        [ -f "$prefix/$file" ] || fail "$file is not installed"
    done
    if [ -z "$tls_header" ] && [ -e "$prefix/include/tirtc_tls.h" ]; then
        fail "tirtc_tls.h is installed without TLS"
    fi
    if grep -rn "$work/first" "$prefix"; then
        fail "a file contains the path that it was installed to"
    fi
    readelf -d "$lib/libTiRTC.so" | grep -q 'SONAME.*\[libTiRTC\.so\]' || fail "the SONAME is not libTiRTC.so"
    ;;

symbols)
    public='^(TiRtc[A-Za-z]+|tirtc_[a-z0-9_]+|atomic_get_cmd_sn)$'
    exported=$("$nm" -D --defined-only -P "$lib/libTiRTC.so" | awk '{print $1}')
    echo "$exported" | grep -qx TiRtcInit || fail "libTiRTC.so does not export TiRtcInit"
    if strangers=$(echo "$exported" | grep -vE "$public"); then
        fail "libTiRTC.so exports $strangers"
    fi

    # Symbols shared between files are ti_*; the others are static.
    defined=$("$nm" -g --defined-only -P "$lib/libTiRTC.a" | awk 'NF > 2 {print $1}')
    echo "$defined" | grep -q '^ti_' || fail "libTiRTC.a has no ti_* symbol: check that nm fits the target"
    if strangers=$(echo "$defined" | grep -vE "$public|^ti_[a-z0-9_]+$"); then
        fail "libTiRTC.a defines $strangers"
    fi

    # The headers declare, the archive defines and the shared library exports the same symbols.
    declared=$(printf '#include "%s"\n' tiRTC.h tirtc_device.h tirtc_loop.h tirtc_memory.h $tls_header | "$cc" -E -P "-I$prefix/include" -x c - |
        grep -oE '(TiRtc[A-Za-z]+|tirtc_[a-z0-9_]+|atomic_get_cmd_sn) ?\(' | tr -d ' (' | sort -u)
    echo "$declared" >"$out/declared"
    echo "$defined" | grep -E "$public" | sort -u >"$out/defined"
    echo "$exported" | sort -u >"$out/exported"
    diff -u "$out/declared" "$out/defined" || fail "the headers and libTiRTC.a do not agree"
    diff -u "$out/declared" "$out/exported" || fail "the headers and libTiRTC.so do not agree"
    ;;

plain_flags)
    for spelling in tiRTC.h tirtc/tiRTC.h TiRTC/tiRTC.h; do
        compile="$cc -Wall -Wextra -Werror -DSPELLING=<$spelling> -I$prefix/include $here/consumer.c"
        $compile -L"$lib" -lTiRTC -o "$out/shared"
        uses_shared "$out/shared" || fail "-lTiRTC did not find the shared library"
        run "$out/shared" "$lib"
        $compile "$lib/libtirtc.a" $static_libs -o "$out/static"
        if uses_shared "$out/static"; then
            fail "linking libtirtc.a used the shared library"
        fi
        run "$out/static"
    done
    ;;

find_package)
    for static in OFF ON; do
        cmake -S "$here/consumer" -B "$out/$static" -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$prefix" \
            -DTiRTC_USE_STATIC_LIBS=$static -DCMAKE_BUILD_TYPE=Release >"$out/$static.log"
        cmake --build "$out/$static" >>"$out/$static.log"
        run "$out/$static/consumer"
    done
    uses_shared "$out/OFF/consumer" || fail "TiRTC::TiRTC is not the shared library"
    if uses_shared "$out/ON/consumer"; then
        fail "TiRTC_USE_STATIC_LIBS=ON used the shared library"
    fi
    ;;

old_link_lines)
    # As programs of 0.1.x were linked. By default there are no such archives, which could hide the real libraries.
    for name in webrtc usrsctp mbedtls; do
        [ ! -e "$lib/lib$name.a" ] || fail "lib$name.a is installed without being asked for"
    done
    if [ -n "$tls_header" ]; then
        exit 0
    fi
    install_compat() {
        cmake -S "$here/../.." -B "$out/build" -DCMAKE_C_COMPILER="$cc" -DTIRTC_INSTALL_COMPAT_ARCHIVES=ON \
            -DCMAKE_INSTALL_LIBDIR="$libdir" >"$out/log" 2>&1
        cmake --build "$out/build" >>"$out/log" 2>&1
        cmake --install "$out/build" --prefix "$out/prefix" >>"$out/log" 2>&1
    }
    for run in first again; do
        install_compat || fail "the archives were not installed ($run): $(tail -5 "$out/log")"
    done
    "$cc" -I"$out/prefix/include" "$here/consumer.c" -L"$out/prefix/$libdir" -Wl,-Bstatic -lTiRTC -lwebrtc -lusrsctp \
        -lmbedtls -Wl,-Bdynamic -pthread -o "$out/consumer"
    if uses_shared "$out/consumer"; then
        fail "the old link line used the shared library"
    fi
    run "$out/consumer"
    echo "not an empty archive" >"$out/prefix/$libdir/libmbedtls.a"
    if install_compat; then
        fail "a real libmbedtls.a was replaced"
    fi
    tr -s "\n " " " <"$out/log" | grep -q "libmbedtls.a is a real library" || fail "the refusal does not say why"
    ;;

pkg_config)
    export PKG_CONFIG_PATH="$lib/pkgconfig"
    # shellcheck disable=SC2046
    "$cc" "$here/consumer.c" $(pkg-config --cflags --libs tirtc) -o "$out/shared"
    run "$out/shared" "$lib"
    [ "v$(pkg-config --modversion tirtc)" = "$answer" ] || fail "pkg-config and the library disagree about the version"
    for flag in $static_libs; do
        case " $(pkg-config --static --libs tirtc) " in *" $flag "*) ;; *) fail "pkg-config --static does not print $flag" ;; esac
    done
    ;;

*) fail "$case is not a case" ;;
esac
