// A Go program of the standard library only, for GOOS=wasip1.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func files(dir string) {
	d := filepath.Join(dir, "d")
	must(os.Mkdir(d, 0o755))
	must(os.WriteFile(filepath.Join(d, "a"), []byte("hello world"), 0o644))
	must(os.Rename(filepath.Join(d, "a"), filepath.Join(d, "b")))
	text, err := os.ReadFile(filepath.Join(d, "b"))
	must(err)
	fmt.Println("content", string(text))
	entries, err := os.ReadDir(d)
	must(err)
	for _, e := range entries {
		fmt.Println("names", e.Name())
	}
	_, err = os.ReadFile(filepath.Join(d, "a"))
	fmt.Println("missing", errors.Is(err, fs.ErrNotExist))
	must(os.RemoveAll(d))
}

func main() {
	switch os.Args[1] {
	case "args":
		fmt.Println(os.Args[2:])
	case "env":
		value, ok := os.LookupEnv(os.Args[2])
		if !ok {
			value = "unset"
		}
		fmt.Println(value)
	case "cwd":
		cwd, err := os.Getwd()
		must(err)
		fmt.Println(cwd)
	case "relative":
		text, err := os.ReadFile(os.Args[2])
		must(err)
		fmt.Print(string(text))
	case "exit":
		code, err := strconv.Atoi(os.Args[2])
		must(err)
		os.Exit(code)
	case "panic":
		panic("as asked")
	case "files":
		files(os.Args[2])
	default:
		os.Exit(2)
	}
}
