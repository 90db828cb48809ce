module github.com/thumbfront/thumbfront/scripts/bench/contenders/imagor

go 1.26

replace (
	github.com/thumbfront/thumbfront => ../../../..
	github.com/thumbfront/thumbfront/scripts/bench => ../..
)

require (
	github.com/cshum/imagor v1.5.0
	github.com/thumbfront/thumbfront/scripts/bench v0.0.0
)

require (
	github.com/cshum/vipsgen v0.8.0 // indirect
	go.uber.org/multierr v1.11.0 // indirect
	go.uber.org/zap v1.27.0 // indirect
	golang.org/x/image v0.30.0 // indirect
	golang.org/x/sync v0.14.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
)
