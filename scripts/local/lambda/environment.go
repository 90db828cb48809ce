package lambda

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// pipeGrace is how long a dead process's output is still read when a process
// that it left behind holds the pipe open.
const pipeGrace = 500 * time.Millisecond

type state int

const (
	starting state = iota // has not asked for its first invocation
	idle                  // asks for an invocation, and there is none
	busy                  // has one
	settling              // has answered and not asked for the next, or is being killed
)

// environment is one process of the function with its own Runtime API: as on
// Lambda it sees one invocation at a time and nobody else's.
type environment struct {
	rt       *Runtime
	number   int
	assigned chan *invocation // holds one: handed over, not yet fetched by the process
	gone     chan struct{}    // closed when the process is

	// Guarded by rt.mu.
	state      state
	current    *invocation // fetched by the process, until it asks for the next
	polling    bool        // a request for the next invocation waits
	responding bool        // the answer to current is on its way in
	pid        int         // 0 before the start and after the end
	process    int         // pid, kept until the environment is gone
	dead       bool
	doom       error       // why it was told to end
	timer      *time.Timer // of the init, then of current; nil before the start
}

// run is the life of the environment. It keeps its thread: the kernel kills
// the child when the thread that started it ends (Pdeathsig), not when the
// process does.
func (e *environment) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	dir, err := os.MkdirTemp("", "lambda-"+e.rt.function.Name+"-")
	if err != nil {
		e.reap(fmt.Errorf("working directory: %w", err))
		return
	}
	err = e.runIn(dir)
	if removeErr := os.RemoveAll(dir); removeErr != nil {
		e.rt.logger.Warn("the working directory of a function stays behind", "error", removeErr)
	}
	e.reap(err)
}

// runIn returns when the process is gone, with the reason.
func (e *environment) runIn(dir string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the Runtime API: %w", err)
	}
	defer listener.Close()
	server := &http.Server{Handler: e.api(), ErrorLog: slog.NewLogLogger(e.rt.logger.Handler(), slog.LevelDebug)}
	// It ends with its listener; the connections end with the process.
	go func() { _ = server.Serve(listener) }()

	output := &lineWriter{write: e.rt.writeLog}
	defer output.flush()
	logStream := fmt.Sprintf("%s/[$LATEST]%032x", time.Now().UTC().Format("2006/01/02"), e.number)
	cmd := exec.Command(e.rt.function.Bootstrap)
	cmd.Env = e.rt.function.variables(listener.Addr().String(), dir, logStream)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = sysProcAttr()
	cmd.WaitDelay = pipeGrace
	if err := e.launch(cmd); err != nil {
		return err
	}
	err = cmd.Wait()
	e.rt.mu.Lock()
	pid := e.pid
	e.pid = 0
	e.rt.mu.Unlock()
	// What the process started goes with it. There is nothing to kill as a rule.
	_ = syscall.Kill(-pid, syscall.SIGKILL)
	if err == nil || errors.Is(err, exec.ErrWaitDelay) {
		return errors.New("the process exited")
	}
	return fmt.Errorf("the process exited: %w", err)
}

// launch starts the process, unless the environment was told to end before.
func (e *environment) launch(cmd *exec.Cmd) error {
	e.rt.mu.Lock()
	defer e.rt.mu.Unlock()
	if e.doom != nil {
		return e.doom
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	e.pid = cmd.Process.Pid
	e.process = e.pid
	e.timer = time.AfterFunc(e.rt.function.InitTimeout, func() {
		e.rt.mu.Lock()
		defer e.rt.mu.Unlock()
		if e.state == starting {
			e.end(fmt.Errorf("no request for an invocation within %v", e.rt.function.InitTimeout), syscall.SIGKILL)
		}
	})
	return nil
}

// end signals the process and all that it started; it gets no invocation any
// more. The first cause is kept. The caller holds rt.mu.
func (e *environment) end(cause error, signal syscall.Signal) {
	if e.doom == nil {
		e.doom = cause
	}
	e.state = settling
	e.rt.leaveIdle(e)
	if e.pid != 0 {
		// An error here means that the process is gone already.
		_ = syscall.Kill(-e.pid, signal)
	}
}

// reap takes the ended environment out of the runtime and fails the invocation
// that it had.
func (e *environment) reap(why error) {
	e.rt.mu.Lock()
	if e.state == starting {
		why = fmt.Errorf("init: %w", why)
	}
	e.dead = true
	delete(e.rt.environments, e)
	e.rt.leaveIdle(e)
	if e.timer != nil {
		e.timer.Stop()
	}
	inv, responding, closed := e.current, e.responding, e.rt.closed
	e.current = nil
	select {
	case inv = <-e.assigned:
	default:
	}
	if e.doom != nil {
		why = fmt.Errorf("%w (%w)", e.doom, why)
	}
	close(e.gone)
	e.rt.notify()
	e.rt.mu.Unlock()

	if !closed {
		e.rt.logger.Warn("a function's process ended", "function", e.rt.function.Name, "environment", e.number, "error", why)
	}
	if inv == nil {
		return
	}
	// An answer on its way is at its end too, and its reader knows best where.
	// But a caller that does not read must not hold up Close.
	if !responding || closed {
		inv.end(why)
	}
}
