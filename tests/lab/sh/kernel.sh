# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# shellcheck shell=bash
# shellcheck disable=SC2154 # place, kind, root, lab, sources, base and here are set by locate and lab.sh
# Kernels: configured, built with the unwrapped tools once and kept, copied for a build with other tools.
#
# Whatever OBJ is called, it is configured and built as /lab/obj, with CC=/lab/ab/cc and RUSTC=/lab/ab/rustc: kbuild
# compares the text of commands, and rustc and debug information record absolute paths. So a copy is up to date for
# make, other tools mounted at /lab/ab rebuild only what is asked for, and the bytes of two builds can be compared.

# inside CMD: as `run`, with the options in run_*, but this script goes on afterwards.
inside() { (enter "$1"); }

# make_command VER ARG...: the shell command of a build in /lab/obj.
make_command() {
  local v=$1; shift
  printf 'make -C %q O=/lab/obj LLVM=1 CC=/lab/ab/cc RUSTC=/lab/ab/rustc -j%q' "/lab/linux-$v" "$(nproc)"
  [[ $# -eq 0 ]] || printf ' %q' "$@"
}

cmd_make() {
  run_options "$@"
  need_args 2 "make [-e NAME=VALUE]... [--ab DIR] VER OBJ [ARG...]" "${rest[@]}"
  known_version "${rest[0]}"
  locate
  [[ -z $run_obj ]] || die "make --obj $run_obj" "OBJ is the second argument of make"
  run_obj=${rest[1]}
  # Silent as the plain build was: x86's saved command for bzImage has >/dev/null in it with -s and not without. And
  # what is left of the output is warnings, which can be compared. -s overrules V=, so asking for V= leaves it out.
  local silent=(-s)
  [[ " ${rest[*]:2} " != *" V="* ]] || silent=()
  enter "$(make_command "$version" "${silent[@]}" ${arch_args[@]+"${arch_args[@]}"} "${rest[@]:2}")"
}

cmd_versions() {
  locate
  up_is_done tools || die "no lab in $place" "lab.sh up"
  printf 'lab %s\n' "$kind"
  run_options
  inside 'rustc --version; rustc --version --verbose | sed -n "s/^LLVM version: /rustc-llvm /p"; clang --version | sed "s/^.*clang version/clang/;q"
    ld.lld --version | sed "s/^.*LLD/lld/"; llvm-link --version | sed -n "s/^.*LLVM version/llvm-link/p"; bindgen --version; make --version | sed "s/GNU Make/make/;q"' </dev/null
  local v
  for v in $(recorded); do printf 'linux %s (%s)\n' "$(kernel_release "$v")" "$(cat "$sources/linux-$v.id")"; done
  [[ ! -e $(record) ]] || printf 'kernels %s\n' "$(kernels_note)"
  qemu-system-x86_64 --version 2>/dev/null | sed -n 's/^QEMU emulator version/qemu/p' || true
}

# kernel_release VER: VERSION.PATCHLEVEL.SUBLEVEL of the sources.
kernel_release() { awk '/^(VERSION|PATCHLEVEL|SUBLEVEL) =/ { v = v (v == "" ? "" : ".") $3 } END { print v }' "$(source_dir "$1")/Makefile"; }

cmd_config() {
  need_args 2 "config VER OBJ [FRAGMENT...]" "$@"
  local v=$1 obj=$2 file inside_files=() default; shift 2
  cmd_up
  known_version "$v"
  [[ $# -gt 0 ]] || mapfile -t default < <(default_config)
  [[ $# -gt 0 ]] || set -- "${default[@]}"
  [[ $obj == /lab/* ]] || die "$obj: must be below /lab"
  mkdir -p "$(host_path "$obj")" "$lab/fragments"
  for file in "$@"; do
    local name; name=$(hash12 <"$file").config
    cp "$file" "$lab/fragments/$name.$$" && mv -T "$lab/fragments/$name.$$" "$lab/fragments/$name"
    inside_files+=("/lab/fragments/$name")
  done
  run_options --obj "$obj" -C /lab/obj # merge_config.sh writes where it is started
  local make base; make=$(make_command "$version" -s ${arch_args[@]+"${arch_args[@]}"})
  base="$make tinyconfig"
  if [[ -n ${KERNEL_LAB_BASE:-} ]]; then
    cp "$KERNEL_LAB_BASE" "$(host_path "$obj")/.config"
    base=:
  fi
  inside "$base && /lab/linux-$version/scripts/kconfig/merge_config.sh -m -O /lab/obj /lab/obj/.config ${inside_files[*]} >/dev/null && $make olddefconfig" >&2 </dev/null ||
    die "configuring Linux $v failed"
  check_config "$version" "$(host_path "$obj")/.config" "$@"
}

# check_config VER CONFIG FRAGMENT...: what the fragments ask for and Kconfig did not give is an error, except for
# options that this version does not have on this architecture: a lab that silently tests less proves nothing.
check_config() {
  local v=$1 config=$2 option want have lost=() absent=() known; shift 2
  local source; source=$(source_dir "$v")
  # Another architecture may have the option; SMP has been in arch/x86/Kconfig for longer than in arch/um/Kconfig.
  known=$(find "$source" -path "$source/arch/*/*" ! -path "$source/arch/$(arch folder)/*" -prune -o -name 'Kconfig*' -exec grep -hE '^[[:space:]]*(menu)?config[[:space:]]' {} + | awk '{ print $2 }')
  while IFS='=' read -r option want; do
    have=$(sed -n "s/^$option=//p" "$config")
    [[ $have != "$want" ]] || continue
    if grep -qx "${option#CONFIG_}" <<<"$known"; then
      lost+=("$option: asked $want, got ${have:-n}")
    else
      absent+=("${option#CONFIG_}")
    fi
  done < <(cat "$@" | grep -E '^CONFIG_[A-Za-z0-9_]+=(y|m|n)$' | awk -F= '{ last[$1] = $2 } END { for (o in last) if (last[o] != "n") print o "=" last[o] }' | sort)
  [[ ${#absent[@]} -eq 0 ]] || say "Linux $v does not have: ${absent[*]}"
  grep -qx 'CONFIG_RUST=y' "$config" || lost=("CONFIG_RUST: asked y, got n" ${lost[@]+"${lost[@]}"})
  [[ ${#lost[@]} -eq 0 ]] || die "Linux $v did not take every option:"$'\n'"$(printf '  %s\n' "${lost[@]}")" "their dependencies are in Kconfig; add what is missing to the fragment"
}

# plain_name VER FRAGMENT...: what a plain build depends on, as a directory name.
plain_name() {
  local v=$1; shift
  known_version "$v"
  printf '%s-%s\n' "$named" "$({ cat "$sources/linux-$version.id" "$@"; printf '%s' "${arch_args[*]}" "${KERNEL_LAB_OVER:-}"; [[ -z ${KERNEL_LAB_BASE:-} ]] || cat "$KERNEL_LAB_BASE"; declare -f make_command; cmd_versions | grep -vE '^(linux|kernels|qemu) '; } | hash12)"
}

cmd_plain() {
  need_args 1 "plain VER [FRAGMENT...]" "$@"
  local v=$1 default; shift
  cmd_up
  known_version "$v"
  [[ $version != own ]] || die "plain own: sources that may change are not built once and kept" "lab.sh config own OBJ, then lab.sh make own OBJ"
  [[ $# -gt 0 ]] || mapfile -t default < <(default_config)
  [[ $# -gt 0 ]] || set -- "${default[@]}"
  plain=$(plain_name "$v" "$@")
  [[ -e $lab/plain/$plain ]] || locked "$lab/plain/.$plain.lock" build_plain "$named" "$plain" "$@"
  touch "$lab/plain/$plain"
  printf '/lab/plain/%s\n' "$plain"
}

# build_plain VER NAME FRAGMENT...: a build that was interrupted starts anew; only a whole one gets its name.
build_plain() {
  local v=$1 name=$2 dir=$lab/plain/$2 new=$lab/plain/.new-$2 pid rc=0 start=$SECONDS said=$SECONDS objects before=''; shift 2
  [[ ! -e $dir ]] || return 0 # another run has made it while this one waited
  remove "$new"
  mkdir "$new"
  say "plain build of Linux $v with the unwrapped tools on $(nproc) processors: 6 to 13 minutes on two, then cached as plain/$name"
  set -m # a process group of its own, so that all of it ends with this script
  configure_and_make "$v" "/lab/plain/.new-$name" "$dir.log" "$@" &
  pid=$!
  set +m
  # shellcheck disable=SC2064 # this group
  trap "kill -- -$pid 2>/dev/null || true" EXIT
  while kill -0 "$pid" 2>/dev/null; do
    sleep 1
    [[ $((SECONDS - said)) -ge 20 ]] || continue
    said=$SECONDS objects=$(find "$new" -name '*.o' | wc -l)
    # Whoever ends what makes no progress goes by what is said.
    [[ $objects == "$before" ]] || say "Linux $v: $objects objects after $((SECONDS - start)) s"
    before=$objects
  done
  wait "$pid" || rc=$?
  trap - EXIT
  [[ $rc -eq 0 ]] || { tail -n 30 "$dir.log" >&2; die "the plain build of Linux $v failed with status $rc" "the whole output: $dir.log"; }
  { printf 'seconds %s\n' "$((SECONDS - start))"; cmd_versions; } >"$dir.info"
  mv -T "$new" "$dir"
  say "Linux $v: built in $((SECONDS - start)) s"
}

# configure_and_make VER OBJ LOG FRAGMENT...: the work of build_plain.
configure_and_make() {
  local v=$1 obj=$2 log=$3; shift 3
  : >"$log"
  cmd_config "$v" "$obj" "$@"
  known_version "$v"
  run_options --obj "$obj"
  enter "$(make_command "$version" -s ${arch_args[@]+"${arch_args[@]}"})" </dev/null >"$log" 2>&1
}

# Times are kept, so that make finds the copy as fresh as the original.
cmd_fork() {
  need_args 2 "fork VER NEWOBJ [FRAGMENT...]" "$@"
  local v=$1 obj=$2 to plain=''; shift 2
  [[ $obj == /lab/* ]] || die "$obj: must be below /lab"
  locate
  to=$(host_path "$obj")
  [[ ! -e $to ]] || die "$obj exists already" "remove $to, or take another name"
  cmd_plain "$v" "$@" >/dev/null
  mkdir -p "${to%/*}"
  remove "$to.new"
  # shellcheck disable=SC2064 # this directory
  trap "remove '$to.new'" EXIT
  cp -a --reflink=auto "$lab/plain/$plain" "$to.new"
  mv -T "$to.new" "$to"
  touch "$to"
  printf '%s\n' "$obj"
}
