#include "alluxio_meta/alluxio/file_codec.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <tuple>

#include "alluxio_meta/mounts/canonical_path.h"
#include "alluxio_wire/block_id.h"

namespace locus::meta {
namespace {

namespace file = ::alluxio::grpc::file;

int64_t NanosOf(int64_t millis) {
  constexpr int64_t kScale = 1'000'000;
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / kScale;
  return std::clamp(millis, -kMost, kMost) * kScale;
}

// Nothing when the master's words do not make a file.
std::optional<FileFact> FactOf(const file::FileInfo& info) {
  if (!IsCanonicalPath(info.path()) || info.length() < 0 || info.block_size_bytes() <= 0) return std::nullopt;
  FileFact fact;
  const int64_t any_id = info.block_ids_size() > 0 ? info.block_ids(0) : info.file_id();
  fact.id = alluxio_wire::SplitBlockId(any_id).container;
  fact.path = info.path();
  fact.length = static_cast<uint64_t>(info.length());
  fact.block_bytes = static_cast<uint64_t>(info.block_size_bytes());
  fact.modified_ns = NanosOf(info.last_modification_time_ms());
  // No container has the number 0: neither id was there.
  if (fact.id == 0 || fact.length > kMaxFileBytes ||
      BlockCount(fact.length, fact.block_bytes) > alluxio_wire::kMaxSequence) {
    return std::nullopt;
  }
  return fact;
}

uint64_t BytesOfBlock(const FileFact& fact, uint32_t block) {
  return std::min(fact.block_bytes, fact.length - block * fact.block_bytes);
}

// By block, then worker, the fastest tier of a worker first.
void Order(std::vector<BlockAt>& replicas) {
  const auto before = [](const BlockAt& a, const BlockAt& b) {
    return std::tie(a.block, a.worker, a.tier) < std::tie(b.block, b.worker, b.tier);
  };
  if (!std::is_sorted(replicas.begin(), replicas.end(), before)) std::sort(replicas.begin(), replicas.end(), before);
  const auto same = [](const BlockAt& a, const BlockAt& b) { return a.block == b.block && a.worker == b.worker; };
  replicas.erase(std::unique(replicas.begin(), replicas.end(), same), replicas.end());
}

}  // namespace

std::optional<Tier> TierOf(std::string_view alias) {
  if (alias == "MEM") return Tier::kMem;
  if (alias == "SSD") return Tier::kSsd;
  if (alias == "HDD") return Tier::kHdd;
  return std::nullopt;
}

size_t PageBuilder::KeyHash::operator()(const Key& key) const {
  const std::hash<std::string_view> hash;
  // Two workers of one host differ in the port.
  return hash(key.host) * 31 + hash(key.container_host) * 17 + key.port;
}

void PageBuilder::Add(const file::FileInfo& info) {
  if (info.folder()) return;
  if (!info.completed()) {
    ++page_.unfinished;
    return;
  }
  std::optional<FileFact> fact = FactOf(info);
  if (!fact.has_value()) {
    ++page_.malformed;
    return;
  }
  MasterFile result{std::move(*fact), {}};
  size_t locations = 0;
  for (const auto& block : info.file_block_infos()) {
    locations += static_cast<size_t>(block.block_info().locations_size());
  }
  result.replicas.reserve(locations);
  for (const auto& block : info.file_block_infos()) AddBlock(block.block_info(), result.fact, result.replicas);
  Order(result.replicas);
  page_.files.push_back(std::move(result));
}

void PageBuilder::AddBlock(const ::alluxio::grpc::BlockInfo& block, const FileFact& fact,
                           std::vector<BlockAt>& replicas) {
  const alluxio_wire::BlockId id = alluxio_wire::SplitBlockId(block.block_id());
  const auto locations = static_cast<uint64_t>(block.locations_size());
  if (id.container != fact.id || id.sequence >= BlockCount(fact.length, fact.block_bytes) || block.length() < 0 ||
      static_cast<uint64_t>(block.length()) != BytesOfBlock(fact, id.sequence)) {
    page_.malformed += locations;
    return;
  }
  for (const auto& location : block.locations()) {
    std::optional<Tier> tier = TierOf(location.tier_alias());
    if (!tier.has_value()) tier = TierOf(location.medium_type());
    const std::optional<uint32_t> worker = Intern(location.worker_address());
    if (tier.has_value() && worker.has_value()) {
      replicas.push_back({id.sequence, *worker, *tier});
    } else {
      ++page_.malformed;
    }
  }
}

std::optional<uint32_t> PageBuilder::Intern(const ::alluxio::grpc::WorkerNetAddress& address) {
  constexpr int32_t kMaxPort = 65535;
  if (address.host().empty() || address.data_port() <= 0 || address.data_port() > kMaxPort) return std::nullopt;
  const Key key{address.host(), address.container_host(), static_cast<uint32_t>(address.data_port())};
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  const HolderAddress& kept = names_.emplace_back(HolderAddress{address.host(), address.container_host(), key.port});
  const auto position = static_cast<uint32_t>(page_.workers.size());
  page_.workers.push_back(kept);
  known_.emplace(Key{kept.host, kept.container_host, kept.data_port}, position);
  return position;
}

}  // namespace locus::meta
