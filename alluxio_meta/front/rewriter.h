// Listings of an Alluxio master with the hosts of their blocks replaced by executors'. Pure.
//
// Where the hosts stand (proto/alluxio): the answers to ListStatus, ListStatusPartial and GetStatus all have FileInfos
// in field 1, whose block locations lie below fields 21 (FileBlockInfo), 1 (BlockInfo) and 3 (BlockLocation).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace locus::meta {

// Where the executors of the calling application are.
class ExecutorSource {
 public:
  virtual ~ExecutorSource() = default;
  // Addresses of those on the Kubernetes node of this worker; valid until the source goes. `container_host` may be
  // empty.
  virtual std::span<const std::string> ExecutorsBeside(std::string_view host, std::string_view container_host) = 0;
};

struct RewriteCounts {
  uint64_t blocks = 0;
  // Whose hosts are executors' addresses now, also those that were so before (hostNetwork).
  uint64_t rewritten = 0;
  // Cached, but on no node with an executor: unchanged.
  uint64_t without_executor = 0;
  // Cached nowhere: unchanged.
  uint64_t uncached = 0;
};

// Not thread-safe; for one call, which may have many messages.
class Rewriter {
 public:
  enum class Outcome { kUnchanged, kChanged, kMalformed };

  // A block gets at most `hosts_per_block` locations, at least one; `executors` must outlive it.
  Rewriter(ExecutorSource& executors, size_t hosts_per_block)
      : executors_(executors), hosts_per_block_(hosts_per_block) {}

  // A block that lies beside executors gets one location for each of them instead of its own: `host` is the executor's
  // address, containerHost what a client is to dial, which is the old one or else the old host, and all else is as in
  // the location of that worker. Its other locations go: no task can be local to them, and Spark keeps few hosts. Where
  // there are more executors than places, the block's id decides, evenly over holders first and then over each one's
  // executors; the same block always gets the same ones. Everything else stays byte for byte, in its order.
  //
  // kChanged: `out` has the new message. Otherwise it is empty, and the message is to be passed on as it is; kMalformed
  // when it is no protobuf, as far as one had to look.
  Outcome Rewrite(std::string_view message, std::string* out);

  // Of all messages but malformed ones.
  const RewriteCounts& counts() const { return counts_; }

 private:
  struct Location {
    // The field, and what is inside of it and of its address.
    std::string_view raw;
    std::string_view inside;
    std::string_view host;
    std::string_view container_host;
    std::string_view address;
    std::span<const std::string> executors;
  };
  struct Pick {
    const Location* location;
    std::string_view executor;
  };

  // Edits the fields of the level in `message`. True when something changed; then `out` has all of it.
  bool Edit(size_t level, std::string_view message, std::string* out);
  bool EditBlock(std::string_view block, std::string* out);
  Location ReadLocation(std::string_view raw, std::string_view inside);
  // Fills picks_ from locations_. Whether one of them is not what stands there already.
  bool Choose(uint64_t block_id);
  void Append(const Pick& pick, std::string* out);

  ExecutorSource& executors_;
  const size_t hosts_per_block_;
  RewriteCounts counts_;
  // Of the message under way.
  RewriteCounts seen_;
  bool malformed_ = false;
  // Room that is used again and again.
  std::vector<Location> locations_;
  std::vector<const Location*> holders_;
  std::vector<Pick> picks_;
  std::string scratch_[3];
  std::string address_;
  std::string location_;
};

// Whether this GetStatusRequest opens the file (options.accessMode is set): the reader must see the workers' own
// addresses. A malformed one counts as such.
bool OpensFile(std::string_view get_status_request);

}  // namespace locus::meta
