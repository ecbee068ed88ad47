#include "alluxio_meta/alluxio/lister.h"

#include <google/protobuf/arena.h>

#include <memory>
#include <utility>

#include "alluxio_meta/alluxio/file_codec.h"
#include "alluxio_meta/alluxio/requests.h"
#include "alluxio_meta/alluxio/verdict.h"
#include "common/log.h"
#include "common/status.h"

namespace locus::meta {
namespace {

namespace file = ::alluxio::grpc::file;

MasterPage PageOf(MasterTerm term, const google::protobuf::RepeatedPtrField<file::FileInfo>& infos, Duration took) {
  PageBuilder builder(term);
  builder.SetTook(took);
  for (const file::FileInfo& info : infos) builder.Add(info);
  return builder.Take();
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

}  // namespace

absl::Status Lister::List(const std::string& path, const OnPage& page) {
  LOCUS_ASSIGN_OR_RETURN(const auto connection, asker_.Connection());
  if (!connection->lacks_pages) {
    const absl::Status status = ListByPages(path, page);
    if (!absl::IsUnimplemented(status)) return status;
    LogInfo("the Alluxio master has no listings by page: they are read as streams", {{"master", connection->master}});
    connection->lacks_pages = true;
  }
  return ListAsStream(path, page);
}

absl::Status Lister::ListByPages(const std::string& path, const OnPage& page) {
  MasterTerm term = 0;
  std::string after;
  Duration took{0};
  for (;;) {
    // A page has up to a million small messages: an arena frees them at once.
    google::protobuf::Arena arena;
    auto* response = google::protobuf::Arena::CreateMessage<file::ListStatusPartialResponse>(&arena);
    LOCUS_ASSIGN_OR_RETURN(term, AskPage(path, after, term, response, &took));
    LOCUS_ASSIGN_OR_RETURN(const std::string kept, NearestKept(path, after, term));
    if (!kept.empty()) {
      after = kept;
      continue;
    }
    const bool more = response->is_truncated();
    const int entries = response->file_infos_size();
    // Ending here would tell of files that are gone.
    if (more && (entries == 0 || response->file_infos(entries - 1).path() == after)) {
      return Unavailable("the Alluxio master says that the listing of " + path + " goes on after '" + after +
                         "', but does not tell how");
    }
    if (more) after = response->file_infos(entries - 1).path();
    if (!page(PageOf(term, response->file_infos(), took)) || !more) return absl::OkStatus();
  }
}

absl::StatusOr<std::string> Lister::NearestKept(const std::string& path, const std::string& after, MasterTerm term) {
  std::string kept;
  for (std::string up = ParentOf(after); up.size() > path.size() && up != "/"; up = ParentOf(up)) {
    const file::GetStatusRequest request = StatusRequest(up);
    file::GetStatusResponse response;
    const absl::Status status = asker_
                                    .Ask({MasterMethod::kGetStatus, term, /*has_other=*/false},
                                         [&](MasterConnection& connection, grpc::ClientContext& context) {
                                           return connection.files->GetStatus(&context, request, &response);
                                         })
                                    .status();
    if (status.ok() && response.file_info().folder()) return kept;
    if (!status.ok() && !absl::IsNotFound(status)) return status;
    // The last name of a start may be missing, none before it.
    kept = up;
  }
  return kept;
}

absl::StatusOr<MasterTerm> Lister::AskPage(const std::string& path, const std::string& after, MasterTerm term,
                                           file::ListStatusPartialResponse* response, Duration* took) {
  for (;;) {
    const uint32_t size = SizeNow();
    const file::ListStatusPartialRequest request = PageRequest(path, after, size);
    bool too_large = false;
    const absl::StatusOr<MasterTerm> answered =
        asker_.Ask({MasterMethod::kListStatusPartial, term, /*has_other=*/true},
                   [&](MasterConnection& connection, grpc::ClientContext& context) {
                     const SteadyTime start = clock_.Now();
                     const grpc::Status status = connection.files->ListStatusPartial(&context, request, response);
                     *took = clock_.Now() - start;
                     too_large = TooLargeForUs(status);
                     return status;
                   });
    if (!too_large) return answered;
    if (!MakeSmaller(size)) {
      return Annotate(answered.status(), "the entry after '" + after + "' of " + path + " alone");
    }
    LogInfo("a page of a listing was too large: asking for half of it", {{"entries", size}});
  }
}

absl::Status Lister::ListAsStream(const std::string& path, const OnPage& page) {
  bool told = false;
  bool enough = false;
  const file::ListStatusRequest request = StreamRequest(path);
  const absl::StatusOr<MasterTerm> answered = asker_.Ask(
      {MasterMethod::kListStatus, 0, false},
      [&](MasterConnection& connection, grpc::ClientContext& context) {
        SteadyTime start = clock_.Now();
        const auto stream = connection.files->ListStatus(&context, request);
        for (;;) {
          google::protobuf::Arena arena;
          auto* response = google::protobuf::Arena::CreateMessage<file::ListStatusResponse>(&arena);
          if (!stream->Read(response)) break;
          told = true;
          enough = !page(PageOf(connection.term, response->file_infos(), clock_.Now() - start));
          start = clock_.Now();
          if (!enough) continue;
          context.TryCancel();
          break;
        }
        const grpc::Status status = stream->Finish();
        return enough ? grpc::Status::OK : status;
      },
      // What was told cannot be taken back, and a stream starts from the beginning.
      [&] { return !told; });
  // An empty folder is an answer, too: one page without files.
  if (answered.ok() && !told) page(PageOf(*answered, {}, Duration(0)));
  return answered.status();
}

uint32_t Lister::SizeNow() {
  MutexLock lock(mutex_);
  return page_size_.Now(clock_.Now());
}

bool Lister::MakeSmaller(uint32_t size) {
  ++halved_;
  MutexLock lock(mutex_);
  return page_size_.TooLarge(size, clock_.Now());
}

}  // namespace locus::meta
