#include "alluxio_meta/front/alone/file_answers.h"

#include <algorithm>
#include <utility>

#include "alluxio_meta/front/alone/file_infos.h"
#include "alluxio_meta/front/methods.h"
#include "alluxio_meta/front/rewriter.h"
#include "alluxio_meta/index/path_tree.h"
#include "alluxio_meta/mounts/canonical_path.h"
#include "alluxio_wire/block_id.h"
#include "common/status.h"
#include "proto/alluxio/block_master.pb.h"

namespace locus::meta {
namespace {

namespace file = ::alluxio::grpc::file;
namespace block = ::alluxio::grpc::block;

constexpr char kFiles[] = "/alluxio.grpc.file.FileSystemMasterClientService/";
constexpr char kGetBlockInfo[] = "/alluxio.grpc.block.BlockMasterClientService/GetBlockInfo";

// Clients send a path, or a URI of which only the path counts.
absl::StatusOr<std::string> PathIn(std::string_view text) {
  const size_t scheme = text.find("://");
  if (scheme != std::string_view::npos && text.find('/') == scheme + 1) {
    const size_t path = text.find('/', scheme + 3);
    text = path == std::string_view::npos ? "/" : text.substr(path);
  }
  return CanonicalPath(text);
}

template <typename Request>
absl::StatusOr<Request> Parse(const Asked& asked) {
  Request request;
  if (!request.ParseFromString(asked.request))
    return InvalidArgument("the request is no message of " + asked.call.method);
  return request;
}

// A message with a path as its first field, as all requests about one path are.
absl::StatusOr<std::string> OnlyPathIn(const Asked& asked) {
  LOCUS_ASSIGN_OR_RETURN(const file::ExistsRequest request, Parse<file::ExistsRequest>(asked));
  return PathIn(request.path());
}

std::string Missing(const std::string& path) { return "Path \"" + path + "\" does not exist."; }

}  // namespace

// Files and folders of a listing as one sequence, in the order in which a master lists them.
class FileAnswers::Entries {
 public:
  explicit Entries(Listing listing) : listing_(std::move(listing)) {}

  bool Next(Entry* entry) {
    const bool has_file = file_ < listing_->files.size();
    const bool has_folder = folder_ < listing_->folders.size();
    if (!has_file && !has_folder) return false;
    const bool takes_file =
        has_file && (!has_folder || ComparePaths(listing_->files[file_].path, listing_->folders[folder_]) < 0);
    *entry = takes_file ? Entry{&listing_->files[file_++], nullptr} : Entry{nullptr, &listing_->folders[folder_++]};
    return true;
  }
  // What goes into one message; empty at the end.
  std::vector<Entry> NextBatch() {
    std::vector<Entry> batch;
    size_t blocks = 0;
    Entry entry;
    while (batch.size() < kEntriesInMessage && blocks < kBlocksInMessage && Next(&entry)) {
      if (entry.file != nullptr) blocks += BlockCount(entry.file->length, entry.file->block_bytes);
      batch.push_back(entry);
    }
    return batch;
  }
  const PathListing& listing() const { return *listing_; }

 private:
  Listing listing_;
  size_t file_ = 0;
  size_t folder_ = 0;
};

void FileAnswers::AddTo(MethodTable* table) {
  const auto add = [&](const std::string& name, void (FileAnswers::*method)(const Asked&, const Reply&)) {
    (*table)[name] = {[this, method](const Asked& asked, Reply reply) { (this->*method)(asked, reply); }};
  };
  add(std::string(kGetStatus), &FileAnswers::GetStatus);
  add(std::string(kListStatus), &FileAnswers::ListStatus);
  add(std::string(kListStatusPartial), &FileAnswers::ListPartial);
  add(std::string(kFiles) + "Exists", &FileAnswers::Exists);
  add(std::string(kFiles) + "CheckAccess", &FileAnswers::CheckAccess);
  add(kGetBlockInfo, &FileAnswers::GetBlockInfo);
  (*table)[std::string(kFiles) + "GetMountTable"] = {[](const Asked&, const Reply& reply) {
    file::GetMountTableResponse response;
    file::MountPointInfo& root = (*response.mutable_mount_points())["/"];
    root.set_ufs_uri(std::string(kUfsScheme) + "/");
    root.set_ufs_type("locus");
    root.set_read_only(true);
    root.set_mount_id(1);
    reply(Answer::Message(response.SerializeAsString()));
  }};
}

void FileAnswers::Ask(const std::string& path, ListingKind kind, const Reply& reply, Found found) {
  listings_.Ask({path, kind},
                [weak = weak_from_this(), path, reply, found = std::move(found)](const WorkerListings::Answer& answer) {
                  const auto self = weak.lock();
                  if (self == nullptr) return;
                  if (!answer.ok()) return reply(Answer::No(answer.status()));
                  reply((*answer)->found ? found(*answer) : Answer::No(grpc::NOT_FOUND, Missing(path)));
                });
}

void FileAnswers::GetStatus(const Asked& asked, const Reply& reply) {
  const absl::StatusOr<std::string> path = OnlyPathIn(asked);
  if (!path.ok()) return reply(Answer::No(path.status()));
  Ask(*path, ListingKind::kLook, reply, [this, path = *path, opens = OpensFile(asked.request)](const Listing& listing) {
    return StatusOf(path, opens, listing);
  });
}

Answer FileAnswers::StatusOf(const std::string& path, bool opens, const Listing& listing) {
  if (listing->is_file) {
    if (opens && HasTooManyBlocks(listing->files[0])) {
      return Answer::No(grpc::FAILED_PRECONDITION, path + " has more than " + std::to_string(kMaxBlocksTold) +
                                                       " blocks: raise store.block_size of the workers");
    }
    recent_.Put(listing->files[0]);
  }
  return {grpc::Status::OK, [this, path, listing, given = false](std::string* message) mutable {
            if (std::exchange(given, true)) return false;
            file::ListStatusResponse infos;
            Fill({listing->is_file ? Entry{&listing->files[0], nullptr} : Entry{nullptr, &path}}, listing->listing,
                 infos.mutable_file_infos());
            file::GetStatusResponse response;
            response.mutable_file_info()->Swap(infos.mutable_file_infos(0));
            return response.SerializeToString(message);
          }};
}

void FileAnswers::Exists(const Asked& asked, const Reply& reply) {
  const absl::StatusOr<std::string> path = OnlyPathIn(asked);
  if (!path.ok()) return reply(Answer::No(path.status()));
  listings_.Ask({*path, ListingKind::kLook}, [reply](const WorkerListings::Answer& answer) {
    if (!answer.ok()) return reply(Answer::No(answer.status()));
    file::ExistsResponse response;
    response.set_exists((*answer)->found);
    reply(Answer::Message(response.SerializeAsString()));
  });
}

void FileAnswers::CheckAccess(const Asked& asked, const Reply& reply) {
  const absl::StatusOr<std::string> path = OnlyPathIn(asked);
  if (!path.ok()) return reply(Answer::No(path.status()));
  Ask(*path, ListingKind::kLook, reply, [](const Listing&) { return Answer::Message(""); });
}

void FileAnswers::ListStatus(const Asked& asked, const Reply& reply) {
  const absl::StatusOr<file::ListStatusRequest> request = Parse<file::ListStatusRequest>(asked);
  if (!request.ok()) return reply(Answer::No(request.status()));
  const absl::StatusOr<std::string> path = PathIn(request->path());
  if (!path.ok()) return reply(Answer::No(path.status()));
  const bool silent = request->options().load_metadata_only();
  const ListingKind kind = request->options().recursive() ? ListingKind::kTree : ListingKind::kFolder;
  Ask(*path, kind, reply, [this, silent](const Listing& listing) {
    if (silent) return Answer{grpc::Status::OK, {}};
    return Answer{grpc::Status::OK, [this, entries = Entries(listing)](std::string* message) mutable {
                    const std::vector<Entry> batch = entries.NextBatch();
                    if (batch.empty()) return false;
                    file::ListStatusResponse response;
                    Fill(batch, entries.listing().listing, response.mutable_file_infos());
                    return response.SerializeToString(message);
                  }};
  });
}

void FileAnswers::ListPartial(const Asked& asked, const Reply& reply) {
  const absl::StatusOr<file::ListStatusPartialRequest> request = Parse<file::ListStatusPartialRequest>(asked);
  if (!request.ok()) return reply(Answer::No(request.status()));
  const absl::StatusOr<std::string> path = PathIn(request->path());
  if (!path.ok()) return reply(Answer::No(path.status()));
  const ListingKind kind = request->options().options().recursive() ? ListingKind::kTree : ListingKind::kFolder;
  Ask(*path, kind, reply,
      [this, request = *request, path = *path](const Listing& listing) { return PageOf(request, path, listing); });
}

Answer FileAnswers::PageOf(const file::ListStatusPartialRequest& request, const std::string& path,
                           const Listing& listing) {
  const file::ListStatusPartialOptions& options = request.options();
  const std::string folder = path == "/" ? "" : path;
  const std::string& after = options.start_after();
  const std::string start = after.empty() || after.starts_with('/') ? after : folder + "/" + after;
  const size_t wanted = options.batch_size() <= 0
                            ? kEntriesInPage
                            : std::min<size_t>(kEntriesInPage, static_cast<size_t>(options.batch_size()));
  // Entries to be passed over, or until the one with that id.
  int64_t skip = options.has_offset_count() ? options.offset_count() : 0;
  bool awaits_id = options.has_offset_id() && options.offset_id() != 0;
  std::vector<Entry> page;
  bool more = false;
  Entries entries(listing);
  for (Entry entry; !more && entries.Next(&entry);) {
    if (awaits_id) {
      file::FileInfo info;
      if (entry.file != nullptr)
        info.set_file_id(alluxio_wire::FileIdOf(alluxio_wire::AlluxioContainerOf(entry.file->id)));
      if (entry.folder != nullptr) FillFolderInfo(*entry.folder, &info);
      awaits_id = info.file_id() != options.offset_id();
      continue;
    }
    const bool has_prefix = options.prefix().empty() || entry.path().compare(0, folder.size() + options.prefix().size(),
                                                                             folder + options.prefix()) == 0;
    if (!has_prefix || (!start.empty() && ComparePaths(entry.path(), start) <= 0) || skip-- > 0) continue;
    more = page.size() == wanted;
    if (!more) page.push_back(entry);
  }
  if (awaits_id) {
    return Answer::No(grpc::NOT_FOUND, path + " has no entry with the id " + std::to_string(options.offset_id()) +
                                           " any more: begin anew, or page by startAfter");
  }
  const bool recursive = options.options().recursive();
  return {
      grpc::Status::OK,
      [this, listing, page = std::move(page), more, recursive, given = false](std::string* message) mutable {
        if (std::exchange(given, true)) return false;
        file::ListStatusPartialResponse response;
        Fill(page, listing->listing, response.mutable_file_infos());
        response.set_is_truncated(more);
        response.set_file_count(recursive ? -1 : static_cast<int64_t>(listing->files.size() + listing->folders.size()));
        return response.SerializeToString(message);
      }};
}

void FileAnswers::GetBlockInfo(const Asked& asked, const Reply& reply) {
  const absl::StatusOr<block::GetBlockInfoRequest> request = Parse<block::GetBlockInfoRequest>(asked);
  if (!request.ok()) return reply(Answer::No(request.status()));
  const alluxio_wire::BlockId id = alluxio_wire::SplitBlockId(request->block_id());
  const std::optional<FileFact> known = recent_.Find(id.container);
  if (!known || id.sequence >= BlockCount(known->length, known->block_bytes)) {
    return reply(Answer::No(grpc::INVALID_ARGUMENT, "the block " + std::to_string(request->block_id()) +
                                                        " is of no file that was looked at lately: GetStatus first"));
  }
  const FilePlaces places = catalog_.Locate(std::span(&*known, 1), 0);
  std::vector<FilePlaces::Place> here;
  std::copy_if(places.files[0].begin(), places.files[0].end(), std::back_inserter(here),
               [&](const FilePlaces::Place& place) { return place.block == id.sequence; });
  block::GetBlockInfoResponse response;
  FillBlockInfo(*known, id.sequence, here, places.workers, response.mutable_block_info());
  reply(Answer::Message(response.SerializeAsString()));
}

void FileAnswers::Fill(const std::vector<Entry>& entries, uint64_t listing,
                       google::protobuf::RepeatedPtrField<file::FileInfo>* infos) {
  std::vector<FileFact> files;
  for (const Entry& entry : entries) {
    if (entry.file != nullptr) files.push_back(*entry.file);
  }
  const FilePlaces places = catalog_.Locate(files, listing);
  size_t next = 0;
  for (const Entry& entry : entries) {
    if (entry.file != nullptr) {
      FillFileInfo(*entry.file, places.files[next++], places.workers, infos->Add());
    } else {
      FillFolderInfo(*entry.folder, infos->Add());
    }
  }
}

}  // namespace locus::meta
