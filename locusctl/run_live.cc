#include "locusctl/run_live.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "common/lifecycle.h"
#include "common/mutex.h"
#include "locusctl/caches/keep.h"
#include "locusctl/caches/load.h"
#include "locusctl/caches/top.h"
#include "locusctl/live_world.h"
#include "locusctl/servers/grpc_locality_watch.h"
#include "locusctl/servers/grpc_worker_calls.h"
#include "locusctl/watch.h"
#include "locusctl/watch_screen.h"

namespace locus::ctl {
namespace {

Window TerminalWindow() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return {};
  return {size.ws_col, size.ws_row};
}

LiveWorld World(const Clock& clock) {
  return {clock, &StopSignalCame, &TerminalWindow, [](Duration time) {
            Mutex mutex;
            CondVar never;
            MutexLock lock(mutex);
            never.WaitFor(mutex, time, [] { return false; });
          }};
}

}  // namespace

int RunLiveWatch(const Invocation& invocation, uint64_t seed, const Dialer& dialer, const Clock& clock,
                 const Output& output) {
  BlockStopSignals();
  GrpcLocalityWatch watch(invocation.meta, dialer);
  WatchOptions options = invocation.watch;
  options.seed = seed;
  return RunWatch(options, watch, {clock, &StopSignalCame, &TerminalWindow}, output);
}

int RunLiveLoad(const Invocation& invocation, LocalitySource& meta, const Dialer& dialer, const Clock& clock,
                const Output& output) {
  BlockStopSignals();
  GrpcWorkerCalls calls(dialer);
  return RunLoad(invocation.load, meta, calls, World(clock), output);
}

int RunLiveTop(const Invocation& invocation, LocalitySource& meta, const Dialer& dialer, const Clock& clock,
               const Output& output) {
  BlockStopSignals();
  GrpcWorkerCalls calls(dialer);
  return RunTop(invocation.top, meta, calls, World(clock), output);
}

int RunKeepCalls(const Invocation& invocation, LocalitySource& meta, const Dialer& dialer, const Output& output) {
  GrpcWorkerCalls calls(dialer);
  return RunKeep(invocation.keep, meta, calls, output);
}

}  // namespace locus::ctl
