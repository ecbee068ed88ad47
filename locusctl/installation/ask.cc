#include "locusctl/installation/ask.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "common/status.h"
#include "locusctl/caches/several_at_once.h"
#include "locusctl/holder.h"

namespace locus::ctl {
namespace {

using Json = nlohmann::json;

constexpr int kHttpOk = 200;
constexpr int kHttpNotFound = 404;
// An overview is a few kilobytes.
constexpr size_t kMaxEntries = 1000;

std::optional<uint64_t> Age(const Json& json, const char* member) {
  if (!json.at(member).is_number_unsigned()) return std::nullopt;
  return json.at(member).get<uint64_t>();
}

std::string TextOrEmpty(const Json& json, const char* member) {
  return json.at(member).is_string() ? json.at(member).get<std::string>() : "";
}

ExtenderFacts Read(const Json& json) {
  ExtenderFacts facts;
  facts.version = json.at("version").get<std::string>();
  facts.started = json.at("started").get<std::string>();
  facts.metadata_connected = json.at("metadata").at("connected").get<bool>();
  facts.metadata_age_ms = Age(json.at("metadata"), "age_ms");
  facts.cluster_asked = json.at("cluster").at("asked").get<bool>();
  facts.cluster_synced = json.at("cluster").at("synced").get<bool>();
  facts.cluster_age_ms = Age(json.at("cluster"), "age_ms");
  facts.leads = json.at("gate").at("leads").get<bool>();
  facts.leader = json.at("gate").at("leader").get<std::string>();
  for (const Json& entry : json.at("decisions")) {
    if (facts.decisions.size() == kMaxEntries) break;
    facts.decisions.push_back({entry.at("outcome").get<std::string>(), entry.at("reason").get<std::string>(),
                               entry.at("count").get<uint64_t>()});
  }
  for (const Json& entry : json.at("degraded")) {
    if (facts.degraded.size() == kMaxEntries) break;
    facts.degraded.push_back({entry.at("part").get<std::string>(), entry.at("reason").get<std::string>(),
                              TextOrEmpty(entry, "since"), entry.at("text").get<std::string>()});
  }
  return facts;
}

CacheWorker Read(const v1::Worker& worker) {
  CacheWorker facts;
  facts.address = AddressText(worker.address());
  facts.node = worker.node();
  facts.state = worker.state() == v1::Worker::LIVE      ? CacheWorker::State::kLive
                : worker.state() == v1::Worker::SYNCING ? CacheWorker::State::kSyncing
                                                        : CacheWorker::State::kLost;
  facts.last_heard_ms = worker.last_heard_ms();
  facts.blocks = worker.blocks();
  for (const v1::TierUsage& tier : worker.tiers()) {
    facts.tiers.push_back({TierName(tier.tier()), tier.used_bytes(), tier.capacity_bytes()});
  }
  facts.version = worker.version();
  facts.problem = worker.problem();
  facts.reports = worker.blocks_from() == v1::Worker::REPORT;
  return facts;
}

}  // namespace

absl::StatusOr<ExtenderFacts> ParseOverview(const std::string& body) {
  try {
    return Read(Json::parse(body));
  } catch (const Json::exception& error) {
    return InvalidArgument("what answers is no overview of locus-extender: " + std::string(error.what()));
  }
}

ExtenderFacts AskExtender(DecisionSource& source) {
  ExtenderFacts facts;
  const absl::StatusOr<HttpAnswer> answer = source.Get("/v1/overview");
  if (!answer.ok()) {
    facts.problem = "cannot be reached: " + MessageOf(answer.status());
  } else if (answer->status == kHttpNotFound) {
    facts.problem = "knows no /v1/overview: it is older than this locusctl, or no locus-extender";
  } else if (answer->status != kHttpOk) {
    facts.problem = "answers with status " + std::to_string(answer->status);
  } else {
    absl::StatusOr<ExtenderFacts> parsed = ParseOverview(answer->body);
    if (parsed.ok()) {
      facts = std::move(*parsed);
    } else {
      facts.problem = MessageOf(parsed.status());
    }
  }
  facts.url = source.address();
  return facts;
}

MetaFacts AskMeta(LocalitySource& source) {
  MetaFacts facts;
  facts.address = source.address();
  const absl::StatusOr<v1::ListWorkersResponse> workers = source.ListWorkers();
  if (!workers.ok()) {
    facts.problem = MessageOf(workers.status());
    return facts;
  }
  facts.epoch = workers->freshness().epoch();
  facts.age_ms = workers->freshness().age_ms();
  facts.stale = workers->freshness().stale();
  for (const v1::Worker& worker : workers->workers().workers()) facts.workers.push_back(Read(worker));
  const absl::StatusOr<v1::ListMountsResponse> mounts = source.ListMounts();
  if (!mounts.ok()) {
    facts.mounts_problem = MessageOf(mounts.status());
    return facts;
  }
  facts.mounts = static_cast<uint64_t>(mounts->mounts_size());
  facts.mounts_problem = mounts->problem();
  return facts;
}

InstallationFacts AskInstallation(const InstallationSources& sources) {
  InstallationFacts facts;
  facts.extenders.resize(sources.extenders.size());
  facts.metas.resize(sources.metas.size());
  const size_t extenders = sources.extenders.size();
  SeveralAtOnce(extenders + sources.metas.size(), [&](size_t i) {
    if (i < extenders) {
      facts.extenders[i] = AskExtender(*sources.extenders[i]);
    } else {
      facts.metas[i - extenders] = AskMeta(*sources.metas[i - extenders]);
    }
  });
  return facts;
}

}  // namespace locus::ctl
