// Questions about files and folders, answered from what the workers list and from the map of blocks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/front/alone/answer.h"
#include "alluxio_meta/front/alone/answering_service.h"
#include "alluxio_meta/front/alone/recent_files.h"
#include "alluxio_meta/listings/worker_listings.h"
#include "proto/alluxio/file_system_master.pb.h"

namespace locus::meta {

// Entries of one message of a listing, and blocks in it, at most, unless a single file has more: some megabytes.
inline constexpr size_t kEntriesInMessage = 2'000;
inline constexpr size_t kBlocksInMessage = 20'000;
// Of ListStatusPartial, whatever the caller asks for.
inline constexpr size_t kEntriesInPage = 50'000;

// Thread-safe. GetStatus, Exists and CheckAccess; ListStatus and ListStatusPartial; GetBlockInfo, for files that
// GetStatus has told of lately; GetMountTable.
//
// What the caller asks about metadata (load type, sync interval, ttl) changes nothing: the under-store is asked, now or
// a moment ago (WorkerListings).
class FileAnswers final : public std::enable_shared_from_this<FileAnswers> {
 public:
  // Held by a shared pointer: answers of workers come after it is gone. Both arguments must outlive it, and it the
  // threads that make messages.
  FileAnswers(WorkerListings& listings, Catalog& catalog) : listings_(listings), catalog_(catalog) {}

  void AddTo(MethodTable* table);

 private:
  struct Entry {
    // One of both.
    const FileFact* file = nullptr;
    const std::string* folder = nullptr;
    const std::string& path() const { return file != nullptr ? file->path : *folder; }
  };
  class Entries;
  using Listing = std::shared_ptr<const PathListing>;
  // Makes the answer of a path that is there.
  using Found = std::function<Answer(const Listing&)>;

  // Asks, and answers NOT_FOUND or why it is not known by itself.
  void Ask(const std::string& path, ListingKind kind, const Reply& reply, Found found);
  void GetStatus(const Asked& asked, const Reply& reply);
  void Exists(const Asked& asked, const Reply& reply);
  void CheckAccess(const Asked& asked, const Reply& reply);
  void ListStatus(const Asked& asked, const Reply& reply);
  void ListPartial(const Asked& asked, const Reply& reply);
  void GetBlockInfo(const Asked& asked, const Reply& reply);

  Answer StatusOf(const std::string& path, bool opens, const Listing& listing);
  Answer PageOf(const ::alluxio::grpc::file::ListStatusPartialRequest& request, const std::string& path,
                const Listing& listing);
  // With locations of the moment.
  void Fill(const std::vector<Entry>& entries, uint64_t listing,
            google::protobuf::RepeatedPtrField<::alluxio::grpc::file::FileInfo>* infos);

  WorkerListings& listings_;
  Catalog& catalog_;
  RecentFiles recent_;
};

}  // namespace locus::meta
