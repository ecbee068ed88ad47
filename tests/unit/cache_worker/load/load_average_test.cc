#include "cache_worker/load/load_average.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

Counters Cpu(uint64_t busy, uint64_t total) {
  Counters counters;
  counters.cpu = CpuTicks{busy, total};
  return counters;
}

Counters Disk(const std::string& name, uint64_t ms) {
  Counters counters;
  counters.disks = {{name, ms}};
  return counters;
}

Counters Net(uint64_t received, uint64_t sent) {
  Counters counters;
  counters.interfaces = {{"eth0", {received, sent}}};
  return counters;
}

}  // namespace

TEST_CASE("two readings make a share of processor time", "[load]") {
  LoadAverage average(10s, 0);
  average.Add(Cpu(1000, 5000), 0s);
  CHECK_FALSE(average.terms().cpu);
  average.Add(Cpu(1050, 5200), 1s);
  CHECK(*average.terms().cpu == Approx(0.25));
}

TEST_CASE("after one time constant an average has gone 63 percent of the way", "[load]") {
  LoadAverage average(10s, 0);
  average.Add(Cpu(0, 0), 0s);
  average.Add(Cpu(0, 100), 1s);
  CHECK(*average.terms().cpu == 0);
  for (uint64_t i = 1; i <= 10; ++i) average.Add(Cpu(100 * i, 100 + 100 * i), 1s);
  CHECK(*average.terms().cpu == Approx(1 - std::exp(-1.0)));
}

TEST_CASE("readings at other distances weigh by their time", "[load]") {
  LoadAverage fine(10s, 0), coarse(10s, 0);
  for (LoadAverage* a : {&fine, &coarse}) {
    a->Add(Cpu(0, 0), 0s);
    a->Add(Cpu(0, 100), 1s);
  }
  for (uint64_t i = 1; i <= 4; ++i) fine.Add(Cpu(100 * i, 100 + 100 * i), 500ms);
  coarse.Add(Cpu(400, 500), 2s);
  CHECK(*fine.terms().cpu == Approx(*coarse.terms().cpu));
}

TEST_CASE("a counter that went backwards tells nothing for that step", "[load]") {
  LoadAverage average(10s, 1000);
  Counters first = Cpu(50, 100), second = Cpu(100, 200), reset = Cpu(1, 5), then = Cpu(6, 15);
  first.disks = second.disks = {{"sda", 1000}};
  (*second.disks)["sda"] = 1500;
  reset.disks = {{"sda", 4}};
  then.disks = {{"sda", 504}};
  first.interfaces = {{"eth0", {0, 0}}};
  second.interfaces = {{"eth0", {500, 100}}};
  reset.interfaces = {{"eth0", {3, 100}}};
  then.interfaces = {{"eth0", {503, 200}}};
  average.Add(first, 0s);
  average.Add(second, 1s);
  const LoadTerms before = average.terms();
  CHECK(*before.cpu == Approx(0.5));
  CHECK(*before.disk == Approx(0.5));
  CHECK(*before.network == Approx(0.5));
  average.Add(reset, 1s);
  CHECK(*average.terms().cpu == *before.cpu);
  CHECK(*average.terms().disk == *before.disk);
  CHECK(*average.terms().network == *before.network);
  average.Add(then, 1s);
  CHECK(*average.terms().cpu == Approx(0.5));
  CHECK(*average.terms().disk == Approx(0.5));
  CHECK(*average.terms().network == Approx(0.5));
}

TEST_CASE("the busiest disk counts", "[load]") {
  LoadAverage average(10s, 0);
  Counters before, after;
  before.disks = {{"sda", 0}, {"sdb", 0}};
  after.disks = {{"sda", 100}, {"sdb", 700}};
  average.Add(before, 0s);
  average.Add(after, 1s);
  CHECK(*average.terms().disk == Approx(0.7));
}

TEST_CASE("a disk that was pulled is forgotten, one that was plugged in counts from its second reading", "[load]") {
  LoadAverage average(10s, 0);
  average.Add(Disk("sda", 0), 0s);
  average.Add(Disk("sda", 900), 1s);
  average.Add(Disk("sdb", 500), 1s);
  CHECK_FALSE(average.terms().disk);
  average.Add(Disk("sdb", 600), 1s);
  CHECK(*average.terms().disk == Approx(0.1));
}

TEST_CASE("network counts the busier direction against the speed that is set", "[load]") {
  LoadAverage average(10s, 1000);
  average.Add(Net(0, 0), 0s);
  average.Add(Net(200, 1200), 2s);
  CHECK(*average.terms().network == Approx(0.6));
  LoadAverage unknown_speed(10s, 0);
  unknown_speed.Add(Net(0, 0), 0s);
  unknown_speed.Add(Net(200, 1200), 2s);
  CHECK_FALSE(unknown_speed.terms().network);
}

TEST_CASE("no term leaves 0 to 1", "[load]") {
  LoadAverage average(10s, 10);
  Counters before = Disk("sda", 0), after = Disk("sda", 5000);
  before.interfaces = {{"eth0", {0, 0}}};
  after.interfaces = {{"eth0", {100000, 0}}};
  average.Add(before, 0s);
  average.Add(after, 1s);
  CHECK(*average.terms().disk == 1);
  CHECK(*average.terms().network == 1);
}

TEST_CASE("tables that are missing leave their terms absent", "[load]") {
  LoadAverage average(10s, 1000);
  average.Add(Counters(), 0s);
  average.Add(Counters(), 1s);
  const LoadTerms& terms = average.terms();
  CHECK_FALSE(terms.cpu);
  CHECK_FALSE(terms.cpu_pressure);
  CHECK_FALSE(terms.memory_pressure);
  CHECK_FALSE(terms.io_pressure);
  CHECK_FALSE(terms.disk);
  CHECK_FALSE(terms.network);
  CHECK(FoldLoad(terms) == 0);
}

TEST_CASE("pressures pass through as the kernel averaged them", "[load]") {
  LoadAverage average(10s, 0);
  Counters counters;
  counters.cpu_pressure = 0.1;
  counters.memory_pressure = 0.2;
  counters.io_pressure = 0.3;
  average.Add(counters, 0s);
  CHECK(*average.terms().cpu_pressure == 0.1);
  CHECK(*average.terms().memory_pressure == 0.2);
  CHECK(*average.terms().io_pressure == 0.3);
}

TEST_CASE("the scarcest thing makes the load, and what saturates early counts half", "[load]") {
  LoadTerms terms;
  terms.cpu = 0.3;
  CHECK(FoldLoad(terms) == Approx(0.3));
  terms.disk = 1;
  CHECK(FoldLoad(terms) == Approx(0.5));
  terms.io_pressure = 0.8;
  terms.cpu_pressure = 0.9;
  CHECK(FoldLoad(terms) == Approx(0.5));
  terms.memory_pressure = 0.6;
  CHECK(FoldLoad(terms) == Approx(0.6));
  terms.network = 0.95;
  CHECK(FoldLoad(terms) == Approx(0.95));
}

TEST_CASE("readings fall on multiples of the interval", "[load]") {
  const WallTime base = WallTime(std::chrono::seconds(1767225600));
  CHECK(NextReading(base, 1s) == base + 1s);
  CHECK(NextReading(base + 1ns, 1s) == base + 1s);
  CHECK(NextReading(base + 999ms, 1s) == base + 1s);
  CHECK(NextReading(base + 1s, 250ms) == base + 1250ms);
}
