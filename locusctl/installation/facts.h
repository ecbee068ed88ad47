// What the central parts of an installation say of themselves and of the workers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace locus::ctl {

struct OutcomeFact {
  // scored, abstained, degraded, passed, sifted, refused; and the reason, which may be empty.
  std::string outcome;
  std::string reason;
  uint64_t count = 0;
};

struct DegradedFact {
  // metadata, cluster, gate or decisions.
  std::string part;
  // One word.
  std::string reason;
  // RFC 3339; empty: not known.
  std::string since;
  std::string text;
};

struct ExtenderFacts {
  std::string url;
  // Why there is no answer that can be used; empty: there is.
  std::string problem;
  std::string version;
  // RFC 3339.
  std::string started;
  bool metadata_connected = false;
  // Absent: locus-meta was never heard.
  std::optional<uint64_t> metadata_age_ms;
  // An API server is configured.
  bool cluster_asked = false;
  bool cluster_synced = false;
  std::optional<uint64_t> cluster_age_ms;
  bool leads = false;
  // Who leads the gate, as far as this one knows; empty: nobody.
  std::string leader;
  std::vector<OutcomeFact> decisions;
  std::vector<DegradedFact> degraded;
};

struct TierFact {
  // MEM, SSD, HDD.
  std::string tier;
  uint64_t used_bytes = 0;
  uint64_t capacity_bytes = 0;
};

struct CacheWorker {
  // host:port.
  std::string address;
  // Kubernetes node; empty: it matches none.
  std::string node;
  enum class State { kLive, kSyncing, kLost };
  State state = State::kLost;
  uint64_t last_heard_ms = 0;
  uint64_t blocks = 0;
  std::vector<TierFact> tiers;
  std::string version;
  // What is wrong with it, and what to do; empty: nothing.
  std::string problem;
  // Its locus-worker, or one beside it, reports.
  bool reports = false;
};

struct MetaFacts {
  std::string address;
  // Why there is no answer; empty: there is one.
  std::string problem;
  uint64_t epoch = 0;
  uint64_t age_ms = 0;
  bool stale = false;
  std::vector<CacheWorker> workers;
  uint64_t mounts = 0;
  // Why mounts may be missing.
  std::string mounts_problem;
};

struct InstallationFacts {
  std::vector<ExtenderFacts> extenders;
  std::vector<MetaFacts> metas;
};

// The workers as all locus-metas that answer see them together, by node and address: of what they say differently, the
// better counts.
std::vector<CacheWorker> WorkersOf(const InstallationFacts& facts);

// Decisions of all extenders by outcome, in the order of the first that tells of one; reasons folded together.
std::vector<OutcomeFact> OutcomesOf(const InstallationFacts& facts);

}  // namespace locus::ctl
