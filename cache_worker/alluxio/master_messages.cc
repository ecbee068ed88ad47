#include "cache_worker/alluxio/master_messages.h"

#include <algorithm>
#include <map>

namespace locus::worker {
namespace {

namespace block = ::alluxio::grpc::block;

std::string Name(Tier tier) { return std::string(TierName(tier)); }

template <typename Map>
void FillUsed(const std::vector<TierUse>& usage, Map& map) {
  for (const TierUse& use : usage) map[Name(use.tier)] = static_cast<int64_t>(use.used_bytes);
}

template <typename Map>
void FillCapacity(const std::vector<TierUse>& usage, bool offered, Map& map) {
  for (const TierUse& use : usage) {
    map[Name(use.tier)] = offered ? static_cast<int64_t>(use.capacity_bytes) : 0;
  }
}

// Each tier once, as the master wants it.
class BlocksByTier {
 public:
  template <typename Add>
  void Put(const LedgerBlock& what, const Add& add) {
    const auto [at, fresh] = lists_.try_emplace(what.tier, nullptr);
    if (fresh) {
      block::BlocksAt* const entry = add();
      entry->mutable_key()->set_tier_alias(Name(what.tier));
      entry->mutable_key()->set_medium_type(Name(what.tier));
      at->second = entry->mutable_value();
    }
    at->second->add_block_id(what.id);
  }

 private:
  std::map<Tier, block::BlockIds*> lists_;
};

}  // namespace

::alluxio::grpc::WorkerNetAddress AddressMessage(const WorkerPlace& place) {
  ::alluxio::grpc::WorkerNetAddress address;
  address.set_host(place.host);
  address.set_container_host(place.container_host);
  address.set_rpc_port(place.data_port);
  address.set_data_port(place.data_port);
  address.set_web_port(place.web_port);
  address.set_domain_socket_path("");
  ::alluxio::grpc::LocalityTier* const node = address.mutable_tiered_identity()->add_tiers();
  node->set_tier_name("node");
  node->set_value(place.host);
  address.mutable_tiered_identity()->add_tiers()->set_tier_name("rack");
  return address;
}

std::vector<block::RegisterWorkerRequest> RegistrationMessages(int64_t worker_id, const std::vector<TierUse>& usage,
                                                               bool offered, const std::vector<LedgerBlock>& blocks,
                                                               size_t blocks_in_message) {
  std::vector<block::RegisterWorkerRequest> messages;
  size_t next = 0;
  do {
    block::RegisterWorkerRequest& message = messages.emplace_back();
    message.set_worker_id(worker_id);
    if (messages.size() == 1) {
      for (const TierUse& use : usage) message.add_storage_tiers(Name(use.tier));
      FillCapacity(usage, offered, *message.mutable_total_bytes_on_tiers());
      FillUsed(usage, *message.mutable_used_bytes_on_tiers());
      message.mutable_options();
    }
    BlocksByTier by_tier;
    const size_t end = std::min(blocks.size(), next + blocks_in_message);
    for (; next < end; ++next) by_tier.Put(blocks[next], [&] { return message.add_current_blocks(); });
  } while (next < blocks.size());
  return messages;
}

block::BlockHeartbeatRequest HeartbeatMessage(int64_t worker_id, const std::vector<TierUse>& usage, bool offered,
                                              const LedgerNews& news) {
  block::BlockHeartbeatRequest message;
  message.set_worker_id(worker_id);
  FillUsed(usage, *message.mutable_used_bytes_on_tiers());
  FillCapacity(usage, offered, *message.mutable_options()->mutable_capacity_bytes_on_tiers());
  for (const AlluxioBlockId id : news.removed) message.add_removed_block_ids(id);
  BlocksByTier by_tier;
  for (const LedgerBlock& moved : news.moved) by_tier.Put(moved, [&] { return message.add_added_blocks(); });
  return message;
}

block::CommitBlockRequest CommitMessage(int64_t worker_id, const std::vector<TierUse>& usage, const LedgerBlock& what) {
  block::CommitBlockRequest message;
  message.set_worker_id(worker_id);
  for (const TierUse& use : usage) {
    if (use.tier == what.tier) message.set_used_bytes_on_tier(static_cast<int64_t>(use.used_bytes));
  }
  message.set_tier_alias(Name(what.tier));
  message.set_medium_type(Name(what.tier));
  message.set_block_id(what.id);
  message.set_length(static_cast<int64_t>(what.bytes));
  return message;
}

MasterFile FileOf(const ::alluxio::grpc::file::FileInfo& info) {
  const auto bytes = [](int64_t value) { return static_cast<uint64_t>(std::max<int64_t>(0, value)); };
  MasterFile file;
  file.path = info.path();
  file.ufs_path = info.ufs_path();
  file.length = bytes(info.length());
  file.block_bytes = bytes(info.block_size_bytes());
  file.modified_ms = info.last_modification_time_ms();
  file.folder = info.folder();
  file.completed = info.completed();
  file.persisted = info.persisted();
  return file;
}

}  // namespace locus::worker
