package main

import (
	"debug/elf"
	"fmt"
	"strings"
)

var machines = map[string]elf.Machine{"arm64": elf.EM_AARCH64, "x86_64": elf.EM_X86_64}

// checkStatic says why an executable would not start in an empty root: Lambda
// would only say so when the function is called.
func checkStatic(path, arch string) error {
	file, err := elf.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if file.Machine != machines[arch] {
		return fmt.Errorf("%s is for %s, want %s", path, file.Machine, machines[arch])
	}
	libraries, err := file.ImportedLibraries()
	if err != nil {
		return err
	}
	if len(libraries) > 0 {
		return fmt.Errorf("%s needs shared libraries: %s", path, strings.Join(libraries, ", "))
	}
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP {
			return fmt.Errorf("%s needs a dynamic linker", path)
		}
	}
	return nil
}
