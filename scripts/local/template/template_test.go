package template

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// values knows a bucket and the region.
func values(id, attribute string) (string, error) {
	known := map[string]string{"AWS::Region": "eu-central-1", "Bucket": "name", "Bucket.Arn": "arn:aws:s3:::name",
		"Url.FunctionUrl": "https://abc.lambda-url.on.aws/"}
	key := id
	if attribute != "" {
		key += "." + attribute
	}
	if v, ok := known[key]; ok {
		return v, nil
	}
	return "", fmt.Errorf("%s is not known", key)
}

func TestIntrinsicFunctions(t *testing.T) {
	for property, want := range map[string]string{
		`"plain"`:                                   `"plain"`,
		`{"Ref":"Bucket"}`:                          `"name"`,
		`{"Ref":"AWS::Region"}`:                     `"eu-central-1"`,
		`{"Fn::GetAtt":["Bucket","Arn"]}`:           `"arn:aws:s3:::name"`,
		`{"Fn::GetAtt":"Bucket.Arn"}`:               `"arn:aws:s3:::name"`,
		`{"Fn::Join":["/",["a",{"Ref":"Bucket"}]]}`: `"a/name"`,
		`{"Fn::Select":[2,{"Fn::Split":["/",{"Fn::GetAtt":["Url","FunctionUrl"]}]}]}`: `"abc.lambda-url.on.aws"`,
		`{"Fn::Select":["0",["x","y"]]}`:                                              `"x"`,
		`{"Fn::Sub":"${Bucket.Arn}/uploads/* in ${AWS::Region}, ${!not}"}`:            `"arn:aws:s3:::name/uploads/* in eu-central-1, ${not}"`,
		`{"Items":[{"Ref":"Bucket"},7,true],"Ref":"two keys are no function"}`:        `{"Items":["name",7,true],"Ref":"two keys are no function"}`,
	} {
		parsed, err := Parse([]byte(`{"Resources":{"R":{"Type":"T","Properties":{"P":` + property + `}}}}`))
		if err != nil {
			t.Fatal(err)
		}
		got, err := parsed.Resolve("R", "P", values)
		if err != nil {
			t.Errorf("%s: %v", property, err)
			continue
		}
		var wanted any
		if err := json.Unmarshal([]byte(want), &wanted); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, wanted) {
			t.Errorf("%s is %v, want %v", property, got, wanted)
		}
	}
}

func TestWhatIsNotKnownIsRefused(t *testing.T) {
	for _, property := range []string{`{"Ref":"Nothing"}`, `{"Fn::If":["c",1,2]}`, `{"Fn::ImportValue":"x"}`, `{"Fn::Sub":["${x}",{"x":"y"}]}`,
		`{"Fn::Sub":"${Nothing}"}`, `{"Fn::Select":[5,["x"]]}`, `{"Fn::Select":[-1,["x"]]}`, `{"Fn::Join":["/",[7]]}`, `{"Deep":[{"Ref":"Nothing"}]}`} {
		parsed, err := Parse([]byte(`{"Resources":{"R":{"Type":"T","Properties":{"P":` + property + `}}}}`))
		if err != nil {
			t.Fatal(err)
		}
		if v, err := parsed.Resolve("R", "P", values); err == nil {
			t.Errorf("%s is %v", property, v)
		} else if !strings.Contains(err.Error(), "R.P") {
			t.Errorf("%s: %v does not say where", property, err)
		}
	}
	for _, bad := range []string{``, `{}`, `{"Resources":{}}`, `{"Conditions":{"c":1},"Resources":{"R":{}}}`} {
		if _, err := Parse([]byte(bad)); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

func TestDecodeOverlooksNothing(t *testing.T) {
	parsed, err := Parse([]byte(`{"Resources":{"R":{"Type":"T","Properties":{"P":{"Known":{"Ref":"Bucket"},"New":1}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var less struct{ Known string }
	if err := parsed.Decode("R", "P", values, &less); err == nil || !strings.Contains(err.Error(), "New") {
		t.Errorf("%v", err)
	}
	var all struct {
		Known string
		New   int
	}
	if err := parsed.Decode("R", "P", values, &all); err != nil || all.Known != "name" {
		t.Errorf("%+v %v", all, err)
	}
	if ids := parsed.OfType("T"); len(ids) != 1 {
		t.Error(ids)
	}
	if _, err := parsed.One("U"); err == nil {
		t.Error("one of none")
	}
}
