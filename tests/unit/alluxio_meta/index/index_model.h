// The locality index as naive maps: every answer is computed from scratch, by walking all replicas.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "alluxio_meta/index/types.h"

namespace locus::meta {

class IndexModel {
 public:
  struct Content {
    FileFact fact;
    uint64_t confirmed = 0;
    bool hidden = false;
  };
  struct Answer {
    uint64_t length = 0, files = 0, blocks = 0, cached = 0;
    // (holder, tier) -> bytes, only what is not zero.
    std::map<std::pair<int, int>, uint64_t> bytes;
  };
  using Pair = std::tuple<FileId, uint32_t, int>;  // file, block, holder

  void PutFile(const FileFact& fact, uint64_t listing) {
    auto known = contents_.find(fact.id);
    if (known != contents_.end()) {
      Content& old = known->second;
      if (old.fact.length != fact.length || old.fact.block_bytes != fact.block_bytes) {
        const bool fresh = listing != 0 && old.confirmed < listing;
        if (!fresh && fact.modified_ns < old.fact.modified_ns) return;
        Erase(fact.id);
      } else if (!old.hidden && old.fact.path == fact.path) {
        old.confirmed = listings;
        old.fact.modified_ns = std::max(old.fact.modified_ns, fact.modified_ns);
        return;
      }
    }
    // What stands in the way: a file at the path or at a folder of it, or a folder at the path.
    std::vector<FileId> losers;
    for (const auto& [id, c] : contents_) {
      if (c.hidden || id == fact.id) {
        if (!c.hidden && Below(c.fact.path, fact.path) && c.fact.path != fact.path) return;  // it is below itself
        continue;
      }
      if (c.fact.path != fact.path && Below(c.fact.path, fact.path)) return;
      if (!Below(fact.path, c.fact.path)) continue;
      const bool fresh = listing != 0 && c.confirmed < listing;
      const bool newer = fact.modified_ns != c.fact.modified_ns ? fact.modified_ns > c.fact.modified_ns : fact.id > id;
      if (!fresh && !newer) return;
      losers.push_back(id);
    }
    for (const FileId id : losers) Erase(id);
    if (!contents_.count(fact.id) && contents_.size() >= max_files) return;
    contents_[fact.id] = {fact, listings, false};
  }

  void EndListing(const std::string& path, uint64_t listing) {
    std::vector<FileId> gone;
    for (auto& [id, c] : contents_) {
      if (!c.hidden && Below(c.fact.path, path) && c.confirmed < listing) gone.push_back(id);
    }
    for (const FileId id : gone) {
      contents_[id].hidden = true;
      contents_[id].confirmed = listings;
    }
    Sweep();
  }

  void ChangeBlock(int holder, const BlockChange& c) {
    const auto it = contents_.find(c.file);
    if (it == contents_.end() || c.block >= Blocks(it->second.fact)) return;
    auto& tiers = replicas_[{c.file, c.block, holder}];
    const int tier = static_cast<int>(c.tier);
    if (c.added) {
      tiers.insert(tier);
      if (repeated_.count(holder)) repeated_[holder].insert({c.file, c.block, tier});
    } else {
      tiers.erase(tier);
    }
    Sweep();
  }

  void SetCounting(int holder, bool counting) {
    if (counting) {
      lost_.erase(holder);
    } else {
      lost_.insert(holder);
    }
  }
  void DropHolder(int holder) {
    for (auto& [pair, tiers] : replicas_) {
      if (std::get<2>(pair) == holder) tiers.clear();
    }
    lost_.erase(holder);
    repeated_.erase(holder);
    Sweep();
  }
  void BeginSnapshot(int holder) { repeated_[holder].clear(); }
  void EndSnapshot(int holder) {
    if (!repeated_.count(holder)) return;
    for (auto& [pair, tiers] : replicas_) {
      const auto [file, block, of] = pair;
      if (of != holder) continue;
      std::set<int> keep;
      for (const int t : tiers) {
        if (repeated_[holder].count({file, block, t})) keep.insert(t);
      }
      tiers = keep;
    }
    repeated_.erase(holder);
    Sweep();
  }
  void ForgetUncached(const std::string& path) {
    std::vector<FileId> gone;
    for (const auto& [id, c] : contents_) {
      if (!c.hidden && Below(c.fact.path, path) && !HasReplicas(id)) gone.push_back(id);
    }
    for (const FileId id : gone) contents_.erase(id);
  }

  Answer Ask(const std::string& path) const {
    Answer a;
    for (const auto& [id, c] : contents_) {
      if (c.hidden || !Below(c.fact.path, path)) continue;
      a.length += c.fact.length;
      a.files += 1;
      a.blocks += Blocks(c.fact);
      std::set<uint32_t> cached;
      for (const auto& [pair, tiers] : replicas_) {
        const auto [file, block, holder] = pair;
        if (file != id || tiers.empty() || lost_.count(holder)) continue;
        a.bytes[{holder, *tiers.begin()}] += Length(c.fact, block);
        cached.insert(block);
      }
      for (const uint32_t block : cached) a.cached += Length(c.fact, block);
    }
    return a;
  }
  bool Exists(const std::string& path) const {
    for (const auto& [id, c] : contents_) {
      if (!c.hidden && Below(c.fact.path, path)) return true;
    }
    return false;
  }
  uint64_t BlocksOf(int holder) const {
    uint64_t n = 0;
    for (const auto& [pair, tiers] : replicas_) n += std::get<2>(pair) == holder && !tiers.empty() ? 1 : 0;
    return n;
  }
  uint64_t files() const { return contents_.size(); }

  uint64_t listings = 0;
  uint64_t max_files = 1000;

 private:
  static bool Below(const std::string& path, const std::string& folder) {
    return folder == "/" || path == folder || path.rfind(folder + "/", 0) == 0;
  }
  static uint64_t Blocks(const FileFact& f) { return (f.length + f.block_bytes - 1) / f.block_bytes; }
  static uint64_t Length(const FileFact& f, uint32_t block) {
    return std::min(f.block_bytes, f.length - f.block_bytes * block);
  }
  bool HasReplicas(FileId id) const {
    for (const auto& [pair, tiers] : replicas_) {
      if (std::get<0>(pair) == id && !tiers.empty()) return true;
    }
    return false;
  }
  void Erase(FileId id) {
    contents_.erase(id);
    std::erase_if(replicas_, [&](const auto& entry) { return std::get<0>(entry.first) == id; });
    for (auto& [holder, pairs] : repeated_) std::erase_if(pairs, [&](const Pair& p) { return std::get<0>(p) == id; });
  }
  // Hidden contents live as long as their replicas.
  void Sweep() {
    std::erase_if(replicas_, [](const auto& entry) { return entry.second.empty(); });
    std::erase_if(contents_, [&](const auto& entry) { return entry.second.hidden && !HasReplicas(entry.first); });
  }

  std::map<FileId, Content> contents_;
  std::map<Pair, std::set<int>> replicas_;
  std::set<int> lost_;
  std::map<int, std::set<Pair>> repeated_;  // file, block, tier
};

}  // namespace locus::meta
