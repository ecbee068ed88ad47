// What `locusctl workers --top` shows: what each worker does now.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "locusctl/table.h"
#include "proto/locus/v1/cache.pb.h"

namespace locus::ctl {

// One worker at two moments.
struct TopEntry {
  std::string name;
  std::string address;
  // As locus-meta says.
  bool live = true;
  // Absent: not asked yet, or no answer.
  std::optional<v1::StatusResponse> before;
  std::optional<v1::StatusResponse> now;
  // Between the two.
  double seconds = 0;
  // Why there is no answer; empty where there is.
  std::string problem;
};

// What passed in a second. A worker that was started anew in between, or of which there is one answer only, has none.
struct TopRates {
  // Of the blocks that reads asked for, the part that was cached; absent where none was.
  std::optional<double> hit_rate;
  // Bytes handed to readers by tier, under-store first.
  double served[4] = {};
  double fetched = 0;
  double evictions = 0;
};
std::optional<TopRates> RatesOf(const TopEntry& entry);

// A row for each worker and one for all, as far as `rows` lines allow; what is wrong with which stands below. Lines
// that each end in a newline.
std::string RenderTop(const std::vector<TopEntry>& entries, const Style& style, size_t rows);

// The stable form of --json, see docs/locusctl-formats.md.
std::string TopToJson(const std::vector<TopEntry>& entries);

}  // namespace locus::ctl
