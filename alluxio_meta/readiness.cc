#include "alluxio_meta/readiness.h"

#include <utility>

#include "common/log.h"

namespace locus::meta {
namespace {

// A look walks over all workers.
constexpr Duration kLookInterval = std::chrono::milliseconds(100);

}  // namespace

Readiness::Readiness(SyncOptions options, Catalog& catalog, std::function<bool()> nodes_told, const Clock& clock,
                     Metrics& metrics)
    : options_(options), catalog_(catalog), nodes_told_(std::move(nodes_told)), clock_(clock) {
  const Gauge ready = metrics.GetGauge("locus_meta_ready", "1 while it is ready to be asked.");
  const Gauge unsynced =
      metrics.GetGauge("locus_meta_ready_unsynced", "1 when it became ready without all that it waited for.");
  metrics.OnRender([this, ready, unsynced] {
    ready.Set(WhyNot().empty() ? 1 : 0);
    unsynced.Set(Without().empty() ? 0 : 1);
  });
}

void Readiness::Begin(std::function<void()> on_ready) {
  MutexLock lock(mutex_);
  on_ready_ = std::move(on_ready);
  rule_.emplace(options_, clock_.Now());
}

void Readiness::End() {
  MutexLock lock(mutex_);
  ended_ = true;
}

void Readiness::Look() {
  MutexLock lock(mutex_);
  const SteadyTime now = clock_.Now();
  if (ended_ || !rule_.has_value() || rule_->ready() || now < next_look_) return;
  next_look_ = now + kLookInterval;
  SyncFacts facts = catalog_.Sync();
  facts.nodes_told = nodes_told_();
  if (!rule_->Look(facts, now)) return;
  const auto took_ms = ToMillis(rule_->took()).count();
  if (rule_->missing().empty()) {
    LogInfo("ready", {{"after_ms", took_ms}, {"workers", facts.workers}});
  } else {
    LogWarning("ready without all that was waited for",
               {{"after_ms", took_ms}, {"workers", facts.workers}, {"missing", rule_->missing()}});
  }
  on_ready_();
}

std::string Readiness::WhyNot() const {
  MutexLock lock(mutex_);
  if (ended_) return "not serving: stopping";
  if (!rule_.has_value()) return "not serving: starting";
  if (rule_->ready()) return "";
  // Before the first look.
  return rule_->missing().empty() ? "not ready: starting" : "not ready: " + rule_->missing();
}

std::string Readiness::Remark(const std::string& other) const {
  const std::string without = Without();
  if (without.empty()) return other;
  return "at the start it went without: " + without + (other.empty() ? "" : "\n" + other);
}

std::string Readiness::Without() const {
  MutexLock lock(mutex_);
  return rule_.has_value() && rule_->ready() ? rule_->missing() : "";
}

}  // namespace locus::meta
