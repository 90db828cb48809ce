// Package template reads a CloudFormation template as CloudFormation would, as
// far as thumbfront's goes: resources by type, and their properties with
// intrinsic functions resolved. What it does not know it refuses.
package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Template is a CloudFormation template.
type Template struct {
	Resources map[string]Resource
}

// Resource is one of its resources.
type Resource struct {
	Type       string
	Properties map[string]any // intrinsic functions not resolved

	// These are known and say nothing of what is deployed.
	DeletionPolicy, UpdateReplacePolicy string
	DependsOn, Metadata                 any
}

// Parse reads a template in JSON.
func Parse(data []byte) (*Template, error) {
	var t struct {
		Resources map[string]Resource
		// What follows makes no difference to what is deployed.
		AWSTemplateFormatVersion, Description string
		Metadata, Outputs, Parameters, Rules  map[string]any
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields() // Conditions, Mappings and Transform are not known here
	if err := dec.Decode(&t); err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	if len(t.Resources) == 0 {
		return nil, errors.New("template: no resources")
	}
	return &Template{Resources: t.Resources}, nil
}

// OfType lists the logical ids of the resources of a type, sorted.
func (t *Template) OfType(kind string) []string {
	var ids []string
	for id, r := range t.Resources {
		if r.Type == kind {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// One gives the logical id of the only resource of a type.
func (t *Template) One(kind string) (string, error) {
	ids := t.OfType(kind)
	if len(ids) != 1 {
		return "", fmt.Errorf("template: %d resources of type %s (%s), want one", len(ids), kind, strings.Join(ids, ", "))
	}
	return ids[0], nil
}

// Values gives what a deployment would know of a resource: attribute "" is its
// Ref. Pseudo parameters, such as AWS::Region, are asked for as ids.
type Values func(id, attribute string) (string, error)

// Resolve gives a property of a resource, all intrinsic functions in it
// resolved; nil where the resource does not have it.
func (t *Template) Resolve(id, property string, values Values) (any, error) {
	r, ok := t.Resources[id]
	if !ok {
		return nil, fmt.Errorf("template: no resource %s", id)
	}
	v, err := resolve(r.Properties[property], values)
	if err != nil {
		return nil, fmt.Errorf("template: %s.%s: %w", id, property, err)
	}
	return v, nil
}

// Decode resolves a property into a Go value. A field that the value does not
// have is an error: nothing of a template is overlooked.
func (t *Template) Decode(id, property string, values Values, into any) error {
	v, err := t.Resolve(id, property, values)
	if err != nil {
		return err
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("template: %s.%s: %w", id, property, err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("template: %s.%s: %w", id, property, err)
	}
	return nil
}

func resolve(v any, values Values) (any, error) {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			var err error
			if out[i], err = resolve(item, values); err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return out, nil
	case map[string]any:
		if len(v) == 1 {
			for name, argument := range v {
				if name == "Ref" || strings.HasPrefix(name, "Fn::") {
					return call(name, argument, values)
				}
			}
		}
		out := make(map[string]any, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			var err error
			if out[name], err = resolve(v[name], values); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		return out, nil
	}
	return v, nil
}

// call evaluates an intrinsic function.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
func call(name string, argument any, values Values) (any, error) {
	wrong := fmt.Errorf("%s of %v is not known here", name, argument)
	switch name {
	case "Ref":
		id, ok := argument.(string)
		if !ok {
			return nil, wrong
		}
		return values(id, "")
	case "Fn::GetAtt":
		if s, ok := argument.(string); ok {
			id, attribute, _ := strings.Cut(s, ".")
			return values(id, attribute)
		}
		parts, err := stringsOf(argument, values)
		if err != nil || len(parts) != 2 {
			return nil, wrong
		}
		return values(parts[0], parts[1])
	case "Fn::Join":
		arguments, ok := argument.([]any)
		if !ok || len(arguments) != 2 {
			return nil, wrong
		}
		separator, ok := arguments[0].(string)
		if !ok {
			return nil, wrong
		}
		parts, err := stringsOf(arguments[1], values)
		if err != nil {
			return nil, err
		}
		return strings.Join(parts, separator), nil
	case "Fn::Split":
		arguments, ok := argument.([]any)
		if !ok || len(arguments) != 2 {
			return nil, wrong
		}
		parts, err := stringsOf(arguments, values)
		if err != nil {
			return nil, err
		}
		var out []any
		for part := range strings.SplitSeq(parts[1], parts[0]) {
			out = append(out, part)
		}
		return out, nil
	case "Fn::Select":
		arguments, ok := argument.([]any)
		if !ok || len(arguments) != 2 {
			return nil, wrong
		}
		var index int
		if _, err := fmt.Sscan(fmt.Sprint(arguments[0]), &index); err != nil {
			return nil, wrong
		}
		items, err := resolve(arguments[1], values)
		if err != nil {
			return nil, err
		}
		list, ok := items.([]any)
		if !ok || index < 0 || index >= len(list) {
			return nil, wrong
		}
		return list[index], nil
	case "Fn::Sub":
		if text, ok := argument.(string); ok {
			return substitute(text, values)
		}
	}
	return nil, wrong
}

func stringsOf(v any, values Values) ([]string, error) {
	resolved, err := resolve(v, values)
	if err != nil {
		return nil, err
	}
	list, ok := resolved.([]any)
	if !ok {
		return nil, fmt.Errorf("%v is no list", v)
	}
	out := make([]string, len(list))
	for i, item := range list {
		if out[i], ok = item.(string); !ok {
			return nil, fmt.Errorf("%v is no string", item)
		}
	}
	return out, nil
}

var placeholder = regexp.MustCompile(`\$\{(!?)([A-Za-z0-9:.]+)\}`)

// substitute replaces ${Id}, ${Id.Attribute} and ${AWS::Region}; ${!x} is ${x}.
func substitute(text string, values Values) (string, error) {
	var errs []error
	out := placeholder.ReplaceAllStringFunc(text, func(match string) string {
		parts := placeholder.FindStringSubmatch(match)
		if parts[1] == "!" {
			return "${" + parts[2] + "}"
		}
		id, attribute, _ := strings.Cut(parts[2], ".")
		v, err := values(id, attribute)
		if err != nil {
			errs = append(errs, err)
		}
		return v
	})
	return out, errors.Join(errs...)
}
