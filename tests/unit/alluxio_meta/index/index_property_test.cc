#include <catch2/catch.hpp>
#include <random>

#include "alluxio_meta/index/locality_index.h"
#include "tests/unit/alluxio_meta/index/index_model.h"

using namespace locus::meta;

namespace {

const std::vector<std::string> kPaths = {"/a",     "/a/b",   "/a/c",    "/a/b/x",  "/a/b/y", "/a/b/z/1", "/a/b/z/2",
                                         "/a/d/1", "/a/d/2", "/ab/one", "/ab/two", "/e",     "/a/b/z"};

class Twins {
 public:
  Twins(uint64_t seed, uint64_t max_files) : index_(IndexLimits{max_files}), random_(seed) {
    model_.max_files = max_files;
    for (const std::string& path : kPaths) followed_.push_back({path, index_.Follow(path), 0, Shown(path)});
  }

  void Step() {
    switch (Pick(22)) {
      case 0:
      case 1:
      case 2: return Put(0);
      case 3: return Listing();
      case 4: return Flip();
      case 5: {
        const int h = Pick(kHolders);
        index_.BeginSnapshot(static_cast<HolderId>(h));
        return model_.BeginSnapshot(h);
      }
      case 6:
      case 7: {
        const int h = Pick(kHolders);
        index_.EndSnapshot(static_cast<HolderId>(h));
        return model_.EndSnapshot(h);
      }
      case 8: {
        if (Pick(4) != 0) return;
        const int h = Pick(kHolders);
        index_.DropHolder(static_cast<HolderId>(h));
        return model_.DropHolder(h);
      }
      case 9: {
        if (Pick(3) != 0) return;
        const std::string& path = AnyPath();
        index_.Forget(path, [](std::string_view) { return false; });
        return model_.ForgetUncached(path);
      }
      default: return Block();
    }
  }

  void Compare() {
    CHECK(index_.files() == model_.files());
    std::vector<std::string> all = kPaths;
    all.push_back("/");
    all.push_back("/nowhere");
    for (const std::string& path : all) {
      INFO(path);
      CHECK(Shown(path) == Expected(path));
    }
    for (int h = 0; h < kHolders; ++h) CHECK(index_.Blocks(static_cast<HolderId>(h)) == model_.BlocksOf(h));
    for (Followed& f : followed_) {
      INFO("followed " << f.path);
      const std::string now = Shown(f.path);
      if (now != f.shown) CHECK(index_.ChangedAt(f.id) > f.seen);
      f.seen = index_.epoch();
      f.shown = now;
    }
  }

 private:
  static constexpr int kHolders = 5;
  struct Followed {
    std::string path;
    FollowId id;
    uint64_t seen;
    std::string shown;
  };

  int Pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  const std::string& AnyPath() { return kPaths[static_cast<size_t>(Pick(static_cast<int>(kPaths.size())))]; }

  FileFact AnyFact() {
    // The id tells the shape, as a hash does; some ids move between paths, a few lie about their length.
    const int id = 1 + Pick(30);
    FileFact fact{static_cast<FileId>(id), kPaths[static_cast<size_t>(id) % kPaths.size()],
                  static_cast<uint64_t>(id * 37 % 101), static_cast<uint64_t>(1 + id % 17), id % 5};
    if (Pick(6) == 0) fact.path = AnyPath();
    if (Pick(12) == 0) fact.modified_ns = Pick(8);
    if (Pick(25) == 0) fact.length += 1;
    return fact;
  }
  void Put(uint64_t listing) {
    const FileFact fact = AnyFact();
    index_.PutFile(fact, listing);
    model_.PutFile(fact, listing);
  }
  void Listing() {
    const std::string path = Pick(3) == 0 ? "/" : AnyPath();
    const uint64_t number = index_.BeginListing();
    model_.listings = number;
    for (int n = Pick(12); n > 0; --n) Put(Pick(4) == 0 ? 0 : number);
    index_.EndListing(path, number);
    model_.EndListing(path, number);
  }
  void Flip() {
    const int h = Pick(kHolders);
    const bool counting = Pick(2) == 0;
    const auto id = static_cast<HolderId>(h);
    index_.SetCounting(std::span(&id, 1), counting);
    model_.SetCounting(h, counting);
  }
  void Block() {
    const int h = Pick(kHolders);
    const BlockChange change{static_cast<FileId>(1 + Pick(31)), static_cast<uint32_t>(Pick(10)),
                             static_cast<Tier>(Pick(3)), Pick(5) < 3};
    index_.ChangeBlock(static_cast<HolderId>(h), change);
    model_.ChangeBlock(h, change);
  }

  static std::string Text(bool exists, uint64_t length, uint64_t files, uint64_t blocks, uint64_t cached,
                          const std::map<std::pair<int, int>, uint64_t>& bytes) {
    std::string text = (exists ? "there " : "absent ") + std::to_string(length) + " bytes " + std::to_string(files) +
                       " files " + std::to_string(blocks) + " blocks " + std::to_string(cached) + " cached";
    for (const auto& [key, n] : bytes) {
      text += " h" + std::to_string(key.first) + "t" + std::to_string(key.second) + "=" + std::to_string(n);
    }
    return text;
  }
  std::string Shown(const std::string& path) const {
    const Matches matches = index_.Match(PathPattern::Parse(path).value(), 100);
    const LocalityAnswer a = index_.Ask(matches);
    std::map<std::pair<int, int>, uint64_t> bytes;
    for (const HolderTiers& h : a.holders) {
      for (int t = 0; t < kTiers; ++t) {
        if (h.bytes[static_cast<size_t>(t)] != 0) bytes[{h.holder, t}] = h.bytes[static_cast<size_t>(t)];
      }
    }
    return Text(!matches.nodes.empty() && a.files > 0, a.length, a.files, a.blocks, a.cached, bytes);
  }
  std::string Expected(const std::string& path) const {
    const IndexModel::Answer a = model_.Ask(path);
    return Text(model_.Exists(path), a.length, a.files, a.blocks, a.cached, a.bytes);
  }

  LocalityIndex index_;
  IndexModel model_;
  std::mt19937_64 random_;
  std::vector<Followed> followed_;
};

}  // namespace

TEST_CASE("the index answers as a model that recomputes everything does", "[index]") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    // Every third run is at the limit of files.
    Twins twins(seed, seed % 3 == 0 ? 6 : 1000);
    for (int step = 0; step < 400; ++step) {
      INFO("step " << step);
      twins.Step();
      twins.Compare();
    }
  }
}

TEST_CASE("the index answers as the model does for a seed that nobody has chosen", "[index]") {
  const uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  Twins twins(seed, 1000);
  for (int step = 0; step < 1500; ++step) {
    INFO("step " << step);
    twins.Step();
    twins.Compare();
  }
}
