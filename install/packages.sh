#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# Packages for distributions, into dist/, from the one description in install/nfpm.yaml.
#   install/packages.sh VERSION ARCH...
# GO is the go command, FORMATS the formats (deb rpm apk archlinux), MAINTAINER who is named in them. nfpm is fetched as a Go
# module the first time.
set -euo pipefail
export LC_ALL=C # names are sorted alike everywhere
cd "$(dirname "$0")/.."
GO=${GO:-go}

# The newest that Go 1.24, which go.mod asks for, can build.
nfpm=github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.0

say() { printf 'packages: %s\n' "$*" >&2; }

formats=${FORMATS:-deb rpm apk archlinux}
for format in $formats; do
  case $format in
    deb | rpm | apk | archlinux) ;;
    *)
      printf 'packages: error: there is no format %s\n' "$format" >&2
      printf 'packages: hint: FORMATS names some of deb, rpm, apk and archlinux\n' >&2
      exit 2
      ;;
  esac
done

version=$1
shift
# shellcheck source=install/environment.sh
. install/environment.sh
SOURCE_DATE_EPOCH=$(install/version.sh date)
export SOURCE_DATE_EPOCH
# A packager gives his own name; without one the packages say that nobody in particular made them.
export MAINTAINER=${MAINTAINER:-The rustc-lto-wrap authors <nobody@localhost>}
packager="'${MAINTAINER//\'/\'\'}'" # as a string of YAML
new=$PWD/build/packages
rm -rf "$new"
mkdir -p "$new" dist
trap 'install/owner.sh build dist' EXIT

GOFLAGS=-mod=mod GOBIN="$new" "$GO" install "$nfpm"

# stage FORMAT ARCH: lay out the files as the package is installed.
stage() {
  local format=$1 stage=$new/stage zsh=site-functions doc
  rm -rf "$stage" "$stage-doc"
  # Debian's zsh keeps site-functions for the administrator.
  [[ $format != deb ]] || zsh=vendor-completions
  make -s install VERSION="$version" GOARCH="$2" BIN="build/bin-$2" DESTDIR="$stage" PREFIX=/usr ZSH="$stage/usr/share/zsh/$zsh" >&2
  doc=$stage/usr/share/doc/rustc-lto-wrap
  find "$stage/usr/share/man" -type f -exec gzip -9n {} +
  case $format in
    deb)
      # Debian has the text of the license in its base system, and its own name for the other file.
      mv "$doc/LICENSES.linked" "$doc/copyright"
      ln -sf ../../common-licenses/Apache-2.0 "$doc/LICENSE"
      gzip -9n <"$doc/CHANGELOG.md" >"$doc/changelog.gz"
      install -d "$stage/usr/share/lintian/overrides"
      install -m 644 install/lintian-overrides "$stage/usr/share/lintian/overrides/rustc-lto-wrap"
      ;;
    rpm | apk | archlinux)
      install -d "$stage/usr/share/licenses/rustc-lto-wrap"
      mv "$doc/LICENSE" "$doc/LICENSES.linked" "$stage/usr/share/licenses/rustc-lto-wrap"
      ln -s ../../licenses/rustc-lto-wrap/LICENSE "$doc/LICENSE"
      ;;
  esac
  chmod -R u=rwX,go=rX "$stage"
  find "$stage" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

# typed: what .rpm has types for, and would not do by itself: documents and licenses, which it may be asked to leave out, and
# the directories that go when the package is removed. Prints their descriptions.
typed() {
  local file type
  # The directories that every system has are its own.
  while IFS= read -r file; do
    case /$file in
      /usr | /usr/bin | /usr/share | /usr/share/doc | /usr/share/licenses | /usr/share/man | /usr/share/man/man1) ;;
      *) printf '  - {dst: /%s, type: dir, file_info: {mode: 0755}}\n' "$file" ;;
    esac
  done < <(cd "$new/stage" && find . -mindepth 1 -type d -printf '%P\n' | sort)
  mkdir -p "$new/stage-doc/usr/share"
  mv "$new"/stage/usr/share/{man,doc,licenses} "$new/stage-doc/usr/share"
  while IFS= read -r file; do
    type=doc
    [[ $file != usr/share/licenses/* ]] || type=license
    printf '  - {src: build/packages/stage-doc/%s, dst: /%s, type: %s}\n' "$file" "$file" "$type"
  done < <(cd "$new/stage-doc" && find . -type f -printf '%P\n' | sort)
  (cd "$new/stage-doc" && find . -type l -printf '  - {src: %l, dst: /%P, type: symlink}\n' | sort)
}

# described FORMAT: install/nfpm.yaml as FORMAT wants it.
described() {
  # Debian has no field for the license in a binary package; copyright says it. The first line of the description is all that
  # Arch Linux has place for, and an .rpm has it as its summary.
  awk -v format="$1" '
    /^[a-z]/ { field = $1; line = 0 }
    field == "license:" && format == "deb" { next }
    field == "description:" && /^  / {
      line++
      if (format == "archlinux" && line > 1 || format == "rpm" && line == 1) next
    }
    { print }' install/nfpm.yaml
  case $1 in
    rpm) typed ;;
    # The only format whose packager is another field than the maintainer.
    archlinux) printf 'archlinux: {packager: %s}\n' "$packager" ;;
  esac
}

for arch in "$@"; do
  for format in $formats; do
    own=$(install/version.sh "$format" "$version")
    stage "$format" "$arch"
    cat >"$new/changelog.yaml" <<END
- semver: $own-1
  date: $(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
  packager: $packager
  deb: {urgency: medium, distributions: [unstable]}
  changes: [{note: "Version $version; what is new is in CHANGELOG.md."}]
END
    described "$format" >"$new/nfpm.yaml"
    if ! said=$(VERSION=$own ARCH=$arch "$new/nfpm" package -f "$new/nfpm.yaml" -p "$format" -t dist/); then
      printf 'packages: error: no %s for %s: %s\n' "$format" "$arch" "$said" >&2
      exit 1
    fi
    say "${said##*: }"
  done
done
(cd dist && rm -f SHA256SUMS && sums=$(sha256sum -- *) && printf '%s\n' "$sums" >SHA256SUMS)
