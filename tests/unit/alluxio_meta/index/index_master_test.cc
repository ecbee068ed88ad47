// A master's word and the holders' reports, joined: against a model that keeps every (file, block, holder) in one map.
#include <catch2/catch.hpp>
#include <ctime>
#include <map>
#include <random>
#include <set>

#include "alluxio_meta/index/locality_index.h"

using namespace locus::meta;

namespace {

constexpr int kHolders = 4;
constexpr int kFiles = 6;
constexpr uint64_t kBlockBytes = 10;

FileFact Fact(FileId id) {
  // Two folders; 1 to 6 blocks, the last one short.
  return {id, (id % 2 == 0 ? "/t/even/" : "/t/odd/") + std::to_string(id), 10 * id + 5, kBlockBytes, 1};
}

using Place = std::tuple<FileId, uint32_t, int>;  // file, block, holder

struct Model {
  std::map<Place, std::set<int>> copies;
  std::set<FileId> shown;
  std::map<int, Speaker> speaker;
  std::map<int, uint64_t> since;
  std::map<int, std::set<std::tuple<FileId, uint32_t, int>>> repeated;
  uint64_t listings = 0;

  bool Reports(int h) { return speaker[h] == Speaker::kReport || speaker[h] == Speaker::kReportBegins; }

  void Change(int h, const BlockChange& c) {
    if (shown.count(c.file) != 0 && c.block > c.file) return;  // beyond the file's end
    std::set<int>& tiers = copies[{c.file, c.block, h}];
    if (c.added) {
      tiers.insert(static_cast<int>(c.tier));
      if (repeated.count(h) != 0) repeated[h].insert({c.file, c.block, static_cast<int>(c.tier)});
    } else {
      tiers.erase(static_cast<int>(c.tier));
      // The master may still name it: the report's later word holds.
      if (repeated.count(h) != 0) repeated[h].erase({c.file, c.block, static_cast<int>(c.tier)});
    }
  }
  void Show(FileId id) {
    if (!shown.insert(id).second) return;
    std::erase_if(copies, [&](const auto& e) { return std::get<0>(e.first) == id && std::get<1>(e.first) > id; });
  }
  void Hide(FileId id) {
    if (shown.erase(id) == 0) return;
    std::erase_if(copies, [&](const auto& e) { return std::get<0>(e.first) == id && !Reports(std::get<2>(e.first)); });
  }
  void Set(FileId id, uint64_t listing, const std::map<std::pair<uint32_t, int>, int>& stated) {
    for (int h = 0; h < kHolders; ++h) {
      for (uint32_t b = 0; b <= id; ++b) {
        const auto it = stated.find({b, h});
        std::set<int>& tiers = copies[{id, b, h}];
        if (speaker[h] == Speaker::kMaster && listing > since[h]) {
          tiers = it == stated.end() ? std::set<int>{} : std::set<int>{it->second};
        } else if (speaker[h] == Speaker::kReportBegins && it != stated.end() && tiers.empty()) {
          tiers = {it->second};  // not repeated: the end of the snapshot takes it away
        }
      }
    }
  }
  void BeginSnapshot(int h) { repeated[h].clear(); }
  void EndSnapshot(int h) {
    for (auto& [place, tiers] : copies) {
      const auto [file, block, holder] = place;
      if (holder != h) continue;
      std::erase_if(tiers, [&, f = file, b = block](int t) { return repeated[h].count({f, b, t}) == 0; });
    }
    repeated.erase(h);
  }
  // (holder, tier) -> bytes of a folder, and bytes on any holder.
  std::map<std::pair<int, int>, uint64_t> Bytes(const std::string& folder, uint64_t* cached) {
    std::map<std::pair<int, int>, uint64_t> bytes;
    std::set<std::pair<FileId, uint32_t>> any;
    *cached = 0;
    for (const auto& [place, tiers] : copies) {
      const auto [file, block, h] = place;
      if (tiers.empty() || shown.count(file) == 0 || !Fact(file).path.starts_with(folder)) continue;
      const uint64_t length = block == file ? 5 : kBlockBytes;
      bytes[{h, *tiers.begin()}] += length;
      if (any.insert({file, block}).second) *cached += length;
    }
    return bytes;
  }
  uint64_t BlocksOf(int h) {
    uint64_t n = 0;
    for (const auto& [place, tiers] : copies) n += std::get<2>(place) == h && !tiers.empty() ? 1 : 0;
    return n;
  }
};

class Twins {
 public:
  explicit Twins(uint64_t seed) : random_(seed) {
    for (int h = 0; h < kHolders; ++h) Speak(h, Speaker::kMaster);
  }

  void Step() {
    const int h = Pick(kHolders);
    switch (Pick(12)) {
      case 0: return Speak(h, Pick(2) == 0 ? Speaker::kMaster : Speaker::kNobody);
      case 1:
        index_.BeginSnapshot(Id(h));
        model_.BeginSnapshot(h);
        return Speak(h, Speaker::kReportBegins);
      case 2:
        if (model_.speaker[h] != Speaker::kReportBegins) return;
        index_.EndSnapshot(Id(h));
        model_.EndSnapshot(h);
        return Speak(h, Speaker::kReport);
      case 3:
      case 4: return List();
      default: {
        // Only a holder whose stream is open tells of blocks.
        if (!model_.Reports(h)) return;
        const BlockChange c = {static_cast<FileId>(1 + Pick(kFiles)), static_cast<uint32_t>(Pick(kFiles + 1)),
                               static_cast<Tier>(Pick(3)), Pick(3) != 0};
        index_.ChangeBlock(Id(h), c);
        return model_.Change(h, c);
      }
    }
  }

  void Compare() {
    for (const char* folder : {"/t", "/t/odd", "/t/even"}) {
      const LocalityAnswer answer = index_.Ask(index_.Match(*PathPattern::Parse(folder), 10));
      std::map<std::pair<int, int>, uint64_t> bytes;
      for (const HolderTiers& row : answer.holders) {
        for (int t = 0; t < kTiers; ++t) {
          if (row.bytes[static_cast<size_t>(t)] != 0) bytes[{row.holder, t}] = row.bytes[static_cast<size_t>(t)];
        }
      }
      uint64_t cached = 0;
      CHECK(bytes == model_.Bytes(folder, &cached));
      CHECK(answer.cached == cached);
    }
    for (int h = 0; h < kHolders; ++h) CHECK(index_.Blocks(Id(h)) == model_.BlocksOf(h));
  }

 private:
  static HolderId Id(int h) { return static_cast<HolderId>(h); }
  int Pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  void Speak(int h, Speaker speaker) {
    index_.SetSpeaker(Id(h), speaker);
    model_.speaker[h] = speaker;
    model_.since[h] = model_.listings;
  }

  // A listing of /t that names some files, each with copies anywhere; speakers may change in its middle.
  void List() {
    const uint64_t listing = index_.BeginListing();
    model_.listings = listing;
    std::set<FileId> named;
    for (FileId id = 1; id <= kFiles; ++id) {
      if (Pick(4) == 0) continue;
      named.insert(id);
      index_.PutFile(Fact(id), listing);
      model_.Show(id);
      std::map<std::pair<uint32_t, int>, int> stated;
      std::vector<ReplicaAt> replicas;
      for (uint32_t b = 0; b <= id; ++b) {
        for (int h = 0; h < kHolders; ++h) {
          if (Pick(3) != 0) continue;
          const int tier = Pick(3);
          stated[{b, h}] = tier;
          replicas.push_back({b, Id(h), static_cast<Tier>(tier)});
        }
      }
      // Beyond the file's end.
      replicas.push_back({static_cast<uint32_t>(id + 1), 0, Tier::kMem});
      index_.SetReplicas(id, listing, replicas);
      model_.Set(id, listing, stated);
      if (Pick(20) == 0) Speak(Pick(kHolders), Speaker::kMaster);
    }
    index_.EndListing("/t", listing);
    for (FileId id = 1; id <= kFiles; ++id) {
      if (named.count(id) == 0) model_.Hide(id);
    }
  }

  LocalityIndex index_{IndexLimits(), Namespace::kMaster};
  Model model_;
  std::mt19937_64 random_;
};

SetOutcome Set(LocalityIndex& index, std::vector<ReplicaAt> replicas) {
  return index.SetReplicas(1, index.BeginListing(), replicas);
}

}  // namespace

TEST_CASE("a master's word and reports, joined at random, agree with a naive model", "[index][property]") {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    Twins twins(seed);
    for (int i = 0; i < 150; ++i) {
      twins.Step();
      if (i % 10 == 0) twins.Compare();
    }
    twins.Compare();
  }
}

TEST_CASE("a listing of what is known already changes nothing", "[index]") {
  LocalityIndex index({}, Namespace::kMaster);
  for (const HolderId h : {0, 1}) index.SetSpeaker(h, Speaker::kMaster);
  index.PutFile(Fact(1), index.BeginListing());
  CHECK(Set(index, {{0, 0, Tier::kMem}, {0, 1, Tier::kSsd}}).changed);
  const uint64_t epoch = index.epoch();
  CHECK_FALSE(Set(index, {{0, 0, Tier::kMem}, {0, 1, Tier::kSsd}}).changed);
  CHECK(index.epoch() == epoch);
  CHECK(Set(index, {{0, 0, Tier::kSsd}, {0, 1, Tier::kSsd}}).changed);
}

TEST_CASE("where a report speaks, the master's differing word is counted and has no effect", "[index]") {
  LocalityIndex index({}, Namespace::kMaster);
  index.PutFile(Fact(1), index.BeginListing());
  index.ChangeBlock(0, {1, 0, Tier::kMem, true});
  index.ChangeBlock(0, {1, 1, Tier::kMem, true});
  index.ChangeBlock(2, {1, 0, Tier::kHdd, true});
  const SetOutcome outcome = Set(index, {{0, 0, Tier::kSsd}, {0, 1, Tier::kSsd}, {0, 2, Tier::kHdd}});
  CHECK_FALSE(outcome.changed);
  CHECK(outcome.other_tier == 1);     // holder 0, block 0
  CHECK(outcome.only_reported == 1);  // holder 0, block 1
  CHECK(outcome.only_master == 1);    // holder 1
  CHECK(index.Blocks(0) == 2);
  CHECK(index.Blocks(1) == 0);
}

TEST_CASE("blocks that were told of before their file count once it is listed", "[index]") {
  LocalityIndex index({}, Namespace::kMaster);
  CHECK(index.ChangeBlock(3, {1, 0, Tier::kMem, true}) == BlockOutcome::kApplied);
  CHECK(index.ChangeBlock(3, {1, 0, Tier::kMem, true}) == BlockOutcome::kNoChange);
  CHECK(index.ChangeBlock(3, {1, 7, Tier::kMem, true}) == BlockOutcome::kApplied);
  CHECK(index.unasked_blocks() == 2);
  CHECK(index.Blocks(3) == 2);
  index.PutFile(Fact(1), index.BeginListing());
  CHECK(index.unasked_blocks() == 0);
  // The block beyond the file's end is nothing that anybody could read.
  CHECK(index.Blocks(3) == 1);
  CHECK(index.Ask(index.Match(*PathPattern::Parse("/t"), 1)).cached == 10);
}

TEST_CASE("a report that finds no room for a block leaves the word to the master", "[index]") {
  IndexLimits limits;
  limits.max_unasked_blocks = 1;
  LocalityIndex index(limits, Namespace::kMaster);
  CHECK(index.ChangeBlock(0, {1, 0, Tier::kMem, true}) == BlockOutcome::kApplied);
  CHECK(index.SpeakerOf(0) == Speaker::kReport);
  CHECK(index.ChangeBlock(1, {1, 0, Tier::kMem, true}) == BlockOutcome::kLimit);
  CHECK(index.SpeakerOf(1) == Speaker::kMaster);
  index.PutFile(Fact(1), index.BeginListing());
  Set(index, {{0, 0, Tier::kMem}, {0, 1, Tier::kMem}});
  CHECK(index.Blocks(1) == 1);
}

TEST_CASE("many holders that begin at once pay for their own blocks alone", "[index]") {
  LocalityIndex index(IndexLimits{}, Namespace::kMaster);
  constexpr HolderId kMany = 200;
  constexpr FileId kEach = 5000;
  const std::clock_t start = std::clock();
  for (HolderId h = 0; h < kMany; ++h) {
    index.BeginSnapshot(h);
    for (FileId f = 0; f < kEach; ++f) index.ChangeBlock(h, {f * kMany + h, 0, Tier::kMem, true});
  }
  const std::clock_t told = std::clock();
  for (HolderId h = 0; h < kMany; ++h) CHECK(index.EndSnapshot(h) == 0);
  const std::clock_t ended = std::clock();
  // A look at the blocks of all others would make each end as dear as telling of a thousand blocks.
  CHECK(ended - told < (told - start) / 2);
  // One that repeats nothing loses all, another one that repeats all nothing.
  index.BeginSnapshot(0);
  CHECK(index.EndSnapshot(0) == kEach);
  CHECK(index.Blocks(0) == 0);
  CHECK(index.Blocks(1) == kEach);
}
