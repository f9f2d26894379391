package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
)

// Changed is the text of a configuration file with the settings that f changes;
// comments and the other keys stay as they are. A key that gets its default
// goes.
func Changed(text string, f func(*Config)) (string, error) {
	was, err := Parse(text)
	if err != nil {
		return "", err
	}
	want, usual := was, Default()
	f(&want)
	old, defaults := fieldsOf(&was), fieldsOf(&usual)
	for i, to := range fieldsOf(&want) {
		value := to.value.Interface()
		if reflect.DeepEqual(value, old[i].value.Interface()) {
			continue
		}
		says := ""
		if !reflect.DeepEqual(value, defaults[i].value.Interface()) {
			says = line(to.key, value)
		}
		assigned := regexp.MustCompile(`(?m)^[ \t]*["']?` + to.key + `["']?[ \t]*=.*\n?`)
		if at := assigned.FindStringIndex(text); at != nil {
			text = text[:at[0]] + says + text[at[1]:]
		} else {
			text = strings.TrimRight(text, "\n") + "\n" + says
		}
	}
	switch now, err := Parse(text); {
	case err != nil:
		return "", err
	case !reflect.DeepEqual(now, want):
		return "", errors.New("a key stands over several lines: it has to be changed by hand")
	}
	return text, nil
}

// Change is Changed for the file at path, which is replaced as a whole.
func Change(path string, f func(*Config)) error {
	b, err := readBounded(path, maxFile)
	if err != nil {
		return fmt.Errorf("reading configuration: %w", err)
	}
	text, err := Changed(string(b), f)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	part := path + ".part"
	if err := os.WriteFile(part, []byte(text), 0o600); err != nil {
		return fmt.Errorf("writing configuration: %w", err)
	}
	if err := os.Rename(part, path); err != nil {
		return errors.Join(fmt.Errorf("writing configuration: %w", err), os.Remove(part))
	}
	return nil
}
