// What the under-store has at a path, as one of the workers has told. Plain values.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "alluxio_meta/index/types.h"

namespace locus::meta {

enum class ListingKind : uint8_t {
  // What the path is: a file, a folder, or nothing. Of a folder no more than that it is there.
  kLook,
  // The files and folders that lie directly in a folder.
  kFolder,
  // All files below a folder, and the folders on the way to them; empty folders are not told.
  kTree,
};

struct ListingQuestion {
  // Canonical.
  std::string path;
  ListingKind kind = ListingKind::kLook;
  auto operator<=>(const ListingQuestion&) const = default;
};

struct PathListing {
  // LocalityIndex::BeginListing when it was asked for.
  uint64_t listing = 0;
  bool found = false;
  // The path is a file, the only one in `files`.
  bool is_file = false;
  // Both in the order of ComparePaths, each path once; no path is in both.
  std::vector<FileFact> files;
  std::vector<std::string> folders;
};

}  // namespace locus::meta
