// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"fmt"
	"strings"

	"rustc-lto-wrap/shim/inspect"
)

const header = `# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors
# Made by install/manual from the tables that the program reads.
`

// trees reports whether the operands of a query are directories.
func trees(q inspect.Query) bool { return q.Operands != "" }

// files reports whether the operands of a query may be any files.
func files(q inspect.Query) bool { return q.Usage != "" }

// bash is the completion for bash. It uses nothing of the package bash-completion,
// which only finds the file.
func bash(p program) string {
	var b strings.Builder
	add := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	function := "_" + strings.ReplaceAll(string(p.name), "-", "_")
	var names []string
	for _, q := range p.queries {
		names = append(names, q.Option)
	}
	b.WriteString(header)
	add("%s() {", function)
	b.WriteString(`  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words='' prefix='' operands=''
  COMPREPLY=()
  # What is not for the program itself is for the real tool.
  if [[ $COMP_CWORD -eq 1 ]]; then
    [[ $word != -* ]] || mapfile -t COMPREPLY < <(compgen -W '` + strings.Join(names, " ") + `' -- "$word")
    return
  fi
  # In --format=table, "=" is a word of its own, and so is each ":" of --fail-on=calls-left:4,not-inlined.
  local at=$COMP_CWORD
  while [[ ${COMP_WORDS[at]} == : || ${COMP_WORDS[at-1]} == : ]]; do at=$((at - 1)); done
  if [[ ${COMP_WORDS[at]} == '=' ]]; then
    before=${COMP_WORDS[at-1]}
    [[ $at -lt $COMP_CWORD ]] || word=
  elif [[ ${COMP_WORDS[at-1]} == '=' ]]; then
    before=${COMP_WORDS[at-2]}
  fi
  case "${COMP_WORDS[1]} $before" in
`)
	for _, q := range p.queries {
		for _, o := range q.Options {
			switch {
			case o.Switch:
			case o.List:
				add("    '%s --%s') [[ $word != *,* ]] || prefix=${word%%,*},\n      words='%s' word=${word##*,} ;;", q.Option, o.Name, strings.Join(o.Values, " "))
			case o.Values != nil:
				add("    '%s --%s') words='%s' ;;", q.Option, o.Name, strings.Join(o.Values, " "))
			default:
				add("    '%s --%s') compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$word\"); return ;;", q.Option, o.Name)
			}
		}
	}
	b.WriteString(`  esac
  if [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -P "$prefix" -W "$words" -- "$word")
    return
  fi
  case ${COMP_WORDS[1]} in
`)
	for _, q := range p.queries {
		words := []string{"--help"}
		for _, o := range q.Options {
			if o.Switch {
				words = append(words, "--"+o.Name)
				continue
			}
			words = append(words, "--"+o.Name+"=")
		}
		operands := ""
		switch {
		case trees(q):
			operands = "-d"
		case files(q):
			operands = "-f"
		}
		add("    %s) words='%s' operands=%s ;;", q.Option, strings.Join(words, " "), operands)
	}
	b.WriteString(`    *) return ;;
  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
  elif [[ -n $operands ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen "$operands" -- "$word")
  fi
}
`)
	add("complete -o default -F %s %s", function, p.name)
	return b.String()
}

// zsh is the completion for zsh's compsys.
func zsh(p program) string {
	var b strings.Builder
	add := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	add("#compdef %s", p.name)
	b.WriteString(header)
	add("local -a queries\nqueries=(")
	for _, q := range p.queries {
		add("  %s", single(q.Option+":"+strings.ReplaceAll(q.What, ":", `\:`)))
	}
	b.WriteString(`)
# What is not for the program itself is for the real tool.
if (( CURRENT == 2 )); then
  if [[ $PREFIX == -* ]]; then _describe -o option queries; else _files; fi
  return
fi
local query=$words[2]
words[1,2]=($words[1]) # the arguments after the query
(( CURRENT-- ))
case $query in
`)
	for _, q := range p.queries {
		specs := []string{single("(- *)--help[print its usage]")}
		for _, o := range q.Options {
			action := "_files -/"
			switch {
			case o.List:
				action = "_sequence compadd - " + strings.Join(o.Values, " ")
			case o.Values != nil:
				action = "(" + strings.Join(o.Values, " ") + ")"
			}
			meaning := strings.NewReplacer("[", `\[`, "]", `\]`, ":", `\:`).Replace(o.Meaning)
			if o.Switch {
				specs = append(specs, single(fmt.Sprintf("--%s[%s]", o.Name, meaning)))
				continue
			}
			specs = append(specs, single(fmt.Sprintf("--%s=[%s]:%s:%s", o.Name, meaning, o.Name, action)))
		}
		switch {
		case trees(q):
			specs = append(specs, single("*:object tree:_files -/"))
		case files(q):
			specs = append(specs, single("*:file:_files"))
		}
		add("  %s)\n    _arguments -S \\\n      %s ;;", q.Option, strings.Join(specs, " \\\n      "))
	}
	add("  *) _files ;;\nesac")
	return b.String()
}

// fish is the completion for fish.
func fish(p program) string {
	var b strings.Builder
	b.WriteString(header)
	for _, q := range p.queries {
		add := func(condition, rest string) { fmt.Fprintf(&b, "complete -c %s -n '%s' %s\n", p.name, condition, rest) }
		add("test (count (commandline -opc)) -eq 1", fmt.Sprintf("-l %s -d %s", strings.TrimPrefix(q.Option, "--"), single(q.What)))
		after := "contains -- " + q.Option + " (commandline -opc)"
		add(after, "-l help -d 'print its usage'")
		for _, o := range q.Options {
			if o.Switch {
				add(after, fmt.Sprintf("-l %s -d %s", o.Name, single(o.Meaning)))
				continue
			}
			values := "(__fish_complete_directories)"
			switch {
			case o.List:
				values = "(__fish_append , " + strings.Join(o.Values, " ") + ")"
			case o.Values != nil:
				values = strings.Join(o.Values, " ")
			}
			add(after, fmt.Sprintf("-l %s -x -a '%s' -d %s", o.Name, values, single(o.Meaning)))
		}
		switch {
		case trees(q):
			add(after, "-f -a '(__fish_complete_directories)'")
		case !files(q):
			add(after, "-f")
		}
	}
	return b.String()
}

// single quotes text for a shell. fish and the others agree on this form.
func single(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
