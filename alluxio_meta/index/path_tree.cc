#include "alluxio_meta/index/path_tree.h"

#include <algorithm>
#include <utility>

namespace locus::meta {
namespace {

// Takes the first component off a path with or without leading slash.
std::string_view NextComponent(std::string_view* path) {
  if (!path->empty() && path->front() == '/') path->remove_prefix(1);
  const size_t slash = path->find('/');
  const std::string_view component = path->substr(0, slash);
  path->remove_prefix(slash == std::string_view::npos ? path->size() : slash + 1);
  return component;
}

}  // namespace

const Node* PathTree::Find(std::string_view path) const {
  const Node* node = &root_;
  std::string_view rest = path;
  for (std::string_view name = NextComponent(&rest); !name.empty(); name = NextComponent(&rest)) {
    const Folder* folder = node->AsFolder();
    if (folder == nullptr) return nullptr;
    const auto it = folder->children.find(name);
    if (it == folder->children.end()) return nullptr;
    node = it->get();
  }
  return node;
}

Node* PathTree::Find(std::string_view path) { return const_cast<Node*>(std::as_const(*this).Find(path)); }

Node* PathTree::FindNearest(std::string_view path) {
  Node* node = &root_;
  std::string_view rest = path;
  for (std::string_view name = NextComponent(&rest); !name.empty(); name = NextComponent(&rest)) {
    Folder* folder = node->AsFolder();
    if (folder == nullptr) return node;
    const auto it = folder->children.find(name);
    if (it == folder->children.end()) return node;
    node = it->get();
  }
  return node;
}

File* PathTree::AddFile(std::string_view path) {
  Folder* folder = &root_;
  std::string_view rest = path;
  for (std::string_view name = NextComponent(&rest);; name = NextComponent(&rest)) {
    const std::string_view here = path.substr(0, static_cast<size_t>(name.data() + name.size() - path.data()));
    if (rest.empty()) {
      NodePtr file(new File(folder, name));
      File* raw = file->AsFile();
      folder->children.insert(std::move(file));
      AttachFollow(raw, here);
      return raw;
    }
    const auto it = folder->children.find(name);
    if (it != folder->children.end()) {
      folder = (*it)->AsFolder();
      continue;
    }
    NodePtr made(new Folder(folder, name));
    Folder* raw = made->AsFolder();
    folder->children.insert(std::move(made));
    AttachFollow(raw, here);
    folder = raw;
  }
}

void PathTree::Remove(File* file) {
  Node* node = file;
  while (node->parent != nullptr) {
    Folder* parent = node->parent;
    parent->children.erase(parent->children.find(node->name()));
    if (!parent->children.empty()) return;
    node = parent;
  }
}

void PathTree::AttachFollow(Node* node, std::string_view path) {
  if (!follows_.empty()) node->follow = follows_.Find(path);
}

std::string PathOf(const Node& node) {
  if (node.parent == nullptr) return "/";
  std::vector<const Node*> up;
  for (const Node* n = &node; n->parent != nullptr; n = n->parent) up.push_back(n);
  std::string path;
  for (auto it = up.rbegin(); it != up.rend(); ++it) path.append("/").append((*it)->name());
  return path;
}

void CollectFiles(Node& node, std::vector<File*>* files) {
  if (File* file = node.AsFile()) {
    files->push_back(file);
    return;
  }
  for (const NodePtr& child : node.AsFolder()->children) CollectFiles(*child, files);
}

bool VisitFiles(const Node& node, std::string_view start, const std::function<bool(const File&)>& visit) {
  if (const File* file = node.AsFile()) return visit(*file);
  const Folder& folder = *node.AsFolder();
  std::string_view rest = start;
  const std::string_view first = NextComponent(&rest);
  auto it = first.empty() ? folder.children.begin() : folder.children.lower_bound(first);
  for (; it != folder.children.end(); ++it) {
    const bool on_start = (*it)->name() == first;
    if (!VisitFiles(**it, on_start ? rest : std::string_view(), visit)) return false;
  }
  return true;
}

int ComparePaths(std::string_view a, std::string_view b) {
  const size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i) {
    if (a[i] == b[i]) continue;
    // A slash ends a component: it sorts before every character of a longer name.
    if (a[i] == '/') return -1;
    if (b[i] == '/') return 1;
    return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[i]) ? -1 : 1;
  }
  return a.size() == b.size() ? 0 : (a.size() < b.size() ? -1 : 1);
}

bool IsAtOrBelow(std::string_view path, std::string_view folder) {
  if (folder == "/") return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

}  // namespace locus::meta
