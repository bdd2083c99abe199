# SPDX-License-Identifier: GPL-2.0-only
# Shared by the sh scripts, which source it after "set -eu".
#
# TOP    the repository           BUILD  what is built here (ignored by git)
# CACHE  downloads and ccache     LOGS   logs of this checkout
# ME     the script's name, in front of each error

# shellcheck shell=sh
ME=${0##*/}
TOP=$(cd "$(dirname "$0")/.." && pwd -P)
BUILD=$TOP/build
LOGS=$BUILD/logs
umask 022
# ccache takes the locale for a part of what is compiled.
export LANG=C.UTF-8 LC_ALL=C.UTF-8
unset LANGUAGE LC_CTYPE LC_MESSAGES

# say TEXT...: one line for the person, on stderr, so that stdout stays usable
say() { printf '%s\n' "$*" >&2; }
# die TEXT...: the work cannot be done
die() { say "$ME: $*"; exit 1; }
# usage TEXT...: bad input; TEXT names the option and the accepted values
usage() { say "$ME: $*"; exit 2; }

case ${V:=0} in 0|1) ;; *) usage "V=$V: 0 or 1" ;; esac
case ${XDG_CACHE_HOME:=${HOME:-}/.cache} in
/.cache) usage "HOME is not set: set it, or XDG_CACHE_HOME=/absolute/path" ;;
/*) ;;
*) usage "XDG_CACHE_HOME=$XDG_CACHE_HOME: an absolute path" ;;
esac
CACHE=$XDG_CACHE_HOME/arm64-linear-map

# The user's git configuration must not change what is made here, and a git
# hook that runs us must not point git at its own repository. safe.directory
# lets a cache or a tree of another user be read.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_COUNT=1 \
	GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY

# run CMD...: run it, with V=1 show it first
run() {
	if [ "$V" = 1 ]; then say "+ $*"; fi
	"$@"
}

# need_mib DIR N: at least N MiB are free where DIR is, or will be
need_mib() {
	_d=$1
	while [ ! -d "$_d" ]; do _d=$(dirname "$_d"); done
	_free=$(df -Pm "$_d" | awk 'NR == 2 { print $4 }')
	[ "$_free" -ge "$2" ] ||
		die "$_d has $_free MiB free and $2 are needed: free some"
}

# lock FILE: wait until nobody else holds it; it is held until the script ends
lock() {
	mkdir -p "$(dirname "$1")"
	exec 9>"$1"
	flock -n 9 && return
	say "$ME: waiting for another run (lock $1)"
	flock 9
}
