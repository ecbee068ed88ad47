#include "tests/support/alluxio/described_world.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "common/status.h"
#include "tests/support/alluxio/path_order.h"

namespace locus::fake_alluxio {
namespace {

using nlohmann::json;

DescribedFile ParseFile(const json& value) {
  DescribedFile file;
  file.path = value.at("path");
  file.length = value.at("length");
  file.block_bytes = value.at("block_size");
  for (const json& block : value.value("blocks", json::array())) {
    std::vector<Location>& locations = file.blocks[block.at("index")];
    for (const json& at : block.at("locations")) {
      locations.push_back(LocationOf(at.at("host"), at.at("data_port"), at.at("tier")));
    }
    std::sort(locations.begin(), locations.end());
    if (locations.empty()) file.blocks.erase(block.at("index").get<int64_t>());
  }
  return file;
}

DescribedWorld Parsed(const json& value) {
  DescribedWorld world;
  world.user = value.at("user");
  world.authentication = value.at("authentication");
  world.folder = value.at("folder");
  world.unloaded_folder = value.at("unloaded_folder");
  world.missing = value.at("missing");
  for (const json& file : value.at("files")) world.files.push_back(ParseFile(file));
  for (const json& worker : value.at("workers")) {
    world.workers.push_back({.host = worker.at("host"), .data_port = worker.at("data_port")});
  }
  for (const json& mount : value.at("mounts")) world.mounts[mount.at("path")] = mount.at("ufs_uri");
  std::sort(world.files.begin(), world.files.end(),
            [](const DescribedFile& a, const DescribedFile& b) { return PathLess()(a.path, b.path); });
  return world;
}

std::string KeyOf(const DescribedWorker& worker) { return worker.host + ":" + std::to_string(worker.data_port); }

}  // namespace

Location LocationOf(const std::string& host, int data_port, const std::string& tier) {
  return host + ":" + std::to_string(data_port) + " " + tier;
}

int64_t DescribedFile::LengthOfBlock(int64_t index) const {
  return std::min(block_bytes, length - index * block_bytes);
}

std::vector<std::string> DescribedWorld::Paths() const {
  std::set<std::string, PathLess> paths;
  for (const DescribedFile& file : files) {
    for (std::string path = file.path; path != folder && path != "/"; path = ParentOf(path)) {
      paths.insert(path);
    }
  }
  return {paths.begin(), paths.end()};
}

std::vector<std::string> DescribedWorld::ChildrenOf(const std::string& parent, const std::vector<std::string>& paths) {
  std::vector<std::string> children;
  std::copy_if(paths.begin(), paths.end(), std::back_inserter(children),
               [&parent](const std::string& path) { return ParentOf(path) == parent; });
  return children;
}

absl::StatusOr<DescribedWorld> ParseWorld(const std::string& text) {
  try {
    return Parsed(json::parse(text));
  } catch (const json::exception& problem) {
    return InvalidArgument(std::string("description of the world: ") + problem.what());
  }
}

void Build(const DescribedWorld& described, World& world) {
  for (const DescribedWorker& worker : described.workers) {
    world.AddWorker({.host = worker.host, .data_port = worker.data_port, .name = KeyOf(worker)});
  }
  for (const auto& [path, uri] : described.mounts) world.Mount(path, {.ufs_uri = uri});
  for (const DescribedFile& file : described.files) {
    world.AddFile(file.path, {.length = file.length, .block_bytes = file.block_bytes});
    for (const auto& [index, locations] : file.blocks) {
      for (const Location& location : locations) {
        const size_t space = location.find(' ');
        world.Cache(file.path, static_cast<int>(index), location.substr(0, space), location.substr(space + 1));
      }
    }
  }
  world.AddFolder(described.unloaded_folder);
  world.AddUnloaded(described.unloaded_folder + "/hidden", {.length = 10});
}

}  // namespace locus::fake_alluxio
