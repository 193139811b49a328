#!/bin/sh
# fetch-lwip.sh [DIRECTORY]: fetch lwIP from Debian's source package into DIRECTORY/lwip (default build/lwip-source).
# Needs dpkg-dev (apt-get install dpkg-dev) and the machine's package sources; apt-get verifies the package. The
# configuration of the machine does not change: the deb-src lines are written in DIRECTORY.
set -eu
directory=${1:-$(dirname "$0")/../build/lwip-source}
mkdir -p "$directory"
cd "$directory"
[ ! -e lwip/src/core/tcp.c ] || exit 0

command -v dpkg-source >/dev/null || {
    echo "fetch-lwip: dpkg-source is missing: on Debian, apt-get install dpkg-dev" >&2
    exit 1
}

mkdir -p apt/sources.list.d apt/lists/partial
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -e "$list" ] || sed -n 's/^deb /deb-src /p' "$list" >"apt/sources.list.d/$(basename "$list" .list).list"
done
for list in /etc/apt/sources.list.d/*.sources; do
    [ ! -e "$list" ] || sed 's/^Types:.*/Types: deb-src/' "$list" >"apt/sources.list.d/$(basename "$list")"
done

apt() {
    apt-get -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$PWD/apt/sources.list.d" \
        -o Dir::State::Lists="$PWD/apt/lists" -o APT::Sandbox::User=root "$@"
}
apt update
apt source --download-only lwip
rm -rf lwip
dpkg-source --no-check -x lwip_*.dsc lwip >/dev/null # apt-get has verified it
