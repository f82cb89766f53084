# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# shellcheck shell=bash
# shellcheck disable=SC2154 # place, kind, root, lab, base and here are set by locate and lab.sh
# What is built is booted: an initramfs with modules, and QEMU without KVM.

cmd_initrd() {
  need_args 1 "initrd OUT [MODULE.ko...]" "$@"
  local out=$1 file name stage n=0; shift
  locate
  up_is_done tools || die "no lab in $place" "lab.sh up"
  for file in "$@"; do [[ -f $file ]] || die "$file: no such module"; done
  stage=$(mktemp -d "$lab/.initrd-XXXXXX")
  # shellcheck disable=SC2064 # this directory
  trap "remove '$stage'" EXIT
  mkdir -p "$stage/root/modules" "$stage/root/dev" "$stage/root/proc" "$stage/root/sys"
  cp "$here/init/init.c" "$stage/init.c"
  for file in "$@"; do
    name=${file##*/}
    cp "$file" "$stage/root/modules/$(printf '%03d' "$n")-$name" # init loads in the order of the names
    n=$((n + 1))
  done
  run_options -C "/lab/${stage##*/}"
  inside 'clang -static -Os -Wall -Wextra -Werror -o root/init init.c && cd root && find . | LC_ALL=C sort | cpio --quiet -o -H newc >../initrd' </dev/null ||
    die "making the initramfs failed"
  cp "$stage/initrd" "$out"
  remove "$stage"
  trap - EXIT
}

cmd_boot() {
  local initrd=() append='' qemu=() rc=0 limit=${BOOT_S:-180}
  while [[ $# -gt 0 ]]; do
    case $1 in
      --initrd) [[ $# -ge 2 ]] || die "boot --initrd needs a file"; initrd=(-initrd "$2"); shift 2 ;;
      --append) [[ $# -ge 2 ]] || die "boot --append needs a string"; append=$2; shift 2 ;;
      --qemu) [[ $# -ge 2 ]] || die "boot --qemu needs options of QEMU"; read -r -a qemu <<<"$2"; shift 2 ;;
      -*) die "boot $1: unknown option" ;;
      *) break ;;
    esac
  done
  need_args 1 "boot [--initrd FILE] [--append STR] [--qemu STR] IMAGE" "$@"
  [[ -f $1 ]] || die "$1: no such image"
  command -v qemu-system-x86_64 >/dev/null || die "qemu-system-x86_64 is missing" "lab.sh up as root, or apt-get install qemu-system-x86"
  # A kernel without an init panics after its built-in tests; panic=-1 makes that, and init's reboot, the end of QEMU.
  # Of an option that is given twice, -smp for instance, QEMU takes the last, so --qemu overrules what is here.
  # printk.devkmsg=on: init speaks through the kernel's log, which is limited to ten lines in five seconds otherwise.
  timeout --foreground --kill-after=5 "$limit" qemu-system-x86_64 -accel tcg -cpu max -m 1G -smp 2 -nographic -no-reboot ${qemu[@]+"${qemu[@]}"} \
    -kernel "$1" "${initrd[@]}" -append "console=ttyS0 panic=-1 ignore_loglevel printk.devkmsg=on kunit.stats_enabled=2${append:+ $append}" </dev/null || rc=$?
  case $rc in
    0) ;;
    124 | 137) printf 'lab: error: the kernel still ran after %s s (BOOT_S), %s\n' "$limit" "$1" >&2; exit 124 ;;
    *) die "QEMU failed with status $rc" ;;
  esac
}
