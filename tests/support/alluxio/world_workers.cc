// World: workers, the copies they hold, and the master's own life.
#include <algorithm>
#include <set>
#include <stdexcept>

#include "common/status.h"
#include "tests/support/alluxio/world.h"

namespace locus::fake_alluxio {
namespace {

using alluxio::grpc::block::WorkerInfo;

// Two machines' worth of hosts in GeneratedFolder::HostOf's numbering.
constexpr int kMaxGeneratedWorkers = 65536;
// The digits of a generated name.
constexpr int64_t kMaxGeneratedFiles = 10'000'000;
constexpr int kTiers = 3;

int TierRank(const std::string& tier) {
  const char* const order[kTiers] = {"MEM", "SSD", "HDD"};
  for (int i = 0; i < kTiers; ++i) {
    if (tier == order[i]) return i;
  }
  throw std::invalid_argument("no tier: " + tier);
}

std::string NameOfWorker(const WorkerSpec& spec) { return spec.name.empty() ? spec.host : spec.name; }

}  // namespace

size_t World::FindWorker(const std::string& name) const {
  for (size_t i = 0; i < workers_.size(); ++i) {
    if (NameOfWorker(workers_[i].spec) == name) return i;
  }
  throw std::invalid_argument("no such worker: " + name);
}

World& World::AddWorker(const WorkerSpec& spec) {
  MutexLock lock(mutex_);
  const std::string name = NameOfWorker(spec);
  for (const Worker& worker : workers_) {
    if (NameOfWorker(worker.spec) == name) throw std::invalid_argument("there already: worker " + name);
  }
  workers_.push_back({.spec = spec, .id = next_worker_++, .start_ms = NowMs()});
  list_cached_at_.reset();
  return *this;
}

World& World::Silence(const std::string& worker) {
  MutexLock lock(mutex_);
  workers_[FindWorker(worker)].silent_since = clock_.Now();
  return *this;
}

World& World::Hear(const std::string& worker) {
  MutexLock lock(mutex_);
  Worker& heard = workers_[FindWorker(worker)];
  heard.state = StateOf(heard);
  heard.silent_since.reset();
  return *this;
}

World& World::Lose(const std::string& worker) {
  MutexLock lock(mutex_);
  workers_[FindWorker(worker)].state = Registration::kLost;
  return *this;
}

World& World::Register(const std::string& worker) {
  MutexLock lock(mutex_);
  Worker& registering = workers_[FindWorker(worker)];
  registering.state = Registration::kRegistered;
  registering.silent_since.reset();
  list_cached_at_.reset();
  return *this;
}

World& World::RegisterAll() {
  MutexLock lock(mutex_);
  for (Worker& worker : workers_) {
    worker.state = Registration::kRegistered;
    worker.silent_since.reset();
  }
  list_cached_at_.reset();
  return *this;
}

World& World::RestartWorker(const std::string& worker) {
  MutexLock lock(mutex_);
  Worker& restarted = workers_[FindWorker(worker)];
  // Never the same stamp, whatever the clock does.
  restarted.start_ms = std::max(NowMs(), restarted.start_ms + 1);
  restarted.state = Registration::kRegistered;
  restarted.silent_since.reset();
  list_cached_at_.reset();
  return *this;
}

World& World::Cache(const std::string& path, int block, const std::string& worker, const std::string& tier) {
  MutexLock lock(mutex_);
  const size_t number = FindWorker(worker);
  TierRank(tier);
  auto& copies = FindBlock(path, block).copies;
  std::erase_if(copies, [number](const auto& copy) { return copy.first == number; });
  copies.emplace_back(number, tier);
  return *this;
}

World& World::CacheFile(const std::string& path, const std::string& worker, const std::string& tier) {
  int blocks = 0;
  {
    MutexLock lock(mutex_);
    blocks = static_cast<int>(FindFile(path).blocks.size());
  }
  for (int block = 0; block < blocks; ++block) Cache(path, block, worker, tier);
  return *this;
}

World& World::Evict(const std::string& path, int block, const std::string& worker) {
  MutexLock lock(mutex_);
  const size_t number = FindWorker(worker);
  const auto gone = [number](const auto& copy) { return copy.first == number; };
  if (std::erase_if(FindBlock(path, block).copies, gone) == 0) {
    throw std::invalid_argument(worker + " does not hold block " + std::to_string(block) + " of " + path);
  }
  return *this;
}

World& World::Move(const std::string& path, int block, const std::string& worker, const std::string& tier) {
  MutexLock lock(mutex_);
  const size_t number = FindWorker(worker);
  TierRank(tier);
  for (auto& [holder, at] : FindBlock(path, block).copies) {
    if (holder != number) continue;
    at = tier;
    return *this;
  }
  throw std::invalid_argument(worker + " does not hold block " + std::to_string(block) + " of " + path);
}

World& World::Duplicate(const std::string& path, int block, const std::string& worker, const std::string& tier) {
  MutexLock lock(mutex_);
  TierRank(tier);
  FindBlock(path, block).copies.emplace_back(FindWorker(worker), tier);
  return *this;
}

World& World::DropBlockRecord(const std::string& path, int block) {
  MutexLock lock(mutex_);
  FindBlock(path, block) = {.recorded = false, .copies = {}};
  return *this;
}

World& World::Generate(const GeneratedSpec& spec) {
  if (spec.files < 1 || spec.files > kMaxGeneratedFiles || spec.blocks_per_file < 1 || spec.block_bytes < 1 ||
      spec.workers < 1 || spec.workers > kMaxGeneratedWorkers) {
    throw std::invalid_argument("generated folder: files 1 to 10 million, workers 1 to 65536, blocks from 1");
  }
  const GeneratedFolder made(spec);
  const std::vector<GeneratedFolder::Bytes> totals = made.Totals();
  MutexLock lock(mutex_);
  if (generated_.has_value()) throw std::invalid_argument("one generated folder is there already");
  if (tree_.count(spec.folder) != 0) throw std::invalid_argument("there already: " + spec.folder);
  MakeFolder(spec.folder);
  first_generated_worker_ = workers_.size();
  for (int i = 0; i < spec.workers; ++i) {
    const auto& bytes = totals[static_cast<size_t>(i)];
    WorkerSpec worker;
    worker.host = GeneratedFolder::HostOf(i);
    worker.tiers = {{"MEM", 2 * bytes.mem}, {"SSD", 2 * bytes.ssd}};
    workers_.push_back(
        {.spec = worker, .id = next_worker_++, .start_ms = NowMs(), .generated_bytes = {bytes.mem, bytes.ssd}});
  }
  generated_ = made;
  list_cached_at_.reset();
  return *this;
}

World& World::SetSafeMode(bool on) {
  MutexLock lock(mutex_);
  safe_mode_ = on;
  return *this;
}

void World::BeginLife() {
  MutexLock lock(mutex_);
  start_time_ms_ = std::max(NowMs(), start_time_ms_ + 1);
  for (Worker& worker : workers_) {
    worker.state = Registration::kUnknown;
    // Ids hold for one life of a master.
    worker.id = next_worker_++;
  }
  list_cached_at_.reset();
}

World::Registration World::StateOf(const Worker& worker) const {
  const bool timed_out = worker.silent_since.has_value() && clock_.Now() - *worker.silent_since > kWorkerTimeout;
  return worker.state == Registration::kRegistered && timed_out ? Registration::kLost : worker.state;
}

bool World::IsRegistered(const Worker& worker) const { return StateOf(worker) == Registration::kRegistered; }

std::vector<Copy> World::Copies(const std::string& path, int block) const {
  MutexLock lock(mutex_);
  std::vector<Copy> out;
  for (const auto& [worker, tier] : FindFile(path).blocks.at(static_cast<size_t>(block)).copies) {
    if (IsRegistered(workers_[worker])) out.push_back({NameOfWorker(workers_[worker].spec), tier});
  }
  return out;
}

std::optional<GeneratedFolder> World::generated() const {
  MutexLock lock(mutex_);
  return generated_;
}

bool World::safe_mode() const {
  MutexLock lock(mutex_);
  return safe_mode_;
}

int64_t World::start_time_ms() const {
  MutexLock lock(mutex_);
  return start_time_ms_;
}

alluxio::grpc::WorkerNetAddress World::AddressOf(const WorkerSpec& spec) {
  alluxio::grpc::WorkerNetAddress address;
  address.set_host(spec.host);
  address.set_rpc_port(spec.data_port);
  address.set_data_port(spec.data_port);
  address.set_web_port(spec.web_port);
  address.set_domain_socket_path("");
  address.set_container_host(spec.container_host);
  alluxio::grpc::LocalityTier* node = address.mutable_tiered_identity()->add_tiers();
  node->set_tier_name("node");
  node->set_value(spec.identity_node.empty() ? spec.host : spec.identity_node);
  address.mutable_tiered_identity()->add_tiers()->set_tier_name("rack");
  return address;
}

WorkerInfo World::WireWorker(size_t number) const {
  const Worker& worker = workers_[number];
  WorkerInfo info;
  info.set_id(worker.id);
  *info.mutable_address() = AddressOf(worker.spec);
  const Duration silence = worker.silent_since.has_value() ? clock_.Now() - *worker.silent_since : Duration(0);
  info.set_last_contact_sec(static_cast<int32_t>(silence / std::chrono::seconds(1)));
  info.set_state(StateOf(worker) == Registration::kLost ? "LOST" : "ACTIVE");
  info.set_start_time_ms(worker.start_ms);
  info.mutable_build_version()->set_version(worker.spec.version);
  int64_t capacity = 0;
  for (const TierSpec& tier : worker.spec.tiers) {
    (*info.mutable_capacity_bytes_on_tiers())[tier.alias] = tier.capacity_bytes;
    (*info.mutable_used_bytes_on_tiers())[tier.alias] = 0;
    capacity += tier.capacity_bytes;
  }
  info.set_capacity_bytes(capacity);
  return info;
}

std::vector<WorkerInfo> World::WireWorkers(bool live, bool lost) const {
  std::vector<WorkerInfo> infos;
  std::vector<WorkerInfo*> of_number(workers_.size(), nullptr);
  infos.reserve(workers_.size());
  for (size_t i = 0; i < workers_.size(); ++i) {
    const Registration state = StateOf(workers_[i]);
    if ((state == Registration::kRegistered && live) || (state == Registration::kLost && lost)) {
      infos.push_back(WireWorker(i));
      of_number[i] = &infos.back();
      const char* const tiers[] = {"MEM", "SSD"};
      for (int tier = 0; tier < 2 && workers_[i].generated_bytes[tier] > 0; ++tier) {
        (*infos.back().mutable_used_bytes_on_tiers())[tiers[tier]] += workers_[i].generated_bytes[tier];
      }
    }
  }
  for (const auto& [path, node] : tree_) {
    for (size_t block = 0; block < node.blocks.size(); ++block) {
      const int64_t start = static_cast<int64_t>(block) * node.spec.block_bytes;
      for (const auto& [worker, tier] : node.blocks[block].copies) {
        if (of_number[worker] == nullptr) continue;
        (*of_number[worker]->mutable_used_bytes_on_tiers())[tier] +=
            std::min(node.spec.block_bytes, node.spec.length - start);
      }
    }
  }
  for (WorkerInfo& info : infos) {
    int64_t used = 0;
    for (const auto& [tier, bytes] : info.used_bytes_on_tiers()) used += bytes;
    info.set_used_bytes(used);
  }
  return infos;
}

absl::StatusOr<std::vector<WorkerInfo>> World::WorkerList() {
  MutexLock lock(mutex_);
  if (safe_mode_) return Unavailable("Alluxio master is in safe mode. Please try again later.");
  const SteadyTime now = clock_.Now();
  if (!list_cached_at_.has_value() || now - *list_cached_at_ > kWorkerListAge) {
    list_cache_ = WireWorkers(true, false);
    list_cached_at_ = now;
  }
  // A worker that is lost leaves at once, however young the list is.
  std::set<int64_t> registered;
  for (const Worker& worker : workers_) {
    if (IsRegistered(worker)) registered.insert(worker.id);
  }
  std::vector<WorkerInfo> infos = list_cache_;
  std::erase_if(infos, [&registered](const WorkerInfo& info) { return registered.count(info.id()) == 0; });
  return infos;
}

absl::StatusOr<std::vector<WorkerInfo>> World::WorkerReport(bool live, bool lost) const {
  MutexLock lock(mutex_);
  if (safe_mode_) return Unavailable("Alluxio master is in safe mode. Please try again later.");
  return WireWorkers(live, lost);
}

}  // namespace locus::fake_alluxio
