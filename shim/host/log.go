// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package host

import (
	"io"
	"os"

	"github.com/sirupsen/logrus"
)

// Fields are the fields of a log record in addition to its message.
type Fields map[string]any

// Logger writes the log that LTO_WRAP_LOG asks for. A nil Logger logs nothing.
type Logger struct{ entry *logrus.Entry }

// OpenLog opens the log at path for appending. level is one of logrus's levels,
// format is text or json. Each record names the program and its object.
//
// logrus writes each record with one write(2), which appends it as a whole
// (O_APPEND), so that many processes can share a file.
func OpenLog(path, level, format string, program Program, object string) (*Logger, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, &Failure{What: "cannot open the log: " + err.Error(), Hint: "change LTO_WRAP_LOG", Status: 1}
	}
	parsed, err := logrus.ParseLevel(level)
	if err != nil {
		return nil, err
	}
	l := &logrus.Logger{Out: io.Writer(f), Level: parsed, Hooks: logrus.LevelHooks{}, ExitFunc: os.Exit}
	if format == "json" {
		l.Formatter = &logrus.JSONFormatter{}
	} else {
		l.Formatter = &logrus.TextFormatter{DisableColors: true, FullTimestamp: true}
	}
	return &Logger{l.WithFields(logrus.Fields{"tool": string(program), "pid": os.Getpid(), "object": object})}, nil
}

// Info logs at level info.
func (l *Logger) Info(msg string, f Fields) { l.log(logrus.InfoLevel, msg, f) }

// Debug logs at level debug.
func (l *Logger) Debug(msg string, f Fields) { l.log(logrus.DebugLevel, msg, f) }

// Warn logs at level warn.
func (l *Logger) Warn(msg string, f Fields) { l.log(logrus.WarnLevel, msg, f) }

// Error logs at level error.
func (l *Logger) Error(msg string, f Fields) { l.log(logrus.ErrorLevel, msg, f) }

func (l *Logger) log(level logrus.Level, msg string, f Fields) {
	if l != nil {
		l.entry.WithFields(logrus.Fields(f)).Log(level, msg)
	}
}
