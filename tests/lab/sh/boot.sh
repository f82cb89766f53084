# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# shellcheck shell=bash
# shellcheck disable=SC2154 # place, kind, root, lab, sources, base and here are set by locate and lab.sh
# What is built is booted: an initramfs with modules, and QEMU without KVM.

cmd_initrd() {
  local client='' arch=$default_arch
  while [[ $# -gt 0 ]]; do
    case $1 in
      --client) [[ $# -ge 2 ]] || die "initrd --client needs a source in C"; client=$2; shift 2 ;;
      --arch) [[ $# -ge 2 ]] || die "initrd --arch needs an architecture"; arch=$2; shift 2 ;;
      -*) die "initrd $1: unknown option" ;;
      *) break ;;
    esac
  done
  need_args 1 "initrd [--arch ARCH] [--client SOURCE.c] OUT [MODULE.ko...]" "$@"
  [[ -z $client || -f $client ]] || die "$client: no such source"
  known_arch
  local out=$1 file name stage n=0 init=init.c format='%03d-%s' compile='clang -static'; shift
  locate
  up_is_done tools || die "no lab in $place" "lab.sh up"
  for file in "$@"; do [[ -f $file ]] || die "$file: no such module"; done
  if [[ $(arch target) != "$(property architectures "$default_arch" target)" ]]; then
    [[ -z $client ]] || die "initrd --client: the lab has no C library for $arch"
    [[ -n $(recorded) ]] || die "no kernels in $place" "lab.sh up"
    init=load.c format='%d%.0s' # the name is left out
    # Debian's linux-libc-dev has the headers of every architecture there, and links to them for those that it has a port of.
    compile="clang --target=$(arch target) -nostdlib -static -ffreestanding -fno-stack-protector -fuse-ld=lld -isystem /usr/lib/linux/uapi/$(arch folder) -I/lab/linux-$(recorded | tail -n 1)/tools/include/nolibc -include nolibc.h"
  fi
  stage=$(mktemp -d "$lab/.initrd-XXXXXX")
  # shellcheck disable=SC2064 # this directory
  trap "remove '$stage'" EXIT
  mkdir -p "$stage/root/modules" "$stage/root/dev" "$stage/root/proc" "$stage/root/sys"
  cp "$here/init/$init" "$stage/init.c"
  for file in "$@"; do
    # shellcheck disable=SC2059 # one of the two above
    name=$(printf "$format" "$n" "${file##*/}")
    cp "$file" "$stage/root/modules/$name" # the modules are loaded in this order
    n=$((n + 1))
  done
  [[ -z $client ]] || cp "$client" "$stage/client.c"
  run_options -C "/lab/${stage##*/}"
  inside "for program in init client; do
      [[ ! -e \$program.c ]] || $compile -O2 -Wall -Wextra -Werror -o root/\$program \$program.c || exit 1
    done && cd root && find . | LC_ALL=C sort | cpio --quiet -o -H newc >../initrd" </dev/null ||
    die "making the initramfs failed"
  cp "$stage/initrd" "$out"
  remove "$stage"
  trap - EXIT
}

cmd_boot() {
  local initrd='' append='' qemu=() arch=$default_arch rc=0 limit=${BOOT_S:-600}
  while [[ $# -gt 0 ]]; do
    case $1 in
      --arch) [[ $# -ge 2 ]] || die "boot --arch needs an architecture"; arch=$2; shift 2 ;;
      --initrd) [[ $# -ge 2 ]] || die "boot --initrd needs a file"; initrd=$2; shift 2 ;;
      --append) [[ $# -ge 2 ]] || die "boot --append needs a string"; append=$2; shift 2 ;;
      --qemu) [[ $# -ge 2 ]] || die "boot --qemu needs options of QEMU"; read -r -a qemu <<<"$2"; shift 2 ;;
      -*) die "boot $1: unknown option" ;;
      *) break ;;
    esac
  done
  need_args 1 "boot [--arch ARCH] [--initrd FILE] [--append STR] [--qemu STR] IMAGE" "$@"
  known_arch
  [[ -f $1 ]] || die "$1: no such image"
  # A kernel without an init panics after its built-in tests; panic=-1 makes that, and init's reboot, the end.
  # printk.devkmsg=on: init speaks through the kernel's log, which is limited to ten lines in five seconds otherwise.
  append="panic=-1 ignore_loglevel printk.devkmsg=on kunit.stats_enabled=2${append:+ $append}"
  if declare -F "boot_$arch" >/dev/null; then "boot_$arch" "$1"; else boot_qemu "$1"; fi </dev/null || rc=$?
  case $rc in
    0) ;;
    124) printf 'lab: error: the kernel printed nothing for %s s (BOOT_S), and was ended: %s\n' "$limit" "$1" >&2; exit 124 ;;
    *) die "the machine of $arch failed with status $rc" ;;
  esac
}

# boot_ARCH IMAGE: with limit, initrd, append and qemu of cmd_boot.

# User-mode Linux: the image is a program, linked against the lab's C library, and so it runs inside.
boot_um() {
  [[ ${#qemu[@]} -eq 0 ]] || die "boot --qemu: user-mode Linux runs without QEMU"
  locate
  up_is_done tools || die "no lab in $place" "lab.sh up"
  local rc=0
  # Where the machine puts the program decides where the kernel puts modules, and 6.12 refuses one above 2 GB, which rustc's
  # code cannot refer to: with -R, the machine chooses the same place each time.
  # A kernel's options are split at blanks. One processor, since the lab's machine may have no more that are free.
  boot_inside '' "$1" "setarch -R ./image mem=256M ncpus=1 con=fd:0,fd:1 con0=fd:0,fd:1 ${initrd:+initrd=initrd} LAB_POWER_OFF=1 $append" || rc=$?
  [[ $rc -ne 134 ]] || rc=0 # a panic aborts the program, as that of a kernel without an init
  return "$rc"
}

# boot_inside OVER IMAGE CMD: CMD in a directory inside with copies of IMAGE (image) and of the initramfs (initrd), and with what is
# installed in OVER.
boot_inside() {
  local stage rc=0
  stage=$(mktemp -d "$lab/.boot-XXXXXX")
  # shellcheck disable=SC2064 # this directory
  trap "remove '$stage'" EXIT
  cp "$2" "$stage/image"
  [[ -z $initrd ]] || cp "$initrd" "$stage/initrd"
  run_options ${1:+--over "$1"} -C "/lab/${stage##*/}"
  cp "$here/sh/quiet.sh" "$stage/"
  inside "exec bash ./quiet.sh $limit $3" || rc=$?
  remove "$stage"
  trap - EXIT
  return "$rc"
}

# boot_qemu IMAGE: any other machine, by the table. The drivers of these consoles have no speed to set. Of an option that is
# given twice, -smp for instance, QEMU takes the last, so --qemu overrules what is here.
boot_qemu() {
  local machine packages
  read -r -a machine <<<"$(arch qemu)"
  packages=$(arch packages)
  machine+=(-accel tcg -m 1G -smp 2 -nographic -nic none -no-reboot ${qemu[@]+"${qemu[@]}"})
  append="console=$(arch console) $append"
  locate
  # That of this machine may be too old for what the lab builds: QEMU 7.2 prints nothing of Linux 7.3 on riscv.
  if [[ $arch != "$default_arch" && $kind == chroot ]]; then
    local over
    # shellcheck disable=SC2086 # packages are words
    over=$(cmd_over $packages) || exit 1
    boot_inside "$over" "$1" "${machine[*]@Q} -kernel image ${initrd:+-initrd initrd} -append ${append@Q}"
    return
  fi
  command -v "${machine[0]}" >/dev/null || [[ $(id -u) -ne 0 ]] || host_package "${machine[0]}" "${packages%% *}"
  command -v "${machine[0]}" >/dev/null || die "${machine[0]} is missing" "lab.sh boot as root, or apt-get install $packages"
  bash "$here/sh/quiet.sh" "$limit" "${machine[@]}" -kernel "$1" ${initrd:+-initrd "$initrd"} -append "$append"
}
