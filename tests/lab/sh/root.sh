# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# shellcheck shell=bash
# shellcheck disable=SC2154 # place, kind, root, lab, sources, base and here are set by locate and lab.sh
# `up`: the root directory and the kernel sources. What is made appears by rename, so that an interrupted run leaves
# only .new-* behind, which the next run removes.

cmd_up() {
  locate
  local what=${1:-all}
  case $what in all | tools | kernels) ;; *) die "up $what" "tools, kernels or nothing" ;; esac
  [[ $kind != native ]] || native_refuse # tools come and go
  mkdir -p "$place"
  touch "$place" # still in use, for clean-cache; so is the lab of the default release, where the sources are
  [[ ! -d ${sources%/lab} ]] || touch "${sources%/lab}"
  cmd_clean_cache
  # Sources, and what a release borrows, are in the lab of the default release.
  [[ $suite == "${releases[0]}" ]] || env -u KERNEL_LAB_RELEASE "$self" up "$what"
  up_is_done "$what" || locked "$base/.lock" up_make "$what"
}

# up_is_done WHAT: the quick answer, without the lock.
up_is_done() {
  [[ -e $root/.lab-ready && -e $lab/.lab-ready ]] || return 1
  local v
  [[ $1 == tools ]] && return 0
  [[ -e $(record) ]] || return 1
  for v in $(recorded); do source_is_current "$v" || return 1; done
  # A lab from a cache may be on a machine that has none yet; without root the lab cannot help, and boot says so.
  command -v qemu-system-x86_64 >/dev/null || [[ $(id -u) -ne 0 ]]
}

up_make() {
  find "$place" "$lab" -mindepth 1 -maxdepth 1 -name '.new-*' -exec rm -rf --one-file-system -- {} + 2>/dev/null || true
  if [[ $kind == native ]]; then
    mkdir -p "$root"; touch "$root/.lab-ready"
  else
    [[ $(id -u) -eq 0 ]] || native_refuse
    [[ -e $root/.lab-ready ]] || make_root
  fi
  [[ -e $lab/.lab-ready ]] || make_lab_dir
  if [[ $1 != tools ]]; then
    [[ -e $(record) ]] || choose
    local v
    for v in $(recorded); do source_is_current "$v" || unpack_source "$v"; done
    [[ $(id -u) -ne 0 ]] || host_package qemu-system-x86_64 qemu-system-x86
  fi
  say "ready: $kind lab in $place"
}

# host_package COMMAND PACKAGE: install PACKAGE on this machine when COMMAND is missing.
host_package() {
  command -v "$1" >/dev/null && return 0
  command -v apt-get >/dev/null || die "$1 is missing, and this machine has no apt-get to install it with" "install what provides $1"
  say "installing $2 on this machine, for $1"
  local apt=(apt-get -q -o DPkg::Lock::Timeout=300) log=$base/host-packages.log
  if ! DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "$2" >"$log" 2>&1; then
    say "that failed; package lists may be missing or old: apt-get update, then again"
    "${apt[@]}" update >>"$log" 2>&1 || say "apt-get update failed, see $log"
    DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "$2" >>"$log" 2>&1 ||
      die "package $2 cannot be installed on this machine: $(tail -n1 "$log")" "the whole output: $log"
  fi
}

# debian_mirror: on Debian, the mirror of this machine's own apt configuration: in a closed network no other answers.
# Prints nothing elsewhere (Ubuntu), where debootstrap's default is right. apt reads .list and .sources for us.
debian_mirror() {
  if [[ -n ${KERNEL_LAB_MIRROR:-} ]]; then printf '%s\n' "$KERNEL_LAB_MIRROR"; return; fi
  # shellcheck source=/dev/null
  local ID='' VERSION_CODENAME=''; . /etc/os-release
  [[ $ID == debian ]] || return 0
  local uri release
  # shellcheck disable=SC2016 # apt expands it
  while read -r uri release; do
    case $release in "$VERSION_CODENAME" | stable | testing | unstable | sid) ;; *) continue ;; esac
    case $uri in
      mirror+file:*) uri=$(grep -m1 -oE '^[^# ]+' "${uri#mirror+file:}" || true) ;;
      http:* | https:* | file:*) ;;
      *) continue ;;
    esac
    [[ -n $uri ]] && { printf '%s\n' "${uri%/}"; return; }
  done < <(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages')
}

# copy_network DIR: name service, proxies and logins of this machine's apt into a root. Proxy-Auto-Detect names a
# program of this machine, which the root does not have.
copy_network() {
  cp -L /etc/resolv.conf "$1/etc/resolv.conf" 2>/dev/null || true
  apt-config dump | grep -E '^Acquire::' | grep -vE 'Auto-?Detect' >"$1/etc/apt/apt.conf.d/90lab-host" || true
  [[ ! -e /etc/apt/auth.conf ]] || cp -p /etc/apt/auth.conf "$1/etc/apt/"
  [[ ! -d /etc/apt/auth.conf.d ]] || cp -rp /etc/apt/auth.conf.d "$1/etc/apt/"
}

# debootstrap_root RELEASE DIR LOG: a minimal Debian.
debootstrap_root() {
  local release=$1 new=$2 log=$3 mirror value
  mirror=$(debian_mirror)
  host_package debootstrap debootstrap
  [[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]] || { say "debootstrap needs Debian's keys"; host_package_file; }
  if [[ ! -e /usr/share/debootstrap/scripts/$release ]]; then
    # This debootstrap is older than the suite, and makes it as it makes sid. A script as an argument would want a
    # mirror as well, which is debootstrap's to choose here.
    DEBOOTSTRAP_DIR=${new%/*}/.new-debootstrap-$release
    export DEBOOTSTRAP_DIR
    remove "$DEBOOTSTRAP_DIR"
    cp -r /usr/share/debootstrap "$DEBOOTSTRAP_DIR"
    ln -s sid "$DEBOOTSTRAP_DIR/scripts/$release"
  fi
  # debootstrap downloads with wget, which knows proxies by environment only.
  value=$(apt-config shell p Acquire::http::Proxy | sed -n "s/^p='\(.*\)'$/\1/p")
  [[ -z $value ]] || export http_proxy=$value
  say "making a Debian $release root (debootstrap); about 1 minute"
  # In a mount namespace: what debootstrap mounts in there goes when it ends, however it ends.
  local ns
  mount_namespace
  "${ns[@]}" debootstrap --variant=minbase --include=ca-certificates "$release" "$new" ${mirror:+"$mirror"} >"$log" 2>&1 ||
    die "debootstrap of $release failed: $(last_error "$log")" "the whole output: $log"
  [[ -z ${DEBOOTSTRAP_DIR:-} ]] || remove "$DEBOOTSTRAP_DIR"
}

make_root() {
  local new=$place/.new-root log=$place/root.log
  say "this machine's own tools do not suffice"
  debootstrap_root "$suite" "$new" "$log"
  update_lists "$new"
  [[ -z $lost_suites ]] || say "$lost_suites"
  printf 'force-unsafe-io\n' >"$new/etc/dpkg/dpkg.cfg.d/lab" # a root that a crash spoils is made again
  mkdir -p "$new/lab"
  say "installing ${#root_packages[@]} packages and what they need (compilers, LLVM); about 1 minute"
  local pkg now=() later=() llvm
  for pkg in "${root_packages[@]}"; do if [[ $pkg == *@* ]]; then later+=("$pkg"); else now+=("$pkg"); fi; done
  into_root "$new" "$log" "${now[@]}"
  if [[ ${#later[@]} -gt 0 ]]; then
    llvm=$(in_root "$new" rustc --version --verbose | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
    into_root "$new" "$log" "${later[@]//@/$llvm}"
  fi
  in_root "$new" apt-get clean
  [[ $(property releases "$suite" bindgen) == own ]] || borrow_bindgen "$new"
  touch "$new/.lab-ready"
  mv -T "$new" "$root"
}

# into_root ROOT LOG PACKAGE...: install packages of the release in a root that is being made.
into_root() {
  local new=$1 log=$2 pkg; shift 2
  for pkg in "$@"; do
    in_root "$new" apt-cache show "$pkg" >/dev/null 2>&1 || die "package $pkg is not in Debian $suite at the mirror in use" "the list is in tests/lab/releases"
  done
  in_root "$new" apt-get install -y -q --no-install-recommends "$@" >>"$log" 2>&1 ||
    die "installing packages of Debian $suite failed: $(last_error "$log")" "the whole output: $log"
}

# borrow_bindgen ROOT: bindgen of the default release, with the C library that it was linked with, in /opt/bindgen. A user
# of a release whose own is too old would build one (cargo install bindgen-cli).
borrow_bindgen() {
  local from=${sources%/lab}/root lib libclang
  say "taking bindgen from the root of ${releases[0]}: that of $suite is too old"
  [[ -x $from/usr/bin/bindgen ]] || die "there is no bindgen in $from" "lab.sh up without KERNEL_LAB_RELEASE makes it; a native lab has none to give"
  mkdir -p "$1/opt/bindgen"
  cp -L "$from/usr/bin/bindgen" "$1/opt/bindgen/"
  in_root "$from" ldd /usr/bin/bindgen | grep -oE '/[^ ]+' | while IFS= read -r lib; do cp -L "$from$lib" "$1/opt/bindgen/"; done
  # It knows libclang up to the version of its own release, which is among the packages here.
  libclang=/usr/lib/llvm-$(printf '%s\n' "${root_packages[@]}" | sed -n 's/^libclang1-//p')/lib
  [[ -d $1$libclang ]] || die "there is no $libclang in the root of $suite" "a package libclang1-N in tests/lab/releases makes it"
  # shellcheck disable=SC2016 # for the script that is written
  printf '#!/bin/sh\nLIBCLANG_PATH=${LIBCLANG_PATH:-%s} exec /opt/bindgen/ld-linux-x86-64.so.2 --library-path /opt/bindgen /opt/bindgen/bindgen "$@"\n' "$libclang" >"$1/usr/local/bin/bindgen"
  chmod 755 "$1/usr/local/bin/bindgen"
}

host_package_file() { host_package /usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring; }

# in_root DIR CMD...: as root in a root directory that is being made, with its own mount namespace.
in_root() {
  local dir=$1; shift
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount --propagation private bash -c 'mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" && exec chroot "$@"' in_root "$dir" \
    /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

make_lab_dir() {
  local d
  for d in bin obj ab plain trees home; do mkdir -p "$lab/$d"; done
  # Found through PATH at entry time would be nicer, but kbuild wants one path: the unwrapped tools by their inside names.
  local cc=/usr/bin/clang rustc=/usr/bin/rustc
  if [[ $kind == native ]]; then cc=$(command -v clang); rustc=$(command -v rustc); fi
  ln -sfn "$cc" "$lab/ab/cc"
  ln -sfn "$rustc" "$lab/ab/rustc"
  touch "$lab/.lab-ready"
}

# source_is_current VER: unpacked, and (native) from the tarball that is there now, if there still is one.
source_is_current() {
  [[ -e $sources/linux-$1.id ]] || return 1
  [[ $kind != native || ! -e /usr/src/linux-source-$1.tar.xz ]] || [[ $(cat "$sources/linux-$1.id") == "$(tarball_id "$1")" ]]
}
tarball_id() { stat -L -c "linux-source-$1.tar.xz %s bytes of %y" "/usr/src/linux-source-$1.tar.xz"; }

# unpack_source VER: the Debian package's tarball becomes /lab/linux-VER. The package is unpacked, not installed: dpkg
# interrupted half way would spoil the root.
unpack_source() {
  local v=$1 new=$lab/.new-linux-$1 deb id
  rm -f "$lab/linux-$v.id"
  mkdir -p "$new/src"
  if [[ $kind == native ]]; then
    say "unpacking Linux $v from /usr/src"
    id=$(tarball_id "$v")
    tar -C "$new/src" --strip-components=1 -xf "/usr/src/linux-source-$v.tar.xz"
  else
    copy_network "$root"
    mkdir -p "$root/var/cache/lab-deb"; rm -f "$root"/var/cache/lab-deb/*
    if [[ -n $(compgen -G "${KERNEL_LAB_DEBS:-/nowhere}/linux-source-${v}_*.deb") ]]; then
      cp "$KERNEL_LAB_DEBS/linux-source-${v}_"*.deb "$root/var/cache/lab-deb/"
    else
      say "downloading linux-source-$v ($(searched))"
      download_source "$v" || { in_root "$root" apt-get update -q >>"$place/root.log" 2>&1 || true; download_source "$v"; } ||
        die "package linux-source-$v is not to be had from $(searched): $(tail -n1 "$place/download.log")" "the whole output: $place/download.log"
    fi
    deb=$(find "$root/var/cache/lab-deb" -name '*.deb')
    id=$(in_root "$root" dpkg-deb -f "/var/cache/lab-deb/${deb##*/}" Package Version | sed 's/^[^:]*: //' | paste -sd' ')
    say "unpacking Linux $v ($id)"
    in_root "$root" dpkg-deb --fsys-tarfile "/var/cache/lab-deb/${deb##*/}" |
      tar -xO "./usr/src/linux-source-$v.tar.xz" | in_root "$root" xz -dc -T0 | tar -C "$new/src" --strip-components=1 -x
    rm -f "$deb"
  fi
  [[ ! -e $lab/linux-$v ]] || remove "$lab/linux-$v"
  mv -T "$new/src" "$lab/linux-$v"
  remove "$new"
  printf '%s\n' "$id" >"$lab/linux-$v.id.new"
  mv "$lab/linux-$v.id.new" "$lab/linux-$v.id"
}

# download_source VER: the newest of both suites; apt's sandbox user could not write there.
download_source() {
  in_root "$root" bash -c "cd /var/cache/lab-deb && apt-get download -q -o APT::Sandbox::User=root linux-source-$1" >"$place/download.log" 2>&1 ||
    in_root "$root" bash -c "cd /var/cache/lab-deb && apt-get download -q -o APT::Sandbox::User=root linux-source-$1/$suite-backports" >>"$place/download.log" 2>&1
}
