#include "tests/support/alluxio/generated_folder.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "tests/support/alluxio/path_order.h"

namespace locus::fake_alluxio {
namespace {

constexpr std::string_view kName = "/part-";
constexpr int kDigits = 7;

// splitmix64's finaliser: neighbouring numbers end far apart.
uint64_t Mixed(int64_t file, int64_t block) {
  uint64_t x = static_cast<uint64_t>(file) * 0x9E3779B97F4A7C15ull + static_cast<uint64_t>(block) + 1;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

}  // namespace

std::string GeneratedFolder::PathOf(int64_t file) const {
  char digits[32];
  std::snprintf(digits, sizeof(digits), "%0*lld", kDigits, static_cast<long long>(file));
  return spec_.folder + std::string(kName) + digits;
}

int64_t GeneratedFolder::FirstBehind(std::string_view after) const {
  int64_t low = 0;
  int64_t high = spec_.files;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (PathLess()(after, PathOf(middle))) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

int64_t GeneratedFolder::FileOf(std::string_view path) const {
  const size_t start = spec_.folder.size() + kName.size();
  if (path.size() != start + kDigits || path.substr(0, spec_.folder.size()) != spec_.folder) return -1;
  int64_t file = -1;
  const auto [end, error] = std::from_chars(path.data() + start, path.data() + path.size(), file);
  if (error != std::errc() || end != path.data() + path.size() || file < 0 || file >= spec_.files) return -1;
  return PathOf(file) == path ? file : -1;
}

int GeneratedFolder::WorkerOf(int64_t file, int64_t block) const {
  return static_cast<int>(Mixed(file, block) % static_cast<uint64_t>(spec_.workers));
}

const char* GeneratedFolder::TierOf(int64_t file, int64_t block) {
  return (Mixed(file, block) >> 60) % 4 == 0 ? "SSD" : "MEM";
}

std::string GeneratedFolder::HostOf(int worker) {
  return "10.1." + std::to_string(worker / 256) + "." + std::to_string(worker % 256);
}

std::vector<GeneratedFolder::Bytes> GeneratedFolder::Totals() const {
  std::vector<Bytes> totals(static_cast<size_t>(spec_.workers));
  for (int64_t file = 0; file < spec_.files; ++file) {
    for (int64_t block = 0; block < spec_.blocks_per_file; ++block) {
      Bytes& bytes = totals[static_cast<size_t>(WorkerOf(file, block))];
      (TierOf(file, block)[0] == 'S' ? bytes.ssd : bytes.mem) += spec_.block_bytes;
    }
  }
  return totals;
}

}  // namespace locus::fake_alluxio
