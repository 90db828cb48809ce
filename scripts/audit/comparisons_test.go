package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// What takes as long as two texts are alike tells a guesser how far a signature is right.
// No test can time that over a network's noise, but every comparison can be looked at: what
// is secret, or made of a secret, is compared by crypto/subtle and crypto/hmac alone.
func TestSecretsAreComparedInConstantTime(t *testing.T) {
	code := load(t)
	// The test sees what it is about: each of the comparisons that there are, written
	// otherwise, is found.
	careful := 0
	for _, p := range code.packages {
		for _, leak := range code.leaks(t, p, nil) {
			t.Errorf("%s: not in constant time", leak)
		}
		for _, file := range p.files {
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || !isCareful(call) {
					return true
				}
				careful++
				a, b := text(t, call.Args[0]), text(t, call.Args[1])
				for _, careless := range []string{
					"string(" + a + ") == string(" + b + ")", "bytes.Equal(" + a + ", " + b + ")", "bytes.Compare(" + a + ", " + b + ") == 0",
					"strings.Compare(string(" + a + "), string(" + b + ")) == 0", "slices.Equal(" + a + ", " + b + ")", "strings.HasPrefix(string(" + a + "), string(" + b + "))",
					"map[string]bool{}[string(" + a + ")]",
				} {
					mutated, err := parser.ParseExpr(careless)
					if err != nil {
						t.Fatal(err)
					}
					if len(code.leaks(t, p, map[token.Pos]ast.Expr{call.Pos(): mutated})) == 0 {
						t.Errorf("%s: nobody would notice %s in the place of %s", code.fset.Position(call.Pos()), careless, text(t, call))
					}
				}
				return false
			})
		}
	}
	if careful < 4 {
		t.Errorf("%d comparisons in constant time, want those of the native language, of the Serverless Image Handler and two of imgproxy", careful)
	}
}

func text(t *testing.T, e ast.Expr) string {
	t.Helper()
	var b strings.Builder
	if err := printer.Fprint(&b, token.NewFileSet(), e); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// isCareful reports whether a call compares in constant time.
func isCareful(call *ast.CallExpr) bool {
	name := callee(call)
	return name == "hmac.Equal" || strings.HasPrefix(name, "subtle.ConstantTime")
}

// callee is the name of what is called, as it is written, without type arguments.
func callee(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			return x.Name + "." + f.Sel.Name
		}
		return "." + f.Sel.Name
	}
	return ""
}

// source is the code of pkg and lambda, with types.
type source struct {
	fset     *token.FileSet
	packages []checked
	makers   map[string]bool // names of functions that make an HMAC
}

type checked struct {
	path  string
	files []*ast.File
	info  *types.Info
}

func load(t *testing.T) source {
	t.Helper()
	list := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export,Dir,GoFiles,CgoFiles,DepOnly", "./pkg/...", "./lambda/...")
	list.Dir, list.Stderr = root, os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	type listed struct {
		ImportPath, Export, Dir string
		GoFiles, CgoFiles       []string
		DepOnly                 bool
	}
	exports := map[string]string{}
	var ours []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		if !p.DepOnly {
			ours = append(ours, p)
		}
	}
	s := source{fset: token.NewFileSet(), makers: map[string]bool{}}
	imports := importer.ForCompiler(s.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for _, p := range ours {
		c := checked{path: p.ImportPath, info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}}
		for _, name := range slices.Concat(p.GoFiles, p.CgoFiles) {
			file, err := parser.ParseFile(s.fset, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			c.files = append(c.files, file)
		}
		config := types.Config{Importer: imports, FakeImportC: true, Error: func(err error) {
			if len(p.CgoFiles) == 0 { // of those, names of C are not known
				t.Errorf("%s: %v", p.ImportPath, err)
			}
		}}
		_, _ = config.Check(p.ImportPath, s.fset, c.files, c.info)
		s.packages = append(s.packages, c)
	}
	for _, p := range s.packages {
		for _, file := range p.files {
			for _, d := range file.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok || f.Body == nil {
					continue
				}
				ast.Inspect(f.Body, func(n ast.Node) bool {
					if call, ok := n.(*ast.CallExpr); ok && callee(call) == "hmac.New" {
						s.makers[f.Name.Name] = true
					}
					return true
				})
			}
		}
	}
	if len(s.packages) < 15 {
		t.Fatalf("%d packages", len(s.packages))
	}
	return s
}

// secretNames are names of what nobody may learn.
var secretNames = regexp.MustCompile(`(?i)secret|signature|salt|trusted|^key\.Key$|^mac$|hmac`)

// settingNames are names of settings that say where a secret is.
var settingNames = regexp.MustCompile(`^Secret(ID|Key)$`)

// comparing are the functions that stop at the first difference, or look one up.
var comparing = regexp.MustCompile(`^(bytes|strings)\.(Equal|EqualFold|Compare|Contains|ContainsAny|HasPrefix|HasSuffix|Index|Cut|CutPrefix|CutSuffix|TrimPrefix|TrimSuffix)$|` +
	`^slices\.(Equal|EqualFunc|Compare|Contains|ContainsFunc|Index|IndexFunc|BinarySearch)$|^maps\.Equal$|^reflect\.DeepEqual$|^cmp\.Compare$|^(regexp\.)?.*\.MatchString$`)

// leaks are the comparisons of a package, of what is secret, that are not in constant time. Some
// expressions, by their places, are replaced by others.
func (s source) leaks(t *testing.T, p checked, instead map[token.Pos]ast.Expr) (found []string) {
	t.Helper()
	a := analysis{checked: p, makers: s.makers, tainted: map[types.Object]bool{}, public: p.publicLists()}
	for again := true; again; {
		again = false
		for _, file := range p.files {
			ast.Inspect(file, func(n ast.Node) bool {
				again = a.spread(n) || again
				return true
			})
		}
	}
	note := func(n ast.Node) {
		if a.isLeak(n) {
			place := s.fset.Position(n.Pos())
			found = append(found, fmt.Sprintf("%s:%d: %s", place.Filename, place.Line, text(t, n.(ast.Expr))))
		}
	}
	for _, file := range p.files {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if ok && instead[call.Pos()] != nil && isCareful(call) {
				a.inFunction(file, call.Pos())
				ast.Inspect(instead[call.Pos()], func(n ast.Node) bool {
					note(n)
					return true
				})
				return false
			}
			note(n)
			return true
		})
	}
	return found
}

// analysis of one package: which of its variables hold secrets.
type analysis struct {
	checked
	makers  map[string]bool
	tainted map[types.Object]bool
	public  map[types.Object]bool // lists of constants
	scope   map[string]types.Object
}

// publicLists are variables that hold nothing but constants.
func (c checked) publicLists() map[types.Object]bool {
	all := map[types.Object]bool{}
	for _, file := range c.files {
		for _, d := range file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				for i, value := range v.Values {
					list, ok := value.(*ast.CompositeLit)
					constant := ok && i < len(v.Names)
					for _, e := range elements(list) {
						constant = constant && c.info.Types[e].Value != nil
					}
					if constant {
						all[c.info.Defs[v.Names[i]]] = true
					}
				}
			}
		}
	}
	return all
}

func elements(list *ast.CompositeLit) []ast.Expr {
	if list == nil {
		return nil
	}
	return list.Elts
}

// spread follows secrets through assignments and ranges, and says whether it found one more.
func (a analysis) spread(n ast.Node) (more bool) {
	mark := func(e ast.Expr) {
		if id, ok := e.(*ast.Ident); ok {
			o := a.object(id)
			if o != nil && !a.tainted[o] && isText(o.Type()) {
				a.tainted[o], more = true, true
			}
		}
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		if len(n.Lhs) == len(n.Rhs) {
			for i, value := range n.Rhs {
				if a.isSecret(value) {
					mark(n.Lhs[i])
				}
			}
		} else if a.isSecret(n.Rhs[0]) {
			for _, e := range n.Lhs {
				mark(e)
			}
		}
	case *ast.ValueSpec:
		for i, value := range n.Values {
			if a.isSecret(value) && i < len(n.Names) {
				mark(n.Names[i])
			}
		}
	case *ast.RangeStmt:
		if n.Value != nil && a.isSecret(n.X) {
			mark(n.Value)
		}
	}
	return more
}

// isText reports whether a type holds text or bytes, or several of them.
func isText(t types.Type) bool {
	if t == nil {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsString != 0 || u.Kind() == types.Byte
	case *types.Slice:
		return isText(u.Elem())
	case *types.Array:
		return isText(u.Elem())
	}
	return false
}

// isSecret reports whether a secret is in what an expression says.
func (a analysis) isSecret(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return a.isSecret(e.X)
	case *ast.Ident:
		o := a.object(e)
		if v, ok := o.(*types.Var); !ok || !isText(v.Type()) {
			return false
		}
		return !a.public[o] && (a.tainted[o] || secretNames.MatchString(e.Name))
	case *ast.SelectorExpr:
		v, ok := a.info.Uses[e.Sel].(*types.Var)
		if !ok {
			return false
		}
		return isText(v.Type()) && !settingNames.MatchString(e.Sel.Name) && (secretNames.MatchString(e.Sel.Name) || v.Name() == "Key" && strings.HasSuffix(a.path, "imgproxy") && isBytes(v.Type()))
	case *ast.SliceExpr:
		return a.isSecret(e.X)
	case *ast.IndexExpr:
		if literal, ok := e.Index.(*ast.BasicLit); ok && secretNames.MatchString(literal.Value) {
			return true
		}
		return a.isSecret(e.X)
	case *ast.CallExpr:
		name := callee(e)
		_, method, _ := strings.Cut(name, ".")
		switch {
		case a.makers[name] || a.makers[method] || method == "Sum" && len(e.Args) == 1:
			return true
		case name == "string" || name == "" && len(e.Args) == 1 || strings.HasSuffix(method, "EncodeToString") || strings.HasSuffix(method, "DecodeString") || name == "strings.TrimSpace":
			return len(e.Args) == 1 && a.isSecret(e.Args[0]) // a conversion
		}
	}
	return false
}

func isBytes(t types.Type) bool {
	s, ok := t.Underlying().(*types.Slice)
	return ok && isText(s)
}

// object is what a name stands for; in an expression that was put in the place of another
// one, what it stands for there.
func (a analysis) object(id *ast.Ident) types.Object {
	if o := a.info.ObjectOf(id); o != nil {
		return o
	}
	return a.scope[id.Name]
}

// inFunction takes the names of the function that a place is in.
func (a *analysis) inFunction(file *ast.File, at token.Pos) {
	a.scope = map[string]types.Object{}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Pos() <= at && at < f.End() {
			ast.Inspect(f, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && a.info.Defs[id] != nil {
					a.scope[id.Name] = a.info.Defs[id]
				}
				return true
			})
		}
	}
}

// isPublic reports whether an expression is no secret to anybody: a constant, nil, a list
// of constants.
func (a analysis) isPublic(e ast.Expr) bool {
	tv := a.info.Types[e]
	if tv.Value != nil || tv.IsNil() {
		return true
	}
	if id, ok := e.(*ast.Ident); ok && a.public[a.object(id)] {
		return true
	}
	_, literal := e.(*ast.BasicLit)
	return literal
}

// isLeak reports whether an expression or a switch compares a secret with what is none of
// the program's own constants.
func (a analysis) isLeak(n ast.Node) bool {
	pair := func(x, y ast.Expr) bool { return (a.isSecret(x) || a.isSecret(y)) && !a.isPublic(x) && !a.isPublic(y) }
	switch n := n.(type) {
	case *ast.BinaryExpr:
		switch n.Op {
		case token.EQL, token.NEQ, token.LSS, token.GTR, token.LEQ, token.GEQ:
			return pair(n.X, n.Y)
		}
	case *ast.CallExpr:
		return comparing.MatchString(callee(n)) && len(n.Args) >= 2 && pair(n.Args[0], n.Args[1])
	case *ast.IndexExpr:
		_, isMap := n.X.(*ast.CompositeLit)
		if m := a.info.Types[n.X].Type; m != nil {
			_, isMap = m.Underlying().(*types.Map)
		}
		return isMap && a.isSecret(n.Index)
	}
	return false
}
