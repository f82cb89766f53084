# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# shellcheck shell=bash
# shellcheck disable=SC2154 # place, kind, root, lab, sources, base and here are set by locate and lab.sh
# Which kernels the lab holds: that of the release, which stays as long as the release does, and the newest that there is. `up`
# chooses them once and records them, because backports keep the newest versions only, and because what a lab holds must not
# change while tests use it. `renew` chooses again.

# The record: a comment that says what was chosen and why, and the versions, one a line, the newest last.
record() { printf '%s\n' "$sources/kernels"; }
recorded() { grep -v '^#' "$(record)" 2>/dev/null || true; }

# held: the versions whose sources are unpacked. An older choice is among them until clean-cache removes it.
held() { local id; for id in "$sources"/linux-*.id; do [[ ! -e $id ]] || { id=${id##*/linux-}; printf '%s\n' "${id%.id}"; }; done; }

cmd_kernels() {
  locate
  [[ -e $(record) ]] || die "no kernels in $place" "lab.sh up"
  recorded
}

# cmd_renew: choose again, in the lab of the default release, where the sources are.
cmd_renew() {
  locate
  if [[ $suite != "${releases[0]}" ]]; then env -u KERNEL_LAB_RELEASE "$self" renew; return; fi
  up_is_done tools || cmd_up tools
  locked "$base/.lock" choose
}

# choose: unpack what is not there, and record it. A kernel that asks for newer tools than the lab has is not taken, but the
# next one before it.
choose() {
  local own v offers taken='' note=() lacks
  own=$(property releases "$suite" kernel)
  [[ $kind == native ]] || update_lists "$root"
  offers=$(offered | grep -vxF -f <(tr -s ' ' '\n' <<<"${KERNEL_LAB_WITHOUT:-} -"))
  grep -qxF "$own" <<<"$offers" || die "there is no linux-source-$own in $(searched)"
  source_is_current "$own" || unpack_source "$own"
  for v in $(sort -rV <<<"$offers"); do
    ! at_least "$own" "$v" || break
    source_is_current "$v" || unpack_source "$v"
    lacks=$(lacking "$v")
    [[ -n $lacks ]] || { taken=$v; break; }
    note+=("not $v, which needs $lacks")
  done
  [[ -z ${lost_suites:-} ]] || note+=("$lost_suites")
  if [[ -n $taken ]]; then
    note=("Linux $own, and $taken as the newest" ${note[@]+"${note[@]}"})
  else
    note=("Linux $own alone" ${note[@]+"${note[@]}"})
    [[ ${#note[@]} -gt 1 ]] || note+=("there is no newer one in $(searched)")
  fi
  { printf '# '; joined "; " "${note[@]}"; printf '%s\n' "$own" ${taken:+"$taken"}; } >"$(record).new"
  mv "$(record).new" "$(record)"
  say "kernels: $(kernels_note)"
}

# kernels_note: what was chosen, and why.
kernels_note() { sed -n 's/^# //p' "$(record)"; }

# joined SEPARATOR WORD...
joined() { local separator=$1; shift; printf '%s' "$1"; shift; [[ $# -eq 0 ]] || printf "$separator%s" "$@"; printf '\n'; }

# suites: what is searched besides the release itself. KERNEL_LAB_SUITES overrules the table.
suites() {
  if [[ -n ${KERNEL_LAB_SUITES:-} && $suite == "${releases[0]}" ]]; then printf '%s\n' "${KERNEL_LAB_SUITES/#none/}"
  else property releases "$suite" suites; fi
}

# searched: the same in words.
searched() { [[ $kind != native ]] || { echo /usr/src; return; }; local from=("$suite") s; for s in $(suites); do from+=("$suite-$s"); done; joined ", " "${from[@]}"; }

# offered: the versions whose sources are to be had, one a line.
offered() {
  local file
  if [[ $kind == native ]]; then
    for file in /usr/src/linux-source-*.tar.xz; do file=${file##*/linux-source-}; printf '%s\n' "${file%.tar.xz}"; done
  else
    in_root "$root" apt-cache search --names-only '^linux-source-[0-9]+\.[0-9]+$' | sed 's/^linux-source-//; s/ .*//'
    for file in ${KERNEL_LAB_DEBS:+"$KERNEL_LAB_DEBS"/linux-source-*.deb}; do file=${file##*/linux-source-}; printf '%s\n' "${file%%_*}"; done
  fi | grep -xE '[0-9]+\.[0-9]+' | sort -uV
}

# lacking VER: the tools of the lab that are older than the kernel's scripts/min-tool-version.sh asks for, in words; nothing
# where all suffice.
lacking() {
  local tool need have list=() script; script=$(source_dir "$1")/scripts/min-tool-version.sh
  while read -r tool have; do
    need=$(sh "$script" "$tool") || continue # a tool that this version does not ask for
    at_least "$have" "$need" || list+=("$tool $need (the lab has $have)")
  done < <(run_options; inside 'for tool in rustc bindgen llvm; do
      echo $tool $(${tool/#llvm/clang} --version | grep -oE "[0-9]+\.[0-9]+(\.[0-9]+)?" | head -n1); done' </dev/null)
  [[ ${#list[@]} -eq 0 ]] || joined ", " "${list[@]}"
}

# mirror_of ROOT: the mirror that a root was made from.
mirror_of() { awk '$1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /:/ && $i !~ /^\[/) { print $i; exit } }' "$1/etc/apt/sources.list"; }

# update_lists ROOT: the lists of packages of the release, which must be there, and of its suites, which a mirror keeps for a
# shorter time. Sets `lost_suites` to what is missing, in words.
update_lists() {
  local new=$1 mirror from list log=$place/update.log
  mirror=$(mirror_of "$new")
  lost_suites=''
  rm -f "$new"/etc/apt/sources.list.d/lab-*.list
  printf 'deb %s %s main\n' "$mirror" "$suite" >"$new/etc/apt/sources.list"
  copy_network "$new"
  local update=(apt-get update -q -o Acquire::Retries=3 -o APT::Update::Error-Mode=any)
  in_root "$new" "${update[@]}" >"$log" 2>&1 || die "apt-get update for $suite failed: $(last_error "$log")" "the whole output: $log"
  for from in $(suites); do
    list=$new/etc/apt/sources.list.d/lab-$from.list
    # Security updates have an archive of their own beside Debian's.
    printf 'deb %s%s %s-%s main\n' "$mirror" "$([[ $from != security ]] || echo -security)" "$suite" "$from" >"$list"
    in_root "$new" "${update[@]}" >"$log" 2>&1 && continue
    lost_suites+="${lost_suites:+; }$suite-$from is not to be had: $(last_error "$log")"
    rm "$list"
  done
}
