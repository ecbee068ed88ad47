// From the master's entries of a listing to MasterPage. Pure but for protobuf.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "alluxio_meta/alluxio/master.h"
#include "proto/alluxio/file_system_master.pb.h"

namespace locus::meta {

// "MEM", "SSD", "HDD".
std::optional<Tier> TierOf(std::string_view alias);

// Not thread-safe. One page. A location repeats the worker's whole address: it is compared in place, and kept once.
class PageBuilder {
 public:
  explicit PageBuilder(MasterTerm term) { page_.term = term; }
  void Add(const ::alluxio::grpc::file::FileInfo& info);
  void SetTook(Duration took) { page_.took = took; }
  MasterPage Take() { return std::move(page_); }

 private:
  // Of an address, pointing into the message that is being read or the address in the page.
  struct Key {
    std::string_view host, container_host;
    uint32_t port = 0;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };

  std::optional<uint32_t> Intern(const ::alluxio::grpc::WorkerNetAddress& address);
  void AddBlock(const ::alluxio::grpc::BlockInfo& block, const FileFact& fact, std::vector<BlockAt>& replicas);

  MasterPage page_;
  // To the positions in page_.workers. The keys point into `names_`, whose strings stay where they are.
  std::unordered_map<Key, uint32_t, KeyHash> known_;
  std::deque<HolderAddress> names_;
};

}  // namespace locus::meta
