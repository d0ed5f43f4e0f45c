package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFile bounds the configuration file, in bytes.
const maxFile = 1 << 20

// Load reads a file, unless path is empty, and the environment (as os.Environ gives it), and checks what they come to.
// Every error names the file or variable, the place and the reason.
func Load(path string, environ []string) (*Config, error) {
	var text []byte
	if path != "" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("reading the configuration: %w", err)
		}
		defer f.Close()
		if text, err = io.ReadAll(io.LimitReader(f, maxFile+1)); err != nil {
			return nil, fmt.Errorf("reading the configuration: %w", err)
		}
		if len(text) > maxFile {
			return nil, fmt.Errorf("%s is longer than %d bytes", path, maxFile)
		}
	}
	c, err := Parse(text, environ)
	if err != nil {
		if path == "" {
			path = "configuration"
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Parse reads the text of a configuration with the environment over it, and checks what they come to.
func Parse(text []byte, environ []string) (*Config, error) {
	c := Defaults()
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one document in it")
	}
	if err := overlay(reflect.ValueOf(&c).Elem(), prefix, environ); err != nil {
		return nil, err
	}
	if name := unknown(environ); name != "" {
		return nil, fmt.Errorf("the environment's %s is no setting", name)
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	return &c, nil
}

// prefix begins the names of variables that are settings.
const prefix = "PAHRA_"

// others are variables of that name that are none.
var others = []string{"PAHRA_REALDATA", "PAHRA_SCHEMA", "PAHRA_NEED_TOOLS", "PAHRA_SOAK", "PAHRA_README"}

// overlay sets the fields of a struct from the environment: the key's path, in capitals, joined by underscores.
func overlay(v reflect.Value, path string, environ []string) error {
	for i := range v.NumField() {
		key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		name, field := path+strings.ToUpper(key), v.Field(i)
		if field.Kind() == reflect.Pointer && field.Type().Elem().Kind() == reflect.Struct {
			if field.IsNil() && !anyBelow(name+"_", environ) {
				continue
			}
			if field.IsNil() {
				field.Set(reflect.New(field.Type().Elem()))
			}
			field = field.Elem()
		}
		if field.Kind() == reflect.Struct {
			if err := overlay(field, name+"_", environ); err != nil {
				return err
			}
			continue
		}
		if text, set := lookup(name, environ); set {
			if err := scalar(field, text); err != nil {
				return fmt.Errorf("the environment's %s: %w", name, err)
			}
		}
	}
	return nil
}

// scalar sets a field as YAML would; a list's items are separated by commas.
func scalar(field reflect.Value, text string) error {
	into := field.Addr().Interface()
	if field.Kind() == reflect.String {
		field.SetString(text)
		return nil
	}
	if field.Kind() == reflect.Slice {
		text = "[" + text + "]"
	}
	return yaml.Unmarshal([]byte(text), into)
}

func lookup(name string, environ []string) (string, bool) {
	for _, e := range environ {
		if key, value, _ := strings.Cut(e, "="); key == name {
			return value, true
		}
	}
	return "", false
}

func anyBelow(path string, environ []string) bool {
	return slices.ContainsFunc(environ, func(e string) bool { return strings.HasPrefix(e, path) })
}

// unknown gives a variable with our prefix that is no setting.
func unknown(environ []string) string {
	known := make(map[string]bool)
	names(reflect.TypeFor[Config](), prefix, known)
	for _, e := range environ {
		key, _, _ := strings.Cut(e, "=")
		if strings.HasPrefix(key, prefix) && !known[key] && !slices.Contains(others, key) {
			return key
		}
	}
	return ""
}

// names collects the variables that can be set.
func names(t reflect.Type, path string, into map[string]bool) {
	for i := range t.NumField() {
		key, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		name, field := path+strings.ToUpper(key), t.Field(i).Type
		if field.Kind() == reflect.Pointer {
			field = field.Elem()
		}
		if field.Kind() == reflect.Struct {
			names(field, name+"_", into)
			continue
		}
		into[name] = true
	}
}
