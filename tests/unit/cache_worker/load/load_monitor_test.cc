#include "cache_worker/load/load_monitor.h"

#include <atomic>
#include <catch2/catch.hpp>

#include "tests/unit/cache_worker/support/eventually.h"
#include "tests/unit/cache_worker/support/temp_folder.h"

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;

TEST_CASE("all tables are read below the folder that is named", "[load]") {
  const TempFolder proc;
  proc.Write("stat", "cpu 10 20 30 40\n");
  proc.Write("pressure/cpu", "some avg10=1.00 avg60=0 avg300=0 total=0\n");
  proc.Write("pressure/memory", "some avg10=2.00 avg60=0 avg300=0 total=0\n");
  proc.Write("pressure/io", "some avg10=3.00 avg60=0 avg300=0 total=0\n");
  proc.Write("diskstats", " 8 0 sda 1 0 0 0 0 0 0 0 0 42 0\n");
  proc.Write("net/dev", "eth0: 7 0 0 0 0 0 0 0 9 0 0 0 0 0 0 0\n");
  const Counters counters = ReadProc(proc.path())();
  CHECK(counters.cpu->total == 100);
  CHECK(*counters.cpu_pressure == Approx(0.01));
  CHECK(*counters.memory_pressure == Approx(0.02));
  CHECK(*counters.io_pressure == Approx(0.03));
  CHECK(counters.disks->at("sda") == 42);
  CHECK(counters.interfaces->at("eth0").sent == 9);
}

TEST_CASE("tables that the kernel does not have are absent, not an error", "[load]") {
  const TempFolder proc;
  const Counters counters = ReadProc(proc.path())();
  CHECK_FALSE(counters.cpu);
  CHECK_FALSE(counters.cpu_pressure);
  CHECK_FALSE(counters.disks);
  CHECK_FALSE(counters.interfaces);
}

TEST_CASE("this machine's own tables are understood", "[load]") {
  const Counters counters = ReadProc("/proc")();
  CHECK(counters.cpu);
  CHECK(counters.interfaces);
}

TEST_CASE("the load is unknown before two readings, then follows them", "[load]") {
  // Half of the time between any two readings is busy.
  std::atomic<uint64_t> ticks{0};
  const SystemClock clock;
  LoadMonitor monitor(
      [&] {
        Counters counters;
        ticks += 100;
        counters.cpu = CpuTicks{ticks / 2, ticks};
        return counters;
      },
      clock, 5ms, LoadAverage(10s, 0));
  CHECK_FALSE(monitor.Latest());
  monitor.Start();
  CHECK(Eventually([&] { return monitor.Latest().has_value(); }));
  CHECK(*monitor.Latest()->cpu == Approx(0.5));
  monitor.Stop();
  const uint64_t then = ticks;
  monitor.Stop();
  CHECK(ticks == then);
}
