# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what known_version sets is used by the other parts; here and self are set by lab.sh
# What every part of the lab shares: where things are, messages, locks.

readonly stale_days=14

# entries TABLE: the names of the entries of a table such as kernels: what stands at the beginning of a line.
entries() { awk '/^[^ #]/ { print $1 }' "$here/$1"; }

# property TABLE ENTRY NAME: a property of an entry, nothing where it is none or the entry is not there.
property() { awk -v entry="$2" -v name="$3" '/^[^ #]/ { here = $1 == entry } here && $1 == name && /^ / { sub(/^ +[^ ]+ +/, ""); if ($0 != "none") print }' "$here/$1"; }

# arch NAME: a property of the architecture `arch`, in the table architectures.
arch() { property architectures "$arch" "$1"; }

mapfile -t architectures < <(entries architectures)
readonly architectures default_arch=${architectures[0]}

mapfile -t releases < <(entries releases)
readonly releases

readonly suite=${KERNEL_LAB_RELEASE:-${releases[0]}} # the Debian release of the chroot
mapfile -t root_packages < <(property releases "$suite" packages | tr -s ' ' '\n')
readonly root_packages

say() { printf 'lab: %s\n' "$*" >&2; }
die() { printf 'lab: error: %s\n' "$1" >&2; shift; for hint in "$@"; do printf 'lab: hint: %s\n' "$hint" >&2; done; exit 1; }
hash12() { sha256sum | cut -c1-12; }

# need_args N USAGE "$@": at least N arguments, or the usage.
need_args() { local n=$1 usage=$2; shift 2; [[ $# -ge $n ]] || { printf 'usage: lab.sh %s\n' "$usage" >&2; exit 2; }; }

# locked FILE CMD...: run CMD with FILE locked. Children keep the lock: while something that an interrupted run has left
# behind still works on the place, the next run waits.
locked() {
  local file=$1 fd; shift
  mkdir -p "${file%/*}"
  exec {fd}>"$file"
  flock -n "$fd" || { say "another run holds $file, waiting for it"; until flock -w 20 "$fd"; do say "still waiting"; done; }
  "$@"
  exec {fd}>&-
}

# last_error LOG: what apt and debootstrap call an error, or else the last that was said.
last_error() { { grep -E '^E:' "$1" || cat "$1"; } | tail -n1; }

# mount_namespace: set `ns` to the command that starts another one with mounts of its own, or end with the reason why
# this machine has none: a user without rights, a chroot that is not a mount point.
mount_namespace() {
  local why
  ns=(unshare --mount --propagation private)
  [[ $(id -u) -eq 0 ]] || ns=(unshare --map-root-user --mount --propagation private)
  why=$("${ns[@]}" true 2>&1) || die "user $(id -un) cannot make a mount namespace on this machine: $why" \
    "run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)" \
    "in a chroot, / must be a mount point: mount --bind it onto itself before chroot"
}

# remove DIR...: rm -rf that never follows into a mount.
remove() { rm -rf --one-file-system -- "$@"; }

# locate: set `kind` (chroot or native), `place` (this lab's directory), `root` (what becomes / inside, made at entry for
# native), `lab` (what becomes /lab) and `sources` (where the kernel sources are), without making anything.
locate() {
  [[ -z ${place:-} ]] || return 0
  [[ ${#root_packages[@]} -gt 0 ]] || die "KERNEL_LAB_RELEASE=$suite" "one of ${releases[*]} (tests/lab/releases)"
  base=${KERNEL_LAB:-${XDG_CACHE_HOME:-${HOME:?lab: neither KERNEL_LAB nor HOME is set}/.cache}/rustc-lto-wrap/lab}
  mkdir -p "$base"
  base=$(readlink -f "$base")
  kind=${KERNEL_LAB_KIND:-}
  # What exists is the cheaper answer: looking for the machine's own tools starts a dozen processes.
  local chroot_place
  chroot_place=$base/$suite-$(printf '%s\n' "${root_packages[@]}" | hash12)
  # A machine has tools of one release, which is taken for the default.
  [[ $suite == "${releases[0]}" ]] || kind=chroot
  case $kind in
    chroot | native) ;;
    "") if [[ -e $chroot_place/root/.lab-ready ]]; then kind=chroot
        elif [[ -e $base/native/lab/.lab-ready ]]; then kind=native
        elif native_missing >/dev/null 2>&1; then kind=native
        else kind=chroot; fi ;;
    *) die "KERNEL_LAB_KIND=$kind" "chroot or native" ;;
  esac
  if [[ $kind == native ]]; then place=$base/native; else place=$chroot_place; fi
  root=$place/root
  lab=$place/lab
  # The sources are there once, in the lab of the default release.
  sources=$lab
  [[ $suite == "${releases[0]}" ]] || sources=$(env -u KERNEL_LAB_RELEASE "$self" path /lab)
}

# host_path INSIDE: where an inside path is on this machine.
host_path() {
  case $1 in
    /lab) printf '%s\n' "$lab" ;;
    /lab/*) printf '%s/%s\n' "$lab" "${1#/lab/}" ;;
    /*) if [[ $kind == native ]]; then printf '%s\n' "$1"; else printf '%s%s\n' "$root" "$1"; fi ;;
    *) die "$1: an inside path starts with /" ;;
  esac
}

# source_dir VER: host path of the sources.
source_dir() { if [[ $1 == own ]]; then printf '%s\n' "$KERNEL_LAB_SOURCE"; else printf '%s\n' "$sources/linux-$1"; fi; }

# lab_dir INSIDE: host path of a directory in /lab that must exist.
lab_dir() {
  [[ $1 == /lab/* ]] || die "$1: must be below /lab"
  local dir; dir=$(host_path "$1")
  [[ -d $dir ]] || die "$1: no such directory in the lab"
  printf '%s\n' "$dir"
}

# known_arch: `arch` is an entry of the table.
known_arch() {
  local a
  for a in "${architectures[@]}"; do [[ $arch != "$a" ]] || return 0; done
  die "no architecture $arch in the lab" "it has ${architectures[*]}"
}

# known_version VER: set `version` to the sources that VER names, `arch` to its architecture, `arch_args` to what make is told
# of it, and `named` to VER without aliases.
known_version() {
  version=${1%%-*} arch=$default_arch arch_args=()
  [[ $1 != *-* ]] || arch=${1#*-}
  known_arch
  read -r -a arch_args <<<"$(arch make)"
  case ${KERNEL_LAB_C:-clang} in
    clang) ;;
    gcc) arch_args+=(LLVM= CC=gcc) ;; # make takes the last of what is given twice
    *) die "KERNEL_LAB_C=$KERNEL_LAB_C" "clang or gcc" ;;
  esac
  local more
  read -r -a more <<<"${KERNEL_LAB_MAKE:-}"
  arch_args+=(${more[@]+"${more[@]}"})
  named=$1
  [[ $version != own || -z ${KERNEL_LAB_SOURCE:-} ]] || return 0
  locate
  local versions
  if [[ -e $(record) ]]; then
    mapfile -t versions < <(recorded)
    if [[ $version == newest ]]; then version=${versions[-1]}; named=$version${1#newest}; fi
    [[ ! -e $sources/linux-$version.id ]] || return 0 # an older choice too, which tests may still use
  else
    # Before the lab is made, those that are known.
    mapfile -t versions < <(entries kernels)
    [[ " ${versions[*]} " != *" $version "* ]] || return 0
    [[ $version != newest ]] || die "no kernels in $place" "lab.sh up"
  fi
  die "no kernel $version in the lab" "it has ${versions[*]}; lab.sh renew looks for newer ones"
}

# default_config: the fragments of `arch`, one path a line.
default_config() { local file; for file in $(arch config); do printf '%s\n' "$here/$file"; done; }

cmd_path() { need_args 1 "path INSIDE" "$@"; locate; host_path "$1"; }

cmd_source() { need_args 1 "source VER" "$@"; known_version "$1"; printf '/lab/linux-%s\n' "$version"; }

cmd_fragments() { need_args 1 "fragments VER" "$@"; known_version "$1"; default_config; }

cmd_image() { need_args 1 "image VER" "$@"; known_version "$1"; printf '%s\n' "$(arch image)"; }

# Rename makes it atomic, and lets a binary be replaced while it runs.
cmd_put() {
  need_args 2 "put SRC NAME" "$@"
  locate
  local src=$1 to=$lab/bin/$2
  mkdir -p "${to%/*}"
  cp -f -- "$src" "$to.put.$$"
  mv -f -T -- "$to.put.$$" "$to"
  printf '/lab/bin/%s\n' "$2"
}

# Trees are used whenever they are mounted, forked or printed; their own modification time is the record of it.
cmd_clean_cache() {
  locate
  local tree
  find "$lab" -mindepth 1 -maxdepth 1 \( -name '.initrd-*' -o -name '.boot-*' \) -mtime "+$stale_days" -exec rm -rf -- {} + 2>/dev/null || true
  while IFS= read -r tree; do
    tree=${tree%.id}
    ! grep -qxF "${tree##*/linux-}" <(recorded) || continue
    say "removing $tree: another kernel has been chosen"
    rm -f -- "$tree.id"; remove "$tree"
  done < <(find "$lab" -mindepth 1 -maxdepth 1 -name 'linux-*.id' -mtime "+$stale_days" 2>/dev/null)
  while IFS= read -r tree; do
    say "removing $tree: not used for $stale_days days"
    remove "$tree"; rm -f -- "$tree.log" "$tree.info"
  done < <(find "$lab/plain" "$lab/trees" "$lab/bin" -mindepth 1 -maxdepth 1 -type d -mtime "+$stale_days" 2>/dev/null)
  while IFS= read -r tree; do
    [[ $tree != "$place" && $tree != "${sources%/lab}" ]] || continue
    say "removing $tree: not used for $stale_days days"
    remove "$tree"
  done < <(find "$base" -mindepth 1 -maxdepth 1 -type d -mtime "+$stale_days" 2>/dev/null)
}
