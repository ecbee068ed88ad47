#include "tests/contract/alluxio/judged_master.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "common/status.h"

namespace locus::alluxio_contract {
namespace {

// Written like the file that describes a real one, and read by the same code.
constexpr const char* kMadeUpWorld = R"({
  "user": "root",
  "authentication": "SIMPLE",
  "folder": "/contract/data",
  "files": [
    {"path": "/contract/data/Z upper", "length": 77, "block_size": 1048576,
     "blocks": [{"index": 0, "locations": [{"host": "127.0.0.11", "data_port": 29999, "tier": "MEM"}]}]},
    {"path": "/contract/data/a", "length": 123, "block_size": 1048576,
     "blocks": [{"index": 0, "locations": [{"host": "127.0.0.12", "data_port": 29999, "tier": "SSD"},
                                           {"host": "127.0.0.13", "data_port": 30999, "tier": "MEM"}]}]},
    {"path": "/contract/data/b", "length": 2500000, "block_size": 1048576,
     "blocks": [{"index": 0, "locations": [{"host": "127.0.0.11", "data_port": 29999, "tier": "MEM"}]},
                {"index": 2, "locations": [{"host": "127.0.0.13", "data_port": 30999, "tier": "SSD"}]}]},
    {"path": "/contract/data/empty", "length": 0, "block_size": 1048576},
    {"path": "/contract/data/many/f1", "length": 1000, "block_size": 1048576},
    {"path": "/contract/data/many/f10", "length": 1000, "block_size": 1048576},
    {"path": "/contract/data/many/f2", "length": 1000, "block_size": 1048576},
    {"path": "/contract/data/many/f3", "length": 1000, "block_size": 1048576},
    {"path": "/contract/data/sub/c", "length": 1048576, "block_size": 1048576,
     "blocks": [{"index": 0, "locations": [{"host": "127.0.0.12", "data_port": 29999, "tier": "MEM"}]}]},
    {"path": "/contract/data/sub/deep/d", "length": 3200000, "block_size": 1048576,
     "blocks": [{"index": 1, "locations": [{"host": "127.0.0.11", "data_port": 29999, "tier": "SSD"},
                                           {"host": "127.0.0.12", "data_port": 29999, "tier": "SSD"},
                                           {"host": "127.0.0.13", "data_port": 30999, "tier": "SSD"}]},
                {"index": 3, "locations": [{"host": "127.0.0.12", "data_port": 29999, "tier": "MEM"}]}]},
    {"path": "/contract/data/sub-x/e", "length": 10, "block_size": 4096,
     "blocks": [{"index": 0, "locations": []}]},
    {"path": "/contract/data/\u00fcn\u00ef", "length": 5, "block_size": 1048576}
  ],
  "unloaded_folder": "/contract/unloaded",
  "missing": "/contract/none",
  "workers": [{"host": "127.0.0.11", "data_port": 29999}, {"host": "127.0.0.12", "data_port": 29999},
              {"host": "127.0.0.13", "data_port": 30999}],
  "mounts": [{"path": "/", "ufs_uri": "/ufs"}, {"path": "/mnt/bucket", "ufs_uri": "s3a://bucket/x"}]
})";

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("LOCUS_ALLUXIO_WORLD: cannot read " + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

DescribedWorld ParsedOrThrow(const std::string& text) {
  absl::StatusOr<DescribedWorld> world = fake_alluxio::ParseWorld(text);
  if (!world.ok()) throw std::runtime_error(MessageOf(world.status()));
  return *std::move(world);
}

}  // namespace

DescribedWorld MadeUpWorld() { return ParsedOrThrow(kMadeUpWorld); }

Judged::Judged() {
  const char* const master = std::getenv("LOCUS_ALLUXIO_MASTER");
  const char* const world = std::getenv("LOCUS_ALLUXIO_WORLD");
  if ((master == nullptr) != (world == nullptr)) {
    throw std::runtime_error("LOCUS_ALLUXIO_MASTER and LOCUS_ALLUXIO_WORLD go together");
  }
  if (master != nullptr) {
    world_ = ParsedOrThrow(ReadFile(world));
    target_ = master;
  } else {
    world_ = MadeUpWorld();
    fake_ = std::make_unique<fake_alluxio::FakeMaster>();
    Build(world_, fake_->world());
    target_ = fake_->target();
  }
  connection_ = std::make_unique<Connection>(target_);
  session_ = std::make_unique<Handshake>(*connection_, world_.user);
}

std::vector<std::string> Judged::PathsOf(const std::vector<file::FileInfo>& entries) {
  std::vector<std::string> paths;
  for (const file::FileInfo& entry : entries) paths.push_back(entry.path());
  return paths;
}

}  // namespace locus::alluxio_contract
