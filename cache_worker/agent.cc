#include "cache_worker/agent.h"

#include <utility>

#include "cache_worker/config.h"
#include "cache_worker/worker_traffic.h"
#include "common/log.h"
#include "common/status.h"

namespace locus::worker {
namespace {

// The watcher wakes up by itself when something is due; this only bounds one wait.
constexpr auto kLongestWait = std::chrono::seconds(10);

}  // namespace

Agent::Agent(const config::v1::Worker& config, const Clock& clock, uint64_t seed)
    : config_(config),
      clock_(clock),
      folders_(AgentFolders(config)),
      node_(config, clock, seed),
      blocks_(folders_, kMaxAgentBlocks, node_.news()) {}

Agent::~Agent() { Stop(); }

std::vector<std::string> Agent::Start() {
  std::vector<std::string> problems = node_.security_problems();
  if (!problems.empty()) {
    node_.TryAdmin(problems);
    return problems;
  }
  auto kernel = InotifyKernel::Create();
  if (!kernel.ok()) {
    problems.push_back("agent: " + MessageOf(kernel.status()));
    node_.TryAdmin(problems);
    return problems;
  }
  kernel_ = std::move(*kernel);
  MakeWatcher();
  ServingSource serving = MakeProbe();
  traffic_ =
      WatchTraffic(ToDuration(config_.agent().traffic()), static_cast<uint16_t>(config_.agent().data_port()), clock_);
  node_.OpenAdmin([this] { return ready_ ? "" : "looking through the tier folders"; }, problems);
  if (!problems.empty()) return problems;
  node_.MakeReport(AlluxioAddress(config_), v1::Hello::ALLUXIO, blocks_, nullptr, std::move(serving),
                   SourceOf(traffic_.get()));
  node_.ExportMetrics();
  ExportMetrics();
  node_.WritePort(problems);
  if (!problems.empty()) return problems;
  node_.load().Start();
  if (probe_ != nullptr) probe_->Start();
  if (traffic_ != nullptr) traffic_->Start();
  watching_ = std::thread([this] { Watch(); });
  return problems;
}

ServingSource Agent::MakeProbe() {
  const Duration interval = ToDuration(config_.agent().probe());
  if (interval == Duration(0)) return {};
  const auto port = static_cast<uint16_t>(config_.agent().data_port());
  probe_ = std::make_unique<Probe>(ConnectTo(ProbedHost(config_), port), interval, [this] { node_.news().AskBeat(); });
  return [this] { return probe_->serving(); };
}

void Agent::Watch() {
  const SteadyTime start = clock_.Now();
  watcher_->Start();
  if (stopping_) return;
  uint64_t blocks = 0;
  for (const Tier tier : kAllTiers) blocks += blocks_.blocks(tier);
  LogInfo("looked through the tier folders", {{"blocks", blocks},
                                              {"folders_missing", watcher_->stats().missing.load()},
                                              {"seconds", ToSeconds(clock_.Now() - start)}});
  ready_ = true;
  node_.StartReport();
  while (!stopping_) watcher_->Step(kLongestWait);
}

void Agent::Stop() {
  if (stopping_.exchange(true)) return;
  if (kernel_ != nullptr) kernel_->Wake();
  if (watching_.joinable()) watching_.join();
  node_.StopReport();
  if (probe_ != nullptr) probe_->Stop();
  if (traffic_ != nullptr) traffic_->Stop();
  node_.Stop();
}

}  // namespace locus::worker
