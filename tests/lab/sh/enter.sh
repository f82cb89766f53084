# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# shellcheck shell=bash
# shellcheck disable=SC2154 # place, kind, root, lab, sources, base and here are set by locate and lab.sh
# `run`: a command inside. Each run has a mount namespace of its own, so that nothing stays mounted when it ends,
# several runs can mount different object trees at the same path, and no clean-up can reach into a mount.

# run_options "$@": fill run_dir, run_obj, run_ab, run_over, run_env and rest from the options of `run`.
run_options() {
  run_dir=/lab run_obj='' run_ab='' run_over=${KERNEL_LAB_OVER:-} run_env=()
  while [[ $# -gt 0 ]]; do
    case $1 in
      -C | -e | --obj | --ab | --over) [[ $# -ge 2 ]] || die "run $1 needs a value" ;;&
      -C) run_dir=$2; shift 2 ;;
      -e) [[ $2 == *=* ]] || die "run -e $2: not NAME=VALUE"; run_env+=("$2"); shift 2 ;;
      --obj) run_obj=$2; shift 2 ;;
      --ab) run_ab=$2; shift 2 ;;
      --over) run_over=$2; shift 2 ;;
      --) shift; break ;;
      -*) die "run $1: unknown option" ;;
      *) break ;;
    esac
  done
  rest=("$@")
}

# cmd_over PACKAGE...: a directory for --over in which Debian's packages are installed, made where it is missing. Prints its inside
# path.
cmd_over() {
  need_args 1 "over PACKAGE..." "$@"
  locate
  up_is_done tools || die "no lab in $place" "lab.sh up"
  local over; over=/lab/over/$(IFS=-; printf '%s' "$*")
  [[ -e $(host_path "$over")/installed ]] || locked "$lab/.lock-over-${over##*/}" make_over "$over" "$@"
  printf '%s\n' "$over"
}

# make_over OVER PACKAGE...: the work of cmd_over.
make_over() {
  local over=$1 host; shift
  host=$(host_path "$over")
  [[ ! -e $host/installed ]] || return 0 # another run has made it while this one waited
  remove "$host" # what an interrupted run has left: packages half installed
  mkdir -p "$host"
  say "installing $* over the lab's root"
  run_options --over "$over"
  inside "export DEBIAN_FRONTEND=noninteractive; apt-get update -q; apt-get install -q -y --no-install-recommends $*" </dev/null >"$host/log" 2>&1 ||
    die "these cannot be installed in the lab: $*: $(last_error "$host/log")" "the whole output: $host/log"
  touch "$host/installed"
}

cmd_run() {
  run_options "$@"
  [[ ${#rest[@]} -gt 0 ]] || need_args 1 "run [-C DIR] [-e NAME=VALUE]... [--obj OBJ] [--ab DIR] [--over DIR] CMD..."
  locate
  up_is_done tools || die "no lab in $place" "lab.sh up"
  enter "${rest[*]}"
}

# enter CMD: replace this process by CMD inside, under run_dir, run_obj, run_ab and run_env: signals and exit status
# need no passing on.
enter() {
  local ns obj='' ab='' over=''
  mount_namespace
  if [[ -n $run_obj ]]; then obj=$(lab_dir "$run_obj"); touch "$obj"; fi
  if [[ -n $run_ab ]]; then ab=$(lab_dir "$run_ab"); touch "$ab"; fi
  if [[ -n $run_over ]]; then
    [[ $kind == chroot ]] || die "run --over $run_over: this machine's own root is not changed" "KERNEL_LAB_KIND=chroot"
    over=$(lab_dir "$run_over"); mkdir -p "$over"/{changes,work,root}
  fi
  local v # what sources are mounted at
  for v in $(held); do mkdir -p "$lab/linux-$v"; done
  [[ -z ${KERNEL_LAB_SOURCE:-} ]] || mkdir -p "$lab/linux-own"
  exec "${ns[@]}" bash "$self" _enter "$kind" "$root" "$lab" "$sources" "$obj" "$ab" "$over" "$run_dir" "$1" ${run_env[@]+"${run_env[@]}"}
}

# enter_namespace KIND ROOT LAB SOURCES OBJ AB OVER DIR CMD [NAME=VALUE...]: already in the namespace; mounts, then becomes CMD.
enter_namespace() {
  local kind=$1 root=$2 lab=$3 sources=$4 obj=$5 ab=$6 over=$7 dir=$8 cmd=$9 entry name path; shift 9
  path=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
  if [[ $kind == native ]]; then
    path=$PATH # where native_missing has found the tools
    # This machine's own tree under a new /, which has a /lab besides: the same inside paths as in the chroot.
    mount -t tmpfs -o mode=755 lab "$root"
    for entry in /*; do
      name=$root$entry
      if [[ -L $entry ]]; then cp -P "$entry" "$name"
      elif [[ -d $entry && $entry != /lab ]]; then mkdir "$name"; mount --rbind "$entry" "$name"; fi
    done
    mkdir "$root/lab"
  else
    # What changes in the root, packages for instance, is kept beside it.
    if [[ -n $over ]]; then
      mount -t overlay -o "lowerdir=$root,upperdir=$over/changes,workdir=$over/work" overlay "$over/root"
      root=$over/root
    fi
    mount --rbind /proc "$root/proc"
    mount --rbind /dev "$root/dev"
  fi
  mount --bind "$lab" "$root/lab"
  local v versions
  mapfile -t versions < <(held)
  [[ -z ${KERNEL_LAB_SOURCE:-} ]] || versions+=(own)
  for v in ${versions[@]+"${versions[@]}"}; do
    # Unmodified means unmodified: a build that writes to the sources fails.
    mount --bind "$(source_dir "$v")" "$root/lab/linux-$v"
    mount -o remount,bind,ro "$root/lab/linux-$v" 2>/dev/null || true # a user namespace may not be allowed to
  done
  [[ -z $obj ]] || mount --bind "$obj" "$root/lab/obj"
  [[ -z $ab ]] || mount --bind "$ab" "$root/lab/ab"
  # The KBUILD_BUILD_* make two builds of the same thing the same bytes.
  # shellcheck disable=SC2016 # expanded by the inner shell
  exec chroot "$root" /usr/bin/env -i PATH="$path" HOME=/lab/home LANG=C.UTF-8 \
    KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 2026' KBUILD_BUILD_USER=lab KBUILD_BUILD_HOST=lab KBUILD_BUILD_VERSION=1 \
    "$@" /bin/bash -c 'cd "$1" && exec /bin/bash -c "$2"' bash "$dir" "$cmd"
}
