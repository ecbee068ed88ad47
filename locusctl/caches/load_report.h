// What `locusctl load` shows of loads on several workers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "locusctl/table.h"

namespace locus::ctl {

// All parts of one worker together, or all workers.
struct LoadFigures {
  uint64_t files_total = 0;
  uint64_t files_done = 0;
  uint64_t bytes_total = 0;
  uint64_t bytes_done = 0;
  uint64_t bytes_fetched = 0;

  void Add(const LoadFigures& other);
  bool operator==(const LoadFigures&) const = default;
};

struct NodeLoading {
  std::string name;
  std::string address;
  LoadFigures figures;
  // Bytes cached in a second, lately.
  double rate = 0;
  std::optional<Duration> left;
  bool ended = false;
  // Why the whole load failed there; empty: it did not.
  std::string failure;
};

struct LoadPicture {
  std::string path;
  std::vector<NodeLoading> nodes;
  LoadFigures sum;
  double rate = 0;
  std::optional<Duration> left;
  Duration elapsed{};
  bool stopped = false;
  // "name: path: reason"; the first hundred of each worker.
  std::vector<std::string> problems;

  // Every file is cached on as many nodes as was asked for.
  bool complete() const;
};

// A bar for each node, as far as `rows` lines allow, and one for all. Lines that each end in a newline.
std::string LoadFrame(const LoadPicture& picture, const Style& style, size_t rows);

// "12.3s  512 MiB of 1 GiB (50.0%) on 3 nodes, 100 MiB/s, 5s left" and a newline.
std::string LoadLine(const LoadPicture& picture);

// What came of it, and how to go on.
std::string LoadSummary(const LoadPicture& picture, const Style& style);

// The stable form of --json, see docs/locusctl-formats.md.
std::string LoadToJson(const LoadPicture& picture);

}  // namespace locus::ctl
