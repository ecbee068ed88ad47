// Files and folders of the path tree. A folder owns its children; pointers to a node hold until PathTree::Remove takes
// it, or its last file, away. Lengths are bytes. Not thread-safe: the tree's owner guards it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/btree_set.h"
#include "alluxio_meta/index/replica_set.h"
#include "alluxio_meta/index/totals.h"
#include "alluxio_meta/index/types.h"

namespace locus::meta {

struct File;
struct Folder;

// Without virtual functions and with a bare character array as its name: a file's share of the 32 bytes a replica.
struct Node {
  Node(bool file, Folder* up, std::string_view name)
      : parent(up),
        name_data(std::make_unique<char[]>(name.size())),
        name_size(static_cast<uint32_t>(name.size())),
        is_file(file) {
    name.copy(name_data.get(), name.size());
  }
  std::string_view name() const { return {name_data.get(), name_size}; }
  File* AsFile();
  const File* AsFile() const;
  Folder* AsFolder();
  const Folder* AsFolder() const;

  // Null for a root.
  Folder* parent;
  std::unique_ptr<char[]> name_data;
  uint32_t name_size;
  // FollowTable's number of this path; 0: nobody follows it.
  uint32_t follow = 0;
  const bool is_file;
  // File: stands in the list of files without replicas.
  bool idle_listed = false;
};

struct NodeDeleter {
  void operator()(Node* node) const;
};
using NodePtr = std::unique_ptr<Node, NodeDeleter>;

// Byte order of names; finds by a name as well as by a node.
struct NodeLess {
  using is_transparent = void;
  bool operator()(const NodePtr& a, const NodePtr& b) const { return a->name() < b->name(); }
  bool operator()(const NodePtr& a, std::string_view b) const { return a->name() < b; }
  bool operator()(std::string_view a, const NodePtr& b) const { return a < b->name(); }
};

struct File : Node {
  File(Folder* up, std::string_view name) : Node(true, up, name) {}

  // Zero for an empty file.
  uint64_t blocks() const { return BlockCount(length, block_bytes); }
  // The last block has the rest of the file. `block` is below blocks().
  uint64_t BlockLength(uint32_t block) const {
    const uint64_t offset = block * block_bytes;
    return length - offset < block_bytes ? length - offset : block_bytes;
  }

  // As in FileFact.
  FileId id = 0;
  uint64_t length = 0;
  uint64_t block_bytes = 1;
  int64_t modified_ns = 0;
  // Number of the newest listing at the time when this content was last told of.
  uint64_t confirmed = 0;
  ReplicaSet replicas;
  // Only beyond kReplicasWithoutTotals: below it the array is summed up when asked.
  std::unique_ptr<Totals> totals;
};

struct Folder : Node {
  Folder(Folder* up, std::string_view name) : Node(false, up, name) {}

  // In byte order of the names.
  absl::btree_set<NodePtr, NodeLess> children;
  // Of all files below, at any depth.
  Totals totals;
};

inline File* Node::AsFile() { return is_file ? static_cast<File*>(this) : nullptr; }
inline const File* Node::AsFile() const { return is_file ? static_cast<const File*>(this) : nullptr; }
inline Folder* Node::AsFolder() { return is_file ? nullptr : static_cast<Folder*>(this); }
inline const Folder* Node::AsFolder() const { return is_file ? nullptr : static_cast<const Folder*>(this); }

inline void NodeDeleter::operator()(Node* node) const {
  if (node->is_file) {
    delete static_cast<File*>(node);
  } else {
    delete static_cast<Folder*>(node);
  }
}

}  // namespace locus::meta
