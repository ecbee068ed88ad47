#include "cache_worker/load/load_average.h"

#include <algorithm>
#include <cmath>

namespace locus::worker {
namespace {

double Fraction(double value) { return std::clamp(value, 0.0, 1.0); }

// The largest average among the devices that are still there; forgets the others.
template <typename Averages, typename Present>
std::optional<double> Busiest(Averages& averages, const Present& present) {
  std::optional<double> most;
  for (auto it = averages.begin(); it != averages.end();) {
    if (present.count(it->first) == 0) {
      it = averages.erase(it);
      continue;
    }
    if (const auto& value = it->second.value()) most = most ? std::max(*most, *value) : *value;
    ++it;
  }
  return most;
}

}  // namespace

double FoldLoad(const LoadTerms& terms) {
  constexpr double kHalf = 0.5;
  double load = 0;
  for (const auto& term : {terms.cpu, terms.network, terms.memory_pressure}) load = std::max(load, term.value_or(0));
  for (const auto& term : {terms.cpu_pressure, terms.io_pressure, terms.disk}) {
    load = std::max(load, kHalf * term.value_or(0));
  }
  return Fraction(load);
}

void LoadAverage::Add(const Counters& now, Duration elapsed) {
  terms_.cpu_pressure = now.cpu_pressure;
  terms_.memory_pressure = now.memory_pressure;
  terms_.io_pressure = now.io_pressure;
  if (before_ && elapsed > Duration::zero()) {
    const double seconds = ToSeconds(elapsed);
    const double weight = 1 - std::exp(-seconds / ToSeconds(window_));
    AddCpu(now, weight);
    AddDisks(now, seconds, weight);
    AddInterfaces(now, seconds, weight);
  }
  before_ = now;
}

void LoadAverage::AddCpu(const Counters& now, double weight) {
  if (!now.cpu) {
    cpu_ = {};
  } else if (before_->cpu && now.cpu->total > before_->cpu->total && now.cpu->busy >= before_->cpu->busy) {
    const auto total = static_cast<double>(now.cpu->total - before_->cpu->total);
    cpu_.Add(Fraction(static_cast<double>(now.cpu->busy - before_->cpu->busy) / total), weight);
  }
  terms_.cpu = cpu_.value();
}

void LoadAverage::AddDisks(const Counters& now, double seconds, double weight) {
  if (now.disks && before_->disks) {
    for (const auto& [name, ms] : *now.disks) {
      const auto then = before_->disks->find(name);
      if (then == before_->disks->end() || ms < then->second) continue;
      disks_[name].Add(Fraction(static_cast<double>(ms - then->second) / (1000 * seconds)), weight);
    }
  }
  terms_.disk = Busiest(disks_, now.disks.value_or(std::map<std::string, uint64_t>()));
}

void LoadAverage::AddInterfaces(const Counters& now, double seconds, double weight) {
  if (network_speed_ <= 0) return;
  if (now.interfaces && before_->interfaces) {
    for (const auto& [name, bytes] : *now.interfaces) {
      const auto then = before_->interfaces->find(name);
      if (then == before_->interfaces->end()) continue;
      const auto add = [&](std::map<std::string, Averaged>& averages, uint64_t before, uint64_t after) {
        if (after < before) return;
        averages[name].Add(Fraction(static_cast<double>(after - before) / seconds / network_speed_), weight);
      };
      add(received_, then->second.received, bytes.received);
      add(sent_, then->second.sent, bytes.sent);
    }
  }
  const auto present = now.interfaces.value_or(std::map<std::string, InterfaceBytes>());
  const std::optional<double> in = Busiest(received_, present), out = Busiest(sent_, present);
  terms_.network = in && out ? std::max(*in, *out) : in ? in : out;
}

WallTime NextReading(WallTime now, Duration interval) {
  const int64_t ns = std::chrono::duration_cast<Duration>(now.time_since_epoch()).count();
  const int64_t next = (ns / interval.count() + 1) * interval.count();
  return WallTime(std::chrono::duration_cast<WallTime::duration>(Duration(next)));
}

}  // namespace locus::worker
