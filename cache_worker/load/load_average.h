// From the kernel's counters to how busy the node is. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "cache_worker/load/proc_text.h"
#include "common/clock.h"

namespace locus::worker {

// Each term is 0 (idle) to 1 (saturated); one that the node cannot measure is absent.
struct LoadTerms {
  std::optional<double> cpu;
  std::optional<double> cpu_pressure;
  std::optional<double> memory_pressure;
  std::optional<double> io_pressure;
  // Busiest disk.
  std::optional<double> disk;
  // Busiest interface and direction.
  std::optional<double> network;
};

// One figure, 0 to 1: the largest of
//   cpu, network, memory_pressure             at full weight: at 1 the node has nothing left to give, or is thrashing;
//   cpu_pressure, io_pressure, disk           at half weight.
// The largest and not the mean: a pod is slowed by what is scarce, and idle processors do not make up for a full link.
// Half, because these reach 1 long before the node is full: "some" pressure is 1 as soon as one task of many always
// waits, and a disk that serves requests in parallel is "busy" all the time at a fraction of its speed (iostat(1),
// %util). Absent terms do not count; without any term the load is 0.
double FoldLoad(const LoadTerms& terms);

// Turns readings into averages. Not thread-safe.
class LoadAverage {
 public:
  // `window`: time constant of the exponential average of cpu, disk and network (pressures are averages already).
  // `network_speed`: bytes a second at which an interface counts as full; 0: no network term.
  LoadAverage(Duration window, double network_speed) : window_(window), network_speed_(network_speed) {}

  // `elapsed`: time since the previous reading; ignored at the first one. A counter that went backwards (wrapped,
  // reset, a device that was replaced) or has just appeared tells nothing for this step: its average stays.
  void Add(const Counters& now, Duration elapsed);

  const LoadTerms& terms() const { return terms_; }

 private:
  class Averaged {
   public:
    void Add(double value, double weight) { value_ = value_ ? *value_ + weight * (value - *value_) : value; }
    const std::optional<double>& value() const { return value_; }

   private:
    std::optional<double> value_;
  };

  void AddCpu(const Counters& now, double weight);
  void AddDisks(const Counters& now, double seconds, double weight);
  void AddInterfaces(const Counters& now, double seconds, double weight);

  const Duration window_;
  const double network_speed_;
  std::optional<Counters> before_;
  Averaged cpu_;
  // Averages are kept for each device, so that the busiest is the one that was busy for a while.
  std::map<std::string, Averaged> disks_;
  std::map<std::string, Averaged> received_;
  std::map<std::string, Averaged> sent_;
  LoadTerms terms_;
};

// The next multiple of `interval` on the wall clock after `now`: workers that share a machine read at the same moments,
// and tell the same load.
WallTime NextReading(WallTime now, Duration interval);

}  // namespace locus::worker
