package shim

import (
	"io"
	"os"

	"github.com/sirupsen/logrus"
)

// fields are what a log record says besides its message.
type fields map[string]any

// logger writes the log that LTO_WRAP_LOG asks for. Without one it is nil, which
// logs nothing.
type logger struct{ entry *logrus.Entry }

// openLog opens the log for appending. logrus writes each record with one
// write(2), which appends whole (O_APPEND), so that many processes share a file.
func openLog(s *Settings, tool Tool, object string) (*logger, error) {
	if s.LogPath == "" {
		return nil, nil
	}
	f, err := os.OpenFile(s.LogPath, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, &Failure{What: "cannot open the log: " + err.Error(), Hint: "change LTO_WRAP_LOG", Status: 1}
	}
	level, err := logrus.ParseLevel(s.LogLevel)
	if err != nil {
		return nil, err
	}
	l := &logrus.Logger{Out: io.Writer(f), Level: level, Hooks: logrus.LevelHooks{}, ExitFunc: os.Exit}
	if s.LogFormat == "json" {
		l.Formatter = &logrus.JSONFormatter{}
	} else {
		l.Formatter = &logrus.TextFormatter{DisableColors: true, FullTimestamp: true}
	}
	return &logger{l.WithFields(logrus.Fields{"tool": string(tool), "pid": os.Getpid(), "object": object})}, nil
}

func (l *logger) info(msg string, f fields) {
	if l != nil {
		l.entry.WithFields(logrus.Fields(f)).Info(msg)
	}
}

func (l *logger) debug(msg string, f fields) {
	if l != nil {
		l.entry.WithFields(logrus.Fields(f)).Debug(msg)
	}
}

func (l *logger) error(msg string, f fields) {
	if l != nil {
		l.entry.WithFields(logrus.Fields(f)).Error(msg)
	}
}

func (l *logger) warn(msg string, f fields) {
	if l != nil {
		l.entry.WithFields(logrus.Fields(f)).Warn(msg)
	}
}
