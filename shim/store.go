package shim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// stampSchema changes when what is made, or what is known of it, changes.
const stampSchema = 3

// Stamp is what is known of a helpers bitcode. It lies beside the bitcode, is
// written after it, and is what makes it usable: a bitcode without one is as
// good as none.
type Stamp struct {
	Schema  int      `json:"schema"`
	Key     string   `json:"key"`
	Variant Variant  `json:"variant"`
	Exact   bool     `json:"exact"`
	Flags   []string `json:"flags"`
	Base    []string `json:"base"`
	Clang   string   `json:"clang"`
	// Size and SHA256 are those of the bitcode.
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	// Helpers are all helpers that it defines, NoInline those that their source
	// forbids to inline.
	Helpers  []string `json:"helpers"`
	NoInline []string `json:"noinline,omitempty"`
	// Withheld are helpers that stay calls in modules, with the symbols that
	// modules cannot see; Visible are the symbols outside that the others need.
	Withheld map[string][]string `json:"withheld,omitempty"`
	Visible  []string            `json:"visible,omitempty"`
	// Prerequisites are the files that it was made from, Begun the time when that
	// began, in nanoseconds.
	Prerequisites []Prerequisite `json:"prerequisites"`
	Begun         int64          `json:"begun_ns"`
}

// Prerequisite is one file that the helpers bitcode was made from, as it was
// then.
type Prerequisite struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	MTime  int64  `json:"mtime_ns"`
	SHA256 string `json:"sha256"`
}

// prerequisites takes down how files are now.
func prerequisites(paths []string) ([]Prerequisite, error) {
	var out []Prerequisite
	for _, path := range paths {
		p, err := prerequisite(path)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func prerequisite(path string) (Prerequisite, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Prerequisite{}, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Prerequisite{}, err
	}
	return Prerequisite{path, info.Size(), info.ModTime().UnixNano(), hash(data)}, nil
}

// changed finds a prerequisite that is not what it was: by size and time first,
// and where they differ by content, so that a file that was only touched, or
// checked out again, costs nothing. "" means none.
//
// A file that was written shortly before, or after, says nothing by its time: it
// may have been written once more in what its file system takes for the same
// instant (two seconds on FAT, one on ext3), or the clock was set. Its content is
// looked at always.
func (st *Stamp) changed() string {
	const coarsest = int64(2 * time.Second)
	for _, p := range st.Prerequisites {
		info, err := os.Stat(p.Path)
		if err != nil {
			return p.Path
		}
		if info.Size() == p.Size && info.ModTime().UnixNano() == p.MTime && p.MTime < st.Begun-coarsest {
			continue
		}
		if now, err := prerequisite(p.Path); err != nil || now.SHA256 != p.SHA256 {
			return p.Path
		}
	}
	return ""
}

// distrust forgets the content of files that were written since the work began:
// nobody knows whether clang read them before or after. The bitcode is good for
// the crate at hand, which make takes for compiled before the change or after it in
// the same way, and the next crate has it made again. A time after now is a clock's
// fault, not a change.
func (st *Stamp) distrust(now time.Time) {
	for i, p := range st.Prerequisites {
		if p.MTime >= st.Begun && p.MTime <= now.UnixNano() {
			st.Prerequisites[i].SHA256 = ""
		}
	}
}

// install puts a new bitcode and its stamp in place. The old stamp goes first:
// whenever this is interrupted, what is left has no stamp, or one that is right.
func (st *Stamp) install(p *HelpersPlan, made []byte) error {
	st.Size, st.SHA256 = int64(len(made)), hash(made)
	text, err := json.Marshal(st)
	if err == nil {
		if err = os.Remove(p.Stamp); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err == nil {
		err = writeFile(p.Bitcode, made)
	}
	if err == nil {
		err = writeFile(p.Stamp, text)
	}
	if err != nil {
		return fileFailure("cannot put the helpers bitcode in place", err)
	}
	return nil
}

// errDamaged is a bitcode that is not the one that its stamp speaks of.
var errDamaged = errors.New("damaged")

// load reads the stamp of a plan's bitcode. It is nil when there is none that is
// still good; why says what was missing. The error is errDamaged, or one of
// reading the bitcode.
func load(p *HelpersPlan) (st *Stamp, why string, err error) {
	text, err := os.ReadFile(p.Stamp)
	if err != nil {
		return nil, "there is none", nil
	}
	st = new(Stamp)
	if json.Unmarshal(text, st) != nil || st.Schema != stampSchema || st.Key != p.Key {
		return nil, "its stamp is not readable", nil
	}
	if len(p.Base) < len(st.Base) || !slices.Equal(p.Base[:len(st.Base)], st.Base) {
		return nil, "KBUILD_CFLAGS have changed", nil
	}
	if p.Exact && !slices.Equal(st.Flags, p.Flags) {
		return nil, "kbuild's flags for the helpers are others", nil
	}
	if c := st.changed(); c != "" {
		return nil, c + " has changed", nil
	}
	data, err := os.ReadFile(p.Bitcode)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "the file is gone", nil
	}
	if err != nil {
		return nil, "", err
	}
	if int64(len(data)) != st.Size || hash(data) != st.SHA256 {
		return nil, "", fmt.Errorf("%w: it has %d bytes, where %d were written", errDamaged, len(data), st.Size)
	}
	return st, "", nil
}

// ensure returns the stamp of a plan's bitcode, having made it where there is
// none that is good. One process makes it at a time; the others wait for that
// one and then use what it made.
func (m *helpersMaker) ensure(p *HelpersPlan) (*Stamp, error) {
	// A reader without the lock may see an old stamp beside a new bitcode, which
	// looks like damage; with the lock it is decided.
	if st, _, err := load(p); err == nil && st != nil {
		return st, nil
	}
	dir := filepath.Dir(p.Bitcode)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, asInlining(fileFailure("cannot make the folder of the helpers bitcode", err))
	}
	unlock, err := lock(filepath.Join(dir, ".tmp_lto_wrap_helpers_"+string(p.Variant)+".lock"), m.h.Interrupted)
	if _, ok := err.(*stopped); ok {
		return nil, err
	}
	if err != nil {
		return nil, asInlining(fileFailure("cannot lock the helpers bitcode", err))
	}
	defer unlock()
	st, why, err := load(p)
	switch {
	case errors.Is(err, errDamaged):
		// Somebody else's doing: better said than mended in silence. Gone, it is
		// made again by the next run.
		_ = os.Remove(p.Stamp)
		_ = os.Remove(p.Bitcode)
		return nil, inliningFailure("it was removed; run make again and it is made anew",
			"the helpers bitcode %s is %v", p.Bitcode, err)
	case err != nil:
		return nil, inliningFailure("remove it and run make again", "cannot read the helpers bitcode: %v", err)
	case st != nil:
		return st, nil
	}
	m.log.info("making the helpers bitcode", fields{"bitcode": p.Bitcode, "because": why})
	return m.make(p)
}
