// A folder of very many files by formula: names, ids and locations are computed when they are asked for, not stored.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace locus::fake_alluxio {

struct GeneratedSpec {
  std::string folder = "/generated";
  int64_t files = 1'000'000;
  int64_t blocks_per_file = 10;
  int64_t block_bytes = 1 << 20;
  // Their hosts are 10.1.0.0, 10.1.0.1, ...: HostOf.
  int workers = 100;
};

// Each block has one copy. Pure.
class GeneratedFolder {
 public:
  // Far behind the container ids of files that are added one by one.
  static constexpr int64_t kFirstContainer = int64_t{1} << 32;

  explicit GeneratedFolder(const GeneratedSpec& spec) : spec_(spec) {}

  const GeneratedSpec& spec() const { return spec_; }
  // "<folder>/part-0000042"; path order is the order of numbers.
  std::string PathOf(int64_t file) const;
  // Number of the first file whose path lies behind `after`, which need not exist.
  int64_t FirstBehind(std::string_view after) const;
  // -1 when the path is not one of its files.
  int64_t FileOf(std::string_view path) const;
  static int64_t ContainerOf(int64_t file) { return kFirstContainer + file; }
  int64_t LengthOf() const { return spec_.blocks_per_file * spec_.block_bytes; }
  // The worker that holds the block, 0 to workers - 1: spread evenly, and not in step with either number.
  int WorkerOf(int64_t file, int64_t block) const;
  // Every fourth copy or so lies on SSD, the others in MEM.
  static const char* TierOf(int64_t file, int64_t block);
  static std::string HostOf(int worker);

  struct Bytes {
    int64_t mem = 0;
    int64_t ssd = 0;
  };
  // What each worker holds; goes through all blocks.
  std::vector<Bytes> Totals() const;

 private:
  GeneratedSpec spec_;
};

}  // namespace locus::fake_alluxio
