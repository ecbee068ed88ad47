#include "alluxio_meta/listings/kept_listings.h"

#include <algorithm>
#include <string>
#include <utility>

#include "alluxio_meta/index/path_tree.h"

namespace locus::meta {
namespace {

// Beside the entries: so that looks at nothing count too.
size_t WeightOf(const PathListing& listing) { return 1 + listing.files.size() + listing.folders.size(); }

// What a look at `path` finds, as the listing of its folder tells.
std::shared_ptr<const PathListing> Extract(const PathListing& folder, const std::string& path) {
  auto look = std::make_shared<PathListing>();
  look->listing = folder.listing;
  const auto file = std::lower_bound(
      folder.files.begin(), folder.files.end(), path,
      [](const FileFact& fact, const std::string& wanted) { return ComparePaths(fact.path, wanted) < 0; });
  look->is_file = file != folder.files.end() && file->path == path;
  if (look->is_file) look->files.push_back(*file);
  look->found = look->is_file ||
                std::binary_search(folder.folders.begin(), folder.folders.end(), path,
                                   [](const std::string& a, const std::string& b) { return ComparePaths(a, b) < 0; });
  return look;
}

}  // namespace

void KeptListings::Keep(const ListingQuestion& question, SteadyTime begun, std::shared_ptr<const PathListing> listing) {
  if (ttl_ <= Duration(0) || WeightOf(*listing) > kMaxEntries) return;
  entries_ += WeightOf(*listing);
  const auto [place, is_new] = kept_.try_emplace(question);
  if (!is_new) entries_ -= WeightOf(*place->second.listing);
  place->second = {begun, std::move(listing)};
  order_.emplace_back(begun, question);
  Drop(begun);
}

void KeptListings::Drop(SteadyTime now) {
  while (!order_.empty() && (entries_ > kMaxEntries || now - order_.front().first >= ttl_)) {
    const auto place = kept_.find(order_.front().second);
    // A younger answer to the same question has an entry of its own further back.
    if (place != kept_.end() && place->second.begun == order_.front().first) {
      entries_ -= WeightOf(*place->second.listing);
      kept_.erase(place);
    }
    order_.pop_front();
  }
}

std::shared_ptr<const PathListing> KeptListings::Exact(const ListingQuestion& question, SteadyTime now) const {
  const auto place = kept_.find(question);
  if (place == kept_.end() || now - place->second.begun >= ttl_) return nullptr;
  return place->second.listing;
}

std::shared_ptr<const PathListing> KeptListings::Find(const ListingQuestion& question, SteadyTime now) {
  Drop(now);
  if (auto exact = Exact(question, now)) return exact;
  if (question.kind != ListingKind::kLook || question.path == "/") return nullptr;
  if (auto folder = Exact({question.path, ListingKind::kFolder}, now)) {
    if (!folder->found || folder->is_file) return folder;
    auto look = std::make_shared<PathListing>();
    look->listing = folder->listing;
    look->found = true;
    return look;
  }
  const size_t slash = question.path.rfind('/');
  const auto parent = Exact({slash == 0 ? "/" : question.path.substr(0, slash), ListingKind::kFolder}, now);
  // What a folder's listing does not show is asked for: an entry may have been left out that cannot be listed.
  auto look = parent == nullptr || parent->is_file ? nullptr : Extract(*parent, question.path);
  return look != nullptr && look->found ? look : nullptr;
}

}  // namespace locus::meta
