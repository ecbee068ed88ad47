// What a prepared master holds, as a JSON file says it: the truth that the contract suite compares answers with, and
// what fake-alluxio-master is filled from.
//
// Whoever prepares a real master's namespace writes the file from what lies in the under-store and in the workers' tier
// folders, never from the master's own answers:
//
//   {
//     "user": "root",                     may list everything
//     "authentication": "SIMPLE",         the suite's handshakes are SIMPLE ones
//     "folder": "/contract/data",         the files below are all that is in it, at any depth
//     "files": [
//       {"path": "/contract/data/a", "length": 123, "block_size": 1048576,
//        "blocks": [{"index": 0, "locations": [{"host": "127.0.0.11", "data_port": 29999, "tier": "MEM"}]}]}
//     ],
//     "unloaded_folder": "/contract/unloaded",   known to the master; its children, one at least, to the under-store
//     only "missing": "/contract/none",               in neither "workers": [{"host": "127.0.0.11", "data_port":
//     29999}],     all that are registered, none is lost "mounts": [{"path": "/", "ufs_uri": "/ufs"}] all of them
//   }
//
// "blocks" names only blocks with a copy, and is absent or empty where nothing is cached. Nothing may change while the
// suite runs. To be worth judging by, the folder needs at least 12 files, one of them with 3 blocks and a shorter last
// one, one empty, and two sub-folders with files in them; names of any kind, such as "sub" beside "sub-x".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/support/alluxio/world.h"

namespace locus::fake_alluxio {

// "host:data_port TIER".
using Location = std::string;
Location LocationOf(const std::string& host, int data_port, const std::string& tier);

struct DescribedFile {
  std::string path;
  int64_t length = 0;
  int64_t block_bytes = 0;
  // By index, sorted; blocks without a copy are left out.
  std::map<int64_t, std::vector<Location>> blocks;

  int64_t block_count() const { return (length + block_bytes - 1) / block_bytes; }
  int64_t LengthOfBlock(int64_t index) const;
};

struct DescribedWorker {
  std::string host;
  int data_port = 0;
};

struct DescribedWorld {
  std::string user;
  std::string authentication;
  std::string folder;
  std::string unloaded_folder;
  std::string missing;
  // By path order.
  std::vector<DescribedFile> files;
  std::vector<DescribedWorker> workers;
  // Path to URI of the under-store.
  std::map<std::string, std::string> mounts;

  // Every path below `folder`, folders too, in path order.
  std::vector<std::string> Paths() const;
  // Those whose parent it is.
  static std::vector<std::string> ChildrenOf(const std::string& parent, const std::vector<std::string>& paths);
};

// INVALID_ARGUMENT names what is missing or malformed.
absl::StatusOr<DescribedWorld> ParseWorld(const std::string& json);

// Makes it true in a fake master.
void Build(const DescribedWorld& described, World& world);

}  // namespace locus::fake_alluxio
