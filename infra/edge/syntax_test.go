package edge_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/parser"
	"github.com/dop251/goja/token"

	"github.com/thumbfront/thumbfront/infra/edge"
)

// allowedNodes is what the function may be written in: part of what
// CloudFront's runtime 2.0 understands. goja and node understand far more, so
// that running there proves nothing of the kind.
var allowedNodes = map[string]bool{
	"ArrayLiteral": true, "ArrowFunctionLiteral": true, "AssignExpression": true, "BinaryExpression": true,
	"Binding": true, "BlockStatement": true, "BooleanLiteral": true, "BracketExpression": true,
	"CallExpression": true, "CatchStatement": true, "ConditionalExpression": true, "DotExpression": true,
	"EmptyStatement": true, "ExpressionBody": true, "ExpressionStatement": true, "ForLoopInitializerLexicalDecl": true,
	"ForStatement": true, "FunctionDeclaration": true, "FunctionLiteral": true, "Identifier": true,
	"IfStatement": true, "LexicalDeclaration": true, "NullLiteral": true, "NumberLiteral": true,
	"ObjectLiteral": true, "ParameterList": true, "Program": true, "PropertyKeyed": true,
	"RegExpLiteral": true, "ReturnStatement": true, "StringLiteral": true, "TryStatement": true,
	"UnaryExpression": true, "WhileStatement": true,
}

var allowedOperators = map[token.Token]bool{
	token.PLUS: true, token.MINUS: true, token.MULTIPLY: true, token.SLASH: true, token.REMAINDER: true,
	token.AND: true, token.OR: true, token.SHIFT_LEFT: true, token.SHIFT_RIGHT: true,
	token.LOGICAL_AND: true, token.LOGICAL_OR: true, token.NOT: true,
	token.STRICT_EQUAL: true, token.STRICT_NOT_EQUAL: true,
	token.LESS: true, token.GREATER: true, token.LESS_OR_EQUAL: true, token.GREATER_OR_EQUAL: true,
	token.ASSIGN: true, token.INCREMENT: true, token.DECREMENT: true, token.TYPEOF: true,
}

// forbiddenSyntax returns what in a source lies outside the allow lists.
func forbiddenSyntax(source string) ([]string, error) {
	program, err := parser.ParseFile(nil, "function.js", source, 0)
	if err != nil {
		return nil, err
	}
	var found []string
	report := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	seen := map[any]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Interface:
			if !v.IsNil() {
				walk(v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Pointer:
			if v.IsNil() || seen[v.Interface()] || v.Type().Elem().PkgPath() != reflect.TypeFor[ast.Program]().PkgPath() {
				return
			}
			seen[v.Interface()] = true
			check(v.Interface(), report)
			walk(v.Elem())
		case reflect.Struct:
			for i := range v.NumField() {
				// Declarations are listed a second time for the compiler.
				if f := v.Type().Field(i); f.IsExported() && f.Name != "DeclarationList" && f.Name != "File" {
					walk(v.Field(i))
				}
			}
		}
	}
	walk(reflect.ValueOf(program))
	return found, nil
}

func check(node any, report func(string, ...any)) {
	name := strings.TrimPrefix(fmt.Sprintf("%T", node), "*ast.")
	if !allowedNodes[name] {
		report("%s", name)
	}
	switch n := node.(type) {
	case *ast.FunctionLiteral:
		if n.Async || n.Generator {
			report("async or generator function")
		}
	case *ast.ArrowFunctionLiteral:
		if n.Async {
			report("async arrow function")
		}
	case *ast.ParameterList:
		if n.Rest != nil {
			report("rest parameter")
		}
		for _, b := range n.List {
			if b.Initializer != nil {
				report("default parameter")
			}
		}
	case *ast.PropertyKeyed:
		if n.Computed || n.Kind != ast.PropertyKindValue {
			report("property of kind %s, computed %t", n.Kind, n.Computed)
		}
	case *ast.CatchStatement:
		if n.Parameter == nil {
			report("catch without a binding")
		}
	case *ast.NumberLiteral:
		if strings.HasSuffix(n.Literal, "n") {
			report("big integer %s", n.Literal)
		}
	case *ast.RegExpLiteral:
		if strings.Contains(n.Pattern, "(?<") || strings.Trim(n.Flags, "gi") != "" {
			report("regular expression %s", n.Literal)
		}
	case *ast.BinaryExpression:
		if !allowedOperators[n.Operator] {
			report("operator %s", n.Operator)
		}
	case *ast.AssignExpression:
		// The parser names the operator in front of the "=", if there is one.
		if n.Operator != token.ASSIGN && n.Operator != token.PLUS && n.Operator != token.MINUS {
			report("operator %s=", n.Operator)
		}
	case *ast.UnaryExpression:
		if !allowedOperators[n.Operator] {
			report("operator %s", n.Operator)
		}
	}
}

func TestSyntaxIsOfCloudFrontsRuntime(t *testing.T) {
	source, err := edge.Source(edge.Settings{Languages: []string{"native"}, AutoPresets: []string{"card"}})
	if err != nil {
		t.Fatal(err)
	}
	found, err := forbiddenSyntax(source)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) > 0 {
		t.Errorf("outside the allow list: %q", found)
	}
}

func TestSyntaxCheckRefuses(t *testing.T) {
	for _, source := range []string{
		"class A {}",
		"const a = b?.c;",
		"const a = b ?? c;",
		"let a = 1; a ??= 2;",
		"let a = 1; a &&= 2;",
		"const a = {...b};",
		"const a = [...b];",
		"f(...a);",
		"const {a} = b;",
		"const [a] = b;",
		"function f(...a) {}",
		"function f(a = 1) {}",
		"async function f() {}",
		"function* f() {}",
		"const f = async () => 1;",
		"const a = {b};",
		"const a = {[b]: 1};",
		"const a = {get b() { return 1; }};",
		"const a = /(?<year>x)/;",
		"const a = /(?<!y)x/;",
		"const a = /x/s;",
		"const a = `b${c}`;",
		"const a = new B();",
		"for (const a of b) {}",
		"for (const a in b) {}",
		"try {} catch {}",
		"const a = 2 ** 3;",
		"const a = b == c;",
		"const a = this;",
		"const a = import('b');",
		"const a = 1n;",
	} {
		found, err := forbiddenSyntax(source)
		if err == nil && len(found) == 0 {
			t.Errorf("%s passed", source)
		}
	}
}

func TestSizeWithManyPresets(t *testing.T) {
	settings := edge.Settings{Languages: []string{"native"}}
	for i := range 200 {
		settings.AutoPresets = append(settings.AutoPresets, fmt.Sprintf("preset-number-%d", i))
	}
	source, err := edge.Source(settings)
	if err != nil {
		t.Fatal(err)
	}
	if len(source) > edge.MaxSourceBytes {
		t.Errorf("%d bytes", len(source))
	}
	settings.AutoPresets = append(settings.AutoPresets, strings.Repeat("x", edge.MaxSourceBytes))
	if _, err := edge.Source(settings); err == nil {
		t.Error("a source over CloudFront's quota passed")
	}
}
