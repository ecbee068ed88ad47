// index_bench
//
// A question about a folder of ten million blocks beside the same question about one of ten thousand: both with blocks
// on the same hundred holders, in files of ten blocks, a thousand files a folder. Rounds are interleaved. Also the cost
// of a change.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <vector>

#include "alluxio_meta/index/locality_index.h"
#include "alluxio_meta/index/path_pattern.h"
#include "alluxio_meta/index/types.h"

namespace {

using namespace locus::meta;

constexpr uint32_t kBlocksOfFile = 10;
constexpr unsigned kHolders = 100;
constexpr int kRounds = 21;
constexpr int kQuestions = 2000;

HolderId HolderOf(FileId file, uint32_t block) { return static_cast<HolderId>((file + block * 7) % kHolders); }

std::unique_ptr<LocalityIndex> Build(FileId files) {
  auto index = std::make_unique<LocalityIndex>();
  for (FileId id = 1; id <= files; ++id) {
    char path[64];
    std::snprintf(path, sizeof path, "/data/part=%05u/file-%03u", static_cast<unsigned>(id / 1000),
                  static_cast<unsigned>(id % 1000));
    index->PutFile({id, path, uint64_t{kBlocksOfFile} << 26, 1 << 26, 1});
    for (uint32_t b = 0; b < kBlocksOfFile; ++b) index->ChangeBlock(HolderOf(id, b), {id, b, Tier::kSsd, true});
    if (id % 1000 == 0) index->TakeIdle();
  }
  return index;
}

template <typename F>
double MicrosEach(int times, F f) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) f(i);
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() / times;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Measured {
  std::vector<double> ask_us;
  std::vector<double> change_us;
};

void Round(LocalityIndex& index, const PathPattern& folder, FileId files, uint64_t* holders, Measured* measured) {
  measured->ask_us.push_back(
      MicrosEach(kQuestions, [&](int) { *holders += index.Ask(index.Match(folder, 1)).holders.size(); }));
  measured->change_us.push_back(MicrosEach(kQuestions, [&](int i) {
    // Away and back again: the index stays as it was.
    const FileId id = 1 + static_cast<FileId>(i) * 7919 % files;
    index.ChangeBlock(HolderOf(id, 3), {id, 3, Tier::kSsd, false});
    index.ChangeBlock(HolderOf(id, 3), {id, 3, Tier::kSsd, true});
  }));
}

}  // namespace

int main() {
  constexpr FileId kSmall = 1'000;
  constexpr FileId kLarge = 1'000'000;
  const auto small = Build(kSmall);
  const auto large = Build(kLarge);
  const PathPattern folder = PathPattern::Parse("/data").value();
  Measured of_small, of_large;
  uint64_t holders = 0;
  for (int i = 0; i < kRounds; ++i) {
    Round(*small, folder, kSmall, &holders, &of_small);
    Round(*large, folder, kLarge, &holders, &of_large);
  }
  if (holders != uint64_t{2} * kRounds * kQuestions * kHolders) {
    std::fprintf(stderr, "index_bench: an answer did not name all holders\n");
    return 1;
  }
  const double ask[] = {Median(of_small.ask_us), Median(of_large.ask_us)};
  const double change[] = {Median(of_small.change_us) / 2, Median(of_large.change_us) / 2};
  std::printf("question about a folder: %.2f us at 10 thousand blocks, %.2f us at 10 million, ratio %.2f\n", ask[0],
              ask[1], ask[1] / ask[0]);
  std::printf("change of a block: %.2f us, %.2f us, ratio %.2f\n", change[0], change[1], change[1] / change[0]);
  return 0;
}
