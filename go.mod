module rustc-lto-wrap

go 1.24

require (
	github.com/google/go-cmp v0.7.0
	github.com/google/shlex v0.0.0-20191202100458-e7afc7fbc510
	github.com/ianlancetaylor/demangle v0.0.0-20260724033716-83e58baca724
	github.com/kballard/go-shellquote v0.0.0-20180428030007-95032a82bc51
	github.com/rogpeppe/go-internal v1.14.1
	github.com/sirupsen/logrus v1.10.2
	github.com/yuin/goldmark v1.8.7
	golang.org/x/sys v0.35.0
	golang.org/x/term v0.34.0
)

require golang.org/x/tools v0.36.0 // indirect
