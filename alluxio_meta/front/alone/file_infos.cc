#include "alluxio_meta/front/alone/file_infos.h"

#include <xxhash.h>

#include <algorithm>
#include <array>

#include "alluxio_wire/block_id.h"

namespace locus::meta {
namespace {

namespace alx = ::alluxio::grpc;

// The root's; there are no others.
constexpr int64_t kMountId = 1;
// The workers read with rights of their own; whoever reaches them may read.
constexpr char kOwner[] = "locus";
constexpr int32_t kFileMode = 0644;
constexpr int32_t kFolderMode = 0755;
constexpr int64_t kNanosInMilli = 1'000'000;

const char* AliasOf(Tier tier) {
  constexpr std::array<const char*, kTiers> kAliases = {"MEM", "SSD", "HDD"};
  return kAliases[static_cast<size_t>(tier)];
}

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Folders have no content to be named by.
uint64_t FolderContainer(const std::string& path) {
  return alluxio_wire::AlluxioContainerOf(XXH3_64bits(path.data(), path.size()));
}

int64_t WorkerIdOf(const HolderAddress& address) {
  const std::string text = address.host + '\0' + address.container_host + '\0' + std::to_string(address.data_port);
  // Positive, as Alluxio's are.
  return static_cast<int64_t>(XXH3_64bits(text.data(), text.size()) >> 1);
}

void FillAddress(const HolderAddress& worker, alx::WorkerNetAddress* address) {
  address->set_host(worker.host);
  address->set_rpc_port(static_cast<int32_t>(worker.data_port));
  address->set_data_port(static_cast<int32_t>(worker.data_port));
  address->set_web_port(0);
  address->set_domain_socket_path("");
  address->set_container_host(worker.container_host);
  // Clients index into this list without looking whether it is empty.
  alx::LocalityTier* node = address->mutable_tiered_identity()->add_tiers();
  node->set_tier_name("node");
  node->set_value(worker.host);
  address->mutable_tiered_identity()->add_tiers()->set_tier_name("rack");
}

// What files and folders have in common.
void FillCommon(const std::string& path, alx::file::FileInfo* info) {
  info->set_name(NameOf(path));
  info->set_path(path);
  info->set_ufs_path(kUfsScheme + path);
  info->set_completed(true);
  info->set_persisted(true);
  info->set_persistence_state("PERSISTED");
  info->set_owner(kOwner);
  info->set_group(kOwner);
  info->set_mount_point(path == "/");
  info->set_mount_id(kMountId);
  info->set_ttl(-1);
  info->set_ttl_action(alx::file::TTL_FREE);
  info->set_replication_max(-1);
  info->set_replication_min(0);
}

int32_t PercentOf(uint64_t bytes, uint64_t length) {
  return length == 0 ? 100 : static_cast<int32_t>(bytes * 100 / length);
}

uint64_t BlockLength(const FileFact& file, uint32_t block) {
  return std::min(file.block_bytes, file.length - block * file.block_bytes);
}

}  // namespace

bool HasTooManyBlocks(const FileFact& file) {
  static_assert(kMaxBlocksTold < alluxio_wire::kMaxSequence);
  return BlockCount(file.length, file.block_bytes) > kMaxBlocksTold;
}

void FillBlockInfo(const FileFact& file, uint32_t block, std::span<const FilePlaces::Place> places,
                   std::span<const HolderAddress> workers, alx::BlockInfo* info) {
  info->set_block_id(alluxio_wire::JoinBlockId({alluxio_wire::AlluxioContainerOf(file.id), block}));
  info->set_length(static_cast<int64_t>(BlockLength(file, block)));
  // The fastest tiers in front, as a master orders them.
  for (int tier = 0; tier < kTiers; ++tier) {
    for (const FilePlaces::Place& place : places) {
      if (place.block != block || static_cast<int>(place.tier) != tier) continue;
      alx::BlockLocation* location = info->add_locations();
      location->set_worker_id(WorkerIdOf(workers[place.worker]));
      FillAddress(workers[place.worker], location->mutable_worker_address());
      location->set_tier_alias(AliasOf(place.tier));
      location->set_medium_type(AliasOf(place.tier));
    }
  }
}

void FillFileInfo(const FileFact& file, std::span<const FilePlaces::Place> places,
                  std::span<const HolderAddress> workers, alx::file::FileInfo* info) {
  FillCommon(file.path, info);
  const uint64_t container = alluxio_wire::AlluxioContainerOf(file.id);
  info->set_file_id(alluxio_wire::FileIdOf(container));
  info->set_folder(false);
  info->set_cacheable(true);
  info->set_mode(kFileMode);
  info->set_length(static_cast<int64_t>(file.length));
  info->set_block_size_bytes(static_cast<int64_t>(file.block_bytes));
  const int64_t modified = file.modified_ns / kNanosInMilli;
  info->set_creation_time_ms(modified);
  info->set_last_modification_time_ms(modified);
  info->set_last_access_time_ms(modified);
  uint64_t cached = 0;
  uint64_t in_memory = 0;
  const uint64_t blocks = HasTooManyBlocks(file) ? 0 : BlockCount(file.length, file.block_bytes);
  auto next = places.begin();
  for (uint64_t i = 0; i < blocks; ++i) {
    const auto block = static_cast<uint32_t>(i);
    const auto first = std::find_if(next, places.end(), [&](const auto& place) { return place.block >= block; });
    next = std::find_if(first, places.end(), [&](const auto& place) { return place.block > block; });
    const auto here = std::span(first, next);
    alx::FileBlockInfo* block_info = info->add_file_block_infos();
    FillBlockInfo(file, block, here, workers, block_info->mutable_block_info());
    block_info->set_offset(static_cast<int64_t>(i * file.block_bytes));
    info->add_block_ids(block_info->block_info().block_id());
    if (here.empty()) continue;
    cached += BlockLength(file, block);
    const bool fast = std::any_of(here.begin(), here.end(), [](const auto& place) { return place.tier == Tier::kMem; });
    if (fast) in_memory += BlockLength(file, block);
  }
  info->set_in_alluxio_percentage(PercentOf(cached, file.length));
  info->set_in_memory_percentage(PercentOf(in_memory, file.length));
}

void FillFolderInfo(const std::string& path, alx::file::FileInfo* info) {
  FillCommon(path, info);
  info->set_file_id(alluxio_wire::FileIdOf(FolderContainer(path)));
  info->set_folder(true);
  info->set_cacheable(false);
  info->set_mode(kFolderMode);
  info->set_length(0);
  info->set_block_size_bytes(0);
  info->set_creation_time_ms(0);
  info->set_last_modification_time_ms(0);
  info->set_last_access_time_ms(0);
  info->set_in_alluxio_percentage(0);
  info->set_in_memory_percentage(0);
}

void FillWorkerInfo(const WorkerPicture& picture, alx::block::WorkerInfo* info) {
  const Worker& worker = picture.worker;
  info->set_id(WorkerIdOf(worker.address));
  FillAddress(worker.address, info->mutable_address());
  info->set_last_contact_sec(
      static_cast<int32_t>(std::chrono::duration_cast<std::chrono::seconds>(picture.silence).count()));
  info->set_state("ACTIVE");
  info->set_start_time_ms(worker.start_ms);
  info->mutable_build_version()->set_version(worker.version);
  info->mutable_build_version()->set_revision("locus");
  int64_t capacity = 0;
  int64_t used = 0;
  for (const TierUse& use : worker.tiers) {
    capacity += static_cast<int64_t>(use.capacity);
    used += static_cast<int64_t>(use.used);
    (*info->mutable_capacity_bytes_on_tiers())[AliasOf(use.tier)] += static_cast<int64_t>(use.capacity);
    (*info->mutable_used_bytes_on_tiers())[AliasOf(use.tier)] += static_cast<int64_t>(use.used);
  }
  info->set_capacity_bytes(capacity);
  info->set_used_bytes(used);
}

}  // namespace locus::meta
