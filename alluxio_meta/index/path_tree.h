// The tree of paths: finds, makes and removes files, makes and prunes the folders between.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "alluxio_meta/index/follow_table.h"
#include "alluxio_meta/index/node.h"

namespace locus::meta {

// Not thread-safe. Knows names only: totals are its owner's. `follows` must outlive it; nodes of followed paths carry
// their number.
class PathTree {
 public:
  explicit PathTree(FollowTable& follows) : follows_(follows), root_(nullptr, "") {}

  Folder* root() { return &root_; }
  const Folder* root() const { return &root_; }

  // Null when nothing has this path.
  const Node* Find(std::string_view path) const;
  Node* Find(std::string_view path);
  // The nearest existing file or folder on the way to `path`, the path itself included: where a new node would
  // conflict.
  Node* FindNearest(std::string_view path);
  // Makes the file and the folders above it. Nothing may have this path, and no file may stand on the way.
  File* AddFile(std::string_view path);
  // Takes the file out, and with it the folders that it leaves empty.
  void Remove(File* file);

 private:
  void AttachFollow(Node* node, std::string_view path);

  FollowTable& follows_;
  Folder root_;
};

std::string PathOf(const Node& node);

// All files at and below a node, in path order.
void CollectFiles(Node& node, std::vector<File*>* files);

// Visits the files at and below `node` in path order, from the path `start` on (relative to the node, without leading
// slash, empty: all). Stops when `visit` returns false; returns whether it ran to the end.
bool VisitFiles(const Node& node, std::string_view start, const std::function<bool(const File&)>& visit);

// Order of VisitFiles: by components, each in byte order. Negative, zero or positive.
int ComparePaths(std::string_view a, std::string_view b);

// True when `path` is `folder` or lies below it.
bool IsAtOrBelow(std::string_view path, std::string_view folder);

}  // namespace locus::meta
