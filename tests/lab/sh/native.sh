# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# shellcheck shell=bash
# shellcheck disable=SC2154 # place, kind, root, lab, sources, base and here are set by locate and lab.sh
# The native lab: this machine's own tools, where they suffice.

# at_least HAVE WANT: version order.
at_least() { [[ -n $1 && $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n1) == "$2" ]]; }

# version_of CMD...: the first version number that it prints.
version_of() { "$@" 2>/dev/null | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n1 || true; }

# native_missing: one line for each thing that the machine lacks, as "what: package"; succeeds when there is none.
# The minima are those of scripts/min-tool-version.sh in 7.3, the later of the two kernels.
native_missing() {
  local missing=() tool pkg llvm v
  local -A package=(
    [rustc]=rustc [bindgen]=bindgen [clang]=clang [ld.lld]=lld [llvm-link]=llvm [llvm-nm]=llvm [llvm-objcopy]=llvm
    [make]=make [flex]=flex [bison]=bison [bc]=bc [cpio]=cpio [perl]=perl [python3]=python3 [xz]=xz-utils
  )
  for tool in "${!package[@]}"; do
    command -v "$tool" >/dev/null || missing+=("$tool: ${package[$tool]}")
  done
  if command -v rustc >/dev/null; then
    v=$(version_of rustc --version)
    at_least "$v" 1.85.0 || missing+=("rustc >= 1.85.0 (here $v): rustc")
    [[ -e $(rustc --print sysroot)/lib/rustlib/src/rust/library/core/src/lib.rs ]] || missing+=("the sources of Rust's core: rust-src")
    llvm=$(rustc --version --verbose | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
    for tool in clang ld.lld llvm-link; do
      command -v "$tool" >/dev/null || continue
      v=$(version_of "$tool" --version)
      [[ ${v%%.*} == "$llvm" ]] || missing+=("$tool of LLVM $llvm, which rustc has (here ${v:-unknown}): ${package[$tool]}-$llvm")
    done
  fi
  if command -v bindgen >/dev/null; then
    v=$(version_of bindgen --version)
    at_least "$v" 0.71.1 || missing+=("bindgen >= 0.71.1 (here $v): bindgen")
  fi
  if command -v clang >/dev/null; then
    for pkg in gelf.h:libelf-dev openssl/opensslv.h:libssl-dev; do
      printf '#include <%s>\n' "${pkg%%:*}" | clang -E - >/dev/null 2>&1 || missing+=("<${pkg%%:*}>: ${pkg##*:}")
    done
  fi
  v=$(property releases "$suite" kernel)
  [[ -e /usr/src/linux-source-$v.tar.xz ]] || missing+=("/usr/src/linux-source-$v.tar.xz: linux-source-$v")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  printf '%s\n' "${missing[@]}" | sort
  return 1
}

# native_refuse: says what is missing and what to do, and exits 1. Packages are advised only if this machine's apt has all of them.
native_refuse() {
  local list pkg packages=() unknown=()
  list=$(native_missing) && return 0
  for pkg in $(awk -F': ' '{ print $NF }' <<<"$list" | sort -u); do
    packages+=("$pkg")
    [[ -n $(apt-cache search --names-only "^$pkg\$" 2>/dev/null) ]] || unknown+=("$pkg")
  done
  local hint="run as root, which creates a Debian $suite with all of it, or: apt-get install ${packages[*]}"
  [[ ${#unknown[@]} -eq 0 ]] || hint="run as root, which creates a Debian $suite with all of it; this machine's packages do not have all of it (${unknown[*]})"
  die "the kernel lab needs root, or tools that this machine lacks:"$'\n'"$(sed 's/:.*//; s/^/  /' <<<"$list")" "$hint"
}
